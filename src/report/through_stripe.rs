//! What comes along with a run through Stripe: side events under their step, late ones and those of
//! others in the end.

use serde_json::{Value, json};

use super::layout::{Layout, count};
use crate::runner::plan::Way;
use crate::runner::{CleanupResult, RunResult, SideEvent, StepResult, StoryResult, StripeStep};
use crate::text::duration::milliseconds;
use crate::text::{duration, escape, width};

/// How the events of a run are sent, for the first line.
pub(super) fn way(way: &Way, seed: u32) -> String {
    match way {
        Way::Local => format!("local, seed {seed}"),
        Way::Stripe { shown, listen, .. } => {
            let by = match listen {
                Some(pid) => format!("via the running `devtool listen` (pid {pid})"),
                None => "via a listen started for this run".to_owned(),
            };
            format!("through Stripe: {}, test mode, {by}", escape::line(shown))
        }
    }
}

/// What is to be known of a run through Stripe before it begins; nothing for a local one.
pub(super) fn remark(way: &Way) -> &'static str {
    match way {
        Way::Local => "",
        Way::Stripe { .. } => {
            "through Stripe, each step creates its own objects; Stripe decides their times and \
             payment methods\n"
        }
    }
}

/// The events that came along with a step until it ended, a line each.
pub(crate) fn side_events(step: &StepResult, layout: Layout) -> String {
    let names = step.side_events().map(|side| width::of(&escape::line(&side.event)));
    let columns = names.max().unwrap_or(0);
    step.side_events().map(|side| line(side, columns, layout)).collect()
}

fn line(side: &SideEvent, columns: usize, layout: Layout) -> String {
    let status = side.status.map_or_else(|| side.outcome.clone(), |status| status.to_string());
    let latency = side.latency.map(duration::short).unwrap_or_default();
    let name = width::pad(&escape::line(&side.event), columns);
    let text = format!("        + {name}  {status}  {latency}");
    format!("{}\n", layout.palette.dim(text.trim_end()))
}

/// What came late, what was of others, and what was cleaned up.
pub(super) fn ending(result: &RunResult, layout: Layout) -> String {
    let mut out = String::new();
    for (step, side) in late(result) {
        let what = format!("late event of step {}: {}", step.index, escape::line(&side.event));
        let status = side.status.map_or_else(|| side.outcome.clone(), |s| s.to_string());
        out.push_str(&format!("{}\n", layout.palette.dim(&format!("{what} {status}"))));
    }
    let unrelated: Vec<&SideEvent> = result.stories.iter().flat_map(unrelated_events).collect();
    if !unrelated.is_empty() {
        let names: Vec<String> = unrelated.iter().map(|side| escape::line(&side.event)).collect();
        let text = format!("unrelated: {} ({})", count(unrelated.len(), "event"), names.join(", "));
        let text = width::wrap(&text, 2, layout.columns);
        out.push_str(&format!("{}\n", layout.palette.dim(&text)));
    }
    let all: Vec<&CleanupResult> = result.stories.iter().flat_map(cleanup).collect();
    let (gone, left): (Vec<&CleanupResult>, Vec<&CleanupResult>) =
        all.iter().copied().partition(|one| one.error.is_none());
    if !all.is_empty() {
        out.push_str(&format!("cleaned up: {}\n", count(gone.len(), "object")));
    }
    for one in left {
        let error = one.error.as_deref().unwrap_or_default();
        out.push_str(&format!("  could not delete {}: {}\n", one.object_id, escape::line(error)));
    }
    if out.is_empty() { out } else { format!("{out}\n") }
}

fn late(result: &RunResult) -> impl Iterator<Item = (&StepResult, &SideEvent)> {
    let steps = result.stories.iter().flat_map(|story| &story.steps);
    steps.flat_map(|step| {
        step.side_events().filter(|side| side.is_late).map(move |side| (step, side))
    })
}

/// The events that came while a run through Stripe went on, and belong to no step.
pub(super) fn unrelated_events(story: &StoryResult) -> impl Iterator<Item = &SideEvent> {
    story.stripe.iter().flat_map(|stripe| &stripe.unrelated_events)
}

/// What was deleted at Stripe after a run.
pub(super) fn cleanup(story: &StoryResult) -> impl Iterator<Item = &CleanupResult> {
    story.stripe.iter().flat_map(|stripe| &stripe.cleanup)
}

/// Adds what JSON has of a step that came through Stripe.
pub(super) fn add_to_step(step: &mut Value, stripe: Option<&StripeStep>) {
    let Some(stripe) = stripe else { return };
    step["command"] = stripe.command.trim_matches('`').into();
    step["trigger_to_delivery_ms"] = stripe.trigger_to_delivery.map(milliseconds).into();
    step["created_objects"] = stripe.created_objects.clone().into();
    step["side_events"] = stripe.side_events.iter().map(value).collect();
}

/// A side event, or an unrelated one, as JSON.
pub(super) fn value(side: &SideEvent) -> Value {
    json!({
        "event": side.event,
        "event_id": side.event_id,
        "outcome": side.outcome,
        "status": side.status,
        "latency_ms": side.latency.map(milliseconds),
        "late": side.is_late,
    })
}

/// What came of the cleanup of an object, as JSON.
pub(super) fn cleanup_value(one: &CleanupResult) -> Value {
    json!({"object_id": one.object_id, "error": one.error})
}
