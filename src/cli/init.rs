//! `devtool init`.

use std::path::{Path, PathBuf};

use clap::Args;

use super::context::Context;
use super::endpoint_options;
use super::init_ci::Ci;
use super::out::Out;
use super::written_files::{self, FOR_EDITORS, add};
use crate::config::app_guess::{AppGuess, Guess};
use crate::config::dotenv::{self, DotenvChange};
use crate::config::{FileConfig, FoundSecret, SecretSource, file, project, schema, secret_source};
use crate::delivery::Endpoint;
use crate::error::{Error, Exit, Kind, Result};
use crate::process::git;
use crate::report::{project_file, scenario_file};
use crate::scenario;

/// Set a project up: devtool.toml, the secret, a first scenario
///
/// devtool looks into the project's files for the app's port and path, and asks on a terminal. It says each file that
/// it writes, and leaves what is there as it is.
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct InitArguments {
    /// Port of the endpoint on this machine [default: what the project's files say, else 5000]
    #[arg(long, short, env = "DEVTOOL_PORT", value_name = "PORT", help_heading = "Endpoint", value_parser = endpoint_options::port)]
    port: Option<u16>,

    /// Path of the endpoint [default: what the project's files say, else /webhook]
    #[arg(long, env = "DEVTOOL_PATH", value_name = "PATH", help_heading = "Endpoint")]
    path: Option<String>,

    /// Write the file with which this CI runs the scenarios
    #[arg(long, value_name = "CI")]
    ci: Option<Ci>,
}

const EXAMPLES: &str = "Examples:
  devtool init
  devtool init --port 3000 --path /api/webhook
  devtool init --ci github";

/// The port and the path where nothing says another.
const USUAL: (u16, &str) = (5000, "/webhook");
/// The first scenario.
const SCENARIO: &str = "scenarios/checkout.toml";

impl InitArguments {
    pub(super) fn execute(self, context: &mut Context) -> Result<Exit> {
        let here = context.environment.working_directory.clone();
        if let Some(path) = &self.path {
            check_path(path)
                .map_err(|reason| Error::new(Kind::Usage, format!("--path: {reason}")))?;
        }
        match project::find_upward(&here, file::FILE_NAME) {
            Some(found) => self.left(&found, context),
            None => self.write_config(&here, context)?,
        }
        let config = context.config()?;
        secret(&config, context)?;
        std::fs::create_dir_all(here.join("scenarios"))
            .map_err(|source| Error::write(Path::new("scenarios"), source))?;
        let events = ["payment_intent.created", "payment_intent.succeeded", "charge.succeeded"];
        let text = scenario_file::new(&events.map(str::to_owned));
        add(Path::new(SCENARIO), &text, "a first scenario", context)?;
        // Joined by hand: the two lines look alike on Windows, too.
        let beside = format!("scenarios/{}", scenario::schema::FILE_NAME);
        add(Path::new(&beside), scenario::schema::TEXT, FOR_EDITORS, context)?;
        if let Some(ci) = self.ci {
            ci.write(&config, SCENARIO, context)?;
        }
        let command = format!("devtool scenario {SCENARIO}");
        context.out.prose_and_command("next: start your app, then run", &command);
        Ok(Exit::Done)
    }

    fn left(&self, found: &Path, context: &mut Context) {
        let shown = secret_source::short(found, &context.environment.working_directory);
        let is_unused = self.port.is_some() || self.path.is_some();
        let unused = if is_unused { "; --port and --path are not used" } else { "" };
        context.out.prose(&format!("left {shown}: it is there already{unused}"));
    }

    /// Writes devtool.toml for the endpoint, and its schema.
    fn write_config(&self, here: &Path, context: &mut Context) -> Result<()> {
        let guess = AppGuess::of(here);
        let port = match self.port {
            Some(port) => port,
            None => port(guess.port, context)?,
        };
        let path = match &self.path {
            Some(path) => path.clone(),
            None => path_of(guess.path, context)?,
        };
        let url = format!("http://127.0.0.1:{port}{path}");
        Endpoint::read(&url)
            .map_err(|reason| Error::new(Kind::Usage, format!("cannot use `{url}`: {reason}")))?;
        let found = context.secret(None, &FileConfig::default())?;
        let variable = found.other_variable().map(|other| other.name.clone());
        let variable = variable.or_else(|| named_by_source(guess.secret_variable, context));
        let text = project_file::new(&url, variable.as_deref());
        add(Path::new(file::FILE_NAME), &text, &format!("the endpoint is {url}"), context)?;
        add(
            Path::new(schema::FILE_NAME),
            schema::TEXT,
            "editors complete and check devtool.toml by it",
            context,
        )?;
        // The next look at it finds the secret that it names.
        context.has_said_of_secret = true;
        Ok(())
    }
}

/// The variable that the app's source names for the secret.
fn named_by_source(guess: Option<Guess<String>>, context: &mut Context) -> Option<String> {
    let Guess { value, origin } = guess?;
    context.out.prose(&format!("variable of the secret: {value} ({origin})"));
    Some(value)
}

/// The port: as the user answers, else as the project says.
fn port(guess: Option<Guess<u16>>, context: &mut Context) -> Result<u16> {
    let (usual, origin) = told(guess, USUAL.0);
    let read = |text: &str| match text.parse() {
        Ok(port) if port > 0 => Ok(port),
        _ => Err("expected a number from 1 to 65535".to_owned()),
    };
    answer("port of your app", (usual, &origin), read, context)
}

/// The path, likewise.
fn path_of(guess: Option<Guess<String>>, context: &mut Context) -> Result<String> {
    let (usual, origin) = told(guess, USUAL.1.to_owned());
    let read = |text: &str| check_path(text).map(|()| text.to_owned());
    answer("path that takes events", (usual, &origin), read, context)
}

/// What is taken where nobody says another, and where it is from.
fn told<T>(guess: Option<Guess<T>>, usual: T) -> (T, String) {
    match guess {
        Some(Guess { value, origin }) => (value, origin),
        None => (usual, "the usual one; the project's files say none".to_owned()),
    }
}

fn check_path(path: &str) -> std::result::Result<(), String> {
    let is_plain = path.starts_with('/') && !path.contains(char::is_whitespace);
    is_plain.then_some(()).ok_or_else(|| "expected a path such as `/webhook`".to_owned())
}

/// How often an answer that cannot be used is asked for again.
const MOST_QUESTIONS: usize = 3;

fn answer<T: std::fmt::Display>(
    question: &str,
    (usual, origin): (T, &str),
    read: impl Fn(&str) -> std::result::Result<T, String>,
    context: &mut Context,
) -> Result<T> {
    if !Out::can_ask() {
        context.out.prose(&format!("{question}: {usual} ({origin})"));
        return Ok(usual);
    }
    let mut reason = String::new();
    for _ in 0..MOST_QUESTIONS {
        let given = {
            let _question = context.shutdown.immediate();
            Out::answer(&format!("{question} [{usual}, {origin}]:"))
        };
        if given.is_empty() {
            return Ok(usual);
        }
        match read(&given) {
            Ok(value) => return Ok(value),
            Err(expected) => reason = expected,
        }
        context.out.prose(&reason);
    }
    Err(Error::new(Kind::Usage, format!("no {question}: {reason}"))
        .hinted("give both on the command line:")
        .suggesting("devtool init --port 5000 --path /webhook"))
}

/// Makes sure of a secret that both the app and devtool have, and that git does not take it.
fn secret(config: &FileConfig, context: &mut Context) -> Result<()> {
    let found = context.secret(None, config)?;
    if !matches!(found.source, SecretSource::Own { .. }) {
        let described = context.describe(&found);
        context.out.prose(&format!("the secret is there already: {described}"));
        return ignore(found_file(&found), context);
    }
    let file = secret_source::file_to_write(&context.environment, config)?;
    let (variable, hint) = (config.secret_variable(), found.secret.hint());
    let shown = secret_source::short(&file, &context.environment.working_directory);
    match dotenv::write(&file, variable, found.secret.reveal())? {
        DotenvChange::None => context.out.prose(&format!("left {shown}: it has {variable}")),
        _ => context.out.prose(&format!(
            "wrote {variable} ({hint}) to {shown}: devtool's own secret, which your app verifies with"
        )),
    }
    ignore(Some(file), context)
}

/// The file that the secret is in, where it is one of variables.
fn found_file(found: &FoundSecret) -> Option<PathBuf> {
    match &found.source {
        SecretSource::DotEnv { file, .. } => Some(file.clone()),
        _ => None,
    }
}

/// Adds the line of .gitignore for a file with a secret, where git would take it.
fn ignore(file: Option<PathBuf>, context: &mut Context) -> Result<()> {
    let Some(file) = file.filter(|file| git::would_be_committed(file)) else {
        return Ok(());
    };
    let (Some(name), Some(directory)) = (file.file_name(), file.parent()) else { return Ok(()) };
    let (name, list) = (name.to_string_lossy(), directory.join(".gitignore"));
    written_files::add_line(&list, &name, context)
}
