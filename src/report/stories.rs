//! Several stories as text: a row for each.

use super::layout::{Layout, count, label, shortfall};
use crate::runner::plan::Origin;
use crate::runner::{Plan, StoryResult, Verdict};
use crate::scenario::Order;
use crate::text::{duration, escape, shell, width};

/// A story's name, and the order in which it is sent where that is not its own.
pub(crate) fn name(plan: &Plan) -> String {
    let job = &plan.job;
    let default = match plan.origin {
        Origin::Made | Origin::Given => "trigger",
        Origin::Recorded => "replay",
    };
    let name = escape::line(job.name.as_deref().unwrap_or(default));
    match &job.traffic.order {
        Order::Story => name,
        order => format!("{name} ({order})"),
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

/// The command that tells a story again just so, where a plain one would not.
pub(crate) fn again(plan: &Plan) -> String {
    let job = &plan.job;
    if plan.origin == Origin::Recorded {
        let endpoint = shell::quote(&job.endpoint.to_string());
        return format!("devtool replay --failed --endpoint {endpoint}");
    }
    let name = match &job.scenario.file {
        Some(file) => shell::quote(&file.display().to_string()),
        None => job.name.clone().unwrap_or_default(),
    };
    let order = match &job.traffic.order {
        Order::Story => String::new(),
        order => format!(" --order {order}"),
    };
    format!("devtool scenario {}{order} --seed {}", escape::line(&name), job.seed.0)
}
