//! Hints: prose, and commands on lines of their own.

use crate::delivery::Diagnosis;
use crate::runner::StepResult;
use crate::text::{command_line, escape, width};

/// What is said of a step that failed: its cause and the way out apart, where they are known.
pub(super) struct Told {
    /// The word of the JSON report.
    pub(super) id: Option<String>,
    pub(super) cause: Option<String>,
    pub(super) lines: Vec<HintLine>,
}

impl Told {
    pub(super) fn of(step: &StepResult) -> Option<Self> {
        let told = match &step.diagnosis {
            Some(found) => Self::of_diagnosis(found),
            None => Self { id: None, cause: None, lines: lines(step.hint.as_deref()?) },
        };
        Some(told)
    }

    pub(super) fn of_diagnosis(found: &Diagnosis) -> Self {
        Self {
            id: Some(escape::line(&found.id)),
            cause: Some(escape::line(&found.cause)),
            lines: lines(&found.way_out()),
        }
    }
}

/// A line of a hint.
pub(super) struct HintLine {
    pub(super) text: String,
    pub(super) is_command: bool,
}

/// The lines, without what would act on a terminal.
pub(super) fn lines(hint: &str) -> Vec<HintLine> {
    let line = |(at, line)| {
        let is_command = command_line::is_command(at, line);
        HintLine { text: escape::line(line), is_command }
    };
    hint.split('\n').enumerate().map(line).collect()
}

/// As text that begins in a column: prose is wrapped there, and a command is whole, to be copied.
pub(super) fn text(hint: &str, indent: usize, columns: usize) -> String {
    let line = |HintLine { text, is_command }: HintLine| {
        if is_command { text } else { width::wrap(&text, indent, columns) }
    };
    let lines: Vec<String> = lines(hint).into_iter().map(line).collect();
    lines.join(&format!("\n{}", " ".repeat(indent)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_stands_on_a_line_of_its_own() {
        let hint = "one two three four five six:\ndevtool trigger invoice.paid --port 5000";
        insta::assert_snapshot!(text(hint, 8, 30), @r"
        one two three four
                five six:
                devtool trigger invoice.paid --port 5000
        ");
    }
}
