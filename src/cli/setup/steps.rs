//! What a setup does once the Stripe CLI is there: the login, the signing secret, the doctor.

use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::FalseyValueParser;

use crate::cli::context::Context;
use crate::cli::out::{Out, YesOrNo};
use crate::cli::stripe_options::{self, Driven, StripeOptions};
use crate::cli::{doctor, login};
use crate::config::{ApiKey, FileConfig, FoundSecret, Secret, SecretSource, dotenv, secret_source};
use crate::doctor::Finding;
use crate::error::{Kind, Result};
use crate::report;
use crate::report::setup::{LoginStep, SecretStep};
use crate::stripe_cli::Program;
use crate::stripe_cli::login::Credential;
use crate::stripe_cli::setup::{Network, Question, SetupJob};

/// What to do besides installing, and whom to ask.
#[derive(Args, Debug)]
pub(super) struct StepOptions {
    /// Never prompt, except whether to trust a mirror that devtool.toml names
    #[arg(long, env = "DEVTOOL_YES", value_parser = FalseyValueParser::new())]
    yes: bool,

    /// Skip the login
    #[arg(long, env = "DEVTOOL_SKIP_LOGIN", value_parser = FalseyValueParser::new())]
    skip_login: bool,

    /// File to write the signing secret to, keeping its other lines
    #[arg(long, env = "DEVTOOL_WRITE_ENV", value_name = "FILE")]
    write_env: Option<PathBuf>,

    #[command(flatten)]
    stripe: StripeOptions,
}

/// What the user agrees to without being asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Consent {
    /// To nothing.
    Unsaid,
    /// To what `--yes` covers, at a terminal.
    Given,
}

impl Consent {
    /// Whether a question is answered. Whether to trust a mirror is asked all the same: whoever types
    /// `--yes` may not know that the project names one.
    pub(super) fn covers(self, question: Question<'_>) -> bool {
        match question {
            Question::Mirror(_) => false,
            Question::GoBack { .. } => self == Self::Given && Out::can_ask(),
        }
    }
}

/// What the steps came to.
#[derive(Debug)]
pub(super) struct Steps {
    pub(super) login: LoginStep,
    pub(super) secret: SecretStep,
    pub(super) findings: Vec<Finding>,
}

impl StepOptions {
    /// What `--yes` says.
    pub(super) const fn consent(&self) -> Consent {
        if self.yes { Consent::Given } else { Consent::Unsaid }
    }

    /// Logs in unless that is done, gives the app the secret, and lets the doctor look.
    pub(super) async fn run(
        &self,
        job: &SetupJob,
        found: Option<Program>,
        config: &FileConfig,
        context: &mut Context,
    ) -> Result<Steps> {
        let driven = self.log_in(job.network, found.clone(), config, context).await?;
        let login = match &driven {
            Some((driven, Some(login))) => {
                LoginStep::Confirmed(report::login::line(&report::login::LoginView {
                    credential: driven.credential,
                    key: driven.stripe.key.as_ref().map(ApiKey::hint),
                    login,
                    now: context.clock.now(),
                }))
            }
            Some((driven, None)) => LoginStep::Unconfirmed(driven.credential.describe()),
            None => LoginStep::Skipped,
        };
        let confirmed = driven.as_ref().filter(|(_, login)| login.is_some());
        let secret = self.give_secret(confirmed.map(|(driven, _)| driven), config, context).await?;
        let releases = &job.releases;
        let chosen = doctor::Chosen { stripe: &self.stripe, program: found, releases };
        let findings = doctor::findings(chosen, job.network, config, context).await?;
        Ok(Steps { login, secret, findings })
    }

    /// The login in force, and what Stripe said of it; nobody is asked offline.
    async fn log_in(
        &self,
        network: Network,
        found: Option<Program>,
        config: &FileConfig,
        context: &mut Context,
    ) -> Result<Option<(Driven, Option<crate::stripe_cli::login::Login>)>> {
        if self.skip_login {
            return Ok(None);
        }
        let program = stripe_options::supported(found)?;
        let driven = self.stripe.driving(program.clone(), config, context)?;
        if network == Network::Offline {
            if driven.credential == Credential::Login {
                driven.stripe.who_am_i().await?;
            }
            return Ok(Some((driven, None)));
        }
        match login::confirmed(&driven, context).await {
            Ok(login) => Ok(Some((driven, Some(login)))),
            Err(error)
                if matches!(error.kind(), Kind::NotLoggedIn | Kind::LoginRefused)
                    && driven.credential == Credential::Login
                    && Out::can_ask() =>
            {
                let (driven, login) =
                    login::in_browser(program, &self.stripe, config, context).await?;
                Ok(Some((driven, Some(login))))
            }
            Err(error) => Err(error),
        }
    }

    /// Gives the app the secret that `stripe listen` signs with, or without a login the one that local
    /// events are signed with.
    async fn give_secret(
        &self,
        driven: Option<&Driven>,
        config: &FileConfig,
        context: &mut Context,
    ) -> Result<SecretStep> {
        let in_force = context.secret(None, config)?;
        let secret = match driven {
            Some(driven) => driven.stripe.signing_secret().await?,
            None if self.write_env.is_some() => in_force.secret.clone(),
            None => return Ok(SecretStep::Skipped),
        };
        let variable = config.secret_env.as_deref().unwrap_or(secret_source::DEFAULT_VARIABLE);
        let Some(file) = self.file(&secret, &in_force, variable, context) else {
            let directory = &context.environment.working_directory;
            return Ok(SecretStep::Left(secret.hint(), in_force.source.describe(directory)));
        };
        let hint = secret.hint();
        if holds(&file, variable, &secret) {
            return Ok(SecretStep::AlreadyThere(hint, file));
        }
        dotenv::write(&file, variable, secret.reveal())?;
        Ok(SecretStep::Written(hint, file))
    }

    /// The file to write the secret to: the option's, or `.env` where the user agrees to it.
    fn file(
        &self,
        secret: &Secret,
        in_force: &FoundSecret,
        variable: &str,
        context: &Context,
    ) -> Option<PathBuf> {
        let directory = &context.environment.working_directory;
        if let Some(file) = &self.write_env {
            return Some(directory.join(file));
        }
        let (file, question, default) = match &in_force.source {
            SecretSource::DotEnv { file, .. } if in_force.secret == *secret => {
                return Some(file.clone());
            }
            SecretSource::DotEnv { file, .. } => {
                let question = format!("{} has another {variable}. Replace it?", file.display());
                (file.clone(), question, YesOrNo::No)
            }
            SecretSource::Own(_) => {
                let question = format!("write {variable} to .env for your app?");
                (directory.join(".env"), question, YesOrNo::Yes)
            }
            // The app gets its secret from elsewhere, and `devtool listen` signs with that one.
            _ => return None,
        };
        let may_ask = !self.yes && Out::can_ask();
        let is_wanted = may_ask && {
            let _question = context.shutdown.immediate();
            Out::agrees(&question, default)
        };
        is_wanted.then_some(file)
    }
}

fn holds(file: &Path, variable: &str, secret: &Secret) -> bool {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    matches!(dotenv::value(&text, variable), Ok(Some(value)) if value == secret.reveal())
}
