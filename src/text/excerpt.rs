//! The line of a text that an error is about, with what is marked in it.

use std::ops::Range;

use super::{escape, width};

/// The most columns of a line that are shown.
const WIDEST: usize = 100;
/// How many of them stand before what is marked, where the line is longer.
const BEFORE: usize = 40;

/// A place in a text, with its line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    /// The line's number, from 1.
    pub line: usize,
    /// The column of what is marked, in characters from 1.
    pub column: usize,
    /// What is shown of the line; nothing where there is nothing to see, or where it may be secret.
    pub text: String,
    /// How many columns stand before what is marked.
    pub indent: usize,
    /// How many columns are marked.
    pub marked: usize,
}

impl Excerpt {
    /// The place of a range of bytes. What goes on over lines is marked in the first alone.
    pub fn new(text: &str, span: Range<usize>) -> Self {
        let start = floor(text, span.start);
        let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let line_end = text[start..].find('\n').map_or(text.len(), |at| start + at);
        let end = floor(text, span.end).clamp(start, line_end);
        // A line may be long, and have thousands of errors: what cannot be seen is not made ready to be.
        let before = shown(last(&text[line_start..start], WIDEST));
        let before = if width::of(&before) > BEFORE { tail(&before) } else { before };
        let marked = shown(first(text[start..end].trim_end(), WIDEST));
        let room = WIDEST.saturating_sub(width::of(&before));
        let after = shown(first(&text[end..line_end], WIDEST));
        let line = width::fit(&format!("{marked}{}", after.trim_end()), room);
        let text_before = &text[..line_start];
        Self {
            line: text_before.matches('\n').count() + 1,
            column: text[line_start..start].chars().count() + 1,
            indent: width::of(&before),
            marked: width::of(&marked).min(room).max(1),
            text: (before + &line).trim_end().to_owned(),
        }
    }

    /// The place without its line, which may show a secret.
    #[must_use]
    pub fn hidden(self) -> Self {
        Self { text: String::new(), ..self }
    }
}

/// The start of the character that a byte is of.
fn floor(text: &str, byte: usize) -> usize {
    let byte = byte.min(text.len());
    (0..=byte).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

/// So many characters from the start, and one more where there are more.
fn first(part: &str, most: usize) -> &str {
    part.char_indices().nth(most + 1).map_or(part, |(at, _)| &part[..at])
}

/// So many characters before the end, and one more where there are more.
fn last(part: &str, most: usize) -> &str {
    part.char_indices().rev().nth(most).map_or(part, |(at, _)| &part[at..])
}

/// A part of a line with tabs as spaces, harmless on a terminal.
fn shown(part: &str) -> String {
    escape::line(&part.trim_end_matches('\r').replace('\t', "    "))
}

/// The end of what stands before the mark.
fn tail(before: &str) -> String {
    let mut kept: Vec<char> = before.chars().rev().take(BEFORE).collect();
    kept.reverse();
    format!("…{}", kept.into_iter().collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The line, and below it what is marked.
    fn drawn(text: &str, marked: &str) -> String {
        let at = text.find(marked).unwrap();
        let excerpt = Excerpt::new(text, at..at + marked.len());
        let mark = " ".repeat(excerpt.indent) + &"^".repeat(excerpt.marked);
        format!("{}:{}\n{}\n{mark}", excerpt.line, excerpt.column, excerpt.text)
    }

    #[test]
    fn what_is_marked_stands_above_its_carets() {
        assert_eq!(drawn("a = 1\nkey = \"x\"\n", "\"x\""), "2:7\nkey = \"x\"\n      ^^^");
        assert_eq!(drawn("\tké = 日本 = 3", "日本"), "1:7\n    ké = 日本 = 3\n         ^^^^");
        assert_eq!(drawn("a = [\n 1,\n]", "[\n 1,\n]"), "1:5\na = [\n    ^");
    }

    #[test]
    fn a_long_line_is_cut_around_what_is_marked() {
        let text = format!("{} = x{}", "k".repeat(300), "y".repeat(300));
        let excerpt = Excerpt::new(&text, 303..304);
        assert_eq!((excerpt.column, excerpt.indent, excerpt.marked), (304, 41, 1));
        assert!(excerpt.text.starts_with("…k") && excerpt.text.ends_with("y…"));
        assert!(width::of(&excerpt.text) <= WIDEST);
    }

    #[test]
    fn no_range_panics() {
        let text = "é\r\n";
        for (start, end) in [(0, 0), (1, 2), (2, 1), (9, 99), (4, 4)] {
            let _ = Excerpt::new(text, start..end);
        }
        assert_eq!(Excerpt::new("", 0..0).text, "");
    }
}
