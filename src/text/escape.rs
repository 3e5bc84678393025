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

/// The most characters of a name: no id of Stripe's is longer.
const LONGEST_NAME: usize = 255;

/// A name or an id, which stand in the lines of lists: escaped, and cut where no such name goes on.
pub fn name(text: &str) -> String {
    match text.char_indices().nth(LONGEST_NAME) {
        Some((at, _)) => format!("{}…", line(&text[..at])),
        None => line(text),
    }
}

/// A JSON document in which only harmless characters stand as they are; the others are what they were to
/// whoever reads it.
pub fn json(document: String) -> String {
    // JSON itself escapes the control characters of ASCII but for DEL; those left are its layout.
    let stays = |c: char| c < '\u{7f}' || is_harmless(c);
    if document.chars().all(stays) {
        return document;
    }
    let mut out = String::with_capacity(document.len() + 64);
    for c in document.chars() {
        if stays(c) {
            out.push(c);
        } else {
            let units = &mut [0; 2];
            out.extend(c.encode_utf16(units).iter().map(|unit| format!("\\u{unit:04x}")));
        }
    }
    out
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
pub(super) fn is_harmless(c: char) -> bool {
    !(c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
        || matches!(c, '\u{feff}' | '\u{61c}' | '\u{e0000}'..='\u{e007f}')
        || matches!(c, '\u{ad}' | '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{180b}'..='\u{180e}')
        || matches!(c, '\u{3164}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}'))
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
    fn what_is_not_seen_becomes_visible() {
        for c in "\u{ad}\u{34f}\u{115f}\u{180e}\u{200b}\u{3164}\u{fff9}\u{e0041}".chars() {
            assert_eq!(line(&c.to_string()), c.escape_unicode().to_string());
        }
    }

    #[test]
    fn a_json_document_means_the_same_with_harmless_characters() {
        let value =
            serde_json::json!({"a\u{9b}": "\u{7f}\u{202e}\u{e0041}\n\u{1b}größe 日本\u{ad}"});
        let text = json(format!("{value:#}\n"));
        let expected =
            "{\n  \"a\\u009b\": \"\\u007f\\u202e\\udb40\\udc41\\n\\u001bgröße 日本\\u00ad\"\n}\n";
        assert_eq!(text, expected);
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), value);
    }

    #[test]
    fn a_name_is_cut_where_none_goes_on() {
        assert_eq!(name(&"é".repeat(255)), "é".repeat(255));
        assert_eq!(name(&"é".repeat(1 << 20)), format!("{}…", "é".repeat(255)));
        assert_eq!(name("a\u{9b}"), "a\\u{9b}");
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
