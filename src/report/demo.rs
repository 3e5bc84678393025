//! What the demo endpoint receives, request by request.

use serde_json::json;

use super::palette::Palette;
use crate::demo::Received;
use crate::runner::Verdict;
use crate::text::escape;

/// A line for people.
pub(crate) fn line(request: &Received, palette: Palette) -> String {
    let verdict = if request.rejected.is_some() { Verdict::Fail } else { Verdict::Pass };
    let word = if request.rejected.is_some() { "rejected" } else { "accepted" };
    let event = escape::line(request.event.as_deref().unwrap_or("(no event)"));
    let id = escape::line(request.event_id.as_deref().unwrap_or("-"));
    let why = request.rejected.as_ref().map(|why| format!("  {why}")).unwrap_or_default();
    format!("{}  {event}  {id}{why}\n", palette.verdict(verdict, word))
}

/// One JSON object on a line.
pub(crate) fn json(request: &Received) -> String {
    let object = json!({
        "accepted": request.rejected.is_none(),
        "event": request.event,
        "event_id": request.event_id,
        "error": request.rejected,
    });
    format!("{object}\n")
}
