//! `--offline`: the true Stripe CLI on the local API, without an account, a login or the network.

use clap::Args;

use super::api_options::ApiOptions;
use super::context::Context;
use super::run_api::{self, OwnApi};
use super::stripe_options::{Driven, StripeOptions};
use crate::api::ApiLink;
use crate::config::FileConfig;
use crate::error::Result;
use crate::stripe_cli::login::Login;

/// Whether the Stripe CLI is to have no account.
#[derive(Args, Clone, Copy, Debug, Default)]
#[command(next_help_heading = "Stripe")]
pub(super) struct OfflineOptions {
    /// Run the Stripe CLI on the local Stripe API: no account, no login, no network
    ///
    /// It is that of a `devtool api` that runs, or one that is up for as long as the command.
    #[arg(hide_short_help = true, long)]
    offline: bool,
}

/// A local API that is up for a listen or a run.
pub(super) struct OfflineApi {
    pub(super) url: String,
    /// The one that was started for that.
    pub(super) own: Option<OwnApi>,
}

impl OfflineOptions {
    /// Whether it is asked for.
    pub(super) const fn is_wanted(self) -> bool {
        self.offline
    }

    /// The API that runs, or one that is started; `None` where none is asked for.
    ///
    /// # Errors
    /// Another program has its port.
    pub(super) async fn start(
        self,
        options: &ApiOptions,
        context: &mut Context,
    ) -> Result<Option<OfflineApi>> {
        if !self.offline {
            return Ok(None);
        }
        if let Some(running) = run_api::running(options, context)? {
            return Ok(Some(OfflineApi { url: running.url(), own: None }));
        }
        Ok(Some(OwnApi::start(options, context).await?.into()))
    }

    /// The same, or one that is asked for beside Stripe.
    ///
    /// # Errors
    /// As [`OfflineOptions::start`].
    pub(super) async fn start_or(
        self,
        options: &ApiOptions,
        context: &mut Context,
    ) -> Result<Option<OfflineApi>> {
        match self.start(options, context).await? {
            None if options.is_wanted() => Ok(Some(OwnApi::start(options, context).await?.into())),
            api => Ok(api),
        }
    }
}

impl From<OwnApi> for OfflineApi {
    fn from(own: OwnApi) -> Self {
        Self { url: own.url.clone(), own: Some(own) }
    }
}

impl OfflineApi {
    /// A link to it, where it was started here. It receives the events that calls cause; where those come by the Stripe
    /// CLI, only what goes to webhook endpoints.
    pub(super) async fn link(
        api: Option<&Self>,
        options: &ApiOptions,
        is_offline: bool,
    ) -> Option<ApiLink> {
        Some(api?.own.as_ref()?.receiving(options, is_offline).await)
    }

    /// Ends it, where it was started for this.
    pub(super) async fn end(self) {
        if let Some(own) = self.own {
            own.end().await;
        }
    }
}

/// The Stripe CLI on the local API at that address, and who it speaks for.
///
/// # Errors
/// It is missing, does not run or is too old.
pub(super) async fn driven(
    url: &str,
    options: &StripeOptions,
    (config, context): (&FileConfig, &Context),
) -> Result<(Driven, Login)> {
    let driven = options.driven_offline(url, config, context).await?;
    let login = Login {
        account: Some("acct_devtool".to_owned()),
        name: Some(format!("offline: the local API at {url}")),
        ends: None,
        is_restricted: false,
    };
    Ok((driven, login))
}
