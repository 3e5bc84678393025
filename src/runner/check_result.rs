//! What a run found where it looked at the app, or ran a command of the scenario's.

use std::time::Duration;

use super::command::Ran;
use super::mismatch::{Mismatch, Verdict};
use crate::delivery::Attempt;
use crate::scenario::{Check, CheckTarget, Scenario, Values};
use crate::text::shell;

/// What came of a check of the app, or of a command before or after the steps.
#[derive(Clone, Debug)]
pub(crate) struct CheckResult {
    /// When it was made.
    pub stage: CheckStage,
    /// Its place in its stage, from 1.
    pub index: usize,
    /// What was looked at: `GET /orders/17`, or a command.
    pub what: String,
    /// What it comes to.
    pub verdict: Verdict,
    /// The last attempt; `None` where there was none.
    pub attempt: Option<Attempt>,
    /// How the command ended, where it is one that ran.
    pub command: Option<CommandResult>,
    /// What is not as the scenario expects it.
    pub mismatches: Vec<Mismatch>,
}

/// When a look at the app was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CheckStage {
    /// Before the first event.
    Setup,
    /// After the last one.
    Check,
    /// After the checks.
    Teardown,
}

impl CheckStage {
    /// The word of reports.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Setup => "setup",
            Self::Check => "check",
            Self::Teardown => "teardown",
        }
    }
}

/// How a command ended.
#[derive(Clone, Debug)]
pub(crate) struct CommandResult {
    /// Its exit code; `None` where a signal ended it, or it did not run.
    pub exit_code: Option<i32>,
    /// What it wrote to stdout.
    pub stdout: Vec<u8>,
    /// How long it took.
    pub duration: Duration,
    /// How it ended, with its last words.
    told: String,
}

impl CommandResult {
    pub(super) fn new(ran: std::io::Result<Ran>, duration: Duration) -> Self {
        let told = match &ran {
            Ok(ran) => ran.told(),
            Err(error) if error.kind() == std::io::ErrorKind::TimedOut => {
                "not done in time".to_owned()
            }
            Err(error) => error.to_string(),
        };
        let exit_code = ran.as_ref().ok().and_then(|ran| ran.status.code());
        Self { exit_code, stdout: ran.map(|ran| ran.stdout).unwrap_or_default(), duration, told }
    }

    /// How it ended, in words.
    pub(crate) fn ending(&self) -> String {
        self.told.clone()
    }
}

/// All looks of a scenario in their order, each with its stage and its place there.
pub(super) fn looks(scenario: &Scenario) -> Vec<(CheckStage, usize, &Check)> {
    let around = &scenario.around;
    let setup = around.setup.iter().map(|one| (CheckStage::Setup, 1, one));
    let checks = scenario.checks.iter().enumerate();
    let checks = checks.map(|(at, one)| (CheckStage::Check, at + 1, one));
    let teardown = around.teardown.iter().map(|one| (CheckStage::Teardown, 1, one));
    setup.chain(checks).chain(teardown).collect()
}

/// What is looked at, for a reader.
pub(super) fn what(check: &Check) -> String {
    match &check.look {
        CheckTarget::Run(words) => {
            let words = words.iter().map(|word| shell::quote_on_one_line(word));
            words.collect::<Vec<_>>().join(" ")
        }
        CheckTarget::Request(request) => {
            let place = request.place.as_deref().unwrap_or_default();
            format!("{} {place}{}", request.method, request.path)
        }
    }
}

impl CheckResult {
    /// The result of a look as long as nobody was asked.
    pub(super) fn skipped(
        (stage, index, check): (CheckStage, usize, &Check),
        values: &Values,
    ) -> Self {
        let what = what(check);
        let what = values.fill(&what).unwrap_or(what);
        Self {
            stage,
            index,
            what,
            verdict: Verdict::Skipped,
            attempt: None,
            command: None,
            mismatches: Vec::new(),
        }
    }

    /// The path that was asked for, or the command.
    pub(crate) fn path(&self) -> &str {
        match self.what.split_once(' ') {
            Some((_, path)) if !self.is_command() => path,
            _ => &self.what,
        }
    }

    /// Whether it is a command.
    pub(crate) fn is_command(&self) -> bool {
        !self.what.split_once(' ').is_some_and(|(method, path)| {
            method.bytes().all(|b| b.is_ascii_uppercase()) && path.contains('/')
        })
    }

    /// What it is, for a reader: `GET /orders/17`, `setup ./reset.sh`.
    pub(crate) fn name(&self) -> String {
        match self.stage {
            CheckStage::Check => self.what.clone(),
            stage => format!("{} {}", stage.word(), self.what),
        }
    }

    /// How it ended, in a word or two.
    pub(crate) fn ending(&self) -> Option<String> {
        let answer = self.attempt.as_ref().map(|attempt| match attempt.outcome.response() {
            Some(response) => response.status.to_string(),
            None => attempt.outcome.word().to_owned(),
        });
        answer.or_else(|| {
            self.command.as_ref().map(|command| match command.exit_code {
                Some(code) => format!("exit {code}"),
                None => "failed".to_owned(),
            })
        })
    }

    /// How long it took.
    pub(crate) fn duration(&self) -> Option<Duration> {
        let command = self.command.as_ref().map(|command| command.duration);
        self.attempt.as_ref().map(|attempt| attempt.latency).or(command)
    }
}
