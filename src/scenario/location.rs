//! Where something stands in a scenario file, and what is wrong with it there.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::{Error, Kind};
use crate::text::excerpt::Excerpt;
use crate::text::{credential, suggestion};

/// The way out of an error that says itself what is expected.
const FORM: &str = "see what a scenario file can say:\ndevtool help scenario-files";

/// A file, as its errors name and show it.
pub(super) struct SourceText {
    file: PathBuf,
    pub(super) text: String,
}

impl SourceText {
    pub(super) fn new(file: &Path, text: &str) -> Arc<Self> {
        Arc::new(Self { file: file.to_owned(), text: text.to_owned() })
    }
}

impl fmt::Debug for SourceText {
    /// Its text may hold what is secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.file.fmt(f)
    }
}

/// Where something stands in a scenario file, and below which key.
#[derive(Clone, Debug)]
pub struct Location {
    pub(super) source: Arc<SourceText>,
    pub(super) span: Range<usize>,
    pub(super) key: String,
}

impl Location {
    /// The error for what stands here.
    pub fn error(&self, reason: impl Into<String>) -> Error {
        self.error_near(reason, &[])
    }

    /// The same, with the names that may be meant.
    pub fn error_near(&self, reason: impl Into<String>, near: &[String]) -> Error {
        let hint = suggestion::did_you_mean(near).unwrap_or_else(|| FORM.to_owned());
        let Self { source, span, key } = self;
        let excerpt = Excerpt::new(&source.text, span.clone());
        let key = if key.is_empty() { String::new() } else { format!("{key}: ") };
        let place = format!("{}:{}:{}", source.file.display(), excerpt.line, excerpt.column);
        let error = Error::new(Kind::Scenario, format!("{place}: {key}{}", reason.into()));
        let is_secret = holds_credential(source.text.lines().nth(excerpt.line - 1).unwrap_or(""));
        error.hinted(hint).showing(if is_secret { excerpt.hidden() } else { excerpt })
    }

    /// How far into the file it is.
    pub(super) const fn start(&self) -> usize {
        self.span.start
    }
}

/// Whether a line gives a header or a field whose name says that it is a credential.
fn holds_credential(line: &str) -> bool {
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
    let name = |before: &str| {
        let before = before.trim_end().trim_end_matches(['"', '\'']);
        let start = before.rfind(|c| !is_of_name(c)).map_or(0, |at| at + 1);
        credential::is_named(before.get(start..).unwrap_or_default())
    };
    line.match_indices('=').any(|(at, _)| name(&line[..at]))
}

/// What is wrong with a file.
#[derive(Clone, Debug)]
pub struct ScenarioError {
    pub(super) place: Location,
    pub(super) reason: String,
    pub(super) near: Vec<String>,
    pub(super) hint: Option<String>,
}

impl ScenarioError {
    /// The error of it.
    pub(crate) fn error(&self) -> Error {
        let error = self.place.error_near(self.reason.clone(), &self.near);
        match &self.hint {
            Some(hint) if self.near.is_empty() => error.rehinted(Some(hint.clone())),
            _ => error,
        }
    }
}
