//! Everything that a run will send, built before anything is sent.

use std::time::Duration;

use serde_json::Value;

use crate::config::FoundSecret;
use crate::delivery::{Certificates, Endpoint, Header, Hosts, RetrySchedule};
use crate::error::Result;
use crate::event::id::Seed;
use crate::event::setting::{self, NewFields, Setting};
use crate::event::{Catalogue, Event, Moment, Scene, Story, story};
use crate::history::Place;
use crate::scenario::{Scenario, Step};

/// What the user asked for.
#[derive(Debug)]
pub struct Job {
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
    /// Draws the ids.
    pub seed: Seed,
    /// The user's own values.
    pub settings: Vec<Setting>,
    /// Whether those may add fields.
    pub new_fields: NewFields,
    /// The user's own headers.
    pub headers: Vec<Header>,
    /// The API version that the events name.
    pub api_version: String,
    /// How long to wait for one answer.
    pub timeout: Duration,
    /// Whether certificates count.
    pub certificates: Certificates,
    /// When an event that is not accepted is sent again.
    pub retry: RetrySchedule,
    /// What to do when an event is not accepted.
    pub on_failure: OnFailure,
    /// Where the run is recorded; `None` for nowhere.
    pub history: Option<Place>,
}

/// What a run does when an event is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnFailure {
    /// It goes on with the next.
    GoOn,
    /// It ends there (`--fail-fast`).
    Stop,
}

/// A job with its events.
#[derive(Debug)]
pub struct Plan {
    /// What the user asked for.
    pub job: Job,
    /// The events in the order in which they are sent.
    pub events: Vec<Event>,
    /// Those of their types that Stripe never sends.
    pub never_sent: Vec<NeverSent>,
}

/// A type that Stripe never sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NeverSent {
    /// Its name.
    pub name: String,
    /// The types that may be meant.
    pub near: Vec<String>,
}

impl Plan {
    /// Builds all events of a story that ends now.
    ///
    /// # Errors
    /// An event or object is unknown, or a value does not fit.
    pub fn new(job: Job, now: Moment) -> Result<Self> {
        let catalogue = Catalogue::embedded()?;
        let scenario = &job.scenario;
        let end = now.whole();
        let scenes: Vec<Scene> = scenario
            .steps
            .iter()
            .map(|step| scene(&catalogue, step, end))
            .collect::<Result<_>>()?;
        let never_sent = scenes.iter().filter(|scene| !scene.event_type.is_stripes());
        let never_sent = never_sent
            .map(|scene| NeverSent {
                name: scene.name.clone(),
                near: scene.event_type.near.clone(),
            })
            .collect();
        let story = Story::new(&catalogue, plot(&job, &scenes, end)?, scenes)?;
        let payloads = story.payloads()?;
        Self::of_payloads(job, payloads, never_sent)
    }

    /// A plan of payloads that were made elsewhere; `--set` has the last word.
    ///
    /// # Errors
    /// A `--set` fits none of them.
    pub fn of_payloads(
        job: Job,
        mut payloads: Vec<Value>,
        never_sent: Vec<NeverSent>,
    ) -> Result<Self> {
        setting::apply(&job.settings, &mut payloads, job.new_fields)?;
        let events = payloads.iter().map(Event::new).collect();
        Ok(Self { job, events, never_sent })
    }
}

fn scene(catalogue: &Catalogue, step: &Step, end: Moment) -> Result<Scene> {
    let event_type = catalogue.event_type(&step.event, step.object.as_deref())?;
    Ok(Scene {
        name: step.event.clone(),
        about: step.about.clone().unwrap_or_else(|| event_type.object.clone()),
        states: step.state.clone(),
        at: end.plus(step.at),
        cause: step.cause,
        event_type,
    })
}

fn plot(job: &Job, scenes: &[Scene], end: Moment) -> Result<story::Plot> {
    let told = &job.scenario.story;
    let usual = scenes.iter().find_map(|scene| scene.event_type.payment_method.as_deref());
    let payment_method = told.payment_method.as_deref().or(usual).unwrap_or("card");
    let variants = if told.connect { vec!["connect".to_owned()] } else { Vec::new() };
    Ok(story::Plot {
        name: job.scenario.name.clone(),
        seed: job.seed,
        end,
        payment_method: payment_method.to_owned(),
        variants,
        created: told.created.clone(),
        parameters: setting::parameters(&job.settings)?,
        api_version: job.api_version.clone(),
    })
}
