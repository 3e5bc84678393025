//! What a listen came to, and the commands that find its deliveries in the history.

use std::path::PathBuf;
use std::time::Duration;

use super::palette::Palette;
use crate::relay::Summary;
use crate::text::{duration, shell};

/// What was delivered in all.
pub(crate) fn summary(
    summary: &Summary,
    time: Duration,
    recorded: Option<&Recorded>,
    palette: Palette,
) -> String {
    let is_one = summary.duplicates == 1;
    let others = [
        (summary.failed, "rejected"),
        (summary.undelivered, "no answer"),
        (summary.lost, "lost"),
        (summary.duplicates, if is_one { "duplicate skipped" } else { "duplicates skipped" }),
    ];
    let others = others.iter().filter(|(number, _)| *number > 0);
    let others: Vec<String> = others.map(|(number, what)| format!("{number} {what}")).collect();
    let colon = if others.is_empty() { "" } else { ": " };
    let events = if summary.received == 1 { "event" } else { "events" };
    let mut text = format!(
        "\n{} of {} {events} accepted in {}{colon}{}\n",
        summary.accepted,
        summary.received,
        duration::short(time),
        others.join(", "),
    );
    if let Some(recorded) = recorded {
        text.push_str(&recorded.hints(summary, palette));
    }
    text
}

/// Where a listen is recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Recorded {
    /// The number of its session.
    pub session: i64,
    /// The file, where it is not devtool's own.
    pub file: Option<PathBuf>,
}

impl Recorded {
    /// How to look at what was not accepted, and to send it again.
    fn hints(&self, summary: &Summary, palette: Palette) -> String {
        let hint = palette.hint("hint:");
        let again = [(summary.failed, "failed"), (summary.undelivered, "undelivered")];
        let mut text = String::new();
        for (_, which) in again.iter().filter(|(number, _)| *number > 0) {
            let those = self.those(which);
            text.push_str(&format!(
                "{hint} list the {which} events, or send them again:\n      devtool history {those}\n      devtool replay {those}\n"
            ));
        }
        text
    }

    /// The options for its deliveries of that kind.
    fn those(&self, which: &str) -> String {
        let mut options = format!("--session {} --{which}", self.session);
        if let Some(file) = &self.file {
            options.push_str(" --history ");
            options.push_str(&shell::quote(&file.display().to_string()));
        }
        options
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sum_names_what_did_not_go_well() {
        let sum =
            Summary { received: 5, duplicates: 1, accepted: 3, failed: 1, undelivered: 1, lost: 0 };
        let recorded = Recorded { session: 7, file: Some(PathBuf::from("my.db")) };
        let text = summary(&sum, Duration::from_secs(3), Some(&recorded), Palette::Plain);
        insta::assert_snapshot!(text, @"

        3 of 5 events accepted in 3.0 s: 1 rejected, 1 no answer, 1 duplicate skipped
        hint: list the failed events, or send them again:
              devtool history --session 7 --failed --history my.db
              devtool replay --session 7 --failed --history my.db
        hint: list the undelivered events, or send them again:
              devtool history --session 7 --undelivered --history my.db
              devtool replay --session 7 --undelivered --history my.db
        ");
    }
}
