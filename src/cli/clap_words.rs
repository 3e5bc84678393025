//! What clap says of a command line, in devtool's words.

use crate::text::{suggestion, width};

/// What clap says, with its tips in the words of every other suggestion of devtool's. It may have colours.
pub(super) fn worded(said: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    for line in said.lines() {
        let Some(hint) = hint(line) else {
            lines.push(line.to_owned());
            continue;
        };
        if lines.last().is_some_and(String::is_empty) {
            lines.pop();
        }
        lines.push(hint);
    }
    lines.join("\n") + "\n"
}

/// The same in lines of so many columns. A usage is a command, which is whole.
pub(super) fn wrapped(said: &str, columns: usize) -> String {
    let is_prose = |line: &str| line.contains("error:") || line.contains("hint:");
    let wrapped = |line: &str| {
        if !is_prose(line) {
            return line.to_owned();
        }
        let (indent, prose) = line.split_at(line.len() - line.trim_start().len());
        let columns = columns.saturating_sub(indent.len());
        indent.to_owned() + &width::wrap(prose, "error: ".len(), columns)
    };
    said.lines().map(wrapped).collect::<Vec<_>>().join("\n") + "\n"
}

/// The hint that a line with similar names comes to.
fn hint(line: &str) -> Option<String> {
    let (before, tip) = line.split_once("tip:")?;
    let (_, similar) = tip.split_once(" similar ")?;
    let names: Vec<String> =
        similar.split('\'').skip(1).step_by(2).map(ToOwned::to_owned).collect();
    let colour = tip.find(" a similar ").or_else(|| tip.find(" some similar "))?;
    Some(format!("{before}hint:{} {}", &tip[..colour], suggestion::did_you_mean(&names)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tip_is_a_hint_with_or_without_colours() {
        let said = "error: unexpected argument '--prot' found\n\n  tip: a similar argument exists: '--port'\n\nUsage: x\n";
        insta::assert_snapshot!(worded(said), @r"
        error: unexpected argument '--prot' found
          hint: did you mean `--port`?

        Usage: x
        ");
        let colours = "  \u{1b}[32mtip:\u{1b}[0m some similar values exist: '\u{1b}[32mjson\u{1b}[0m', 'jsonl'";
        assert_eq!(
            worded(colours),
            "  \u{1b}[32mhint:\u{1b}[0m did you mean `\u{1b}[32mjson\u{1b}[0m` or `jsonl`?\n"
        );
        assert_eq!(worded("  tip: to pass '-x' as a value\n"), "  tip: to pass '-x' as a value\n");
    }
}
