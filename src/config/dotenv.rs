//! `.env` files: one variable read, one variable written, everything else left as it is.
//!
//! The form is what the common libraries agree on: `NAME=value`, `export NAME=value`, single or
//! double quotes, `#` comments. Nothing is substituted, and a value ends with its line.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::path::Path;

use super::files;
use super::reading::{self, InputKind};
use crate::error::{Error, Result};

/// A quote that its line does not close.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnclosedQuote {
    /// The line, from 1.
    pub line: usize,
}

/// The value of the last line that sets the variable.
///
/// # Errors
/// That line opens a quote and does not close it.
pub fn value(text: &str, name: &str) -> std::result::Result<Option<String>, UnclosedQuote> {
    let set = assignments(text).into_iter().find(|(set, _)| *set == name);
    set.map(|(_, value)| value).transpose()
}

/// What the text sets, in the order of the names' first lines. Of a name that is set twice, the last line
/// decides.
pub(super) fn assignments(text: &str) -> Vec<(&str, std::result::Result<String, UnclosedQuote>)> {
    let mut places = HashMap::new();
    let mut set = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let Some((head, tail)) = split(line) else { continue };
        let assignment = (key(head), parse_value(tail).ok_or(UnclosedQuote { line: at + 1 }));
        match places.entry(key(head)) {
            Entry::Occupied(place) => set[*place.get()] = assignment,
            Entry::Vacant(place) => {
                place.insert(set.len());
                set.push(assignment);
            }
        }
    }
    set
}

/// The text with the variable set: in place of the last line that sets it, or in a line at the end.
pub fn with_value(text: &str, name: &str, value: &str) -> String {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let sets_it = |line: &&str| split(line).is_some_and(|(head, _)| key(head) == name);
    let last = lines.iter().rposition(sets_it);
    let mut out = String::new();
    for (at, line) in lines.iter().enumerate() {
        match split(line) {
            Some((head, _)) if last == Some(at) => {
                out.push_str(&format!("{head}={}{}", quoted(value), line_end(line)));
            }
            _ => out.push_str(line),
        }
    }
    if last.is_none() {
        let end = lines.first().map_or("\n", |line| match line_end(line) {
            "" => "\n",
            end => end,
        });
        let gap = if out.is_empty() || out.ends_with('\n') { "" } else { end };
        out.push_str(&format!("{gap}{name}={}{end}", quoted(value)));
    }
    out
}

/// The parts of an assignment before and after its `=`; `None` for other lines.
fn split(line: &str) -> Option<(&str, &str)> {
    let (head, tail) = line.split_once('=')?;
    let is_comment = head.trim_start_matches(is_blank).starts_with('#');
    (!is_comment).then_some((head, tail.trim_end_matches(['\n', '\r'])))
}

/// The name that a line's head sets.
fn key(head: &str) -> &str {
    let head = head.trim_matches(is_blank);
    match head.strip_prefix("export") {
        Some(rest) if rest.starts_with(is_blank) => rest.trim_start_matches(is_blank),
        _ => head,
    }
}

/// White space, and the mark that some editors put at the start of a file.
fn is_blank(c: char) -> bool {
    c.is_whitespace() || c == '\u{feff}'
}

fn line_end(line: &str) -> &'static str {
    match line {
        line if line.ends_with("\r\n") => "\r\n",
        line if line.ends_with('\n') => "\n",
        _ => "",
    }
}

/// The value after `=`; `None` where a quote is not closed.
fn parse_value(tail: &str) -> Option<String> {
    let value = tail.trim_start();
    if let Some(rest) = value.strip_prefix('\'') {
        return Some(rest.split_once('\'')?.0.to_owned());
    }
    if let Some(rest) = value.strip_prefix('"') {
        return unescaped(rest);
    }
    // A comment begins after a blank, also where there is no value in front of it.
    let blank_then_hash =
        tail.char_indices().zip(tail.chars().skip(1)).find(|((_, c), n)| is_blank(*c) && *n == '#');
    let end = blank_then_hash.map_or(tail.len(), |((at, _), _)| at);
    Some(tail[..end].trim().to_owned())
}

/// What stands before the closing double quote.
fn unescaped(rest: &str) -> Option<String> {
    let mut out = String::new();
    let mut characters = rest.chars();
    loop {
        match characters.next()? {
            '"' => return Some(out),
            '\\' => match characters.next()? {
                'n' => out.push('\n'),
                c @ ('"' | '\\' | '$') => out.push(c),
                c => out.extend(['\\', c]),
            },
            c => out.push(c),
        }
    }
}

/// The value as every library reads it: bare where it is plain, else in quotes.
fn quoted(value: &str) -> String {
    let is_plain = value.chars().all(|c| c.is_ascii_alphanumeric() || "_+/=.-".contains(c));
    if is_plain {
        value.to_owned()
    } else if value.contains('\'') {
        format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\"").replace('$', "\\$"))
    } else {
        format!("'{value}'")
    }
}

/// What writing a variable changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DotenvChange {
    /// Nothing: the file had that value.
    None,
    /// The variable is new, or was empty.
    Added,
    /// This value is gone.
    Replaced(String),
}

/// Sets a variable in a `.env` file, which it makes where there is none. The file is replaced as a
/// whole and readable by its owner only; a link is followed.
///
/// # Errors
/// The path is no regular file, is read-only, is no UTF-8, or cannot be written.
pub fn write(file: &Path, name: &str, new: &str) -> Result<DotenvChange> {
    let unwritable = |source| Error::write(file, source);
    let target = match files::WriteTarget::of(file).map_err(unwritable)? {
        files::WriteTarget::Regular(target) => target,
        files::WriteTarget::Stream(_) => {
            return Err(unwritable(std::io::Error::other("it is not a regular file")));
        }
    };
    let old = match reading::text(&target, InputKind::Text) {
        Ok(text) => text,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(source) => return Err(Error::read(file, source)),
    };
    let change = match value(&old, name).ok().flatten() {
        Some(old) if old == new => return Ok(DotenvChange::None),
        Some(old) if !old.is_empty() => DotenvChange::Replaced(old),
        _ => DotenvChange::Added,
    };
    files::replace(&target, &with_value(&old, name, new)).map_err(unwritable)?;
    Ok(change)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_usual_forms_are_read() {
        let text = "\u{feff}BOM=0\n# A=0\nA=1\nexport B = 'two # x'\nexport\tC=\"th\\\"ree\" # note\n\
                    D=four # note\nE=\nA=5\nF= # fill in\nG=a#b\r\n";
        let read = |name| value(text, name).unwrap();
        for (name, expected) in [
            ("BOM", "0"),
            ("A", "5"),
            ("B", "two # x"),
            ("C", "th\"ree"),
            ("D", "four"),
            ("E", ""),
            ("F", ""),
            ("G", "a#b"),
        ] {
            assert_eq!(read(name).as_deref(), Some(expected), "{name}");
        }
        assert_eq!(read("H"), None);
        assert_eq!(value("A=1\nB=\"open\n", "B"), Err(UnclosedQuote { line: 2 }));
    }

    #[test]
    fn each_name_is_set_once_and_its_last_line_decides() {
        let text = "A=1\n# B=0\nB=\"open\nexport A='2'\nB=3\nC=\"open\n";
        let expected = [
            ("A", Ok("2".to_owned())),
            ("B", Ok("3".to_owned())),
            ("C", Err(UnclosedQuote { line: 6 })),
        ];
        assert_eq!(assignments(text), expected);
    }

    #[test]
    fn writing_keeps_everything_else() {
        for (before, name, after) in [
            ("A=1\n# c\nB=2", "A", "A=9\n# c\nB=2"),
            ("A=1\r\nB=2\n", "B", "A=1\r\nB=9\n"),
            ("A=1\r\nB=2\r\n", "C", "A=1\r\nB=2\r\nC=9\r\n"),
            ("A=1", "B", "A=1\nB=9\n"),
            ("\u{feff}export A=1\n", "A", "\u{feff}export A=9\n"),
            ("", "A", "A=9\n"),
        ] {
            assert_eq!(with_value(before, name, "9"), after);
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(before in "(A=1\n|export X='y' # z\r\n|# note\n){0,3}", secret in "[!-~]{1,30}") {
            let text = with_value(&before, "X", &secret);
            prop_assert_eq!(value(&text, "X"), Ok(Some(secret)), "{}", text);
        }
    }

    #[cfg(unix)]
    #[test]
    fn the_file_is_readable_by_its_owner_only() {
        use std::os::unix::fs::PermissionsExt as _;
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join(".env");
        std::fs::write(&file, "OTHER=1\n").unwrap();
        write(&file, "NAME", "value").unwrap();
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "OTHER=1\nNAME=value\n");
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_followed_also_where_its_target_is_missing() {
        let directory = tempfile::tempdir().unwrap();
        let (real, link) = (directory.path().join("real"), directory.path().join(".env"));
        std::os::unix::fs::symlink("real", &link).unwrap();
        for value in ["1", "2"] {
            write(&link, "NAME", value).unwrap();
            assert!(link.is_symlink());
            assert_eq!(std::fs::read_to_string(&real).unwrap(), format!("NAME={value}\n"));
        }
    }

    #[cfg(unix)]
    #[test]
    fn only_a_regular_file_that_may_be_written_is_replaced() {
        let directory = tempfile::tempdir().unwrap();
        let socket = directory.path().join("socket");
        let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        let read_only = directory.path().join(".env");
        std::fs::write(&read_only, "A=1\n").unwrap();
        let mut permissions = std::fs::metadata(&read_only).unwrap().permissions();
        permissions.set_readonly(true);
        std::fs::set_permissions(&read_only, permissions).unwrap();
        for file in [directory.path(), &socket, &read_only, &directory.path().join("no/.env")] {
            assert!(write(file, "NAME", "value").is_err(), "{}", file.display());
        }
        assert_eq!(std::fs::read_to_string(&read_only).unwrap(), "A=1\n");
    }
}
