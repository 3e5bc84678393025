//! Scenarios and event types as text.

use std::fmt::Write as _;

use super::layout::Layout;
use crate::event::{CatalogueProblem, Checked, EventType};
use crate::scenario::Scenario;
use crate::text::{escape, width};

/// The scenarios: name, length, purpose.
pub(crate) fn scenarios(scenarios: &[Scenario], layout: Layout) -> String {
    let rows = scenarios
        .iter()
        .map(|s| [s.name.clone(), format!("{} events", s.steps.len()), s.purpose.clone()]);
    table(&rows.collect::<Vec<_>>(), layout)
}

/// That a scenario can be sent.
pub(crate) fn valid(scenario: &Scenario) -> String {
    let steps = scenario.steps.len();
    let events = if steps == 1 { "1 event".to_owned() } else { format!("{steps} events") };
    format!("{}: valid ({events})\n", escape::line(&scenario.name))
}

/// The event types: name, object, description.
pub(crate) fn events<'a>(
    types: impl Iterator<Item = (&'a str, &'a EventType)>,
    layout: Layout,
) -> String {
    let row = |(name, event_type): (&str, &EventType)| {
        let object = Some(event_type.object.as_str()).filter(|object| !object.is_empty());
        [name.to_owned(), object.unwrap_or("-").to_owned(), event_type.description.clone()]
    };
    table(&types.map(row).collect::<Vec<_>>(), layout)
}

/// The event types below their families, laid out alike at every width: what a type tells stands beside its name, and
/// below one that is longer than most.
pub(crate) fn families<'a>(
    types: impl Iterator<Item = (&'a str, &'a EventType)>,
    layout: Layout,
) -> String {
    let row = |(name, told): (&str, &EventType)| {
        [name.to_owned(), String::new(), told.description.clone()]
    };
    let rows: Vec<[String; 3]> = types.map(row).collect();
    let names = normal_width(&rows).min(layout.columns / 2);
    let (mut out, mut before) = (String::new(), String::new());
    for [name, _, description] in &rows {
        let family = family(name);
        if family != before {
            let gap = if out.is_empty() { "" } else { "\n" };
            let _ = writeln!(out, "{gap}{}", layout.palette.heading(&family));
            before = family;
        }
        let indent = names + 4;
        let lines = layout.palette.dim(&width::wrap(description, indent, layout.columns));
        let is_long = width::of(name) > names;
        let gap = if is_long { format!("\n{:indent$}", "") } else { "  ".to_owned() };
        let _ = writeln!(out, "  {}{gap}{lines}", width::pad(name, names));
    }
    out
}

/// What the types of a family have in common: `invoice`, and of thin ones `v2.core`.
fn family(name: &str) -> String {
    let parts = if name.starts_with('v') && name[1..].starts_with(['1', '2']) { 2 } else { 1 };
    name.split('.').take(parts).collect::<Vec<_>>().join(".")
}

/// What the catalogue's check found: `FILE:LINE: WHAT` for each error, and how much was checked.
pub(crate) fn checked(checked: &Checked) -> String {
    let line =
        |error: &CatalogueProblem| format!("{}:{}: {}\n", error.file, error.line, error.what);
    let mut out: String = checked.problems.iter().map(line).collect();
    let problems = match checked.problems.len() {
        0 => "no errors".to_owned(),
        1 => "1 error".to_owned(),
        many => format!("{many} errors"),
    };
    let (types, objects) = (checked.types, checked.objects);
    let _ = writeln!(out, "checked {types} event types and {objects} objects: {problems}");
    out
}

/// Rows of a name, a detail and a sentence. Where the terminal is too narrow for the three, the detail
/// is left out and the sentence broken; where it is narrower still, it stands below its name.
fn table(rows: &[[String; 3]], layout: Layout) -> String {
    let columns = |at: usize| rows.iter().map(|row| width::of(&row[at])).max().unwrap_or(0);
    let (names, details) = (columns(0), columns(1));
    let room = layout.columns.saturating_sub(names + details + 4);
    let normal = normal_width(rows);
    if room >= columns(2).min(24) {
        let cells = |[name, detail, sentence]: &[String; 3]| {
            let head = layout.palette.heading(&width::pad(name, names));
            let detail = layout.palette.dim(&width::pad(detail, details));
            format!("{head}  {detail}  {}\n", width::fit(sentence, room))
        };
        rows.iter().map(cells).collect()
    } else if layout.columns >= normal + LEAST_SENTENCE {
        rows.iter().map(|[name, _, sentence]| beside(name, sentence, normal, layout)).collect()
    } else {
        rows.iter().map(|[name, _, sentence]| below(name, sentence, layout)).collect()
    }
}

/// The fewest columns that a sentence beside its name needs to be read well.
const LEAST_SENTENCE: usize = 38;

/// The width that nine of ten names fit into: the few long ones should not push all sentences aside.
fn normal_width(rows: &[[String; 3]]) -> usize {
    let mut widths: Vec<usize> = rows.iter().map(|row| width::of(&row[0])).collect();
    widths.sort_unstable();
    widths.get(widths.len() * 9 / 10).copied().unwrap_or(0)
}

/// A sentence beside its name, in lines of its own column; below a name that is too long for its own.
fn beside(name: &str, sentence: &str, names: usize, layout: Layout) -> String {
    let indent = names + 2;
    let head = layout.palette.heading(&width::pad(name, names));
    let lines = layout.palette.dim(&width::wrap(sentence, indent, layout.columns));
    let gap = if width::of(name) > names { format!("\n{:indent$}", "") } else { "  ".to_owned() };
    format!("{head}{gap}{lines}\n")
}

fn below(name: &str, sentence: &str, layout: Layout) -> String {
    let lines = width::wrap(sentence, 2, layout.columns);
    format!("{}\n  {}\n", layout.palette.heading(name), layout.palette.dim(&lines))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Zone;
    use crate::report::palette::Palette;

    /// A list of ten short names and a long one, at a width.
    fn list(columns: usize) -> String {
        let row =
            |name: &str| [name.to_owned(), "thing".to_owned(), "It came to be and is".to_owned()];
        let mut rows: Vec<[String; 3]> = (0..10).map(|n| row(&format!("thing.{n}"))).collect();
        rows.push(row(&format!("thing.{}", "long_".repeat(8))));
        let text = table(&rows, Layout { palette: Palette::Plain, columns, zone: Zone::Utc });
        text.lines().skip(9).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn a_wide_list_has_three_columns() {
        let text = list(100);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 2);
        let sentence = |line: &str| line.find("It came").unwrap();
        assert_eq!(sentence(lines[0]), sentence(lines[1]));
        assert!(lines[0].contains("  thing  "));
    }

    #[test]
    fn a_narrower_list_leaves_the_detail_out_and_breaks_after_long_names() {
        let expected = "thing.9  It came to be and is\nthing.long_long_long_long_long_long_long_long_\n         It came to be and is";
        assert_eq!(list(60), expected);
    }

    #[test]
    fn a_narrow_list_has_sentences_below_names() {
        assert!(list(30).ends_with("thing.9\n  It came to be and is\nthing.long_long_long_long_long_long_long_long_\n  It came to be and is"));
    }
}
