//! `.env` files: one variable read, one variable written, everything else left as it is.
//!
//! The form is what the common libraries agree on: `NAME=value`, `export NAME=value`, single or
//! double quotes, `#` comments. Nothing is substituted.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// The value of the last line that sets the variable.
pub fn value<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.lines().rev().filter_map(assignment).find(|(key, _)| *key == name).map(|(_, v)| v)
}

/// The text with the variable set: in place of the lines that set it, or in a line at the end.
pub fn with_value(text: &str, name: &str, value: &str) -> String {
    let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let line = format!("{name}={value}");
    let mut out = String::new();
    let mut written = false;
    for old in text.lines() {
        let sets_it = assignment(old).is_some_and(|(key, _)| key == name);
        let kept = if sets_it { &line } else { old };
        if !(sets_it && written) {
            out.push_str(kept);
            out.push_str(newline);
        }
        written |= sets_it;
    }
    if !written {
        out.push_str(&line);
        out.push_str(newline);
    }
    out
}

fn assignment(line: &str) -> Option<(&str, &str)> {
    let line = line.trim_start().trim_start_matches('\u{feff}');
    let line = line.strip_prefix("export ").unwrap_or(line);
    let (key, value) = line.split_once('=')?;
    let key = key.trim();
    (!key.is_empty() && !key.starts_with('#')).then(|| (key, unquoted(value.trim())))
}

fn unquoted(value: &str) -> &str {
    for quote in ['"', '\''] {
        let inner = value.strip_prefix(quote).and_then(|rest| rest.split_once(quote));
        if let Some((inner, _)) = inner {
            return inner;
        }
    }
    let comment = value.find(" #").or_else(|| value.find("\t#"));
    comment.map_or(value, |at| value[..at].trim_end())
}

/// Sets a variable in a `.env` file, which it makes where there is none. The file is replaced as a
/// whole and readable by its owner only; a link is followed.
///
/// # Errors
/// The file cannot be read (it has to be UTF-8) or written.
pub fn write(file: &Path, name: &str, value: &str) -> Result<()> {
    let target = file.canonicalize().unwrap_or_else(|_| file.to_owned());
    let old = match std::fs::read_to_string(&target) {
        Ok(text) => text,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(source) => return Err(Error::Read { file: file.to_owned(), source }),
    };
    replace(&target, &with_value(&old, name, value))
        .map_err(|source| Error::Write { file: file.to_owned(), source })
}

/// Writes a file whole or not at all, mode 0600 (tempfile's own), over an old one.
pub(super) fn replace(file: &Path, text: &str) -> std::io::Result<()> {
    let mut temporary = tempfile::NamedTempFile::new_in(directory_of(file))?;
    temporary.write_all(text.as_bytes())?;
    temporary.as_file().sync_all()?;
    temporary.persist(file)?;
    Ok(())
}

/// The directory that holds a file; `.` for a bare name.
pub(super) fn directory_of(file: &Path) -> PathBuf {
    match file.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_forms_are_read() {
        let text = "# A=0\nA=1\nexport B = 'two # x'\nC=\"three\" # note\nD=four # note\nE=\nA=5\n";
        let read = |name| value(text, name);
        assert_eq!(read("A"), Some("5"));
        assert_eq!(read("B"), Some("two # x"));
        assert_eq!(read("C"), Some("three"));
        assert_eq!(read("D"), Some("four"));
        assert_eq!(read("E"), Some(""));
        assert_eq!(read("F"), None);
    }

    #[test]
    fn writing_keeps_the_other_lines() {
        assert_eq!(with_value("A=1\n# c\nB=2", "A", "9"), "A=9\n# c\nB=2\n");
        assert_eq!(with_value("A=1\r\nB=2\r\n", "C", "3"), "A=1\r\nB=2\r\nC=3\r\n");
        assert_eq!(with_value("A=1\nB=2\nA=3\n", "A", "9"), "A=9\nB=2\n");
        assert_eq!(with_value("", "A", "1"), "A=1\n");
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
    fn a_link_is_followed_and_not_replaced() {
        let directory = tempfile::tempdir().unwrap();
        let (real, link) = (directory.path().join("real"), directory.path().join(".env"));
        std::fs::write(&real, "").unwrap();
        std::os::unix::fs::symlink(&real, &link).unwrap();
        write(&link, "NAME", "value").unwrap();
        assert!(link.is_symlink());
        assert_eq!(std::fs::read_to_string(&real).unwrap(), "NAME=value\n");
    }
}
