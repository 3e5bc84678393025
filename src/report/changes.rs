//! What is different from the run before, as text.

use super::hint;
use super::layout::{Layout, label};
use super::stories;
use super::text;
use crate::runner::watch::{Difference, status};
use crate::runner::{Plan, RunResult};
use crate::text::escape;

/// A row for each step that came to something else, the hint of each that fails now, and the sum.
pub(crate) fn text(
    plans: &[Plan],
    differences: &[Difference<'_>],
    result: &RunResult,
    layout: Layout,
) -> String {
    let mut out = String::new();
    for Difference { story, before, now } in differences {
        let of = match plans {
            [_] => String::new(),
            several => format!("{} ", stories::name(&several[*story])),
        };
        let was = before.map(|before| format!("{} -> ", status(before))).unwrap_or_default();
        out.push_str(&format!(
            "  {}  {of}{}  {}  {was}{}\n",
            layout.palette.verdict(now.verdict, label(now.verdict)),
            now.index,
            escape::line(&now.event),
            status(now),
        ));
        if let Some(hint) = &now.hint {
            let label = layout.palette.hint("hint:");
            let hint = hint::text(hint, 14, layout.columns);
            out.push_str(&format!("        {label} {hint}\n"));
        }
    }
    let verdict = result.verdict();
    let nothing = if differences.is_empty() { "as before: " } else { "" };
    out.push_str(&format!(
        "{} {nothing}{}\n",
        layout.palette.verdict(verdict, label(verdict)),
        text::outcome(result)
    ));
    out
}
