//! A run as `JUnit` XML, which CI systems show: a suite for each story, a case for each event and check.

use quick_junit::{NonSuccessKind, Property, Report, TestCase, TestCaseStatus, TestSuite};

use super::alike::{self, Firsts};
use super::api_calls;
use super::recorded;
use super::stories;
use crate::delivery::{Outcome, diagnosis};
use crate::error::{Error, Result};
use crate::runner::{CheckResult, Mismatch, Plan, RunResult, StepResult, StoryResult, Verdict};
use crate::text::{escape, width};

/// How much of an answer's body is quoted, in characters.
const BODY: usize = 2_000;

/// The whole file.
///
/// # Errors
/// The XML cannot be written (a bug).
pub(super) fn run(plans: &[Plan], result: &RunResult) -> Result<String> {
    let mut report = Report::new("devtool");
    report.set_time(result.duration);
    let firsts = Firsts::of(result);
    let stories = plans.iter().zip(&result.stories).enumerate();
    let suites = stories.map(|(number, (_, story))| suite(number, plans, story, &firsts));
    let mut suites: Vec<TestSuite> = suites.collect();
    let outside = api_calls::outside_sentences(result);
    let outside = outside.map(|call| format!("API call outside of the deliveries: {call}"));
    let outside: Vec<String> = outside.collect();
    if let Some(last) = suites.last_mut().filter(|_| !outside.is_empty()) {
        last.set_system_out(allowed(&outside.join("\n")));
    }
    report.add_test_suites(suites);
    let text = report.to_string();
    let text = text.map_err(|error| Error::bug(format!("the JUnit report: {error}")))?;
    Ok(escape::block(&text))
}

fn suite(number: usize, plans: &[Plan], story: &StoryResult, firsts: &Firsts<'_>) -> TestSuite {
    let plan = &plans[number];
    let name = stories::name(plan);
    let mut suite = TestSuite::new(allowed(&name));
    suite.set_time(story.duration);
    let job = &plan.job;
    suite.add_properties([
        Property::new("endpoint", allowed(&job.endpoint.to_string())),
        Property::new("via", plan.way.word()),
        Property::new("seed", job.seed.0.to_string()),
        Property::new("order", job.traffic.order.to_string()),
    ]);
    suite.add_test_cases(story.steps.iter().map(|step| {
        let first = firsts.like(number, step);
        of_step(step, plan, (&name, first.map(|first| alike::name(first, number, plans))))
    }));
    suite.add_test_cases(story.checks.iter().map(|check| of_check(check, &name)));
    suite
}

fn of_step(step: &StepResult, plan: &Plan, (class, like): (&str, Option<String>)) -> TestCase {
    let again = if step.is_copy { " (again)" } else { "" };
    let name = format!("{} {}{again}", step.index, step.event);
    let details = match like {
        Some(name) => format!("failed as {name} did"),
        None => details(step.outcome(), &told(step), &step.mismatches),
    };
    let mut case = TestCase::new(allowed(&name), status(step.verdict, step.outcome(), details));
    case.set_classname(allowed(class));
    let remarks = step.remarks();
    let remarks = remarks.map(|one| format!("remark: {} ({})", allowed(&one.message), one.code));
    let calls = step.api_calls.iter().flatten();
    let calls = calls.map(|call| format!("API call: {}", allowed(&api_calls::sentence(call))));
    let by = api_calls::caused_by(step).map(|by| allowed(&by));
    let recorded = step.delivery().filter(|_| step.verdict.is_failure());
    let recorded = recorded.map(|id| recorded::show(id, &plan.job.command));
    let recorded = recorded.map(|show| format!("history: {}", allowed(&show)));
    let said: Vec<String> = recorded.into_iter().chain(by).chain(remarks).chain(calls).collect();
    if !said.is_empty() {
        case.set_system_out(said.join("\n"));
    }
    case.set_time(step.attempts.iter().map(|attempt| attempt.latency).sum());
    case
}

fn of_check(check: &CheckResult, class: &str) -> TestCase {
    let outcome = check.attempt.as_ref().map(|attempt| &attempt.outcome);
    let details = details(outcome, "", &check.mismatches);
    let name = check.name();
    let mut case = TestCase::new(allowed(&name), status(check.verdict, outcome, details));
    case.set_classname(allowed(class));
    if let Some(duration) = check.duration() {
        case.set_time(duration);
    }
    case
}

fn status(verdict: Verdict, outcome: Option<&Outcome>, details: String) -> TestCaseStatus {
    let (kind, message, word) = match (verdict, outcome) {
        (Verdict::Pass, _) => return TestCaseStatus::success(),
        (Verdict::Skipped, _) => {
            let mut skipped = TestCaseStatus::skipped();
            skipped.set_message("not sent");
            if !details.is_empty() {
                skipped.set_description(details);
            }
            return skipped;
        }
        (Verdict::Fail, Some(Outcome::Response(response))) => {
            (NonSuccessKind::Failure, format!("answered {}", response.status), "response")
        }
        (Verdict::Fail, Some(outcome @ Outcome::None { error, .. })) => {
            (NonSuccessKind::Error, format!("no answer: {error}"), outcome.word())
        }
        (Verdict::Missing, _) => (NonSuccessKind::Failure, "did not come".to_owned(), "missing"),
        (Verdict::Fail, None) => (NonSuccessKind::Failure, "not sent".to_owned(), "not_sent"),
    };
    let mut failed = TestCaseStatus::non_success(kind);
    failed.set_message(allowed(&message));
    failed.set_type(word);
    failed.set_description(details);
    failed
}

/// The text without the two characters that XML cannot hold and the library lets through.
pub(super) fn allowed(text: &str) -> String {
    text.replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}")
}

/// Cause and way out, a line each.
fn told(step: &StepResult) -> String {
    match (&step.diagnosis, &step.hint) {
        (Some(found), _) => {
            format!("cause: {} ({})\nfix: {}", found.cause, found.id, found.way_out())
        }
        (None, Some(hint)) => format!("hint: {hint}"),
        (None, None) => String::new(),
    }
}

/// What came back, what is not as expected, what it most likely means.
fn details(outcome: Option<&Outcome>, told: &str, mismatches: &[Mismatch]) -> String {
    let mut lines: Vec<String> = mismatches
        .iter()
        .map(|m| format!("{}: expected {}, found {}", m.what, m.expected, m.found))
        .collect();
    if let Some(Outcome::Response(response)) = outcome {
        lines.push(width::fit(&diagnosis::text_of(response), BODY));
    }
    lines.extend(Some(told).filter(|told| !told.is_empty()).map(str::to_owned));
    allowed(&lines.join("\n"))
}
