//! The one error: what failed, why, and the way out. Message and hint are made where it arises; this
//! floor knows only the kinds that callers tell apart, and the exit code of each.

mod exit;
mod kind;

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;
use std::io;
use std::path::Path;

pub use exit::Exit;
pub use kind::Kind;

use crate::text::excerpt::Excerpt;

/// Anything boxed that caused an error.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// The result of everything that can fail.
pub type Result<T> = std::result::Result<T, Error>;

/// What ends a command before it has a verdict.
#[derive(Debug)]
pub struct Error {
    kind: Kind,
    message: String,
    hint: Option<Cow<'static, str>>,
    source: Option<Cause>,
    excerpt: Option<Box<Excerpt>>,
    /// What is wrong besides.
    others: Vec<Self>,
    /// How much more is wrong that is not told.
    untold: usize,
}

/// The most errors that are told at once: a damaged file can have thousands.
pub const MOST_TOLD: usize = 100;

impl Error {
    /// An error without cause and hint. The message is lower case, and names the thing.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        let (message, others) = (message.into(), Vec::new());
        Self { kind, message, hint: None, source: None, excerpt: None, others, untold: 0 }
    }

    /// All that is wrong as one error: as much as is told at once, and how much more it is.
    ///
    /// # Errors
    /// There is something.
    pub fn all(errors: impl IntoIterator<Item = Self>) -> Result<()> {
        let (mut flat, mut messages, mut untold): (Vec<Self>, HashSet<String>, usize) =
            Default::default();
        for error in errors {
            let (known, more) = (flat.len(), error.untold);
            // The same file may be looked at for several runs.
            flat.extend(
                error.parts().into_iter().filter(|one| messages.insert(one.message.clone())),
            );
            if flat.len() > known {
                untold += more;
            }
        }
        untold += flat.len().saturating_sub(MOST_TOLD);
        let mut told = flat.into_iter().take(MOST_TOLD);
        match told.next() {
            Some(first) => Err(Self { others: told.collect(), untold, ..first }),
            None => Ok(()),
        }
    }

    /// The same, with so much more that is wrong and not told.
    #[must_use]
    pub fn and_untold(self, more: usize) -> Self {
        Self { untold: self.untold + more, ..self }
    }

    /// How much more is wrong that is not told.
    pub const fn untold(&self) -> usize {
        self.untold
    }

    /// Each thing that is wrong as an error of its own.
    pub fn parts(mut self) -> Vec<Self> {
        let others = std::mem::take(&mut self.others);
        std::iter::once(self).chain(others).collect()
    }

    /// The same with the line of a file that it is about.
    #[must_use]
    pub fn showing(self, excerpt: Excerpt) -> Self {
        Self { excerpt: Some(Box::new(excerpt)), ..self }
    }

    /// The same with the way out: a line of prose, and commands on lines of their own, each behind a line that
    /// says what it is for.
    #[must_use]
    pub fn hinted(self, hint: impl Into<Cow<'static, str>>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// The same with a command to type, which stands on a line of its own after the hint. Its words are quoted
    /// for a shell.
    #[must_use]
    pub fn suggesting(self, command: &str) -> Self {
        let hint = self.hint.map(|hint| format!("{hint}\n{command}").into());
        Self { hint, ..self }
    }

    /// The same with what caused it.
    #[must_use]
    pub fn caused_by(self, source: impl Into<Cause>) -> Self {
        Self { source: Some(source.into()), ..self }
    }

    /// A bug in devtool: in the embedded data, or in what it asks of the system.
    pub fn bug(what: impl Into<Cause>) -> Self {
        Self::new(Kind::Bug, "internal error (this is a bug in devtool)")
            .caused_by(what)
            .hinted("please report it, with the command that you ran")
    }

    /// A file that cannot be read.
    pub fn read(file: &Path, source: io::Error) -> Self {
        let hint = match source.kind() {
            // The cause says it all.
            io::ErrorKind::NotFound => None,
            io::ErrorKind::FileTooLarge => Some("check that it is the file that you mean"),
            _ => Some("check that it is a UTF-8 text file that you may read"),
        };
        let error = Self::new(Kind::Config, format!("cannot read `{}`", file.display()));
        Self { hint: hint.map(Cow::Borrowed), ..error.caused_by(source) }
    }

    /// A file that cannot be written.
    pub fn write(file: &Path, source: io::Error) -> Self {
        let hint = write_hint(&source, cfg!(windows));
        let error = Self::new(Kind::Config, format!("cannot write `{}`", file.display()));
        Self { hint: hint.map(Cow::Borrowed), ..error.caused_by(source) }
    }

    /// The system gave no random bytes, which no supported system does.
    pub(crate) fn no_random_bytes() -> Self {
        Self::bug("the system gave no random bytes")
    }

    /// What callers tell it apart by.
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// The exit code of a command that ends with this error.
    pub const fn exit(&self) -> Exit {
        self.kind.exit()
    }

    /// The same with another way out, or with none.
    #[must_use]
    pub fn rehinted(self, hint: Option<String>) -> Self {
        Self { hint: hint.map(Cow::Owned), ..self }
    }

    /// The way out, where there is one; a command to type stands on a line of its own.
    pub fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// The line of a file that it is about.
    pub fn excerpt(&self) -> Option<&Excerpt> {
        self.excerpt.as_deref()
    }

    /// What is wrong besides, in the order of a reader.
    pub fn others(&self) -> &[Self] {
        &self.others
    }

    /// The message and what caused it directly, in one line.
    pub fn with_cause(&self) -> String {
        match &self.source {
            Some(cause) => format!("{self}: {cause}"),
            None => self.to_string(),
        }
    }

    /// The message and what caused it in the first place, in one line.
    pub fn with_root_cause(&self) -> String {
        let causes = std::iter::successors(std::error::Error::source(self), |cause| cause.source());
        causes.last().map_or_else(|| self.to_string(), |cause| format!("{self} ({cause})"))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        let source: &(dyn std::error::Error + 'static) = self.source.as_deref()?;
        Some(source)
    }
}

/// Windows' code for a file that another program has open.
const SHARING_VIOLATION: i32 = 32;

/// The way out where a file cannot be written.
fn write_hint(source: &io::Error, is_windows: bool) -> Option<&'static str> {
    // The only systems on which an open file cannot be replaced.
    let is_open = is_windows
        && (source.kind() == io::ErrorKind::PermissionDenied
            || source.raw_os_error() == Some(SHARING_VIOLATION));
    match source.kind() {
        _ if is_open => Some(
            "check that no program has it open, such as a `devtool listen`, and that you may write to it",
        ),
        io::ErrorKind::NotFound => Some("check that the directory exists"),
        io::ErrorKind::PermissionDenied => {
            Some("check that you may write to it and to its directory")
        }
        // The cause says it all.
        io::ErrorKind::IsADirectory | io::ErrorKind::StorageFull | io::ErrorKind::Other => None,
        _ => Some("check that the directory exists and that you may write to it"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_open_elsewhere_is_named_on_windows_alone() {
        let names_it = |error: &io::Error, is_windows| {
            write_hint(error, is_windows).unwrap().contains("no program has it open")
        };
        let sharing = io::Error::from_raw_os_error(SHARING_VIOLATION);
        let denied = io::Error::from(io::ErrorKind::PermissionDenied);
        assert!(names_it(&sharing, true));
        assert!(names_it(&denied, true));
        assert!(!names_it(&sharing, false));
        assert!(!names_it(&denied, false));
    }
}
