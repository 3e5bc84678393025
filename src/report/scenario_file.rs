//! Scenario files that devtool writes.

use crate::scenario::schema;

/// The beginning of every scenario file: its schema, and where to read what can be said in it.
pub(crate) fn head() -> String {
    format!("{}# What a scenario file can say: devtool help scenario-files\n", schema::LINE)
}

/// The file of a scenario of these event types, a second apart.
pub(crate) fn new(events: &[String]) -> String {
    let mut out = head() + "purpose = \"What these events test\"\n";
    for (at, event) in events.iter().enumerate() {
        let seconds = events.len() - 1 - at;
        let moment = if seconds == 0 { String::new() } else { format!("at = \"-{seconds}s\"\n") };
        out.push_str(&format!("\n[[step]]\nevent = \"{event}\"\n{moment}"));
    }
    out
}
