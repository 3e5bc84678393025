//! An audit in the forms of reports.

use super::files::ReportFormat;
use super::{audit_html, audit_json, audit_junit, audit_markdown, audit_sarif};
use crate::audit::AuditResult;
use crate::error::Result;

/// The report in a form. `source` is the place of the handler, for code scanning.
///
/// # Errors
/// The form cannot be made (a bug).
pub(crate) fn render(
    format: ReportFormat,
    result: &AuditResult,
    source: Option<&str>,
) -> Result<String> {
    Ok(match format {
        ReportFormat::Json => audit_json::json(result),
        ReportFormat::Junit => audit_junit::run(result)?,
        ReportFormat::Html => audit_html::run(result)?,
        ReportFormat::Markdown => audit_markdown::run(result),
        ReportFormat::Sarif => audit_sarif::run(result, source),
    })
}
