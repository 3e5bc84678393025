//! The events that were not accepted: what came back, and what it most likely means.

use super::alike::{Failure, groups, telling_headers};
use super::hint;
use super::layout::Layout;
use super::recorded;
use super::stories;
use crate::delivery::outcome::reason;
use crate::delivery::{Outcome, Response, diagnosis};
use crate::runner::{CheckResult, CommandResult, Mismatch, Plan, RunResult, StoryResult};
use crate::text::{escape, width};

/// How much of a body is shown, and of each of its lines.
const BODY_LINES: usize = 12;
const BODY_COLUMNS: usize = 400;
/// How many stories of one failure are named.
const STORIES: usize = 6;

/// A block for each failure; events that failed in the same way share one. Checks come after, and how
/// to tell the first story that failed again.
pub(crate) fn blocks(plans: &[Plan], result: &RunResult, layout: Layout) -> String {
    let mut out: String = groups(result).iter().map(|group| block(group, plans, layout)).collect();
    for (plan, story) in plans.iter().zip(&result.stories) {
        for check in story.checks.iter().filter(|check| check.verdict.is_failure()) {
            out.push_str(&check_block(check, plan, plans.len(), layout));
        }
    }
    let failed = |story: &StoryResult| {
        let totals = story.totals();
        totals.verdict().is_failure() && totals.skipped < totals.steps
    };
    let first = plans.iter().zip(&result.stories).find(|(_, story)| failed(story));
    match first {
        Some((plan, _)) if plans.len() > 1 => {
            let again = stories::again(plan);
            let to_add = again.to_add();
            out.push_str(&format!("reproduce the first failure with{to_add}:\n  {again}\n\n"));
        }
        _ => {}
    }
    out
}

fn block(group: &[Failure<'_>], plans: &[Plan], layout: Layout) -> String {
    let first = group[0].step;
    let what = match first.outcome() {
        Some(outcome) => headline(outcome),
        None => "not sent".to_owned(),
    };
    let what = format!("{}: {what}", who(group, plans));
    let mut out = format!("{}\n", layout.palette.heading(&what));
    if let Some(Outcome::Response(response)) = first.outcome() {
        out.push_str(&answer(response, layout));
    }
    out.push_str(&mismatches(&first.mismatches));
    if let Some(hint) = &first.hint {
        let label = layout.palette.hint("hint:");
        out.push_str(&format!("  {label} {}\n", hint::text(hint, 8, layout.columns)));
    }
    out.push_str(&in_history(group, plans, layout));
    out.push('\n');
    out
}

/// What shows the whole of it, request and answer.
fn in_history(group: &[Failure<'_>], plans: &[Plan], layout: Layout) -> String {
    let recorded = |failure: &Failure<'_>| Some((failure.step.delivery()?, failure.story));
    let Some((id, story)) = group.iter().find_map(recorded) else { return String::new() };
    let show = recorded::show(id, &plans[story].job.command);
    format!("  {} {show}\n", layout.palette.dim("history:"))
}

/// What is not as expected, a line for each.
fn mismatches(mismatches: &[Mismatch]) -> String {
    let line = |mismatch: &Mismatch| {
        let Mismatch { what, expected, found } = mismatch;
        let [what, expected, found] = [what, expected, found].map(|text| escape::line(text));
        format!("  {what}: expected {expected}, found {found}\n")
    };
    mismatches.iter().map(line).collect()
}

fn check_block(check: &CheckResult, plan: &Plan, stories: usize, layout: Layout) -> String {
    let story = if stories > 1 { format!("{} ", stories::name(plan)) } else { String::new() };
    let outcome = check.attempt.as_ref().map(|attempt| &attempt.outcome);
    let what = outcome.map_or_else(|| "not checked".to_owned(), headline);
    let what = check.command.as_ref().map_or(what, CommandResult::ending);
    let (stage, name) = (check.stage.word(), escape::line(&check.what));
    let heading = format!("{story}{stage} {} {name}: {}", check.index, escape::line(&what));
    let mut out = format!("{}\n", layout.palette.heading(&heading));
    if let Some(response) = outcome.and_then(Outcome::response) {
        out.push_str(&answer(response, layout));
    }
    out.push_str(&mismatches(&check.mismatches));
    out.push('\n');
    out
}

/// `5 charge.pending` or `events 1-3, 7`, with the stories where there are several.
pub(super) fn who(group: &[Failure<'_>], plans: &[Plan]) -> String {
    if let [only] = group {
        let event = format!("{} {}", only.step.index, escape::line(&only.step.event));
        return match plans {
            [_] => event,
            _ => format!("{} {event}", stories::name(&plans[only.story])),
        };
    }
    let mut stories: Vec<(usize, Vec<(usize, usize)>)> = Vec::new();
    for Failure { story, step } in group {
        if stories.last().is_none_or(|(last, _)| last != story) {
            stories.push((*story, Vec::new()));
        }
        let Some((_, ranges)) = stories.last_mut() else { continue };
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == step.index => *last = step.index,
            _ => ranges.push((step.index, step.index)),
        }
    }
    if let ([(_, ranges)], [_]) = (stories.as_slice(), plans) {
        return format!("events {}", listed(ranges));
    }
    let rest = stories.len().saturating_sub(STORIES);
    let shown = stories
        .iter()
        .take(STORIES)
        .map(|(story, ranges)| format!("{} {}", stories::name(&plans[*story]), listed(ranges)));
    let shown = shown.collect::<Vec<_>>().join("; ");
    if rest == 0 { shown } else { format!("{shown}; and {rest} more") }
}

/// `1-3, 7`
fn listed(ranges: &[(usize, usize)]) -> String {
    let range = |(first, last): &(usize, usize)| {
        if first == last { first.to_string() } else { format!("{first}-{last}") }
    };
    ranges.iter().map(range).collect::<Vec<_>>().join(", ")
}

pub(super) fn headline(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Response(response) => {
            let reason = reason(response.status);
            format!("{} {reason}", response.status).trim_end().to_owned()
        }
        Outcome::None { error, .. } => format!("no answer ({})", escape::line(error)),
    }
}

fn answer(response: &Response, layout: Layout) -> String {
    let mut out = String::new();
    let room = layout.columns.saturating_sub(2).clamp(20, BODY_COLUMNS);
    for (name, value) in telling_headers(response) {
        let line = format!("{name}: {}", escape::line(value));
        out.push_str(&format!("  {}\n", layout.palette.dim(&width::fit(&line, room))));
    }
    let text = escape::block(diagnosis::text_of(response).trim());
    let lines: Vec<&str> = text.lines().collect();
    for line in lines.iter().take(BODY_LINES) {
        out.push_str(&format!("  {}\n", width::fit(line, room)));
    }
    if let Some(remark) = response.remark() {
        let note = format!("… ({})", escape::line(&remark.message));
        out.push_str(&format!("  {}\n", layout.palette.dim(&note)));
    }
    if lines.len() > BODY_LINES || response.is_truncated {
        let size = response.body.len();
        let more = if response.is_truncated { " and more" } else { "" };
        let note = format!("… ({} lines, {size} bytes{more}; see `--format json`)", lines.len());
        out.push_str(&format!("  {}\n", layout.palette.dim(&note)));
    }
    out
}
