//! One request of a probe, and what its answer says.

use super::finding::{Evidence, ProbeResult, ProbeVerdict};
use super::forms;
use super::probe::{AuditProbe, Severity};
use super::prober::Prober;
use crate::delivery::{Attempt, Outcome, Request};

/// One request of a probe.
#[derive(Clone, Debug)]
pub(super) struct Trial {
    /// What is special about it: `a header without t`.
    pub name: &'static str,
    /// Its method.
    pub method: &'static str,
    /// Its path and query, where those are not the endpoint's.
    pub path: Option<String>,
    /// Its headers and its body.
    pub request: Request,
    /// What a correct endpoint does.
    pub expected: Expected,
    /// How bad it is that it does not, where that is not as bad as the probe says.
    pub severity: Option<Severity>,
    /// What of the table of libraries it is.
    pub form: Option<&'static str>,
}

/// What a correct endpoint does with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expected {
    /// Answers 4xx. To fail is not to accept: only as bad as said here, or worth a note.
    Rejected(Option<Severity>),
    /// Answers 2xx.
    Accepted,
    /// Answers anything but 5xx.
    NoCrash,
    /// Answers as if there were nothing for this method.
    NoSuchMethod,
}

/// What an answer says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Opinion {
    /// It is as expected.
    Fine,
    /// It is not.
    Wrong(Severity, String),
    /// It fails on what it should refuse.
    Crash(Severity, String),
    /// The same, which is no fault of its own here.
    Noted(String),
    /// It says nothing, because a plain event is answered in the same way.
    Nothing,
    /// It can mean both.
    Unclear(String),
}

/// A trial, what came of it, and what that says.
pub(super) struct Judged {
    pub(super) opinion: Opinion,
    pub(super) evidence: Evidence,
    pub(super) note: Option<String>,
}

impl Trial {
    /// A POST to the endpoint.
    pub(super) fn new(name: &'static str, request: Request, expected: Expected) -> Self {
        Self { name, method: "POST", path: None, request, expected, severity: None, form: None }
    }

    /// The same, less bad.
    pub(super) fn only(self, severity: Severity) -> Self {
        Self { severity: Some(severity), ..self }
    }

    /// The same with other expectations.
    pub(super) fn expecting(self, expected: Expected) -> Self {
        Self { expected, ..self }
    }

    /// The same as a form of the table of libraries.
    pub(super) fn in_form(self, form: &'static str) -> Self {
        Self { form: Some(form), ..self }
    }

    /// Sends it.
    pub(super) async fn send(&self, prober: &Prober) -> Attempt {
        prober.send(self.method, self.path.as_deref(), &self.request).await
    }

    /// Sends it and judges the answer.
    pub(super) async fn judged(self, probe: &AuditProbe, prober: &Prober) -> Judged {
        let attempt = self.send(prober).await;
        let severity = self.severity.unwrap_or(probe.severity);
        let opinion = self.opinion(&attempt.outcome, severity, prober.is_accepting);
        let status = attempt.outcome.response().map(|response| response.status);
        let note = self.form.zip(status).and_then(|(form, status)| forms::note(form, status));
        Judged { opinion, evidence: self.evidence(attempt, prober), note }
    }

    pub(super) fn evidence(self, attempt: Attempt, prober: &Prober) -> Evidence {
        Evidence {
            name: self.name.to_owned(),
            method: self.method,
            target: self.path.unwrap_or_else(|| prober.target().to_owned()),
            request: self.request,
            outcome: attempt.outcome,
            latency: attempt.latency,
            state_before: None,
            state_after: None,
        }
    }

    fn opinion(&self, outcome: &Outcome, severity: Severity, is_accepting: bool) -> Opinion {
        let name = self.name;
        let status = match outcome {
            Outcome::Response(response) => response.status,
            Outcome::None { error, .. } => {
                return Opinion::Unclear(format!("no answer to {name}: {error}"));
            }
        };
        let answered = || format!("answered {status} to {name}");
        match (self.expected, status) {
            (_, 429) => Opinion::Unclear(format!("{}: it limits the rate", answered())),
            (Expected::Rejected(_) | Expected::NoSuchMethod, 200..=299)
            | (Expected::Accepted, 300..=599) => Opinion::Wrong(severity, answered()),
            (Expected::Rejected(_), _) if !is_accepting => Opinion::Nothing,
            (Expected::Rejected(Some(crash)), 500..=599) => {
                Opinion::Crash(severity.min(crash), answered())
            }
            (Expected::Rejected(None), 500..=599) => Opinion::Noted(answered()),
            // There is nothing for it.
            (Expected::NoCrash | Expected::NoSuchMethod, 501) => Opinion::Fine,
            (Expected::NoCrash | Expected::NoSuchMethod, 500..=599) => {
                Opinion::Crash(severity, answered())
            }
            _ => Opinion::Fine,
        }
    }
}

/// What a probe comes to by its trials: a fault where one is wrong, as bad as the worst of them.
pub(super) fn result(
    probe: &'static AuditProbe,
    judged: Vec<Judged>,
    prober: &Prober,
) -> ProbeResult {
    let mut result = ProbeResult::new(probe, ProbeVerdict::Pass);
    let (mut wrong, mut crash) = (None, None);
    let (mut unclear, mut says_nothing) = (None, false);
    for Judged { opinion, evidence, note } in judged {
        let is_new = note.as_ref().is_some_and(|note| !result.notes.contains(note));
        result.notes.extend(note.filter(|_| is_new));
        match opinion {
            Opinion::Fine => {}
            Opinion::Nothing => says_nothing = true,
            Opinion::Unclear(why) => {
                unclear.get_or_insert(why);
            }
            Opinion::Noted(note) => result.notes.push(note),
            Opinion::Crash(severity, seen) => {
                crash = crash.max(Some(severity));
                if result.seen.is_empty() {
                    result.title = format!("the handler fails on {}", evidence.name);
                }
                result.tell(seen, evidence);
            }
            Opinion::Wrong(severity, seen) => {
                wrong = wrong.max(Some(severity));
                result.tell(seen, evidence);
            }
        }
    }
    if wrong.is_some() {
        result.title.clone_from(&probe.title);
    }
    if let Some(severity) = wrong.max(crash) {
        (result.verdict, result.severity) = (ProbeVerdict::Fail, severity);
    } else if let Some(why) = unclear {
        result.verdict = ProbeVerdict::Inconclusive(why);
    } else if says_nothing {
        result.verdict = prober.rejecting();
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delivery::Response;

    fn opinion(expected: Expected, status: u16, is_accepting: bool) -> Opinion {
        let request = Request { headers: Vec::new(), body: Vec::new() };
        let trial = Trial::new("it", request, expected);
        let response = Response {
            status,
            headers: Vec::new(),
            body: Vec::new(),
            is_truncated: false,
            broke_off: None,
        };
        trial.opinion(&Outcome::Response(response), Severity::High, is_accepting)
    }

    #[test]
    fn an_answer_says_what_it_can() {
        let wrong =
            |severity, status: u16| Opinion::Wrong(severity, format!("answered {status} to it"));
        let rejected = Expected::Rejected(Some(Severity::Low));
        assert_eq!(opinion(rejected, 400, true), Opinion::Fine);
        assert_eq!(opinion(rejected, 200, true), wrong(Severity::High, 200));
        let crash = Opinion::Crash(Severity::Low, "answered 500 to it".to_owned());
        assert_eq!(opinion(rejected, 500, true), crash);
        let noted = Opinion::Noted("answered 500 to it".to_owned());
        assert_eq!(opinion(Expected::Rejected(None), 500, true), noted);
        assert_eq!(opinion(Expected::Accepted, 404, true), wrong(Severity::High, 404));
        assert_eq!(opinion(Expected::Accepted, 204, true), Opinion::Fine);
        assert_eq!(opinion(Expected::NoCrash, 400, true), Opinion::Fine);
        assert_eq!(opinion(Expected::NoSuchMethod, 405, true), Opinion::Fine);
        assert!(matches!(opinion(rejected, 429, true), Opinion::Unclear(_)));
    }

    #[test]
    fn a_rejection_says_nothing_of_an_endpoint_that_rejects_everything() {
        let rejected = Expected::Rejected(Some(Severity::Low));
        assert_eq!(opinion(rejected, 400, false), Opinion::Nothing);
        assert_eq!(opinion(rejected, 500, false), Opinion::Nothing);
        let seen = "answered 200 to it".to_owned();
        assert_eq!(opinion(rejected, 200, false), Opinion::Wrong(Severity::High, seen));
    }
}
