//! What an audit found.

use std::time::Duration;

use super::probe::{AuditProbe, Severity};
use crate::delivery::{Attempt, Diagnosis, Endpoint, Outcome, Request};
use crate::event::id::Seed;
use crate::protocol::Moment;
use crate::text::command_line::CommandLine;

/// From when on the time of a probe that waits is named.
const NAMED_FROM: Duration = Duration::from_millis(100);

/// An audit at its end.
#[derive(Debug)]
pub(crate) struct AuditResult {
    /// What was audited.
    pub endpoint: Endpoint,
    /// Draws what is sent.
    pub seed: Seed,
    /// When it began.
    pub started_at: Moment,
    /// How long it took.
    pub duration: Duration,
    /// What a plain event came to.
    pub baseline: Baseline,
    /// In the order of the catalogue.
    pub probes: Vec<ProbeResult>,
    /// What events of each type came to.
    pub types: Vec<TypeAnswer>,
    /// Whether it was told to end before its end.
    pub was_interrupted: bool,
    /// What was typed.
    pub command: CommandLine,
}

/// What a plain event, as Stripe sends it, came to.
#[derive(Debug)]
pub(crate) struct Baseline {
    /// Its type.
    pub event: String,
    /// What was sent.
    pub request: Request,
    /// What came of it.
    pub attempt: Attempt,
    /// What that means, where it was not accepted.
    pub diagnosis: Option<Diagnosis>,
    /// What the app is made with, as far as the answer shows it.
    pub framework: Option<&'static str>,
}

impl Baseline {
    /// Whether it was accepted.
    pub(crate) fn is_accepted(&self) -> bool {
        self.attempt.outcome.is_accepted()
    }

    /// What caused a rejection, by the word of its diagnosis.
    pub(super) fn cause(&self) -> &str {
        self.diagnosis.as_ref().map_or("", |found| &found.id)
    }

    /// Whether the endpoint takes thin events.
    pub(super) fn is_thin(&self) -> bool {
        self.event.starts_with("v1.") || self.event.starts_with("v2.")
    }

    /// Why probes say nothing, where it was not accepted.
    pub(super) fn rejects(&self) -> Option<NotTested> {
        let response =
            self.attempt.outcome.response().filter(|response| !response.is_accepted())?;
        let reason = format!("a correctly signed {} is answered {}", self.event, response.status);
        Some(NotTested { reason, way: self.way() })
    }

    /// How it comes to be accepted, as far as that is known.
    pub(crate) fn way(&self) -> Option<String> {
        self.diagnosis.as_ref().map(Diagnosis::hint)
    }
}

/// What a probe came to.
#[derive(Clone, Debug)]
pub(crate) struct ProbeResult {
    /// The probe.
    pub probe: &'static AuditProbe,
    /// What it says of the endpoint.
    pub verdict: ProbeVerdict,
    /// The fault: the probe's own words, or nearer ones.
    pub title: String,
    /// How bad what it found is: the probe's own severity, or less.
    pub severity: Severity,
    /// What was seen, a line each.
    pub seen: Vec<String>,
    /// What is worth knowing and decides nothing.
    pub notes: Vec<String>,
    /// What was sent and what came, where that tells of a fault.
    pub evidence: Vec<Evidence>,
    /// The failed probe whose fault makes this one fail, too.
    pub follows: Option<&'static str>,
    /// Whether a baseline file has it.
    pub is_known: bool,
    /// How long it took.
    pub took: Duration,
}

/// What a probe says of the endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ProbeVerdict {
    /// It did as a correct endpoint does.
    Pass,
    /// It did not.
    Fail,
    /// Nothing was sent, or what came says nothing.
    NotTested(NotTested),
    /// What came can mean both.
    Inconclusive(String),
}

/// Why a probe was not tested.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct NotTested {
    /// Why.
    pub reason: String,
    /// How it can be.
    pub way: Option<String>,
}

/// One request of a probe, and what came of it.
#[derive(Clone, Debug)]
pub(crate) struct Evidence {
    /// What is special about it.
    pub name: String,
    /// Its method.
    pub method: &'static str,
    /// Its path and query.
    pub target: String,
    /// Its headers and its body.
    pub request: Request,
    /// What came.
    pub outcome: Outcome,
    /// How long that took.
    pub latency: Duration,
    /// The app's state before it, where it is known.
    pub state_before: Option<String>,
    /// The app's state after it.
    pub state_after: Option<String>,
}

/// What an event of a type came to.
#[derive(Clone, Debug)]
pub(crate) struct TypeAnswer {
    /// The type.
    pub name: String,
    /// The status; `None` for no answer.
    pub status: Option<u16>,
    /// Whether the app's state moved; `None` where that is not seen.
    pub acts: Option<bool>,
    /// Whether the app asked what the local API does not serve.
    pub is_unserved: bool,
}

impl ProbeVerdict {
    /// The word of reports.
    pub(crate) const fn word(&self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::NotTested(_) => "not_tested",
            Self::Inconclusive(_) => "inconclusive",
        }
    }
}

impl ProbeResult {
    /// One that says nothing yet.
    pub(super) fn new(probe: &'static AuditProbe, verdict: ProbeVerdict) -> Self {
        Self {
            probe,
            verdict,
            title: probe.title.clone(),
            severity: probe.severity,
            seen: Vec::new(),
            notes: Vec::new(),
            evidence: Vec::new(),
            follows: None,
            is_known: false,
            took: Duration::ZERO,
        }
    }

    /// One that was not tested.
    pub(super) fn not_tested(probe: &'static AuditProbe, reason: &str, way: Option<&str>) -> Self {
        let (reason, way) = (reason.to_owned(), way.map(ToOwned::to_owned));
        Self::new(probe, ProbeVerdict::NotTested(NotTested { reason, way }))
    }

    /// Adds what was seen, and what proves it.
    pub(super) fn tell(&mut self, seen: String, evidence: Evidence) {
        self.seen.push(seen);
        self.evidence.push(evidence);
    }

    /// The same with a fault.
    pub(super) fn failed(self, severity: Severity, seen: String, evidence: Vec<Evidence>) -> Self {
        Self { verdict: ProbeVerdict::Fail, severity, seen: vec![seen], evidence, ..self }
    }

    /// Whether it found a fault.
    pub(crate) fn has_failed(&self) -> bool {
        self.verdict == ProbeVerdict::Fail
    }

    /// Whether it waited long enough to be named.
    pub(crate) fn has_waited(&self) -> bool {
        self.probe.waits.is_some() && self.took >= NAMED_FROM
    }

    /// Whether it found a fault that is one: not only something worth knowing.
    pub(crate) fn is_fault(&self) -> bool {
        self.has_failed() && self.severity > Severity::Info
    }
}

/// What an audit can say of the endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AuditOutcome {
    /// Nothing as a whole: it was told to end before its end.
    Interrupted,
    /// Little: a plain event was not accepted.
    Rejected,
    /// What its probes came to.
    Told,
}

impl AuditResult {
    /// What it can say.
    pub(crate) fn outcome(&self) -> AuditOutcome {
        if self.was_interrupted {
            AuditOutcome::Interrupted
        } else if self.baseline.is_accepted() {
            AuditOutcome::Told
        } else {
            AuditOutcome::Rejected
        }
    }

    /// The worst fault that no baseline file has.
    pub(crate) fn worst(&self) -> Option<Severity> {
        let new = self.probes.iter().filter(|result| result.has_failed() && !result.is_known);
        new.map(|result| result.severity).max()
    }
}
