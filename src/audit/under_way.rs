//! An audit that is under way.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Mutex;

use tokio_util::sync::CancellationToken;

use super::effect::Effects;
use super::finding::{Baseline, TypeAnswer};
use super::job::AppKind;
use super::own_app::OwnApp;
use super::prober::Prober;
use super::subscriptions::Subscriptions;
use crate::runner::explore::KnownEnds;

/// What the probes know of an audit that is under way.
pub(super) struct Audit {
    pub(super) prober: Prober,
    pub(super) baseline: Baseline,
    /// The app's state, where it can be seen.
    pub(super) effects: Option<Effects>,
    /// The type of events that was asked for.
    pub(super) event: Option<String>,
    /// The app, where the audit started it.
    pub(super) app: Option<OwnApp>,
    /// What the endpoint is subscribed to, where that is known.
    pub(super) subscriptions: Option<Subscriptions>,
    /// What the user says of the app.
    pub(super) kind: AppKind,
    /// Where commands that show the app's state run.
    pub(super) directory: PathBuf,
    /// Ends the audit.
    pub(super) cancel: CancellationToken,
    /// Whether a host that is not this machine may be loaded.
    pub(super) may_load: bool,
    /// What the stories of ORD have shown, by their events.
    pub(super) ends: Mutex<BTreeMap<String, KnownEnds>>,
    /// What events of each type came to, once they were sent.
    pub(super) types: Mutex<Vec<TypeAnswer>>,
}
