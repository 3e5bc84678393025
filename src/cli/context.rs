//! What every command gets.

use std::ffi::OsString;
use std::path::PathBuf;

use super::in_use;
use super::out::{Out, Verbosity};
use super::suggestions;
use crate::config::{
    Environment, FileConfig, FoundSecret, Secret, SecretSource, api_key, directories, secret_source,
};
use crate::error::{Error, Exit, Kind, Result};
use crate::history::Opening;
use crate::process::Shutdown;
use crate::protocol::Clock;
use crate::text::command_line::CommandLine;

/// The world as a command sees it.
pub(super) struct Context {
    pub(super) environment: Environment,
    pub(super) out: Out,
    pub(super) clock: Clock,
    pub(super) shutdown: Shutdown,
    /// What was typed.
    pub(super) typed: CommandLine,
    /// What can be typed.
    pub(super) definition: fn() -> clap::Command,
    /// Whether it is said already what is to be known of the secret.
    pub(super) has_said_of_secret: bool,
    /// Whether it is said already that there is no directory for a history.
    pub(super) has_said_of_state: bool,
    /// The history that is being opened.
    pub(super) opening: Option<Opening>,
    /// What a command goes on with where the settings are broken or not needed.
    pub(super) in_place: InPlace,
    /// Runs a command for `devtool serve`.
    pub(super) served: fn(Vec<OsString>, Environment) -> Served,
}

/// What came of a command for `devtool serve`; a bug, where nothing did.
#[derive(Debug)]
pub(super) struct Served {
    pub(super) exit: Exit,
    /// What it printed.
    pub(super) output: String,
    /// What it said besides.
    pub(super) errors: String,
}

impl Default for Served {
    fn default() -> Self {
        Self { exit: Exit::Bug, output: String::new(), errors: String::new() }
    }
}

/// What takes the place of settings that cannot be used, or are not needed.
#[derive(Debug, Default)]
pub(super) struct InPlace {
    /// devtool.toml.
    pub(super) config: Option<FileConfig>,
    /// The signing secret.
    pub(super) secret: Option<FoundSecret>,
    /// Whether there is no history, because nothing is sent.
    pub(super) records_nothing: bool,
}

impl Context {
    /// The world of this process. Signals end it in the system's way for now.
    pub(super) fn new(
        environment: Environment,
        out: Out,
        definition: fn() -> clap::Command,
    ) -> Self {
        let shutdown = Shutdown::unhandled();
        in_use::of_environment(&environment, &out.redactor);
        let (clock, in_place) = (Clock::system(), InPlace::default());
        let typed = CommandLine::default();
        Self {
            environment,
            out,
            clock,
            shutdown,
            typed,
            definition,
            has_said_of_secret: false,
            has_said_of_state: false,
            opening: None,
            in_place,
            served: |_, _| Served::default(),
        }
    }

    /// Does what a command does, and says what went wrong.
    pub(super) fn ended(mut self, command: impl FnOnce(&mut Self) -> Result<Exit>) -> Exit {
        match command(&mut self) {
            Ok(Exit::Interrupted) => {
                let by = self.shutdown.exit();
                self.out.finish(by)
            }
            Ok(exit) => self.out.finish(exit),
            Err(error) => self.error(error),
        }
    }

    /// The same world for another thread, which says nothing beside what it shows.
    pub(super) fn another(&self) -> Self {
        let mut out = self.out.another();
        out.verbosity = Verbosity::Quiet;
        let typed = self.typed.clone();
        Self { typed, ..Self::new(self.environment.clone(), out, self.definition) }
    }

    /// devtool.toml, where there is one.
    pub(super) fn config(&self) -> Result<FileConfig> {
        if let Some(config) = &self.in_place.config {
            return Ok(config.clone());
        }
        let config = FileConfig::find(&self.environment.working_directory)?;
        in_use::of_config(&config, &self.out.redactor);
        Ok(config)
    }

    /// The signing secret; what is to be known of it is said once.
    pub(super) fn secret(
        &mut self,
        flag: Option<&str>,
        config: &FileConfig,
    ) -> Result<FoundSecret> {
        if let Some(secret) = &self.in_place.secret {
            return Ok(secret.clone());
        }
        let found = secret_source::find(flag, &self.environment, config, own_secret_file)?;
        self.out.redactor.add(found.secret.reveal());
        self.strike_out_all(config);
        if std::mem::replace(&mut self.has_said_of_secret, true) {
            return Ok(found);
        }
        if !found.secret.is_stripes_form() {
            self.out.warning("the signing secret does not start with `whsec_`, as Stripe's do");
        }
        for remark in secret_source::remarks(&found, &self.environment, config) {
            self.out.warning(&remark);
        }
        Ok(found)
    }

    /// Goes on without devtool's own secret where it cannot be had, because nothing is signed.
    ///
    /// # Errors
    /// A secret that is set cannot be used.
    pub(super) fn signs_nothing(&mut self, flag: Option<&str>, config: &FileConfig) -> Result<()> {
        match self.secret(flag, config) {
            Err(error) if error.kind() == Kind::NoPlace => {
                let (secret, source) = (Secret::random()?, SecretSource::Run);
                self.in_place.secret = Some(FoundSecret { secret, source });
                Ok(())
            }
            found => found.map(|_| ()),
        }
    }

    /// Says what went wrong, and the way out of it from here.
    pub(super) fn error(&mut self, error: Error) -> Exit {
        let hint =
            error.hint().and_then(|hint| suggestions::fitted(hint, &self.typed, self.definition));
        let error = error.rehinted(hint);
        self.out.error(&error);
        error.exit()
    }

    /// Text in which commands stand on lines of their own, as it fits what was typed.
    pub(super) fn fitted(&self, text: &str) -> String {
        suggestions::fitted(text, &self.typed, self.definition).unwrap_or_default()
    }

    /// A secret for a reader: how it begins, and where it is.
    pub(super) fn describe(&self, found: &FoundSecret) -> String {
        let source = found.source.describe(&self.environment.working_directory);
        format!("{} ({source})", found.secret.hint())
    }

    /// The secrets that are set besides that one, each with its place.
    pub(super) fn other_secrets(
        &self,
        found: &FoundSecret,
        config: &FileConfig,
    ) -> Vec<(String, Secret)> {
        let all = self.set_secrets(config);
        let others = all.into_iter().filter(|other| other.secret != found.secret);
        let here = &self.environment.working_directory;
        others.map(|other| (other.source.describe(here), other.secret)).collect()
    }

    /// Strikes out every secret that is set somewhere: the app may know one that is not in use here, and
    /// earlier deliveries may hold it.
    pub(super) fn strike_out_all(&self, config: &FileConfig) {
        let redactor = &self.out.redactor;
        for found in self.set_secrets(config) {
            redactor.add(found.secret.reveal());
        }
        if let Ok(Some(key)) = key_file().and_then(|file| api_key::read(&file)) {
            redactor.add(key.reveal());
        }
    }

    /// Every signing secret that is set somewhere.
    pub(super) fn set_secrets(&self, config: &FileConfig) -> Vec<FoundSecret> {
        secret_source::all(&self.environment, config, own_secret_file().ok().as_deref())
    }

    /// Where devtool's own copy of the Stripe CLI is.
    pub(super) fn stripe_directory() -> Result<PathBuf> {
        Ok(directories::data()?.join("stripe-cli"))
    }

    /// A runtime with a thread beside this one, for what must go on while this one writes.
    pub(super) fn two_threads() -> Result<tokio::runtime::Runtime> {
        tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .map_err(|error| Error::bug(format!("no async runtime: {error}")))
    }

    /// Does on this thread what can be given up anywhere: a signal ends it.
    pub(super) fn unless_ended(
        &mut self,
        work: impl AsyncFnOnce(&mut Self) -> Result<Exit>,
    ) -> Result<Exit> {
        let graceful = self.shutdown.graceful();
        let runtime = Self::runtime()?;
        let done = runtime.block_on(graceful.unless_ended(work(self)));
        done.unwrap_or(Ok(Exit::Interrupted))
    }

    /// A runtime on this thread, for the commands that need one.
    pub(super) fn runtime() -> Result<tokio::runtime::Runtime> {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| Error::bug(format!("no async runtime: {error}")))
    }
}

/// The file of the saved API key.
pub(super) fn key_file() -> Result<PathBuf> {
    Ok(directories::data()?.join("api_key"))
}

fn own_secret_file() -> Result<PathBuf> {
    Ok(directories::data()?.join("webhook_secret"))
}
