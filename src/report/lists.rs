//! Scenarios and event types as text.

use std::fmt::Write as _;

use super::text::Layout;
use crate::event::{Checked, EventType, Fault};
use crate::scenario::Scenario;
use crate::text::{escape, width};

/// The scenarios: name, length, purpose.
pub fn scenarios(scenarios: &[Scenario], layout: Layout) -> String {
    let rows = scenarios
        .iter()
        .map(|s| [s.name.clone(), format!("{} events", s.steps.len()), s.purpose.clone()]);
    table(&rows.collect::<Vec<_>>(), layout)
}

/// That a scenario can be sent.
pub fn fine(scenario: &Scenario) -> String {
    let steps = scenario.steps.len();
    let events = if steps == 1 { "1 event".to_owned() } else { format!("{steps} events") };
    format!("{} is fine: {events}\n", escape::line(&scenario.name))
}

/// The event types: name, object, description.
pub fn events<'a>(types: impl Iterator<Item = (&'a str, &'a EventType)>, layout: Layout) -> String {
    let row = |(name, event_type): (&str, &EventType)| {
        let object = Some(event_type.object.as_str()).filter(|object| !object.is_empty());
        [name.to_owned(), object.unwrap_or("-").to_owned(), event_type.description.clone()]
    };
    table(&types.map(row).collect::<Vec<_>>(), layout)
}

/// What the catalogue's check found: `FILE:LINE: WHAT` for each fault, and how much was checked.
pub fn checked(checked: &Checked) -> String {
    let line = |fault: &Fault| format!("{}:{}: {}\n", fault.file, fault.line, fault.what);
    let mut out: String = checked.faults.iter().map(line).collect();
    let faults = match checked.faults.len() {
        0 => "no fault".to_owned(),
        1 => "1 fault".to_owned(),
        many => format!("{many} faults"),
    };
    let (types, objects) = (checked.types, checked.objects);
    let _ = writeln!(out, "checked {types} event types and {objects} objects: {faults}");
    out
}

/// Rows of a name, a detail and a sentence. Where the terminal is too narrow for the sentence, it
/// stands below its name.
fn table(rows: &[[String; 3]], layout: Layout) -> String {
    let columns = |at: usize| rows.iter().map(|row| width::of(&row[at])).max().unwrap_or(0);
    let (names, details) = (columns(0), columns(1));
    let room = layout.columns.saturating_sub(names + details + 4);
    let is_wide = room >= columns(2).min(24);
    let mut out = String::new();
    for [name, detail, sentence] in rows {
        let head = layout.palette.heading(&width::pad(name, names));
        let dim = |text: &str| layout.palette.dim(text);
        out.push_str(&if is_wide {
            format!(
                "{head}  {}  {}\n",
                dim(&width::pad(detail, details)),
                width::fit(sentence, room)
            )
        } else {
            let below = width::wrap(sentence, 2, layout.columns);
            format!("{}\n  {}\n", layout.palette.heading(name), dim(&below))
        });
    }
    out
}
