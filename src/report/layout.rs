//! What the pages of text are laid out with: colours and columns, counts and their nouns.

use super::palette::Palette;
use crate::protocol::Zone;
use crate::runner::{Totals, Verdict};

/// How text is laid out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Layout {
    /// The colours of the stream.
    pub palette: Palette,
    /// The columns of the terminal; without end where there is none.
    pub columns: usize,
    /// Where the times of day are: this machine's on a terminal, else UTC.
    pub zone: Zone,
}

/// A verdict as the first word of a row.
pub(super) const fn label(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "PASS",
        Verdict::Fail => "FAIL",
        Verdict::Missing => "MISS",
        Verdict::Skipped => "SKIP",
    }
}

/// What stands above the text of an HTML page.
pub(super) fn page_note(bytes: usize) -> String {
    format!("the text of an HTML page of {bytes} bytes; `--format json` has its markup")
}

/// A number and its noun.
pub(super) fn count(number: usize, noun: &str) -> String {
    count_of(number, noun, &format!("{noun}s"))
}

/// A number and its noun, where the plural is one of its own.
pub(super) fn count_of(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// How many events came to what they should not.
pub(super) fn shortfall(totals: &Totals) -> Vec<String> {
    let odd = (totals.accepted + totals.rejected).saturating_sub(totals.passed);
    let others = [
        (totals.rejected, "rejected"),
        (totals.failed, "no answer"),
        (totals.missing, "missing"),
        (totals.skipped, "not sent"),
        (odd.saturating_sub(totals.rejected), "unexpected"),
    ];
    let others = others.iter().filter(|(number, _)| *number > 0);
    others.map(|(number, what)| format!("{number} {what}")).collect()
}
