//! What the doctor found.

use serde_json::{Value, json};

use super::hint;
use super::layout::Layout;
use crate::doctor::{self, Finding, Health};
use crate::runner::Verdict;
use crate::text::{escape, width};

/// A line per finding, what to do below it, and how many are problems.
pub(crate) fn text(findings: &[Finding], layout: Layout) -> String {
    format!("{}\n{}\n", rows(findings, layout), counted(findings))
}

/// `1 problem, 2 warnings`
fn counted(findings: &[Finding]) -> String {
    let (problems, warnings) = doctor::count(findings);
    let several = |count: usize, word: &str| match count {
        0 => format!("no {word}s"),
        1 => format!("1 {word}"),
        count => format!("{count} {word}s"),
    };
    format!("{}, {}", several(problems, "problem"), several(warnings, "warning"))
}

/// A line per finding, and what to do below it.
pub(crate) fn rows(findings: &[Finding], layout: Layout) -> String {
    let names = findings.iter().map(|finding| width::of(finding.name)).max().unwrap_or(0);
    let indent = 2 + 8 + 2 + names + 2;
    let mut out = String::new();
    for finding in findings {
        let verdict = match finding.health {
            Health::Good => Verdict::Pass,
            Health::Warning | Health::Skipped | Health::Optional => Verdict::Skipped,
            Health::Broken => Verdict::Fail,
        };
        let word = layout.palette.verdict(verdict, &width::pad(finding.health.word(), 8));
        let name = width::pad(finding.name, names);
        let seen = width::wrap(&escape::line(&finding.seen), indent, layout.columns);
        out.push_str(&format!("  {word}  {name}  {seen}\n"));
        if let Some(fix) = &finding.fix {
            let fix = hint::text(fix, indent + 5, layout.columns);
            let label = layout.palette.hint("fix:");
            out.push_str(&format!("{}{label} {fix}\n", " ".repeat(indent)));
        }
    }
    out
}

/// A line per finding and nothing else: name, health, what was seen.
pub(crate) fn compact(findings: &[Finding]) -> String {
    let line = |finding: &Finding| {
        format!("{} {} {}\n", finding.health.word(), finding.name, escape::line(&finding.seen))
    };
    findings.iter().map(line).collect::<Vec<_>>().concat()
}

/// The findings as a JSON document.
pub(crate) fn json(findings: &[Finding]) -> String {
    super::json::document(&json!({"schema": 1, "findings": value(findings)}))
}

/// The findings as JSON.
pub(crate) fn value(findings: &[Finding]) -> Value {
    let entry = |finding: &Finding| {
        json!({
            "name": finding.name,
            "health": finding.health.word(),
            "seen": finding.seen,
            "fix": finding.fix,
        })
    };
    findings.iter().map(entry).collect()
}
