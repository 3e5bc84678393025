//! The options of everything that drives the Stripe CLI.

use clap::Args;

use super::context::{Context, key_file};
use super::progress::ProgressLine;
use super::run_api::TEST_KEY;
use crate::config::{ApiKey, FileConfig, api_key, device_name, directories};
use crate::error::{Error, Result};
use crate::stripe_cli::login::Credential;
use crate::stripe_cli::{
    ApiBase, Found, InstallDir, Platform, Program, Stripe, Surroundings, find,
};

/// The variable of `devtool setup --mirror`, which the doctor looks at, too.
pub(super) const MIRROR_VARIABLE: &str = "DEVTOOL_MIRROR";

/// Which project and which API the Stripe CLI is driven with.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Stripe")]
pub(super) struct StripeOptions {
    /// Stripe CLI project to use; each project has its own login
    #[arg(hide_short_help = true, long, env = "DEVTOOL_PROJECT_NAME", value_name = "NAME")]
    project_name: Option<String>,

    /// Where Stripe's API is, for tests and companies' proxies
    #[arg(long, hide = true, env = "DEVTOOL_STRIPE_API_BASE", value_name = "URL", value_parser = ApiBase::parse)]
    api_base: Option<ApiBase>,
}

/// The Stripe CLI that a command drives.
#[derive(Clone, Debug)]
pub(super) struct Driven {
    pub(super) stripe: Stripe,
    /// Where its credential comes from.
    pub(super) credential: Credential,
    /// The only account that devtool.toml allows.
    pub(super) account: Option<String>,
}

impl StripeOptions {
    /// The Stripe CLI with the credential in force.
    ///
    /// # Errors
    /// It is missing, does not run or is too old, or a key is none that devtool uses.
    pub(super) async fn driven(&self, config: &FileConfig, context: &Context) -> Result<Driven> {
        self.driving(program(context).await?, config, context)
    }

    /// The Stripe CLI at that place, with the credential in force.
    ///
    /// # Errors
    /// A key is none that devtool uses.
    pub(super) fn driving(
        &self,
        program: Program,
        config: &FileConfig,
        context: &Context,
    ) -> Result<Driven> {
        let (credential, key) = credential(context)?;
        let stripe = Stripe { key, ..self.stripe(program, config, context) };
        Ok(Driven { stripe, credential, account: config.stripe.account.clone() })
    }

    /// The Stripe CLI on a local API, which takes a key that nobody has given out.
    ///
    /// # Errors
    /// It is missing, does not run or is too old.
    pub(super) async fn driven_offline(
        &self,
        url: &str,
        config: &FileConfig,
        context: &Context,
    ) -> Result<Driven> {
        let options = Self { api_base: Some(ApiBase::parse(url)?), ..self.clone() };
        let key = ApiKey::parse(TEST_KEY).map_err(Error::bug)?;
        let stripe = options.stripe(program(context).await?, config, context);
        let stripe = Stripe { key: Some(key), ..stripe };
        Ok(Driven { stripe, credential: Credential::Environment, account: None })
    }

    /// A Stripe CLI without a key: what it does is its own login's.
    pub(super) fn stripe(
        &self,
        program: Program,
        config: &FileConfig,
        context: &Context,
    ) -> Stripe {
        let device = directories::data().ok().map(|data| data.join("device_name"));
        let environment = &context.environment;
        let device = device_name::find(environment, device.as_deref());
        let project = self.project_name.as_ref().or(config.stripe.project.as_ref());
        let surroundings =
            Surroundings::new(environment, device, self.api_base.clone(), project.cloned());
        Stripe { program, surroundings, key: None }
    }

    /// Where Stripe's API is.
    pub(super) fn api_base(&self) -> &str {
        self.api_base.as_ref().map_or("https://api.stripe.com", ApiBase::as_str)
    }
}

/// The Stripe CLI that is there.
///
/// # Errors
/// It is missing, does not run, or is too old.
pub(super) async fn program(context: &Context) -> Result<Program> {
    found(context).await.supported()
}

/// The Stripe CLI that is there, whether devtool can drive it or not. It is asked for its version, which
/// takes its time: a command asks once.
pub(super) async fn found(context: &Context) -> Found {
    let mut line = ProgressLine::default();
    if context.out.shows_progress() {
        line.waiting(0, 1, "asking the Stripe CLI for its version".to_owned());
    }
    find::choose(install_dir().as_ref()).await
}

/// Where devtool installs the Stripe CLI; `None` where it has no place for that, or there is none to install.
pub(super) fn install_dir() -> Option<InstallDir> {
    Some(InstallDir::new(Context::stripe_directory().ok()?, Platform::current().ok()?))
}

/// The credential in force: the environment's key, the saved API key, the Stripe CLI's own
/// login.
fn credential(context: &Context) -> Result<(Credential, Option<ApiKey>)> {
    if let Some(key) = api_key::of_environment(&context.environment)? {
        return Ok((Credential::Environment, Some(key)));
    }
    let kept = match key_file() {
        Ok(file) => api_key::read(&file)?,
        Err(_) => None,
    };
    Ok(match kept {
        Some(key) => {
            context.out.redactor.add(key.reveal());
            (Credential::Kept, Some(key))
        }
        None => (Credential::Login, None),
    })
}
