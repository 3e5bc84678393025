//! The errors of the Stripe CLI, of what installs it, and of Stripe behind it.

use std::path::Path;

use semver::Version;

use crate::error::{Cause, Error, Kind};

const LOG_IN: &str = "log in:\ndevtool login\nor set STRIPE_API_KEY, or save a key, which is read from stdin:\ndevtool login --api-key-stdin";
const NETWORK: &str = "check the network and HTTPS_PROXY; to have both checked:\ndevtool doctor";
const REINSTALL: &str = "install a new copy:\ndevtool setup --force";

/// No Stripe CLI is installed.
pub(crate) fn missing() -> Error {
    Error::new(Kind::StripeMissing, "the Stripe CLI is not installed")
        .hinted("install it:\ndevtool setup")
}

/// The installed Stripe CLI is older than what devtool supports.
pub(super) fn too_old(program: &Path, version: &Version, oldest: &Version) -> Error {
    let message =
        format!("the Stripe CLI at `{}` is {version}, older than {oldest}", program.display());
    Error::new(Kind::StripeTooOld, message).hinted(REINSTALL)
}

/// The Stripe CLI said nothing for too long, and was ended.
pub(super) fn silent(what: &str, seconds: u64) -> Error {
    let message = format!("`{what}` did not answer within {seconds} s");
    Error::new(Kind::Unreachable, message).hinted(NETWORK)
}

/// Stripe cannot be reached.
pub(super) fn unreachable(source: impl Into<Cause>) -> Error {
    Error::new(Kind::Unreachable, "cannot reach Stripe").caused_by(source).hinted(NETWORK)
}

/// Stripe's API refused a call.
pub(super) fn refused(what: &str, source: impl Into<Cause>) -> Error {
    Error::new(Kind::StripeRefused, format!("Stripe rejects `{what}`"))
        .caused_by(source)
        .hinted("see the account and the key:\ndevtool login --status")
}

/// There is no login, and no API key.
pub(super) fn not_logged_in() -> Error {
    Error::new(Kind::NotLoggedIn, "the Stripe CLI is not logged in").hinted(LOG_IN)
}

/// Stripe does not take the login or the API key, which `credential` does not show.
pub(super) fn login_refused(credential: &str, reason: &str) -> Error {
    let message = format!("Stripe rejects {credential}: {reason}");
    Error::new(Kind::LoginRefused, message).hinted(LOG_IN)
}

/// A login that did not come about.
pub(super) fn login_failed(source: impl Into<Cause>) -> Error {
    Error::new(Kind::StripeCli, "the login was not completed").caused_by(source).hinted(LOG_IN)
}

/// There is no directory to install the Stripe CLI into.
pub(super) fn no_place() -> Error {
    Error::new(Kind::Config, "cannot install the Stripe CLI: the home directory is not known")
        .hinted("set HOME or XDG_DATA_HOME, or install into a directory:\ndevtool setup --dir DIR")
}

/// Something cannot be downloaded. The way out depends on where else it may be had (`way_out`).
pub(super) fn download(url: &str, source: impl Into<Cause>) -> Error {
    Error::new(Kind::Unreachable, format!("cannot download {url}")).caused_by(source)
}

/// A server does not have a file. The way out depends on where else it may be had (`way_out`).
pub(super) fn not_found(url: &str) -> Error {
    Error::new(Kind::NotFound, format!("there is no {url}"))
}

/// Bytes that are not what they have to be.
pub(crate) fn unverified(what: &str, reason: &str) -> Error {
    Error::new(Kind::Verification, format!("`{what}` is not installed: {reason}"))
        .hinted("nothing was changed; try again, or use another source")
}

/// npm did not install the Stripe CLI. The way out depends on where else it may be had (`way_out`).
pub(super) fn npm(reason: &str) -> Error {
    Error::new(Kind::StripeCli, format!("npm did not install the Stripe CLI: {reason}"))
}
