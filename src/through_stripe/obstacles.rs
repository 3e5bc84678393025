//! What a plan needs that Stripe cannot give.
//!
//! Everything that a plan holds is taken apart here without `..`: a new field does not compile until
//! somebody has decided what becomes of it through Stripe.

use super::obstacle::Obstacle;
use super::triggers;
use crate::config::secret_source::SecretSource;
use crate::delivery::Certificates;
use crate::error::Result;
use crate::history::Storage;
use crate::listen::Running;
use crate::runner::plan::Origin;
use crate::runner::{Explicit, Job, Plan, Traffic};
use crate::scenario::{Order, Scenario, Step, StorySettings};

const MADE_BY_STRIPE: &str = "Stripe creates the events";
const OWN_OBJECTS: &str = "the local API serves the objects of devtool's own events";
const BY_LISTEN: &str = "the running `devtool listen` delivers with its own settings";

/// What plans need that Stripe cannot give, each named once; by a listen that runs, or by one of their own.
///
/// # Errors
/// The embedded data has an error.
pub(crate) fn obstacles(plans: &[Plan], running: Option<&Running>) -> Result<Vec<Obstacle>> {
    let mut all: Vec<Obstacle> = Vec::new();
    for plan in plans {
        for obstacle in of_plan(plan, running)? {
            if all.iter().all(|known| known.option != obstacle.option) {
                all.push(obstacle);
            }
        }
    }
    Ok(all)
}

fn of_plan(plan: &Plan, running: Option<&Running>) -> Result<Vec<Obstacle>> {
    let Plan {
        job,
        // What is in them comes of the job.
        events: _,
        // The copies among them are those of `repeat` and `--duplicate`.
        sendings: _,
        // Each is a type that no trigger causes.
        never_sent: _,
        // They come of the job's API version.
        other_versions: _,
        values,
        origin,
        way: _,
        // They come of changes of the steps.
        late: _,
        // The runner's: what answers give is known through Stripe, too.
        needs_answers: _,
        // It is there where the job asks for a local API.
        story: _,
        recorded_story: _,
        // It only tells whether the job's settings have a place.
        named: _,
        // They are for looks at the app, which ask for them.
        ids: _,
        // An exploration's, which sends by itself.
        failing: _,
    } = plan;
    let mut found = Found::default();
    match origin {
        Origin::Made => {}
        Origin::Given => {
            found.add("`--from`", "Stripe creates the event, and would send another one");
        }
        Origin::Recorded => found.add("a recorded event", MADE_BY_STRIPE),
    }
    let (_, in_the_way) = triggers::of(plan)?;
    found.0.extend(in_the_way);
    of_job(job, running, &mut found);
    if let Some(name) = values.names().next() {
        let why = "through Stripe, each step creates its own objects";
        found.add(format!("`{{{{{name}}}}}`"), why);
    }
    Ok(found.0)
}

fn of_job(job: &Job, running: Option<&Running>, found: &mut Found) {
    let Job {
        scenario,
        name: _,
        // The listen's too: it was found by it, or is started for it.
        endpoint: _,
        hosts: _,
        secret,
        // The listen's: it reads the same file, or is started with them.
        routes: _,
        // It is never without a value.
        seed: _,
        // The triggers take them or do not; the fields that it allows are in the way by themselves.
        settings: _,
        new_fields: _,
        headers,
        account,
        api_version: _,
        timeout: _,
        certificates,
        retry,
        history,
        traffic,
        // The runner's, all but the first: a listen holds events until the app accepts connections.
        wait_for_app: _,
        on_failure: _,
        side_events: _,
        app_state: _,
        api,
        explicit,
        // What it says is in the others.
        command: _,
    } = job;
    of_scenario(scenario, found);
    of_traffic(traffic, scenario, found);
    let Explicit { seed, api_version, timeout } = *explicit;
    found.add_if(seed, "`--seed`", "Stripe generates the ids");
    found.add_if(api_version, "`--api-version`", "the events have the API version of your account");
    found.add_if(account.is_some(), "`--account`", "the events are those of your own account");
    found.add_if(api.is_asked(), "`--api`", OWN_OBJECTS);
    let Some(running) = running else { return };
    found.add_if(!headers.is_empty(), "`--header`", BY_LISTEN);
    found.add_if(timeout, "`--timeout`", BY_LISTEN);
    found.add_if(retry.retries() > 0, "`--retry`", BY_LISTEN);
    found.add_if(secret.source == SecretSource::Flag, "`--secret`", BY_LISTEN);
    found.add_if(*certificates == Certificates::Ignored, "`--skip-verify`", BY_LISTEN);
    of_history(history.as_ref(), running, found);
}

fn of_history(history: Option<&Storage>, running: &Running, found: &mut Found) {
    let file = history.map(|place| &place.file);
    match &running.history {
        None => found.add(
            format!("a `devtool listen` without a history (pid {})", running.pid),
            "what the endpoint answered is read from its history",
        ),
        Some(known) if Some(known) != file => {
            let option = if file.is_some() { "`--history`" } else { "`--no-history`" };
            found.add(option, "the running `devtool listen` records its deliveries");
        }
        Some(_) => {}
    }
}

fn of_scenario(scenario: &Scenario, found: &mut Found) {
    let Scenario {
        name: _,
        file: _,
        purpose: _,
        story,
        steps,
        // They are the traffic's, unless the user wants another order.
        deliveries: _,
        // The runner's.
        checks: _,
        // Their commands have the ids of the story's objects, not of Stripe's.
        around: _,
        is_named: _,
        // The plan has refused it.
        errors: _,
    } = scenario;
    let why = "through Stripe, each step creates its own objects";
    found.add_if(scenario.commands().next().is_some(), "`run`", why);
    let StorySettings {
        // The form of a story. What comes through Stripe is no story, which the heading says.
        payment_method: _,
        connect: _,
        guest: _,
        created: _,
        // The triggers take them or do not.
        parameters: _,
        own: _,
        place: _,
        places: _,
    } = story;
    for step in steps {
        of_step(step, found);
    }
}

fn of_step(step: &Step, found: &mut Found) {
    let Step {
        // A trigger causes it or does not.
        event: _,
        object,
        // Where it stands in the story, which the heading says is none.
        about: _,
        state,
        was,
        cause: _,
        at: _,
        // The plan has left out what is not sent at its version.
        since: _,
        changes,
        // The runner's.
        delay: _,
        again,
        expect: _,
        save: _,
        // They need `--api`, which is in the way.
        api_faults: _,
        places,
    } = step;
    let in_file = places.is_some();
    let option = if in_file { "`object` of a step" } else { "`--object`" };
    found.add_if(object.is_some(), option, MADE_BY_STRIPE);
    let option = if in_file { "`state` of a step" } else { "`--state`" };
    found.add_if(!state.is_empty(), option, MADE_BY_STRIPE);
    found.add_if(was.is_some(), "`was` of a step", MADE_BY_STRIPE);
    found.add_if(!changes.is_empty(), "`set`, `unset` or `account` of a step", MADE_BY_STRIPE);
    found.add_if(*again > 0, "`repeat` of a step", "Stripe decides what is sent again");
}

fn of_traffic(traffic: &Traffic, scenario: &Scenario, found: &mut Found) {
    let Traffic { order, steps, duplicates, concurrency } = traffic;
    let why = "Stripe sends the events as they happen";
    found.add_if(*order != Order::Story, format!("the order {order}"), why);
    let in_file = *steps == scenario.deliveries;
    let option = if in_file { "`deliveries` of the scenario" } else { "`--steps`" };
    found.add_if(steps.is_some(), option, why);
    found.add_if(*duplicates > 0.0, "`--duplicate`", why);
    found.add_if(*concurrency > 1, "`--concurrency`", why);
}

#[derive(Default)]
struct Found(Vec<Obstacle>);

impl Found {
    fn add(&mut self, option: impl Into<String>, why: &str) {
        self.0.push(Obstacle::new(option, why));
    }

    fn add_if(&mut self, is_needed: bool, option: impl Into<String>, why: &str) {
        if is_needed {
            self.add(option, why);
        }
    }
}
