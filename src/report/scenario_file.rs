//! Scenario files that devtool writes.

/// The beginning of every scenario file: where to read what can be said in it.
const HEAD: &str = "# What a scenario file can say: devtool help scenario-files\n";

/// The file of a scenario of these event types, a second apart.
pub(crate) fn new(events: &[String]) -> String {
    let mut out = HEAD.to_owned();
    out.push_str(&format!("purpose = \"{}\"\n", "What these events test"));
    for (at, event) in events.iter().enumerate() {
        let seconds = events.len() - 1 - at;
        let moment = if seconds == 0 { String::new() } else { format!("at = \"-{seconds}s\"\n") };
        out.push_str(&format!("\n[[step]]\nevent = \"{event}\"\n{moment}"));
    }
    out
}
