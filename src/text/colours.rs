//! Colours in text from outside, which are harmless where everything else is escaped.

use super::escape;

/// What becomes of colours in a text from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colours {
    /// They stay, and end with the line.
    Kept,
    /// They are left out.
    Stripped,
}

/// The text on one line with its colours (`ESC [ … m`, "select graphic rendition") kept or left out, and every
/// other control character as a visible escape.
pub fn line(text: &str, colours: Colours) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut rest, mut is_coloured) = (text, false);
    while let Some(at) = rest.find(START) {
        out.push_str(&escape::line(&rest[..at]));
        rest = &rest[at..];
        let length = rendition(rest);
        let (sequence, after) = rest.split_at(length.unwrap_or(START.len()));
        match (length, colours) {
            (None, _) => out.push_str(&escape::line(sequence)),
            (Some(_), Colours::Kept) => {
                out.push_str(sequence);
                is_coloured = true;
            }
            (Some(_), Colours::Stripped) => {}
        }
        rest = after;
    }
    out.push_str(&escape::line(rest));
    if is_coloured {
        out.push_str(RESET);
    }
    out
}

const START: &str = "\u{1b}[";
const RESET: &str = "\u{1b}[0m";

/// The length of the sequence that the text begins with, where that is one for colours.
fn rendition(text: &str) -> Option<usize> {
    let parameters = text.strip_prefix(START)?;
    let end = parameters.find(|c: char| !matches!(c, '0'..='9' | ';' | ':'))?;
    parameters[end..].starts_with('m').then_some(START.len() + end + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_kept_or_left_out_and_nothing_else_passes() {
        let text = "\u{1b}[1;31mred\u{1b}[m \u{1b}[38:2::1:2:3mx\u{1b}[2J\u{1b}]0;t\u{7}\u{1b}[1";
        let rest = "\\u{1b}[2J\\u{1b}]0;t\\u{7}\\u{1b}[1";
        assert_eq!(line(text, Colours::Stripped), format!("red x{rest}"));
        let kept = format!("\u{1b}[1;31mred\u{1b}[m \u{1b}[38:2::1:2:3mx{rest}\u{1b}[0m");
        assert_eq!(line(text, Colours::Kept), kept);
        for plain in ["plain", "\u{1b}", "\u{1b}[", "\u{1b}[?25m", "\u{9b}31m", "é\u{1b}[31"] {
            assert_eq!(line(plain, Colours::Kept), escape::line(plain));
        }
    }
}
