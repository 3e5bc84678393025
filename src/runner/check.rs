//! A scenario's looks at the app: a request or a command, again until it is as expected or the time for that is up.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use super::check_result::{self, CheckResult, CommandResult};
use super::command::{self, CommandLimits};
use super::expectation::mismatches;
use super::mismatch::{Mismatch, Verdict};
use super::plan::Plan;
use super::target::{DRAIN, Target, Targets, drained, interrupted, wait};
use crate::delivery::{Attempt, Client, Endpoint, Header, Hosts, Outcome, Response, Reuse};
use crate::error::Result;
use crate::scenario::{Check, CheckRequest, CheckTarget, Values};

/// How long to wait before the app is asked again.
const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// Looks at the app of a plan, whatever brings its events.
pub(super) struct Checker<'r> {
    target: Arc<Target>,
    /// The other places that checks ask.
    places: BTreeMap<String, Client>,
    /// The story's ids.
    ids: Values,
    timeout: Duration,
    cancel: &'r CancellationToken,
}

/// What a look came to.
enum Seen {
    Answer(Attempt),
    Command(CommandResult),
}

impl<'r> Checker<'r> {
    /// A checker for each plan; none where no plan has anything to look at.
    pub(super) async fn all(plans: &[Plan], cancel: &'r CancellationToken) -> Result<Vec<Self>> {
        let has_some = |plan: &Plan| !check_result::looks(&plan.job.scenario).is_empty();
        if !plans.iter().any(has_some) {
            return Ok(Vec::new());
        }
        let targets = Targets::all(plans, cancel).await?;
        let mut checkers = Vec::with_capacity(plans.len());
        for (plan, targets) in plans.iter().zip(&targets) {
            let checks = &plan.job.scenario.checks;
            let asks_app =
                |check: &Check| matches!(&check.look, CheckTarget::Request(r) if r.place.is_none());
            if checks.iter().any(asks_app) {
                targets.main().allow_checks()?;
            }
            checkers.push(Self {
                target: targets.main(),
                places: places(plan).await?,
                ids: plan.ids.clone(),
                timeout: plan.job.timeout,
                cancel,
            });
        }
        Ok(checkers)
    }

    /// Looks until it is as expected, or the time for that is up.
    pub(super) async fn check(
        &self,
        known: CheckResult,
        check: &Check,
        values: &Values,
    ) -> CheckResult {
        let check = match filled(check, values) {
            Ok(check) => check,
            Err(name) => return unknown_value(known, &name),
        };
        let start = Instant::now();
        loop {
            let seen = self.look(&check, values).await;
            let (verdict, mismatches) = judge(&check, &seen, values);
            let is_last = verdict == Verdict::Pass || start.elapsed() >= check.within;
            if is_last || !wait(POLL_INTERVAL, self.cancel).await {
                let what = check_result::what(&check);
                let known = CheckResult { what, verdict, mismatches, ..known };
                return match seen {
                    Seen::Answer(attempt) => CheckResult { attempt: Some(attempt), ..known },
                    Seen::Command(command) => CheckResult { command: Some(command), ..known },
                };
            }
        }
    }

    /// What comes after the last event is done also where the run was told to end, within its time.
    pub(super) async fn tear_down(
        &self,
        known: CheckResult,
        check: &Check,
        values: &Values,
    ) -> CheckResult {
        let going_on = CancellationToken::new();
        let timeout = if self.cancel.is_cancelled() { DRAIN } else { self.timeout };
        let (target, ids) = (Arc::clone(&self.target), self.ids.clone());
        let places = BTreeMap::new();
        let own = Checker { target, places, ids, timeout, cancel: &going_on };
        own.check(known, check, values).await
    }

    async fn look(&self, check: &Check, values: &Values) -> Seen {
        match &check.look {
            CheckTarget::Request(request) => Seen::Answer(self.ask(request).await),
            CheckTarget::Run(words) => Seen::Command(self.run(words, values).await),
        }
    }

    async fn ask(&self, request: &CheckRequest) -> Attempt {
        let CheckRequest { method, place, path, headers, body } = request;
        let client = place.as_ref().and_then(|place| self.places.get(place));
        let client = client.unwrap_or(&self.target.client);
        let headers: Vec<Header> = headers
            .iter()
            .map(|(name, value)| Header { name: name.clone(), value: value.clone() })
            .collect();
        let start = Instant::now();
        let call = client.ask(method, path, &headers, body.clone().into());
        drained(call, self.cancel).await.unwrap_or_else(|| interrupted(start.elapsed()))
    }

    async fn run(&self, words: &[String], values: &Values) -> CommandResult {
        let mut ids = self.ids.clone();
        for (name, value) in values.entries() {
            ids.keep(name, value.to_owned());
        }
        let limits = CommandLimits { time: self.timeout, directory: None };
        let start = Instant::now();
        let ran = command::of_words(words, &ids, limits, self.cancel).await;
        CommandResult::new(ran, start.elapsed())
    }
}

/// The clients of the places that a plan's checks ask besides the app.
async fn places(plan: &Plan) -> Result<BTreeMap<String, Client>> {
    let mut clients = BTreeMap::new();
    for check in &plan.job.scenario.checks {
        let CheckTarget::Request(CheckRequest { place: Some(place), .. }) = &check.look else {
            continue;
        };
        let endpoint = Endpoint::read(place).map_err(|reason| check.place.error(reason))?;
        let addresses = endpoint.resolve(Hosts::Loopback).await;
        let addresses = addresses.map_err(|error| check.place.error(error.to_string()))?;
        let how = (Reuse::Soon, plan.job.certificates);
        clients.insert(place.clone(), Client::new(&endpoint, &addresses, plan.job.timeout, how)?);
    }
    Ok(clients)
}

/// The check with values in place of their names.
fn filled(check: &Check, values: &Values) -> std::result::Result<Check, String> {
    let mut check = check.clone();
    let fill = |text: &mut String| -> std::result::Result<(), String> {
        *text = values.fill(text)?;
        Ok(())
    };
    match &mut check.look {
        CheckTarget::Run(words) => words.iter_mut().try_for_each(fill)?,
        CheckTarget::Request(request) => {
            request.headers.iter_mut().try_for_each(|(_, value)| fill(value))?;
            fill(&mut request.path)?;
            fill(&mut request.body)?;
        }
    }
    Ok(check)
}

/// The result of a check that needs a value that no answer gave.
fn unknown_value(known: CheckResult, name: &str) -> CheckResult {
    let missing = Mismatch {
        what: "path".to_owned(),
        expected: known.path().to_owned(),
        found: format!("no answer gave the value {name}"),
    };
    CheckResult { verdict: Verdict::Fail, mismatches: vec![missing], ..known }
}

fn judge(check: &Check, seen: &Seen, values: &Values) -> (Verdict, Vec<Mismatch>) {
    let attempt = match seen {
        Seen::Answer(attempt) => attempt,
        Seen::Command(command) => return judge_command(check, command, values),
    };
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

/// What a command writes is held against the expectations of a body.
fn judge_command(
    check: &Check,
    command: &CommandResult,
    values: &Values,
) -> (Verdict, Vec<Mismatch>) {
    let expected = check.expect.exit_code.unwrap_or(0);
    let is_expected = command.exit_code.is_some_and(|code| u32::try_from(code) == Ok(expected));
    let mut found = Vec::new();
    if let (false, Some(code)) = (is_expected, command.exit_code) {
        let (what, expected) = ("exit code".to_owned(), expected.to_string());
        found.push(Mismatch { what, expected, found: code.to_string() });
    }
    let response = Response {
        status: 200,
        headers: Vec::new(),
        body: command.stdout.trim_ascii_end().to_vec(),
        is_truncated: false,
        broke_off: None,
    };
    let (outcome, latency) = (Outcome::Response(response), command.duration);
    if command.exit_code.is_some() {
        found.extend(mismatches(
            &check.expect,
            &Attempt { outcome, latency, is_stale: false },
            values,
        ));
    }
    (Verdict::of(is_expected, &found), found)
}
