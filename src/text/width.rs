//! Text in columns, measured as a terminal shows it.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::colours::{self, Colours};

/// How many columns the text takes.
pub fn of(text: &str) -> usize {
    text.width()
}

/// How many rows the text takes on a terminal of so many columns, where colours take none.
pub fn rows(text: &str, columns: usize) -> usize {
    let of_line = |line: &str| {
        let plain = colours::line(line, Colours::Stripped);
        of(&plain).div_ceil(columns.max(1)).max(1)
    };
    text.lines().map(of_line).sum()
}

/// The text, filled with spaces on the right up to `columns`.
pub fn pad(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(of(text))))
}

/// The text, filled with spaces on the left up to `columns`.
pub fn pad_left(text: &str, columns: usize) -> String {
    format!("{}{text}", " ".repeat(columns.saturating_sub(of(text))))
}

/// The text cut to `columns`, an ellipsis at the end where something was cut: a reader sees that there was more, and
/// the redactor that the last word may be the beginning of a secret.
pub fn fit(text: &str, columns: usize) -> String {
    if of(text) <= columns {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut used = 0;
    for c in text.chars() {
        let width = c.width().unwrap_or(0);
        if used + width + 1 > columns {
            break;
        }
        used += width;
        out.push(c);
    }
    if columns > 0 {
        out.push('…');
    }
    out
}

/// The text in lines of so many columns, those after the first indented; no word is cut, and colours take no columns.
pub fn wrap(text: &str, indent: usize, columns: usize) -> String {
    let room = columns.saturating_sub(indent).max(20);
    let shown = |text: &str| of(&colours::line(text, Colours::Stripped));
    let mut lines: Vec<String> = vec![String::new()];
    for word in text.split(' ') {
        let line = lines.last().map_or(0, |line| shown(line));
        if line > 0 && line + 1 + shown(word) > room {
            lines.push(word.to_owned());
        } else if let Some(last) = lines.last_mut() {
            if !last.is_empty() {
                last.push(' ');
            }
            last.push_str(word);
        }
    }
    lines.join(&format!("\n{}", " ".repeat(indent)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_characters_count_twice() {
        assert_eq!(of("日本"), 4);
        assert_eq!(pad("日本", 6), "日本  ");
        assert_eq!(fit("日本語", 5), "日本…");
    }

    #[test]
    fn a_long_line_takes_several_rows_and_colours_none() {
        assert_eq!(rows("one\n\nthree\n", 80), 3);
        assert_eq!(rows(&"x".repeat(161), 80), 3);
        assert_eq!(rows("\u{1b}[1mbold\u{1b}[0m", 4), 1);
    }

    #[test]
    fn lines_are_broken_between_words() {
        assert_eq!(wrap("one two three four five", 2, 20), "one two three four\n  five");
        assert_eq!(wrap("one", 2, 20), "one");
        assert_eq!(wrap("a b", 2, usize::MAX), "a b");
    }

    #[test]
    fn text_that_fits_is_not_cut() {
        assert_eq!(fit("abc", 3), "abc");
        assert_eq!(fit("abcd", 3), "ab…");
        assert_eq!(fit("abcd", 0), "");
        assert_eq!(pad_left("7", 3), "  7");
    }
}
