//! Reports for files: which forms there are.

use std::str::FromStr;

use super::{html, json, junit, markdown};
use crate::error::Result;
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
}

/// What they are called.
const FORMATS: [(&str, ReportFormat); 4] = [
    ("json", ReportFormat::Json),
    ("junit", ReportFormat::Junit),
    ("html", ReportFormat::Html),
    ("markdown", ReportFormat::Markdown),
];

impl FromStr for ReportFormat {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, Self::Err> {
        if let Some((_, format)) = FORMATS.iter().find(|(name, _)| *name == text) {
            return Ok(*format);
        }
        let names = FORMATS.map(|(name, _)| name);
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
    })
}
