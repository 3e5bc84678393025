//! Sessions of the history: a row, a line or a JSON member for each.

use serde_json::{Value, json};

use super::json::{SCHEMA, document};
use super::layout::{Layout, count};
use crate::history::SessionEntry;
use crate::protocol::{Moment, Zone};
use crate::text::{escape, width};

/// The columns of a moment to the second.
const MOMENT_COLUMNS: usize = 19;

/// A row for each session.
pub(crate) fn list(sessions: &[SessionEntry], layout: Layout) -> String {
    let time = match layout.zone {
        Zone::Utc => "UTC",
        Zone::Local => "time",
    };
    let headings = ["session", time, "command", "accepted", "endpoint"].map(str::to_owned);
    let rows: Vec<[String; 5]> =
        sessions.iter().map(|session| cells(session, layout.zone)).collect();
    let most = |at: usize| {
        rows.iter().chain([&headings]).map(|cells| width::of(&cells[at])).max().unwrap_or(0)
    };
    let columns = [most(0), MOMENT_COLUMNS, most(2), most(3)];
    let used: usize = columns.iter().map(|column| column + 2).sum();
    let line = |[id, moment, command, accepted, endpoint]: &[String; 5]| {
        let text = format!(
            "{}  {}  {}  {}  {}",
            width::pad_left(id, columns[0]),
            width::pad(moment, columns[1]),
            width::pad(command, columns[2]),
            width::pad_left(accepted, columns[3]),
            width::fit(endpoint, layout.columns.saturating_sub(used)),
        );
        text.trim_end().to_owned()
    };
    let heading = layout.palette.dim(&line(&headings));
    let lines: Vec<String> = std::iter::once(heading).chain(rows.iter().map(line)).collect();
    format!("{}\n", lines.join("\n"))
}

fn cells(session: &SessionEntry, zone: Zone) -> [String; 5] {
    let endpoints = match session.endpoints.as_slice() {
        [only] => escape::line(only),
        several => count(several.len(), "endpoint"),
    };
    [
        session.id.to_string(),
        session.started_at.text(zone),
        name(session),
        format!("{} of {}", session.counts.accepted, session.counts.all()),
        endpoints,
    ]
}

/// `listen`, `scenario payment`.
fn name(session: &SessionEntry) -> String {
    let name = session.name.iter().map(|name| format!(" {name}"));
    escape::line(&format!("{}{}", session.command, name.collect::<String>()))
}

/// `12 2026-11-24T22:47:13.123Z 8/9 scenario payment`: number, start, accepted of all, command.
pub(crate) fn compact(sessions: &[SessionEntry]) -> String {
    let line = |session: &SessionEntry| {
        let (id, at) = (session.id, session.started_at.rfc3339());
        let (accepted, all) = (session.counts.accepted, session.counts.all());
        format!("{id} {at} {accepted}/{all} {}\n", name(session))
    };
    sessions.iter().map(line).collect()
}

/// Sessions as JSON, schema 1.
pub(crate) fn json(sessions: &[SessionEntry]) -> String {
    let sessions: Vec<Value> = sessions.iter().map(member).collect();
    document(&json!({"schema": SCHEMA, "sessions": sessions}))
}

fn member(session: &SessionEntry) -> Value {
    let counts = &session.counts;
    json!({
        "id": session.id,
        "command": session.command,
        "scenario": session.name,
        "started_at": session.started_at.rfc3339(),
        "ended_at": session.ended_at.map(Moment::rfc3339),
        "endpoints": session.endpoints,
        "deliveries": counts.all(),
        "accepted": counts.accepted,
        "rejected": counts.rejected,
        "unanswered": counts.unanswered,
        "open": counts.open,
    })
}
