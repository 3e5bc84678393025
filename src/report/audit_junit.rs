//! An audit as `JUnit` XML: a suite for each group, a case for each probe.

use quick_junit::{NonSuccessKind, Property, Report, TestCase, TestCaseStatus, TestSuite};

use super::audit;
use super::junit::allowed;
use crate::audit::{AuditResult, GROUPS, ProbeResult, ProbeVerdict};
use crate::error::{Error, Result};
use crate::text::escape;

/// The whole file.
///
/// # Errors
/// The XML cannot be written (a bug).
pub(super) fn run(result: &AuditResult) -> Result<String> {
    let mut report = Report::new("devtool audit");
    report.set_time(result.duration);
    for (group, name, _) in GROUPS {
        let own = || result.probes.iter().filter(|one| one.probe.group() == group);
        if own().next().is_none() {
            continue;
        }
        let mut suite = TestSuite::new(format!("{group} {name}"));
        suite.add_properties([
            Property::new("endpoint", allowed(&result.endpoint.to_string())),
            Property::new("seed", result.seed.0.to_string()),
        ]);
        suite.add_test_cases(own().map(|one| case(one, result)));
        report.add_test_suite(suite);
    }
    let text = report.to_string();
    let text = text.map_err(|error| Error::bug(format!("the JUnit report: {error}")))?;
    Ok(escape::block(&text))
}

fn case(one: &ProbeResult, result: &AuditResult) -> TestCase {
    let name = format!("{} {}", one.probe.id, one.probe.title);
    let mut case = TestCase::new(allowed(&name), status(one, result));
    case.set_classname(one.probe.group());
    case.set_time(one.took);
    let notes = one.notes.iter().map(|note| allowed(note)).collect::<Vec<_>>().join("\n");
    if !notes.is_empty() {
        case.set_system_out(notes);
    }
    case
}

fn status(one: &ProbeResult, result: &AuditResult) -> TestCaseStatus {
    let skipped = |why: &str| {
        let mut skipped = TestCaseStatus::skipped();
        skipped.set_message(allowed(why));
        skipped
    };
    match &one.verdict {
        ProbeVerdict::NotTested(why) => skipped(&why.reason),
        ProbeVerdict::Inconclusive(why) => skipped(&format!("inconclusive: {why}")),
        ProbeVerdict::Fail if one.is_fault() && !one.is_known => {
            let mut failed = TestCaseStatus::non_success(NonSuccessKind::Failure);
            failed.set_message(allowed(&format!("{} ({})", one.title, one.severity)));
            failed.set_type(one.severity.word());
            let remarks = audit::remarks(one, result);
            let remarks = remarks.iter().map(|(name, text)| format!("{name}: {text}"));
            let lines: Vec<String> = one.seen.iter().cloned().chain(remarks).collect();
            failed.set_description(allowed(&lines.join("\n")));
            failed
        }
        ProbeVerdict::Pass | ProbeVerdict::Fail => TestCaseStatus::success(),
    }
}
