//! Makes text from outside harmless on a terminal.

/// The text on one line: every control character, line breaks included, as a visible escape.
pub fn line(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut out, c| {
        push(&mut out, c);
        out
    })
}

/// The text with its line breaks kept (`\r\n` counts as one) and every other control character
/// as a visible escape.
pub fn block(text: &str) -> String {
    let lines: Vec<String> =
        text.split('\n').map(|part| line(part.strip_suffix('\r').unwrap_or(part))).collect();
    lines.join("\n")
}

fn push(out: &mut String, c: char) {
    if is_harmless(c) {
        out.push(c);
    } else {
        out.extend(c.escape_default());
    }
}

/// Control characters move the cursor or start a sequence; the format characters listed here
/// reorder or hide text.
fn is_harmless(c: char) -> bool {
    !(c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
        || matches!(c, '\u{feff}' | '\u{61c}' | '\u{e0000}'..='\u{e007f}'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminal_sequences_become_visible() {
        assert_eq!(line("\u{1b}[2Jx\u{9b}31m\u{7}"), "\\u{1b}[2Jx\\u{9b}31m\\u{7}");
        assert_eq!(line("a\r\nb\tc"), "a\\r\\nb\\tc");
        assert_eq!(line("\u{202e}evil"), "\\u{202e}evil");
    }

    #[test]
    fn ordinary_text_stays_as_it_is() {
        assert_eq!(line("{\"größe\": \"日本\"} \\ ok"), "{\"größe\": \"日本\"} \\ ok");
    }

    #[test]
    fn a_block_keeps_its_lines() {
        assert_eq!(block("a\r\nb\n\u{1b}c"), "a\nb\n\\u{1b}c");
    }
}
