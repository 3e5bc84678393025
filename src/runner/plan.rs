//! Everything that a story will send, built before anything is sent.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::panic::resume_unwind;
use std::sync::Arc;

use serde_json::Value;

use super::job::{Job, NeverSent};
use super::needed_api;
use super::scenario_errors;
use super::script::{self, Script};
use super::unused::{self, RunContents};
use crate::api::LazyStory;
use crate::error::{Error, Result};
use crate::event::shape::OtherVersions;
use crate::event::{Catalogue, Event, Setting, changes, rank};
use crate::history::RecordedStory;
use crate::protocol::{ApiFault, Moment};
use crate::scenario::{Sequence, Step, Values, order};

/// A job with its events.
#[derive(Debug)]
pub(crate) struct Plan {
    /// What the user asked for.
    pub job: Job,
    /// The event of each step.
    pub events: Vec<Event>,
    /// What is sent, in this order.
    pub sendings: Vec<Sending>,
    /// Those of their types that Stripe never sends.
    pub never_sent: Vec<NeverSent>,
    /// Those of their types that have the shape of another API version.
    pub other_versions: OtherVersions,
    /// What the names in the scenario's texts stand for, as far as the story decides that.
    pub values: Values,
    /// Where its events come from.
    pub origin: Origin,
    /// Who sends them.
    pub way: Way,
    /// The changes of each step that need a value of an earlier answer.
    pub(crate) late: Vec<Vec<Setting>>,
    /// Whether a step needs such a value at all, for its payload or for what is expected.
    pub(crate) needs_answers: Vec<bool>,
    /// What a local API is told of it, where the job asks for one.
    pub(crate) story: Option<LazyStory>,
    /// What the history keeps of that, once the API was told.
    pub(crate) recorded_story: Option<RecordedStory>,
    /// What its events name, where the user has ids or metadata for the story.
    pub(crate) named: BTreeSet<String>,
    /// The ids of its objects by name, and its amount, currency and email, where somebody looks at the app's state.
    pub ids: Values,
    /// A step, and what befalls the app's calls of the local API during its first delivery instead of the step's own.
    pub(crate) failing: Option<(usize, Vec<ApiFault>)>,
}

/// Where the events of a plan come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// They were made for it.
    Made,
    /// The user has them (`--from`).
    Given,
    /// They were delivered before.
    Recorded,
}

/// Who sends the events of a plan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Way {
    /// devtool itself.
    #[default]
    Local,
    /// Stripe, by a listen.
    Stripe {
        /// The account's id, where it is known.
        account: Option<String>,
        /// The account for a reader.
        shown: String,
        /// The process of the listen; `None` for one that was started for the run.
        listen: Option<u32>,
    },
}

impl Way {
    /// Whether the events have ids that are not devtool's.
    pub(super) const fn makes_ids(&self) -> bool {
        matches!(self, Self::Stripe { .. })
    }

    /// The word of reports.
    pub(crate) const fn word(&self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Stripe { .. } => "stripe",
        }
    }
}

/// One delivery to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sending {
    /// The step, from 0.
    pub step: usize,
    /// Whether the same event went out before.
    pub is_copy: bool,
}

/// What `--set` gives a story, not one of its events.
const SETTABLE: [&str; 4] = ["amount", "currency", "customer", "email"];

/// So many stories are worth a thread of their own (`python3 benches/run.py`: 20 scenarios).
const STORIES_A_THREAD: usize = 5;

impl Plan {
    /// The plans of jobs, all of stories that end now, built side by side where they are many.
    ///
    /// # Errors
    /// What is wrong with those that cannot be built: an event or object is unknown, or a value does not fit.
    pub(crate) fn all(mut jobs: Vec<Job>, now: Moment) -> Result<Vec<Self>> {
        let catalogue = &Catalogue::embedded()?;
        let build = move |jobs: Vec<Job>| {
            let plans = jobs.into_iter().map(|job| Self::within(catalogue, job, now));
            plans.collect::<Vec<Result<Self>>>()
        };
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let share = jobs.len().div_ceil(processors).max(STORIES_A_THREAD);
        let plans: Vec<Result<Self>> = std::thread::scope(|scope| {
            let mut others = Vec::new();
            while jobs.len() > share {
                let rest = jobs.split_off(jobs.len() - share);
                others.push(scope.spawn(move || build(rest)));
            }
            let mut plans = build(jobs);
            for other in others.into_iter().rev() {
                plans.extend(other.join().unwrap_or_else(|panic| resume_unwind(panic)));
            }
            plans
        });
        let (plans, errors): (Vec<_>, Vec<_>) = plans.into_iter().partition(Result::is_ok);
        Error::all(errors.into_iter().filter_map(Result::err))?;
        let plans: Vec<Self> = plans.into_iter().flatten().collect();
        check_settings(&plans)?;
        Ok(plans)
    }

    /// Builds all events of a story that ends now.
    ///
    /// # Errors
    /// An event or object is unknown, or a value does not fit.
    pub(crate) fn new(job: Job, now: Moment) -> Result<Self> {
        let plan = Self::within(&Catalogue::embedded()?, job, now)?;
        check_settings(std::slice::from_ref(&plan))?;
        Ok(plan)
    }

    /// The same with a catalogue at hand; another plan of the run may use what this one has no place for.
    pub(super) fn within(catalogue: &Arc<Catalogue>, mut job: Job, now: Moment) -> Result<Self> {
        let version = job.api_version.as_str();
        job.scenario.steps.retain(|step| step.is_sent_at(version));
        let end = now.whole();
        job.scenario.check().map_err(|error| scenario_errors::with(catalogue, &job, end, error))?;
        needed_api::check(&job)?;
        let script = script::write(catalogue, &job, end)
            .map_err(|error| scenario_errors::with(catalogue, &job, end, error))?;
        Self::of_script(job, script, Origin::Made)
    }

    /// A plan of payloads that were made elsewhere, one for each step; `--set` has the last word.
    ///
    /// # Errors
    /// A `--set` fits none of them.
    pub(crate) fn of_payloads(job: Job, payloads: Vec<Value>) -> Result<Self> {
        let (late, needs_answers) = (vec![Vec::new(); payloads.len()], vec![false; payloads.len()]);
        let script = Script { payloads, late, needs_answers, ..Script::default() };
        let plan = Self::of_script(job, script, Origin::Given)?;
        check_settings(std::slice::from_ref(&plan))?;
        Ok(plan)
    }

    /// A plan of events that were delivered before, one for each step of the job's scenario.
    pub(crate) fn recorded(job: Job, events: Vec<Event>) -> Self {
        let sendings = (0..events.len()).map(|step| Sending { step, is_copy: false }).collect();
        Self {
            job,
            sendings,
            never_sent: Vec::new(),
            other_versions: OtherVersions::new(),
            values: Values::default(),
            origin: Origin::Recorded,
            way: Way::Local,
            late: vec![Vec::new(); events.len()],
            needs_answers: vec![false; events.len()],
            story: None,
            recorded_story: None,
            named: BTreeSet::new(),
            ids: Values::default(),
            failing: None,
            events,
        }
    }

    fn of_script(job: Job, script: Script, origin: Origin) -> Result<Self> {
        let Script {
            mut payloads,
            never_sent,
            other_versions,
            values,
            late,
            needs_answers,
            source,
            named,
            ids,
        } = script;
        let applied = changes::apply(&job.settings, &mut payloads, job.new_fields);
        applied.map_err(|error| match origin {
            Origin::Made => error.or_meant(&SETTABLE),
            Origin::Given | Origin::Recorded => error,
        })?;
        let events: Vec<Event> = payloads.iter().map(Event::new).collect();
        let story = source.map(|source| LazyStory::new(source, &events));
        let moment = |payload: &Value| (created(payload), rank::of_payload(payload));
        let moments: Vec<(i64, u16)> = payloads.iter().map(moment).collect();
        let sendings = sendings(&job, &moments);
        Ok(Self {
            job,
            events,
            sendings,
            never_sent,
            other_versions,
            values,
            origin,
            way: Way::Local,
            late,
            needs_answers,
            story,
            recorded_story: None,
            named,
            ids,
            failing: None,
        })
    }

    /// When its events happen, in seconds.
    pub(super) fn moments(&self) -> Vec<i64> {
        let payload = |event: &Event| serde_json::from_slice(&event.body).unwrap_or_default();
        self.events.iter().map(|event| created(&payload(event))).collect()
    }

    /// The step that a sending is of.
    pub(crate) fn step(&self, sending: Sending) -> &Step {
        &self.job.scenario.steps[sending.step]
    }

    /// What befalls the app's calls of the local API meanwhile.
    pub(super) fn api_faults(&self, sending: Sending) -> &[ApiFault] {
        match &self.failing {
            Some((step, faults)) if *step == sending.step && !sending.is_copy => faults,
            _ => &self.step(sending).api_faults,
        }
    }

    /// Whether nothing else is under way meanwhile, so that every call is its own.
    pub(super) fn is_alone(&self, sending: Sending) -> bool {
        needed_api::needs_api(self.step(sending)) || !self.api_faults(sending).is_empty()
    }

    /// Whether Stripe made the event of a sending.
    pub(crate) fn is_stripes(&self, sending: Sending) -> bool {
        self.way.makes_ids() || self.events[sending.step].is_stripes
    }

    /// Whether a step needs values of earlier answers.
    pub(crate) fn needs_answers(&self, sending: Sending) -> bool {
        self.needs_answers[sending.step]
    }

    /// The event of a sending, with the values of earlier answers in it.
    ///
    /// # Errors
    /// Names the value that no answer gave.
    pub(crate) fn event(
        &self,
        sending: Sending,
        values: &Values,
    ) -> std::result::Result<Event, String> {
        let event = &self.events[sending.step];
        if self.late[sending.step].is_empty() {
            return Ok(event.clone());
        }
        let mut payload = serde_json::from_slice(&event.body).map_err(|error| error.to_string())?;
        for setting in &self.late[sending.step] {
            let Setting::Field { path, value } = setting else { continue };
            let value = values.fill(value).map_err(|name| {
                format!("no answer gave the value `{name}` that this event needs")
            })?;
            let setting = Setting::Field { path: path.clone(), value };
            let settings = std::slice::from_ref(&setting);
            changes::apply(settings, std::slice::from_mut(&mut payload), self.job.new_fields)
                .map_err(|error| error.to_string())?;
        }
        Ok(Event::new(&payload))
    }
}

/// When an event was made, in seconds; thin events have that as text.
fn created(payload: &Value) -> i64 {
    let created = &payload["created"];
    let told = || Moment::parse(created.as_str()?).map(Moment::seconds);
    created.as_i64().or_else(told).unwrap_or_default()
}

/// Checks that what the user set has a place in one of the run's plans.
fn check_settings(plans: &[Plan]) -> Result<()> {
    let settings = plans.first().map(|plan| plan.job.settings.as_slice()).unwrap_or_default();
    let needs_place = |setting: &Setting| {
        matches!(setting, Setting::Id { .. } | Setting::Metadata { .. } | Setting::Within { .. })
    };
    if !settings.iter().any(needs_place) {
        return Ok(());
    }
    let steps = plans.iter().flat_map(|plan| plan.job.scenario.steps.iter().enumerate());
    let steps = steps.map(|(at, step)| (at + 1, step.event.as_str())).collect();
    let named = plans.iter().flat_map(|plan| plan.named.iter().cloned()).collect();
    let bodies = plans.iter().flat_map(|plan| &plan.events);
    let bodies = bodies.map(|event| String::from_utf8_lossy(&event.body));
    let values = plans.iter().flat_map(|plan| plan.values.all()).map(Cow::Borrowed);
    let texts = bodies.chain(values).collect();
    unused::check(settings, &RunContents { steps, named, texts })
}

/// What is sent: the steps in their order, each followed by its copies, and the duplicates somewhere
/// after their first.
fn sendings(job: &Job, moments: &[(i64, u16)]) -> Vec<Sending> {
    let traffic = &job.traffic;
    if let Some(Sequence(steps)) = &traffic.steps {
        let known = steps.iter().enumerate().filter(|(_, step)| **step < moments.len());
        let sending = |(at, step): (usize, &usize)| Sending {
            step: *step,
            is_copy: steps[..at].contains(step),
        };
        return known.map(sending).collect();
    }
    let mut sendings = Vec::new();
    for step in traffic.order.arrange(moments, job.seed) {
        sendings.push(Sending { step, is_copy: false });
        let again = job.scenario.steps[step].again as usize;
        sendings.extend(std::iter::repeat_n(Sending { step, is_copy: true }, again));
    }
    #[expect(clippy::cast_precision_loss, reason = "no scenario has 2^52 steps")]
    let wanted = (traffic.duplicates * moments.len() as f64).ceil();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to the steps")]
    let wanted = wanted as usize;
    let mut twice = order::drawn(moments.len(), job.seed, "duplicates");
    twice.truncate(wanted);
    for step in twice {
        let first = sendings.iter().position(|sending| sending.step == step).unwrap_or_default();
        let after = sendings.len() - first;
        let at = first + 1 + job.seed.number(&format!("duplicate/{step}"), after);
        sendings.insert(at, Sending { step, is_copy: true });
    }
    sendings
}
