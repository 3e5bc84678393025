//! An exploration of orders: what breaks beside what works, and the command that repeats it.

use serde_json::json;

use super::exploration_value::{again, found};
use super::json::{document, value};
use super::layout::{Layout, count, count_of, label};
use crate::runner::explore::result::Smallest;
use crate::runner::explore::{Counterexample, Exploration};
use crate::runner::{Plan, RunResult, Verdict};
use crate::scenario::Sequence;
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
        let again = escape::line(&again(&found.breaks, plan).to_string());
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
    let sentence = match found.breaks.0.as_slice() {
        [first, second] if first == second => {
            let event = events.get(*first).map_or("", String::as_str);
            format!("{event} is not idempotent")
        }
        _ => found.sentence(events),
    };
    let of = match stories {
        1 => String::new(),
        several => format!("{failed} of {several} orders failed; "),
    };
    let sentence = layout.palette.heading(&escape::line(&sentence));
    let again = escape::line(&again(&found.breaks, plan).to_string());
    format!(
        "\n{of}the smallest that fails: {sentence}\n{}{}  {} {again}\n",
        columns(found, events),
        problems(&found.problems),
        layout.palette.hint("repeat:"),
    )
}

/// The two sequences side by side.
fn columns(found: &Counterexample, events: &[String]) -> String {
    let named = |sequence: &Sequence| -> Vec<String> {
        let again = |(at, step): (usize, &usize)| {
            let mark = if sequence.0[..at].contains(step) { " (again)" } else { "" };
            let name = events.get(*step).map_or("", String::as_str);
            format!("{} {}{mark}", step + 1, escape::line(name))
        };
        sequence.0.iter().enumerate().map(again).collect()
    };
    let (works, breaks) = (named(&found.breaks.in_order()), named(&found.breaks));
    let room = works.iter().map(|line| width::of(line)).max().unwrap_or(0).max("works:".len());
    let mut out = format!("  {}  | breaks:\n", width::pad("works:", room));
    for row in 0..works.len().max(breaks.len()) {
        let cell = |column: &[String]| column.get(row).cloned().unwrap_or_default();
        let line = format!("  {}  | {}", width::pad(&cell(&works), room), cell(&breaks));
        out.push_str(&format!("{}\n", line.trim_end()));
    }
    out
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
    let verdict = if exploration.is_good() { Verdict::Pass } else { Verdict::Fail };
    let differences = match exploration.found.len() {
        _ if exploration.in_order.is_some() => {
            "the app is not right after the events in their own order".to_owned()
        }
        0 if exploration.was_interrupted => "interrupted before a difference was found".to_owned(),
        0 => "no order makes a difference".to_owned(),
        1 => "1 order that makes a difference".to_owned(),
        some => format!("{some} orders that make a difference"),
    };
    let is_told = exploration.in_order.is_none() && exploration.found.is_empty();
    let interrupted = if exploration.was_interrupted && !is_told { ": interrupted" } else { "" };
    let all = if exploration.is_exhausted { ", which are all" } else { "" };
    format!(
        "{} {differences}: {} of at most {}{all}, {} in {}{interrupted}",
        layout.palette.verdict(verdict, label(verdict)),
        count(exploration.runs, "run"),
        exploration.budget,
        count_of(exploration.deliveries, "delivery", "deliveries"),
        short(exploration.duration),
    )
}

/// The same as JSON.
pub(crate) fn json(exploration: &Exploration, plan: &Plan) -> String {
    let nothing = RunResult::of_nothing(exploration.started_at);
    let mut report = value("scenario", std::slice::from_ref(plan), &nothing);
    let verdict = if exploration.is_good() { Verdict::Pass } else { Verdict::Fail };
    report["duration_ms"] = milliseconds(exploration.duration).into();
    report["verdict"] = verdict.word().into();
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
