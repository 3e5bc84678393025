//! What the steps of a scenario have to say for its events to be like recorded ones: the story's amount, the states of
//! objects, what was different before. Each is found by trying what the catalogue has, and counting what differs.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::job::Job;
pub(crate) use super::likeness::Earlier;
use super::likeness::{cause, differences, earlier};
use super::plan::Plan;
use crate::error::Result;
use crate::event::event_type::EventType;
use crate::event::{Catalogue, Event, Setting};
use crate::protocol::Moment;
use crate::scenario::Step;

/// How many states a step has at most.
const MOST_STATES: usize = 4;
/// With how many first states a step is tried.
const MOST_BEGINNINGS: usize = 3;
/// How many amounts are tried.
const MOST_AMOUNTS: usize = 6;
/// The fields whose values may be the story's amount.
const AMOUNTS: [&str; 5] = ["amount", "amount_due", "amount_total", "total", "unit_amount"];

/// What was found.
#[derive(Debug)]
pub(crate) struct Retelling {
    /// The amount of the story, where it is not the usual one.
    pub(crate) amount: Option<i64>,
    /// What each step says.
    pub(crate) steps: Vec<ToldStep>,
}

/// What one step says.
#[derive(Clone, Debug, Default)]
pub(crate) struct ToldStep {
    /// The states of its object.
    pub(crate) states: Vec<String>,
    /// What was different before it.
    pub(crate) was: Option<Map<String, Value>>,
    /// Who caused it, where that is not as usual.
    pub(crate) cause: Option<&'static str>,
    /// The event that comes of it.
    pub(crate) payload: Value,
}

/// Looks for what makes the events of a job, a step for each recorded event, like those. `None` where the job tells no
/// story.
///
/// # Errors
/// The catalogue cannot be read.
pub(crate) fn find(
    job: Job,
    recorded: &[Value],
    kept: Earlier,
    now: Moment,
) -> Result<Option<Retelling>> {
    let mut teller = Teller { catalogue: Catalogue::embedded()?, job, recorded, now };
    let Some(mut found) = teller.told_by(&teller.job) else { return Ok(None) };
    let amount = teller.amount(&mut found);
    // Which state comes first decides which others help: what is not alike then begins with another.
    for first in 0..MOST_BEGINNINGS {
        teller.states(&mut found, first)?;
    }
    teller.was(&mut found, kept);
    let told = teller.job.scenario.steps.into_iter().zip(recorded.iter().zip(found.payloads));
    let told = told.map(|(step, (recorded, payload))| ToldStep {
        states: step.state,
        was: step.was,
        cause: cause(recorded).filter(|by| cause(&payload).is_some_and(|usual| usual != *by)),
        payload,
    });
    Ok(Some(Retelling { amount, steps: told.collect() }))
}

/// The events of a job, and how many of each one's fields are not as recorded.
struct Events {
    payloads: Vec<Value>,
    differences: Vec<usize>,
}

/// What a step may say of what was different before.
struct Before {
    /// Which step.
    at: usize,
    /// As it was recorded.
    recorded: Map<String, Value>,
    /// What its type usually says, and what was recorded beside that.
    with_usual: Map<String, Value>,
}

struct Teller<'r> {
    catalogue: Arc<Catalogue>,
    job: Job,
    recorded: &'r [Value],
    now: Moment,
}

impl Teller<'_> {
    fn told_by(&self, job: &Job) -> Option<Events> {
        let plan = Plan::within(&self.catalogue, job.clone(), self.now).ok()?;
        let body = |event: &Event| serde_json::from_slice(&event.body).ok();
        let payloads: Vec<Value> = plan.events.iter().map(body).collect::<Option<_>>()?;
        let pairs = self.recorded.iter().zip(&payloads);
        let differences = pairs.map(|(recorded, told)| differences(recorded, told)).collect();
        Some(Events { payloads, differences })
    }

    /// The amount of the story: of those that the events have, the one that fits best.
    fn amount(&mut self, found: &mut Events) -> Option<i64> {
        let mut best = None;
        for amount in amounts(self.recorded) {
            let mut job = self.job.clone();
            let value = amount.to_string();
            job.scenario.story.parameters.push(Setting::Parameter { name: "amount".into(), value });
            let total = |events: &Events| events.differences.iter().sum::<usize>();
            let told = self.told_by(&job).filter(|told| total(told) < total(found));
            if let Some(told) = told {
                (*found, self.job, best) = (told, job, Some(amount));
            }
        }
        best
    }

    /// Gives the steps whose events are not alike the states that bring them nearest, one after the other. The first
    /// is the best one, or the next best.
    fn states(&mut self, found: &mut Events, first: usize) -> Result<()> {
        let mut job = self.job.clone();
        for (step, differences) in job.scenario.steps.iter_mut().zip(&found.differences) {
            if *differences > 0 {
                step.state.clear();
            }
        }
        let mut least: Vec<usize> = match self.told_by(&job) {
            Some(told) => told.differences,
            None => return Ok(()),
        };
        for round in 0..MOST_STATES {
            let rank = if round == 0 { first } else { 0 };
            if !self.add_state((&mut job, &mut least), rank)? {
                break;
            }
        }
        let steps = self.job.scenario.steps.iter_mut().zip(job.scenario.steps);
        for (at, (step, other)) in steps.enumerate() {
            if least[at] < found.differences[at] {
                step.state = other.state;
            }
        }
        if let Some(told) = self.told_by(&self.job) {
            *found = told;
        }
        Ok(())
    }

    /// Gives each step one more state of those that bring its event nearer; whether there was any.
    fn add_state(&self, (job, least): (&mut Job, &mut Vec<usize>), rank: usize) -> Result<bool> {
        let more = self.states_beside(job, least)?;
        let mut nearer: Vec<Vec<(usize, &String)>> = vec![Vec::new(); more.len()];
        for at in 0..more.iter().map(Vec::len).max().unwrap_or_default() {
            let mut other = job.clone();
            for (step, states) in other.scenario.steps.iter_mut().zip(&more) {
                step.state.extend(states.get(at).cloned());
            }
            let Some(told) = self.told_by(&other) else { continue };
            for (step, differences) in told.differences.into_iter().enumerate() {
                let state = more[step].get(at).filter(|_| differences < least[step]);
                nearer[step].extend(state.map(|state| (differences, state)));
            }
        }
        let mut is_any = false;
        for (at, mut nearer) in nearer.into_iter().enumerate() {
            nearer.sort();
            if let Some((differences, state)) = nearer.get(rank) {
                job.scenario.steps[at].state.push((*state).clone());
                least[at] = *differences;
                is_any = true;
            }
        }
        Ok(is_any)
    }

    /// The states that may bring each step's event nearer.
    fn states_beside(&self, job: &Job, least: &[usize]) -> Result<Vec<Vec<String>>> {
        let beside = |(step, differences): (&Step, &usize)| match self.event_type(step) {
            Some(known) if *differences > 0 => {
                Ok(self.catalogue.states_beside(&known, &step.state)?)
            }
            _ => Ok(Vec::new()),
        };
        job.scenario.steps.iter().zip(least).map(beside).collect()
    }

    /// The type of a step, where the catalogue knows it.
    fn event_type(&self, step: &Step) -> Option<Arc<EventType>> {
        self.catalogue.event_type(&step.event, step.object.as_deref()).ok()
    }

    /// Says what was different before, where the catalogue says another thing: as it was recorded, and with what is
    /// usual. What a step says of that is of its own event alone, so all steps are tried at once.
    fn was(&mut self, found: &mut Events, kept: Earlier) {
        let steps = 0..self.recorded.len();
        let (recorded, with_usual): (Vec<_>, Vec<_>) = steps
            .filter_map(|at| self.before(at, found, kept))
            .map(|step| ((step.at, step.recorded), (step.at, step.with_usual)))
            .unzip();
        for earlier in [recorded, with_usual] {
            self.keep_nearer(found, earlier);
        }
    }

    /// What a step may say of before; `None` where it has nothing to say.
    fn before(&self, at: usize, found: &Events, kept: Earlier) -> Option<Before> {
        let recorded = earlier(&self.recorded[at], kept);
        if recorded.is_empty() || found.differences[at] == 0 {
            return None;
        }
        let step = &self.job.scenario.steps[at];
        let known = self.event_type(step)?;
        let usual = Arc::unwrap_or_clone(known).in_form(&step.state).0.was();
        let told = earlier(&found.payloads[at], Earlier::All);
        let is_other = |(path, value): &(&String, &Value)| told.get(*path) != Some(value);
        let other = recorded.iter().filter(is_other);
        let other = other.map(|(path, value)| (path.clone(), value.clone()));
        let with_usual = usual.into_iter().chain(other).collect();
        Some(Before { at, recorded, with_usual })
    }

    /// Has steps say what was different before, where that brings their events nearer.
    fn keep_nearer(&mut self, found: &mut Events, earlier: Vec<(usize, Map<String, Value>)>) {
        let mut job = self.job.clone();
        let tried: Vec<usize> = earlier.iter().map(|(at, _)| *at).collect();
        for (at, was) in earlier {
            let step = &mut job.scenario.steps[at];
            // Without its place, an error is told at once: nobody looks for all others of the file.
            (step.was, step.places) = (Some(was), None);
        }
        let told = self.told_by(&job).or_else(|| {
            self.forget_unfit(&mut job, &tried);
            self.told_by(&job)
        });
        let Some(mut told) = told else { return };
        for at in tried {
            if told.differences[at] >= found.differences[at] {
                continue;
            }
            self.job.scenario.steps[at].was = job.scenario.steps[at].was.take();
            found.payloads[at] = told.payloads[at].take();
            found.differences[at] = told.differences[at];
        }
    }

    /// Takes back what the object of a step has no place for: no event of the story could be built.
    fn forget_unfit(&self, job: &mut Job, tried: &[usize]) {
        let mut alone = job.clone();
        for at in tried {
            let step = &mut job.scenario.steps[*at];
            alone.scenario.steps = vec![step.clone()];
            if self.told_by(&alone).is_none() {
                step.was.clone_from(&self.job.scenario.steps[*at].was);
            }
        }
    }
}

/// The amounts that the events have, the most frequent first.
fn amounts(recorded: &[Value]) -> Vec<i64> {
    let mut counts = BTreeMap::new();
    for event in recorded {
        count(&event["data"]["object"], &mut counts);
    }
    let mut amounts: Vec<(i64, usize)> = counts.into_iter().collect();
    amounts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    amounts.into_iter().take(MOST_AMOUNTS).map(|(amount, _)| amount).collect()
}

fn count(value: &Value, counts: &mut BTreeMap<i64, usize>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                let amount = value.as_i64().filter(|amount| *amount > 0);
                match amount.filter(|_| AMOUNTS.contains(&name.as_str())) {
                    Some(amount) => *counts.entry(amount).or_default() += 1,
                    None => count(value, counts),
                }
            }
        }
        Value::Array(list) => list.iter().for_each(|value| count(value, counts)),
        _ => {}
    }
}
