//! What an audit is to do.

use std::path::PathBuf;

use super::selection::Selection;
use super::subscriptions::Subscriptions;
use crate::api::Api;
use crate::listen::AppJob;
use crate::runner::Job;

/// What cannot be seen of an app.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct AppKind {
    /// Whether its endpoint gets events of connected accounts.
    pub is_connect: bool,
    /// Whether it runs in live mode.
    pub is_live: bool,
}

/// What the user asked for.
#[derive(Clone, Debug)]
pub(crate) struct AuditJob {
    /// Where to, signed with what, and how; its scenario does not count.
    pub job: Job,
    /// The type of the events; `None` for the first that the endpoint accepts.
    pub event: Option<String>,
    /// Which probes.
    pub selection: Selection,
    /// Where commands that show the app's state run.
    pub directory: PathBuf,
    /// The local API that the app may ask.
    pub api: Option<Api>,
    /// The app, where the audit starts it.
    pub app: Option<AppJob>,
    /// What the endpoint is subscribed to, where that is known.
    pub subscriptions: Option<Subscriptions>,
    /// What the user says of the app.
    pub kind: AppKind,
    /// Whether a host that is not this machine may be loaded.
    pub may_load: bool,
}
