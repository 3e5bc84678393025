//! The steps of scenarios, by the numbers that `--steps` and `--order` take.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::json::{SCHEMA, document};
use super::layout::Layout;
use crate::scenario::{Scenario, Step};
use crate::text::{escape, width};

/// Each scenario with its steps: number, event, when it happens, and what the step does besides.
pub(crate) fn text(scenarios: &[Scenario], layout: Layout) -> String {
    let blocks: Vec<String> = scenarios.iter().map(|one| block(one, layout)).collect();
    blocks.join("\n")
}

fn block(scenario: &Scenario, layout: Layout) -> String {
    let mut out = layout.palette.heading(&escape::line(&scenario.name));
    let purpose = escape::line(&scenario.purpose);
    if !purpose.is_empty() {
        let _ = write!(out, ": {}", width::wrap(&purpose, 2, layout.columns));
    }
    out.push('\n');
    let rows: Vec<[String; 3]> = scenario.steps.iter().map(row).collect();
    let column = |at: usize| rows.iter().map(|row| width::of(&row[at])).max().unwrap_or(0);
    let (events, moments) = (column(0), column(1));
    let numbers = rows.len().to_string().len();
    for (at, [event, moment, details]) in rows.iter().enumerate() {
        let (event, moment) = (width::pad(event, events), width::pad(moment, moments));
        let row = format!("  {:>numbers$}  {event}  {moment}  {details}", at + 1);
        let _ = writeln!(out, "{}", width::fit(row.trim_end(), layout.columns));
    }
    out
}

fn row(step: &Step) -> [String; 3] {
    let event = escape::line(&step.event);
    [event, step.at.to_string(), escape::line(&details(step).join(", "))]
}

/// What a step does besides sending its event.
fn details(step: &Step) -> Vec<String> {
    let about = step.about.iter().map(|about| format!("about {about}"));
    let states = step.state.iter().map(|state| format!("state {state}"));
    let sets = (!step.changes.is_empty()).then(|| "changes fields".to_owned());
    let delay = (!step.delay.is_zero()).then(|| format!("after {:?}", step.delay));
    let copies = (step.again > 0).then(|| format!("sent {} times", step.again + 1));
    let statuses: Vec<String> = step.expect.status.iter().map(ToString::to_string).collect();
    let expected = (!statuses.is_empty()).then(|| format!("expects {}", statuses.join(" or ")));
    let saved = step.save.iter().map(|save| format!("saves {}", save.name));
    let since = step.since.iter().map(|since| format!("since {since}"));
    let all = about.chain(states).chain(sets).chain(delay).chain(copies);
    all.chain(expected).chain(saved).chain(since).collect()
}

/// The same as data.
pub(crate) fn json(scenarios: &[Scenario]) -> String {
    let step = |(at, step): (usize, &Step)| {
        json!({
            "number": at + 1,
            "event": step.event,
            "at": step.at.to_string(),
            "details": details(step),
        })
    };
    let scenario = |one: &Scenario| {
        let steps: Vec<Value> = one.steps.iter().enumerate().map(step).collect();
        json!({"name": one.name, "purpose": one.purpose, "steps": steps})
    };
    let scenarios: Vec<Value> = scenarios.iter().map(scenario).collect();
    document(&json!({"schema": SCHEMA, "scenarios": scenarios}))
}

/// `payment 1 invoice.created`: a step on each line.
pub(crate) fn compact(scenarios: &[Scenario]) -> String {
    let mut out = String::new();
    for scenario in scenarios {
        for (at, step) in scenario.steps.iter().enumerate() {
            let (name, event) = (escape::line(&scenario.name), escape::name(&step.event));
            let _ = writeln!(out, "{name} {} {event}", at + 1);
        }
    }
    out
}
