//! The errors of what is set, and of secrets.

use std::fmt::Display;
use std::path::Path;

use crate::error::{Error, Kind};

/// A file of settings with an error; `reason` names the key.
pub(crate) fn invalid_file(file: &Path, place: impl Display, reason: &str) -> Error {
    Error::new(Kind::Config, format!("{}:{place}: {reason}", file.display()))
        .hinted("see what can be set:\ndevtool help config")
}

/// A signing secret that cannot be used; `reason` does not show it.
pub(super) fn invalid_secret(origin: &str, reason: &str) -> Error {
    let message = format!("cannot use the signing secret from {origin}: {reason}");
    Error::new(Kind::Config, message).hinted("a secret has no spaces and looks like `whsec_…`")
}

/// An API key that devtool does not use; `reason` does not show it.
pub(crate) fn invalid_key(origin: &str, reason: &str) -> Error {
    let message = format!("cannot use the API key from {origin}: {reason}");
    Error::new(Kind::Config, message)
        .hinted("use a test mode key from the Dashboard: it begins with `sk_test_` or `rk_test_`")
}

/// The way out where devtool cannot keep a secret of its own.
pub(super) const GIVE_A_SECRET: &str = "set the secret with `--secret` or STRIPE_WEBHOOK_SECRET";
