//! One character as other programs write it: in URLs, in JSON and other strings, in HTML.

/// How many backslashes may stand before a character: `\"` has 1, 3 and 7 in a string, in a string within a
/// string, and so on; `\/` and `\u003c` have 1, 2 and 4.
const MOST_BACKSLASHES: usize = 7;

/// What HTML makes of the `&` of an entity that is in HTML once more.
const AMPERSANDS: [&[u8]; 3] = [b"amp;", b"#38;", b"#x26;"];

/// The names that HTML gives to characters that are written as such.
const NAMED: [(char, &str); 5] =
    [('&', "amp;"), ('<', "lt;"), ('>', "gt;"), ('"', "quot;"), ('\'', "apos;")];

/// Calls back with each place where the text behind the character goes on, where `at` begins a form of it.
pub(super) fn ends(text: &[u8], at: usize, c: char, mut end: impl FnMut(usize)) {
    let rest = &text[at..];
    let Some(first) = rest.first() else { return };
    let mut buffer = [0; 4];
    let plain = c.encode_utf8(&mut buffer).as_bytes();
    if rest.starts_with(plain) {
        end(at + plain.len());
    }
    let found = match first {
        b'%' => percent(rest, plain),
        b'&' => entity(rest, c),
        b'+' if c == ' ' => Some(1),
        _ => None,
    };
    if let Some(length) = found {
        end(at + length);
    }
    if *first == b'\\' {
        for count in 1..=MOST_BACKSLASHES {
            let escaped = rest.get(count..).filter(|_| all_backslashes(&rest[..count]));
            if let Some(length) = escaped.and_then(|tail| escape(tail, count, c)) {
                end(at + count + length);
            }
        }
        // `&` in JSON that is made to stand in HTML.
        if let Some(length) = rest.strip_prefix(b"\\u0026").and_then(|tail| named(tail, c)) {
            end(at + 6 + length);
        }
    }
}

fn all_backslashes(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| *byte == b'\\')
}

/// `%2B`; `%252B` where that is in a URL once more.
fn percent(rest: &[u8], plain: &[u8]) -> Option<usize> {
    let mut length = 0;
    for byte in plain {
        let tail = rest.get(length..)?.strip_prefix(b"%")?;
        let (tail, more) = tail.strip_prefix(b"25").map_or((tail, 0), |tail| (tail, 2));
        // A `%` itself is `%25`.
        let (tail, more) = if *byte == b'%' { (&rest[length + 1..], 0) } else { (tail, more) };
        if number(tail.get(..2)?, 16)? != u32::from(*byte) {
            return None;
        }
        length += 3 + more;
    }
    Some(length)
}

/// What stands behind the backslashes: the character itself, `u002b`, `x2b`, or what HTML makes of it.
fn escape(tail: &[u8], count: usize, c: char) -> Option<usize> {
    match tail.first()? {
        b'u' => {
            let mut length = 0;
            for (index, unit) in c.encode_utf16(&mut [0; 2]).iter().enumerate() {
                if index > 0 {
                    let between = tail.get(length..length + count)?;
                    all_backslashes(between).then_some(())?;
                    length += count;
                }
                let digits = tail.get(length..)?.strip_prefix(b"u")?.get(..4)?;
                (number(digits, 16)? == u32::from(*unit)).then_some(())?;
                length += 5;
            }
            Some(length)
        }
        b'&' if c != '&' => entity(tail, c),
        b'x' => (number(tail.get(1..3)?, 16)? == u32::from(c)).then_some(3),
        other => (c.is_ascii_punctuation() && u32::from(*other) == u32::from(c)).then_some(1),
    }
}

/// `&quot;`, `&#34;`, `&#x22;`; `&amp;quot;` where that is in HTML once more.
fn entity(rest: &[u8], c: char) -> Option<usize> {
    named(rest.strip_prefix(b"&")?, c).map(|length| length + 1)
}

/// What stands behind the `&`; behind `&amp;` where that is in HTML once more.
fn named(tail: &[u8], c: char) -> Option<usize> {
    let once = |tail| own(tail, c).or_else(|| numbered(tail, c));
    let again = AMPERSANDS.iter().find_map(|ampersand| {
        let length = once(tail.strip_prefix(*ampersand)?)?;
        Some(ampersand.len() + length)
    });
    again.or_else(|| once(tail))
}

fn own(tail: &[u8], c: char) -> Option<usize> {
    let (_, name) = NAMED.iter().find(|(named, _)| *named == c)?;
    tail.starts_with(name.as_bytes()).then_some(name.len())
}

fn numbered(tail: &[u8], c: char) -> Option<usize> {
    let (digits, radix, mark) = match tail.strip_prefix(b"#")? {
        [b'x' | b'X', digits @ ..] => (digits, 16, 2),
        digits => (digits, 10, 1),
    };
    let length = digits.iter().take(8).position(|byte| *byte == b';')?;
    (number(&digits[..length], radix)? == u32::from(c)).then_some(mark + length + 1)
}

fn number(digits: &[u8], radix: u32) -> Option<u32> {
    let all_digits = digits.iter().all(|byte| char::from(*byte).is_digit(radix));
    let digits = std::str::from_utf8(digits).ok().filter(|_| all_digits)?;
    u32::from_str_radix(digits, radix).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn is_form(text: &str, c: char) {
        let mut found = Vec::new();
        ends(text.as_bytes(), 0, c, |end| found.push(end));
        assert!(found.contains(&text.len()), "{text} is {c}: {found:?}");
    }

    #[test]
    fn the_usual_forms_are_known() {
        for (c, forms) in [
            ('a', &["a", "%61", "\\u0061", "&#97;", "&#x61;"][..]),
            ('+', &["+", "%2B", "%2b", "%252B", "\\u002b", "&#43;", "&#x2B;", "\\x2b"]),
            ('%', &["%", "%25"]),
            ('"', &["\"", "\\\"", "\\\\\\\"", "&quot;", "&amp;quot;", "&#34;", "\\u0026#34;"]),
            (
                '<',
                &["<", "&lt;", "&#38;lt;", "&#x26;#60;", "\\u003c", "\\\\u003c", "\\\\\\\\u003c"],
            ),
            ('\\', &["\\", "\\\\", "\\\\\\\\", "%5C"]),
            ('/', &["/", "\\/", "\\\\/", "\\\\\\\\/", "%2F", "&#x2F;", "&#38;#x2F;"]),
            ('&', &["&", "&amp;", "\\u0026", "&amp;amp;"]),
            (' ', &[" ", "+", "%20"]),
            ('é', &["é", "%C3%A9", "\\u00e9", "&#233;"]),
            ('😀', &["😀", "\\ud83d\\ude00", "%F0%9F%98%80", "\\\\\\ud83d\\\\\\ude00"]),
        ] {
            for form in forms {
                is_form(form, c);
            }
        }
    }
}
