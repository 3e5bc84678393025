//! The forms in which frameworks write the same JSON again, to tell which one was signed.

use std::fmt::Write as _;
use std::io;

use serde::Serialize as _;
use serde_json::Value;
use serde_json::ser::{Formatter, PrettyFormatter, Serializer};

use super::key_order;

/// A body that means the same as another one, and how it differs.
pub(super) struct BodyForm {
    /// What was done to the given body: `indented by two spaces`.
    pub(super) description: String,
    pub(super) body: Vec<u8>,
}

/// Where white space stands.
#[derive(Clone, Copy)]
enum Layout {
    Indented(&'static [u8]),
    Compact,
    Spaced,
}

/// Which order the keys have.
#[derive(Clone, Copy)]
enum Order {
    AsGiven,
    Stripes,
    Sorted,
}

/// Which characters are written as escapes.
#[derive(Clone, Copy)]
enum Escapes {
    Needed,
    NotAscii,
    NotAsciiAndSlash,
}

/// Every form of a body but its own, likeliest first.
pub(super) fn forms(body: &[u8]) -> Vec<BodyForm> {
    let mut found = line_ends(body);
    if let Ok(value) = serde_json::from_slice::<Value>(body) {
        found.extend(written_again(&value));
    }
    found.retain(|form| form.body != body);
    found
}

/// The same text with other ends of lines.
fn line_ends(body: &[u8]) -> Vec<BodyForm> {
    let form =
        |description: &str, body: Vec<u8>| BodyForm { description: description.to_owned(), body };
    let mut found = Vec::new();
    if let Some(shorter) = body.strip_suffix(b"\r\n").or_else(|| body.strip_suffix(b"\n")) {
        found.push(form("without the newline at its end", shorter.to_vec()));
    }
    found.push(form("with a newline at its end", [body, b"\n"].concat()));
    if let Some(rest) = body.strip_prefix(b"\xef\xbb\xbf") {
        found.push(form("without the byte order mark at its start", rest.to_vec()));
    }
    if let Ok(text) = std::str::from_utf8(body) {
        let plain = text.replace("\r\n", "\n");
        found.push(form(
            "with `\\r\\n` at the ends of its lines",
            plain.replace('\n', "\r\n").into(),
        ));
        found.push(form("with `\\n` at the ends of its lines", plain.into()));
    }
    found
}

fn written_again(value: &Value) -> Vec<BodyForm> {
    const LAYOUTS: [(Layout, &str); 5] = [
        (Layout::Indented(b"  "), "indented by two spaces"),
        (Layout::Compact, "in compact form"),
        (Layout::Spaced, "in one line with a space after each colon and comma"),
        (Layout::Indented(b"    "), "indented by four spaces"),
        (Layout::Indented(b"\t"), "indented by tabs"),
    ];
    const ORDERS: [(Order, &str); 3] = [
        (Order::AsGiven, ""),
        (Order::Stripes, ", with its keys in Stripe's order"),
        (Order::Sorted, ", with its keys sorted"),
    ];
    const ESCAPES: [(Escapes, &str); 3] = [
        (Escapes::Needed, ""),
        (Escapes::NotAscii, ", with escapes for what is not ASCII"),
        (Escapes::NotAsciiAndSlash, ", with escapes for slashes and what is not ASCII"),
    ];
    let mut found = Vec::new();
    for (order, ordered) in ORDERS {
        let value = match order {
            Order::AsGiven => value.clone(),
            Order::Stripes => key_order::ordered(value.clone()),
            Order::Sorted => sorted(value.clone()),
        };
        for (escapes, escaped) in ESCAPES {
            for (layout, laid_out) in LAYOUTS {
                let body = written(&value, layout, escapes);
                let description = format!("{laid_out}{ordered}{escaped}");
                let ended = format!("{description}, with a newline at its end");
                found.push(BodyForm { description: ended, body: [&body[..], b"\n"].concat() });
                found.push(BodyForm { description, body });
            }
        }
    }
    found
}

fn sorted(mut value: Value) -> Value {
    value.sort_all_objects();
    value
}

fn written(value: &Value, layout: Layout, escapes: Escapes) -> Vec<u8> {
    let mut out = Vec::new();
    // Writing a value to memory does not fail.
    let _ = match layout {
        Layout::Indented(indent) => {
            let pretty = PrettyFormatter::with_indent(indent);
            value.serialize(&mut Serializer::with_formatter(&mut out, pretty))
        }
        Layout::Compact => value.serialize(&mut Serializer::new(&mut out)),
        Layout::Spaced => value.serialize(&mut Serializer::with_formatter(&mut out, Spaced)),
    };
    match escapes {
        Escapes::Needed => out,
        Escapes::NotAscii => with_escapes(&out, &[]),
        Escapes::NotAsciiAndSlash => with_escapes(&out, &['/']),
    }
}

/// JSON with escapes for what is not ASCII and for some characters more. Both stand in strings only.
fn with_escapes(json: &[u8], more: &[char]) -> Vec<u8> {
    let mut out = String::with_capacity(json.len());
    for c in String::from_utf8_lossy(json).chars() {
        if more.contains(&c) {
            out.push('\\');
            out.push(c);
        } else if c.is_ascii() {
            out.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                // Writing to a string does not fail.
                let _ = write!(out, "\\u{unit:04x}");
            }
        }
    }
    out.into_bytes()
}

/// One line with a space after each colon and comma, as Python's `json.dumps` writes it.
struct Spaced;

impl Formatter for Spaced {
    fn begin_array_value<W: ?Sized + io::Write>(
        &mut self,
        out: &mut W,
        first: bool,
    ) -> io::Result<()> {
        if first { Ok(()) } else { out.write_all(b", ") }
    }

    fn begin_object_key<W: ?Sized + io::Write>(
        &mut self,
        out: &mut W,
        first: bool,
    ) -> io::Result<()> {
        if first { Ok(()) } else { out.write_all(b", ") }
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        out.write_all(b": ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a form is called whose bytes are these.
    fn named(given: &str, signed: &str) -> String {
        let found = forms(given.as_bytes()).into_iter().find(|form| form.body == signed.as_bytes());
        found.map(|form| form.description).unwrap_or_default()
    }

    #[test]
    fn forms_are_recognised() {
        let pretty = "{\n  \"b\": [\n    1,\n    \"ü/\"\n  ],\n  \"a\": {}\n}";
        for (signed, name) in [
            ("{\"b\":[1,\"ü/\"],\"a\":{}}", "in compact form"),
            (
                "{\"b\": [1, \"ü/\"], \"a\": {}}",
                "in one line with a space after each colon and comma",
            ),
            (
                "{\"a\": {}, \"b\": [1, \"\\u00fc/\"]}",
                "in one line with a space after each colon and comma, with its keys in Stripe's \
                 order, with escapes for what is not ASCII",
            ),
            (
                "{\"b\":[1,\"\\u00fc\\/\"],\"a\":{}}",
                "in compact form, with escapes for slashes and what is not ASCII",
            ),
            ("{\"b\":[1,\"ü/\"],\"a\":{}}\n", "in compact form, with a newline at its end"),
        ] {
            assert_eq!(named(pretty, signed), name);
        }
        assert_eq!(named("{\"b\":[1,\"ü/\"],\"a\":{}}", pretty), "indented by two spaces");
    }

    #[test]
    fn text_that_is_no_json_has_line_ends_all_the_same() {
        assert_eq!(named("a\r\nb", "a\nb"), "with `\\n` at the ends of its lines");
        assert_eq!(named("a\n", "a"), "without the newline at its end");
        assert_eq!(named("\u{feff}{}", "{}"), "without the byte order mark at its start");
    }
}
