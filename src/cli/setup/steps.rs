//! What a setup does once the Stripe CLI is there: the login, the signing secret, the doctor.

use std::path::PathBuf;

use clap::Args;
use clap::builder::FalseyValueParser;

use super::app_secret::AppSecret;
use crate::cli::context::Context;
use crate::cli::out::Out;
use crate::cli::stripe_options::{Driven, StripeOptions};
use crate::cli::{doctor, login};
use crate::config::{ApiKey, FileConfig};
use crate::doctor::Finding;
use crate::error::{Error, Kind, Result};
use crate::report;
use crate::report::setup::{LoginStep, SecretStep};
use crate::stripe_cli::Found;
use crate::stripe_cli::login::Credential;
use crate::stripe_cli::setup::{Network, Question, SetupJob};

/// What to do besides installing, and whom to ask.
#[derive(Args, Debug)]
pub(super) struct StepOptions {
    /// Answer yes to every question, except whether to trust a mirror that devtool.toml names
    #[arg(long, env = "DEVTOOL_YES", value_parser = FalseyValueParser::new())]
    yes: bool,

    /// Skip the login
    #[arg(long, env = "DEVTOOL_SKIP_LOGIN", value_parser = FalseyValueParser::new())]
    skip_login: bool,

    /// Write the signing secret to this file
    ///
    /// The file's other lines stay.
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
    /// To what `--yes` covers.
    Given,
}

impl Consent {
    /// Whether a question is answered. Whether to trust a mirror is asked all the same: whoever types
    /// `--yes` may not know that the project names one.
    pub(super) fn covers(self, question: Question<'_>) -> bool {
        match question {
            Question::Mirror(_) => false,
            Question::GoBack { .. } => self == Self::Given,
        }
    }
}

/// What the steps came to.
#[derive(Debug)]
pub(super) struct Steps {
    /// Why a step that was wanted was not done.
    pub(super) failed: Option<Error>,
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
        found: Found,
        config: &FileConfig,
        context: &mut Context,
    ) -> Result<Steps> {
        // Local events need no login: what comes after it is done all the same.
        let (driven, failed) = match self.log_in(job.network, found.clone(), config, context).await
        {
            Ok(driven) => (driven, None),
            Err(error) => (None, Some(error)),
        };
        let login = match (&driven, &failed) {
            (Some((driven, Some(login))), _) => {
                LoginStep::Confirmed(report::login::line(&report::login::LoginView {
                    credential: driven.credential,
                    key: driven.stripe.key.as_ref().map(ApiKey::hint),
                    login,
                    now: context.clock.now(),
                }))
            }
            (Some((driven, None)), _) => LoginStep::Unconfirmed(driven.credential.describe()),
            (None, Some(error)) => LoginStep::Failed(error.to_string()),
            (None, None) => LoginStep::Skipped,
        };
        let confirmed = driven.as_ref().filter(|(_, login)| login.is_some());
        let app = AppSecret { yes: self.yes, write_env: self.write_env.as_deref() };
        let given = app.give(confirmed.map(|(driven, _)| driven), config, context).await;
        let (secret, failed) = match given {
            Ok(secret) => (secret, failed),
            Err(error) => (SecretStep::Failed(error.to_string()), failed.or(Some(error))),
        };
        let failed = failed.map(|error| match error.kind() {
            // The doctor that its own way out names has just had its turn.
            Kind::Unreachable => {
                error.hinted("check the network and HTTPS_PROXY, then run `devtool login`")
            }
            _ => error,
        });
        let releases = &job.releases;
        let chosen = doctor::Chosen { stripe: &self.stripe, found, releases };
        let findings = doctor::findings(chosen, job.network, context).await?;
        Ok(Steps { failed, login, secret, findings })
    }

    /// The login in force, and what Stripe said of it; nobody is asked offline.
    async fn log_in(
        &self,
        network: Network,
        found: Found,
        config: &FileConfig,
        context: &mut Context,
    ) -> Result<Option<(Driven, Option<crate::stripe_cli::login::Login>)>> {
        if self.skip_login {
            return Ok(None);
        }
        let program = found.supported()?;
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
}
