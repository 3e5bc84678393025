//! What a listen needs to be told.

use std::time::Duration;

use super::app::AppJob;
use super::session::{Claim, Running};
use crate::history::History;
use crate::protocol::{Clock, Moment};
use crate::relay::{EventSource, Handle, Settings};
use crate::stripe_cli::Stripe;
use crate::stripe_cli::listen::{Rendering, Stream, Wanted};

/// All that a listen needs.
#[derive(Debug)]
pub(crate) struct ListenJob {
    /// What the relay does with events.
    pub relay: Settings,
    /// The Stripe CLI to drive.
    pub stripe: Stripe,
    /// Which events are listened for.
    pub choice: Choice,
    /// How gaps are found.
    pub catch_up: CatchUp,
    /// How long `stripe listen` may take until it is ready.
    pub ready_within: Duration,
    /// The app, where devtool runs it.
    pub app: Option<AppJob>,
    /// Tells the time.
    pub clock: Clock,
    /// Keeps what is delivered.
    pub history: History,
    /// The place that others see this listen by.
    pub claim: Option<Claim>,
    /// What they see.
    pub running: Running,
}

/// Which events are listened for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Choice {
    /// Types of snapshot events; empty for all.
    pub types: Vec<String>,
    /// Types of thin events; empty for all, `None` for none.
    pub thin_types: Option<Vec<String>>,
    /// Whether snapshot events come in the latest API version.
    pub rendering: Option<Rendering>,
}

impl ListenJob {
    /// Which listeners are needed, and where they post to.
    pub(super) fn wanted(&self, relay: &Handle) -> Wanted {
        let has = |source| self.relay.upstreams.contains_key(&source);
        let thin = self.choice.thin_types.as_ref();
        Wanted {
            snapshot: Stream {
                to: relay.url(EventSource::Snapshot),
                types: self.choice.types.clone(),
            },
            connect: has(EventSource::Connect).then(|| relay.url(EventSource::Connect)),
            thin: thin
                .map(|types| Stream { to: relay.url(EventSource::Thin), types: types.clone() }),
            rendering: self.choice.rendering.unwrap_or(Rendering::Default),
        }
    }
}

/// How gaps are found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum CatchUp {
    /// They are not.
    Off,
    /// By looking again and again.
    Every {
        /// How often.
        interval: Duration,
        /// The start of the time that is looked at; `None` for that of the listen.
        since: Option<Moment>,
        /// The events that came in earlier listens since then.
        known: Vec<String>,
    },
}

/// How often events are looked for while nothing else is said.
pub(crate) const USUAL_INTERVAL: Duration = Duration::from_secs(60);
