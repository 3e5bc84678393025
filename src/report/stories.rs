//! Several stories as text: a row for each.

use super::layout::{Layout, count, label, shortfall};
use crate::runner::plan::Origin;
use crate::runner::{Plan, StoryResult, Verdict};
use crate::scenario::Order;
use crate::text::command_line::CommandLine;
use crate::text::{duration, escape, width};

/// A story's name, and the order in which it is sent where that is not its own.
pub(crate) fn name(plan: &Plan) -> String {
    let job = &plan.job;
    let default = match plan.origin {
        Origin::Made | Origin::Given => "trigger",
        Origin::Recorded => "replay",
    };
    let name = escape::line(job.name.as_deref().unwrap_or(default));
    let steps = job.traffic.steps.as_ref();
    match (&job.traffic.order, steps.filter(|_| job.scenario.deliveries.as_ref() != steps)) {
        (_, Some(steps)) => format!("{name} ({steps})"),
        (Order::Story, None) => name,
        (order, None) => format!("{name} ({order})"),
    }
}

/// The columns that the names of stories take.
pub(crate) fn name_columns(plans: &[Plan]) -> usize {
    plans.iter().map(|plan| width::of(&name(plan))).max().unwrap_or(0)
}

/// One story's row.
pub(crate) fn row(story: &StoryResult, plan: &Plan, name_columns: usize, layout: Layout) -> String {
    let totals = story.totals();
    let is_told = totals.skipped < totals.steps;
    let verdict = if is_told { totals.verdict() } else { Verdict::Skipped };
    let events = count(totals.steps, "event");
    let row = format!(
        "  {}  {}  {}  {}  {}",
        layout.palette.verdict(verdict, label(verdict)),
        width::pad(&name(plan), name_columns),
        width::pad_left(&events, 10),
        width::pad_left(&duration::short(story.duration), 8),
        layout.palette.dim(&shortfall(&totals).join(", ")),
    );
    format!("{}\n", row.trim_end())
}

/// What of a command says which deliveries are sent again, and where to.
const SELECTION: [&str; 16] = [
    "--all",
    "--dry-run",
    "--endpoint",
    "--failed",
    "--grep",
    "--last",
    "--path",
    "--port",
    "--session",
    "--since",
    "--status",
    "--type",
    "--undelivered",
    "--until",
    "--url",
    "--yes",
];
/// What of a command is of no use for one story: how many there are, and what is written of all.
const OF_ALL: [&str; 6] = ["--orders", "--repeat", "--report", "--open", "--watch", "--order"];

/// The command that sends a story again just so, where a plain one would not.
pub(crate) fn again(plan: &Plan) -> CommandLine {
    let job = &plan.job;
    let command = job.command.clone();
    if plan.origin == Origin::Recorded {
        let command = command.about_nothing().without(&SELECTION);
        return command.with_flag("--failed").with("--endpoint", job.endpoint.to_string());
    }
    let command = match (&job.scenario.file, &job.name) {
        (Some(file), _) => command.about(file.display().to_string()),
        (None, Some(name)) => command.about(name),
        (None, None) => command,
    };
    let command = command.without(&OF_ALL);
    let command = match &job.traffic.order {
        Order::Story => command,
        order => command.with("--order", order.to_string()),
    };
    command.with("--seed", job.seed.0.to_string())
}
