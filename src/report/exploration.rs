//! An exploration of orders: what breaks beside what works, and the command that repeats it.

use serde_json::json;

use super::exploration_value::{again, found};
use super::json::{document, value};
use super::layout::{Layout, count, count_of, label};
use crate::runner::explore::result::{DeliveredStep, Smallest};
use crate::runner::explore::{Counterexample, Exploration};
use crate::runner::{Plan, RunResult, StepResult, Verdict};
use crate::text::duration::{milliseconds, short};
use crate::text::{escape, width};

/// How many problems of one counterexample are told.
const MOST_PROBLEMS: usize = 5;
/// What shows the app's state, a line for each.
pub(crate) fn shown_by(plan: &Plan) -> String {
    let sources = &plan.job.app_state;
    let requests = sources.requests.iter().map(ToString::to_string);
    let queries = requests.chain(sources.commands.iter().cloned());
    let line = |query: String| format!("state: {}\n", escape::line(&query));
    queries.map(line).collect()
}

/// What was found, worst first, and the sum.
pub(crate) fn text(exploration: &Exploration, plan: &Plan, layout: Layout) -> String {
    let fail = layout.palette.verdict(Verdict::Fail, label(Verdict::Fail));
    let mut out = String::new();
    if let Some(in_order) = &exploration.in_order {
        out.push_str(&format!("\n{fail} the events in their own order\n"));
        out.push_str(&problems(&in_order.problems));
    }
    for found in &exploration.found {
        let sentence = escape::line(&found.sentence(&exploration.events));
        out.push_str(&format!("\n{fail} {}\n", layout.palette.heading(&sentence)));
        out.push_str(&columns(found, &exploration.events));
        out.push_str(&problems(&found.problems));
        let again = escape::line(&again(found, plan).to_string());
        out.push_str(&format!("  {} {again}\n", layout.palette.hint("repeat:")));
    }
    out.push_str(&format!("\n{}\n", sum(exploration, layout)));
    out
}

/// What of a run in several orders, or with duplicates, failed, in a sentence.
pub(crate) fn smallest(result: &RunResult, plans: &[Plan], layout: Layout) -> String {
    let (Some(smallest), Some(plan)) = (&result.smallest, plans.first()) else {
        return String::new();
    };
    let Smallest { failed, stories, events, found } = smallest;
    let twice = not_idempotent(result);
    let is_twice = matches!(found.breaks.0.as_slice(), [first, second] if first == second);
    let sentence = match twice.len() {
        1 if is_twice => format!("{} is not idempotent", twice[0]),
        2.. if is_twice => format!("{} are not idempotent", twice.join(", ")),
        _ => found.sentence(events),
    };
    let of = match stories {
        1 => String::new(),
        several => format!("{failed} of {several} orders failed; "),
    };
    let sentence = layout.palette.heading(&escape::line(&sentence));
    let again = escape::line(&again(found, plan).to_string());
    format!(
        "\n{of}the smallest that fails: {sentence}\n{}{}  {} {again}\n",
        columns(found, events),
        problems(&found.problems),
        layout.palette.hint("repeat:"),
    )
}

/// The types of events that were accepted, and not when they came again.
fn not_idempotent(result: &RunResult) -> Vec<&str> {
    let mut names = Vec::new();
    for story in &result.stories {
        let is_first = |step: &StepResult, id: &str| !step.is_copy && step.event_id == id;
        let passed = |id: &str| {
            let mut first = story.steps.iter().filter(|step| is_first(step, id));
            first.any(|step| step.verdict == Verdict::Pass)
        };
        for step in &story.steps {
            let is_broken = step.is_copy && step.verdict.is_failure() && passed(&step.event_id);
            if is_broken && !names.contains(&step.event.as_str()) {
                names.push(&step.event);
            }
        }
    }
    names
}

/// The two sequences side by side.
fn columns(found: &Counterexample, events: &[String]) -> String {
    let (works, breaks) = sides(found, events);
    let room = works.iter().map(|line| width::of(line)).max().unwrap_or(0).max("works:".len());
    let mut out = format!("  {}  | breaks:\n", width::pad("works:", room));
    for row in 0..works.len().max(breaks.len()) {
        let cell = |column: &[String]| column.get(row).cloned().unwrap_or_default();
        let line = format!("  {}  | {}", width::pad(&cell(&works), room), cell(&breaks));
        out.push_str(&format!("{}\n", line.trim_end()));
    }
    out
}

/// What works and what breaks, a line for each delivery.
pub(super) fn sides(found: &Counterexample, events: &[String]) -> (Vec<String>, Vec<String>) {
    let named = |step: usize| {
        let name = events.get(step).map_or("", String::as_str);
        format!("{} {}", step + 1, escape::line(name))
    };
    let delivered = |one: DeliveredStep| {
        let again = if one.is_again { " (again)" } else { "" };
        let fails = if one.api_fails { " (the API fails)" } else { "" };
        format!("{}{again}{fails}", named(one.step))
    };
    let works = found.breaks.in_order().0.into_iter().map(named).collect();
    (works, found.deliveries().into_iter().map(delivered).collect())
}

fn problems(problems: &[String]) -> String {
    let lines = problems.iter().take(MOST_PROBLEMS);
    let line = |line: &String| format!("  {}\n", escape::line(line));
    let mut out: String = lines.map(line).collect();
    if let more @ 1.. = problems.len().saturating_sub(MOST_PROBLEMS) {
        out.push_str(&format!("  and {more} more\n"));
    }
    out
}

fn sum(exploration: &Exploration, layout: Layout) -> String {
    let verdict = verdict(exploration);
    format!("{} {}", layout.palette.verdict(verdict, label(verdict)), outcome(exploration))
}

pub(super) fn verdict(exploration: &Exploration) -> Verdict {
    if exploration.is_good() { Verdict::Pass } else { Verdict::Fail }
}

/// What was found, and in how many runs.
pub(super) fn outcome(exploration: &Exploration) -> String {
    let is_of_api = exploration.found.iter().any(|found| found.failing.is_some());
    let differences = match exploration.found.len() {
        _ if exploration.in_order.is_some() => {
            "the app is not right after the events in their own order".to_owned()
        }
        0 if exploration.was_interrupted => "interrupted before a difference was found".to_owned(),
        0 => "no order makes a difference".to_owned(),
        some if is_of_api => count_of(some, "difference", "differences"),
        1 => "1 order that makes a difference".to_owned(),
        some => format!("{some} orders that make a difference"),
    };
    let is_told = exploration.in_order.is_none() && exploration.found.is_empty();
    let interrupted = if exploration.was_interrupted && !is_told { ": interrupted" } else { "" };
    let all = if exploration.is_exhausted { ", which are all" } else { "" };
    let of = match exploration.shrinking {
        0 => format!(" of at most {}{all}", exploration.budget),
        some => format!("{all}, {some} of them to find the fewest events"),
    };
    format!(
        "{differences}: {}{of}, {} in {}{interrupted}",
        count(exploration.runs, "run"),
        count_of(exploration.deliveries, "delivery", "deliveries"),
        short(exploration.duration),
    )
}

/// The same as JSON.
pub(crate) fn json(exploration: &Exploration, plan: &Plan) -> String {
    let nothing = RunResult::of_nothing(exploration.started_at);
    let mut report = value("scenario", std::slice::from_ref(plan), &nothing);
    report["duration_ms"] = milliseconds(exploration.duration).into();
    report["verdict"] = verdict(exploration).word().into();
    report["interrupted"] = exploration.was_interrupted.into();
    report["exploration"] = json!({
        "budget": exploration.budget,
        "runs": exploration.runs,
        "deliveries": exploration.deliveries,
        "exhausted": exploration.is_exhausted,
        "in_order": exploration.in_order.as_ref().map(|in_order| &in_order.problems),
        "counterexamples": exploration.found.iter().map(|one| found(one, &exploration.events, plan)).collect::<Vec<_>>(),
    });
    document(&report)
}
