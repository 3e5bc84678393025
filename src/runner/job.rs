//! What a run is to do, before anything is built.

use std::time::Duration;

use super::app_state::sources::StateSources;
use crate::api::RunningApi;
use crate::config::FoundSecret;
use crate::delivery::{Certificates, Endpoint, EventTarget, Header, Hosts, RetrySchedule, Route};
use crate::event::Setting;
use crate::event::changes::NewFields;
use crate::event::id::Seed;
use crate::history::Storage;
use crate::scenario::{Order, Scenario, Sequence};
use crate::text::command_line::CommandLine;

/// What the user asked for.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    /// The steps.
    pub scenario: Scenario,
    /// The scenario's name in reports; `None` for a single event.
    pub name: Option<String>,
    /// Where to.
    pub endpoint: Endpoint,
    /// Which hosts are allowed.
    pub hosts: Hosts,
    /// Signs the events.
    pub secret: FoundSecret,
    /// Events of some types that go elsewhere, signed with the secret of there.
    pub routes: Vec<Route<EventTarget>>,
    /// Draws the ids.
    pub seed: Seed,
    /// The user's own values.
    pub settings: Vec<Setting>,
    /// Whether those may add fields.
    pub new_fields: NewFields,
    /// The user's own headers.
    pub headers: Vec<Header>,
    /// The connected account whose events they are.
    pub account: Option<String>,
    /// The API version that the events name.
    pub api_version: String,
    /// How long to wait for one answer.
    pub timeout: Duration,
    /// Whether certificates count.
    pub certificates: Certificates,
    /// When an event that is not accepted is sent again.
    pub retry: RetrySchedule,
    /// How long to wait for the app to accept connections, before the first event.
    pub wait_for_app: Duration,
    /// What to do when an event is not accepted.
    pub on_failure: OnFailure,
    /// Where the run is recorded; `None` for nowhere.
    pub history: Option<Storage>,
    /// How the events arrive.
    pub traffic: Traffic,
    /// Whether events that come along through Stripe count.
    pub side_events: SideEvents,
    /// What a local API has to do with it.
    pub api: ApiUse,
    /// How to look at the app's state.
    pub app_state: StateSources,
    /// Which values the user gave, where a default looks the same.
    pub explicit: Explicit,
    /// What was typed.
    pub command: CommandLine,
}

impl Job {
    /// Where the events go that no route takes.
    pub(crate) fn main_target(&self) -> EventTarget {
        EventTarget { endpoint: self.endpoint.clone(), secret: self.secret.clone() }
    }

    /// Where an event of that type goes.
    pub(crate) fn endpoint_of(&self, event_type: &str) -> &Endpoint {
        Route::target(&self.routes, event_type).map_or(&self.endpoint, |target| &target.endpoint)
    }

    /// What an event of that type is signed with.
    pub(crate) fn secret_of(&self, event_type: &str) -> &FoundSecret {
        Route::target(&self.routes, event_type).map_or(&self.secret, |target| &target.secret)
    }
}

/// What a local API has to do with a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum ApiUse {
    /// Nothing.
    #[default]
    None,
    /// The one that runs is told of the events.
    Told(RunningApi),
    /// One is told of them, and the report shows what the app asks it (`--api`): the one that runs, or one of the
    /// run's own.
    Asked(Option<RunningApi>),
}

impl ApiUse {
    /// Whether one is told of the events.
    pub(crate) const fn is_told(&self) -> bool {
        !matches!(self, Self::None)
    }

    /// Whether the report shows what the app asks it.
    pub(crate) const fn is_asked(&self) -> bool {
        matches!(self, Self::Asked(_))
    }
}

/// Which values of a job the user gave: a default may look the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Explicit {
    /// `--seed`
    pub seed: bool,
    /// `--api-version`
    pub api_version: bool,
    /// `--timeout`
    pub timeout: bool,
}

/// Whether events that come along with a step's own count in its verdict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum SideEvents {
    /// They are shown only.
    #[default]
    Shown,
    /// They have to be accepted, too (`--strict`).
    Counted,
}

/// What a run does when an event is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OnFailure {
    /// It goes on with the next.
    GoOn,
    /// It ends there (`--fail-fast`).
    Stop,
}

/// How the events of a story arrive, where that is not one after the other in the order of the steps.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Traffic {
    /// In which order.
    pub order: Order,
    /// These steps alone, in this order, each as often as it stands there.
    pub steps: Option<Sequence>,
    /// What share of them comes twice, from 0 to 1.
    pub duplicates: f64,
    /// How many at once.
    pub concurrency: usize,
}

impl Default for Traffic {
    fn default() -> Self {
        Self { order: Order::Story, steps: None, duplicates: 0.0, concurrency: 1 }
    }
}

/// A type that Stripe never sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NeverSent {
    /// Its name.
    pub name: String,
    /// The types that may be meant.
    pub near: Vec<String>,
}
