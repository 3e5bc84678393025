//! `devtool audit --enabled-events`: what the endpoint is subscribed to, by a file or by Stripe.

use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use super::context::Context;
use super::stripe_options::StripeOptions;
use crate::audit::Subscriptions;
use crate::config::FileConfig;
use crate::config::reading::{self, InputKind};
use crate::error::{Error, Kind, Result};

/// How long Stripe may take to answer.
const TIME_LIMIT: Duration = Duration::from_secs(30);

/// Who knows what the endpoint is subscribed to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum SubscriptionSource {
    /// The account at Stripe.
    Stripe,
    /// A file.
    File(PathBuf),
}

impl FromStr for SubscriptionSource {
    type Err = Infallible;

    fn from_str(text: &str) -> std::result::Result<Self, Infallible> {
        Ok(if text == "stripe" { Self::Stripe } else { Self::File(text.into()) })
    }
}

/// As a file has it.
pub(super) fn of_file(file: &Path) -> Result<Subscriptions> {
    let text = reading::text(file, InputKind::Text).map_err(|source| Error::read(file, source))?;
    Subscriptions::parse(&text).ok_or_else(|| {
        let message = format!("`{}` names no event type", file.display());
        Error::new(Kind::Config, message)
            .hinted("write a type in each line, or what `stripe webhook_endpoints list` prints")
    })
}

/// As Stripe has it, of all webhook endpoints of the account.
pub(super) async fn of_stripe(
    stripe: &StripeOptions,
    config: &FileConfig,
    context: &Context,
) -> Result<Subscriptions> {
    let stripe = stripe.driven(config, context).await?.stripe;
    let list = stripe.webhook_endpoints(TIME_LIMIT).await?;
    Subscriptions::parse(&list.to_string()).ok_or_else(|| {
        let message = "no webhook endpoint of the account is subscribed to anything";
        Error::new(Kind::Config, message)
            .hinted("name the types in a file: `--enabled-events FILE`, a type in each line")
    })
}
