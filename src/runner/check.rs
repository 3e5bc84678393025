//! A scenario's checks: a GET on the app, again until it is as expected or the time for that is up.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use super::expectation::mismatches;
use super::plan::Plan;
use super::result::{CheckResult, Mismatch, Verdict};
use super::target::{Target, Targets, drained, interrupted, wait};
use crate::delivery::Attempt;
use crate::error::Result;
use crate::scenario::{Check, Values};

/// How long to wait before the app is asked again.
const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// Asks the app of a plan, whatever brings its events.
pub(super) struct Checker<'r> {
    target: Arc<Target>,
    cancel: &'r CancellationToken,
}

impl<'r> Checker<'r> {
    /// A checker for each plan; none where no plan has checks.
    pub(super) async fn all(plans: &[Plan], cancel: &'r CancellationToken) -> Result<Vec<Self>> {
        let has_checks = |plan: &Plan| !plan.job.scenario.checks.is_empty();
        if !plans.iter().any(has_checks) {
            return Ok(Vec::new());
        }
        let targets = Targets::all(plans, cancel).await?;
        for (plan, targets) in plans.iter().zip(&targets) {
            if has_checks(plan) {
                targets.main().allow_checks()?;
            }
        }
        Ok(targets.iter().map(|targets| Self { target: targets.main(), cancel }).collect())
    }

    /// Asks until the answer is as expected, or the time for that is up.
    pub(super) async fn check(&self, index: usize, check: &Check, values: &Values) -> CheckResult {
        let path = match values.fill(&check.path) {
            Ok(path) => path,
            Err(name) => return unknown_value(index, check, &name),
        };
        let start = Instant::now();
        loop {
            let attempt = self.get(&path).await;
            let (verdict, mismatches) = judge(check, &attempt, values);
            let is_last = verdict == Verdict::Pass || start.elapsed() >= check.within;
            if is_last || !wait(POLL_INTERVAL, self.cancel).await {
                let attempt = Some(attempt);
                return CheckResult { index: index + 1, path, verdict, attempt, mismatches };
            }
        }
    }

    async fn get(&self, path: &str) -> Attempt {
        let start = Instant::now();
        let attempt = drained(self.target.client.get(path), self.cancel).await;
        attempt.unwrap_or_else(|| interrupted(start.elapsed()))
    }
}

/// The result of a check whose path needs a value that no answer gave.
fn unknown_value(index: usize, check: &Check, name: &str) -> CheckResult {
    let missing = Mismatch {
        what: "path".to_owned(),
        expected: check.path.clone(),
        found: format!("no answer gave the value {name}"),
    };
    let (verdict, mismatches) = (Verdict::Fail, vec![missing]);
    CheckResult { index: index + 1, path: check.path.clone(), verdict, attempt: None, mismatches }
}

fn judge(check: &Check, attempt: &Attempt, values: &Values) -> (Verdict, Vec<Mismatch>) {
    let mut found = mismatches(&check.expect, attempt, values);
    let response = attempt.outcome.response();
    let is_expected = response.is_some_and(|response| check.expect.accepts(response.status));
    if let (Some(response), false, true) = (response, is_expected, found.is_empty()) {
        let found_status = response.status.to_string();
        let (what, expected) = ("status".to_owned(), "2xx".to_owned());
        found.push(Mismatch { what, expected, found: found_status });
    }
    (Verdict::of(is_expected, &found), found)
}
