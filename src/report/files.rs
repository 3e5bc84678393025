//! Reports for files: which forms there are.

use std::path::Path;
use std::str::FromStr;

use super::{html, json, junit, markdown};
use crate::error::{Error, Result};
use crate::runner::{Plan, RunResult};
use crate::text::suggestion;

/// A form of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReportFormat {
    /// The document of `--format json`.
    Json,
    /// What CI systems read.
    Junit,
    /// One page to look at.
    Html,
    /// A summary of a CI job.
    Markdown,
    /// What code scanning reads: of an audit.
    Sarif,
}

/// What they are called, and how the names of their files end.
const FORMATS: [(&str, &str, ReportFormat); 5] = [
    ("json", "json", ReportFormat::Json),
    ("junit", "xml", ReportFormat::Junit),
    ("html", "html", ReportFormat::Html),
    ("markdown", "md", ReportFormat::Markdown),
    ("sarif", "sarif", ReportFormat::Sarif),
];

impl ReportFormat {
    /// The form that the ending of a path says.
    pub(crate) fn of_ending(path: &Path) -> Option<Self> {
        let ending = path.extension()?;
        FORMATS.iter().find(|(_, own, _)| ending.eq_ignore_ascii_case(own)).map(|(.., form)| *form)
    }
}

impl FromStr for ReportFormat {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, Self::Err> {
        if let Some((.., format)) = FORMATS.iter().find(|(name, ..)| *name == text) {
            return Ok(*format);
        }
        let names = FORMATS.map(|(name, ..)| name);
        let near = suggestion::near(text, names);
        let meant = near.first().map(|name| format!("; did you mean `{name}`?"));
        let valid = names.join(", ");
        Err(format!("unknown report format `{text}`: use {valid}{}", meant.unwrap_or_default()))
    }
}

/// The report in a form.
///
/// # Errors
/// The form cannot be made (a bug).
pub(crate) fn render(
    format: ReportFormat,
    command: &str,
    plans: &[Plan],
    result: &RunResult,
) -> Result<String> {
    Ok(match format {
        ReportFormat::Json => json::run(command, plans, result),
        ReportFormat::Junit => junit::run(plans, result)?,
        ReportFormat::Html => html::run(plans, result)?,
        ReportFormat::Markdown => markdown::run(plans, result),
        ReportFormat::Sarif => return Err(Error::bug("a run is no audit")),
    })
}
