//! An audit as Markdown, for the summary of a CI job.

use super::audit;
use crate::audit::{AuditOutcome, AuditResult, GROUPS, ProbeResult, ProbeVerdict, Severity};
use crate::text::escape;

/// The whole text.
pub(super) fn run(result: &AuditResult) -> String {
    let worst = result.worst().filter(|worst| *worst > Severity::Info);
    let verdict = match (result.outcome(), worst) {
        (AuditOutcome::Interrupted, _) => "interrupted".to_owned(),
        (_, Some(worst)) => format!("worst: {worst}"),
        (AuditOutcome::Rejected, None) => "not tested: a plain event is not accepted".to_owned(),
        (AuditOutcome::Told, None) if result.probes.iter().any(|one| one.is_known) => {
            "no new fault found".to_owned()
        }
        (AuditOutcome::Told, None) => "no fault found".to_owned(),
    };
    let mut out = format!(
        "## Audit: {verdict}\n\n{} ({}, seed {}).\n\n",
        code(&result.endpoint.to_string()),
        code(&result.baseline.event),
        result.seed.0
    );
    out.push_str(
        "| group | passed | failed | noted | not tested |\n| --- | --: | --: | --: | --: |\n",
    );
    for (group, name, _) in GROUPS {
        let own: Vec<&ProbeResult> =
            result.probes.iter().filter(|one| one.probe.group() == group).collect();
        if !own.is_empty() {
            let counts = audit::counts(&own);
            let [passed, failed, noted, untold] = counts.map(|count| count.to_string());
            out.push_str(&format!(
                "| {group} {name} | {passed} | {failed} | {noted} | {untold} |\n"
            ));
        }
    }
    for one in audit::ordered(result).filter(|one| one.severity > Severity::Info) {
        out.push_str(&section(one, result));
    }
    out + &untested(result)
}

fn section(one: &ProbeResult, result: &AuditResult) -> String {
    let mut out = format!(
        "\n### {} {} ({}{})\n\n",
        one.probe.id,
        cell(&one.title),
        one.severity,
        if one.is_known { ", known" } else { "" }
    );
    for seen in &one.seen {
        out.push_str(&format!("- seen: {}\n", cell(seen)));
    }
    out.push_str(&format!("- correct: {}\n", cell(&one.probe.correct)));
    for (name, text) in audit::remarks(one, result) {
        let text = if name == "again" { code(&text) } else { cell(&text) };
        out.push_str(&format!("- {name}: {text}\n"));
    }
    out
}

/// What was not tested, folded up.
fn untested(result: &AuditResult) -> String {
    let line = |one: &ProbeResult| {
        let why = match &one.verdict {
            ProbeVerdict::NotTested(why) => why.reason.clone(),
            ProbeVerdict::Inconclusive(why) => format!("inconclusive: {why}"),
            ProbeVerdict::Pass | ProbeVerdict::Fail => return None,
        };
        Some(format!("- {}: {}\n", one.probe.id, cell(&why)))
    };
    let lines: String = result.probes.iter().filter_map(line).collect();
    if lines.is_empty() {
        return lines;
    }
    format!("\n<details><summary>Not tested</summary>\n\n{lines}\n</details>\n")
}

/// Text in which nothing is markup.
fn cell(text: &str) -> String {
    let mut out = String::new();
    for c in escape::line(text).chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '|' | '*' | '_' | '`' | '[' | ']' | '#' | '~' | '\\' => out.extend(['\\', c]),
            c => out.push(c),
        }
    }
    out
}

fn code(text: &str) -> String {
    let text = escape::line(text).replace('`', "'");
    format!("`{text}`")
}
