//! An audit as one HTML file: a matrix of the probes, and the details of each. There is no script in it.

use askama::Template;

use super::audit;
use super::html::STYLE;
use crate::audit::{
    AuditOutcome, AuditResult, Evidence, GROUPS, ProbeResult, ProbeVerdict, Severity,
};
use crate::delivery::{Outcome, diagnosis};
use crate::error::{Error, Result};
use crate::text::{duration, escape, width};

/// How much of a body is shown, in characters.
const BODY: usize = 4_000;

#[derive(Template)]
#[template(path = "audit.html")]
struct AuditPage {
    style: &'static str,
    title: String,
    verdict: &'static str,
    verdict_class: &'static str,
    sum: String,
    facts: Vec<(&'static str, String)>,
    legend: [(&'static str, &'static str); 4],
    groups: Vec<GroupView>,
    tool: &'static str,
}

struct GroupView {
    id: &'static str,
    name: &'static str,
    probes: Vec<ProbeView>,
}

struct ProbeView {
    id: String,
    number: String,
    class: &'static str,
    word: &'static str,
    title: String,
    severity: &'static str,
    is_open: bool,
    rows: Vec<(String, String)>,
    /// What is special about a request, the request, and the answer.
    evidence: Vec<(String, String, String)>,
}

/// The whole file.
///
/// # Errors
/// The template has an error (a bug).
pub(super) fn run(result: &AuditResult) -> Result<String> {
    let is_new = result.worst().is_some_and(|worst| worst > Severity::Info);
    let (verdict, verdict_class) = match result.outcome() {
        AuditOutcome::Interrupted => ("INTERRUPTED", "fail"),
        _ if is_new => ("FAIL", "fail"),
        AuditOutcome::Rejected => ("NOT TESTED", "fail"),
        AuditOutcome::Told => ("PASS", "pass"),
    };
    let page = AuditPage {
        style: STYLE,
        title: result.endpoint.to_string(),
        verdict,
        verdict_class,
        sum: audit::sum(result, audit::Persona::Pedantic),
        facts: vec![
            ("started", result.started_at.rfc3339()),
            ("event", escape::line(&result.baseline.event)),
            ("seed", result.seed.0.to_string()),
        ],
        legend: [
            ("pass", "pass"),
            ("fail", "fail"),
            ("missing", "noted"),
            ("skipped", "not tested"),
        ],
        groups: groups(result),
        tool: concat!("devtool ", env!("CARGO_PKG_VERSION")),
    };
    page.render().map_err(|error| Error::bug(format!("the HTML report: {error}")))
}

fn groups(result: &AuditResult) -> Vec<GroupView> {
    let group = |(id, name, _): (&'static str, &'static str, &str)| {
        let own = result.probes.iter().filter(|one| one.probe.group() == id);
        GroupView { id, name, probes: own.map(|one| probe(one, result)).collect() }
    };
    GROUPS.into_iter().map(group).filter(|group| !group.probes.is_empty()).collect()
}

fn probe(one: &ProbeResult, result: &AuditResult) -> ProbeView {
    let (class, word) = match &one.verdict {
        ProbeVerdict::Pass => ("pass", "pass"),
        ProbeVerdict::Fail if one.is_fault() => ("fail", "fail"),
        ProbeVerdict::Fail => ("missing", "noted"),
        ProbeVerdict::NotTested(_) => ("skipped", "not tested"),
        ProbeVerdict::Inconclusive(_) => ("skipped", "inconclusive"),
    };
    let (_, number) = one.probe.id.split_once('-').unwrap_or_default();
    ProbeView {
        id: one.probe.id.clone(),
        number: number.to_owned(),
        class,
        word,
        title: escape::line(&one.title),
        severity: one.severity.word(),
        is_open: one.is_fault(),
        rows: rows(one, result),
        evidence: one.evidence.iter().map(evidence).collect(),
    }
}

fn rows(one: &ProbeResult, result: &AuditResult) -> Vec<(String, String)> {
    let row = |name: &str, text: &str| (name.to_owned(), escape::line(text));
    let mut rows = vec![row("sends", &one.probe.sends), row("correct", &one.probe.correct)];
    rows.extend(one.seen.iter().map(|seen| row("seen", seen)));
    rows.extend(one.notes.iter().map(|note| row("note", note)));
    rows.extend(one.has_waited().then(|| row("took", &duration::short(one.took))));
    match &one.verdict {
        ProbeVerdict::NotTested(why) => {
            rows.push(row("not tested", &why.reason));
            rows.extend(why.way.iter().map(|way| row("to test it", way)));
        }
        ProbeVerdict::Inconclusive(why) => rows.push(row("inconclusive", why)),
        ProbeVerdict::Fail => {
            rows.extend(one.is_known.then(|| row("known", "the baseline file has it")));
            let remarks = audit::remarks(one, result).into_iter();
            rows.extend(remarks.map(|(name, text)| (name, escape::line(&text))));
        }
        ProbeVerdict::Pass => {}
    }
    rows
}

fn evidence(evidence: &Evidence) -> (String, String, String) {
    let headers = |headers: &[(String, String)]| {
        headers
            .iter()
            .map(|(name, value)| format!("{name}: {value}"))
            .collect::<Vec<_>>()
            .join("\n")
    };
    let request = &evidence.request;
    let body = String::from_utf8_lossy(&request.body[..request.body.len().min(BODY)]);
    let sent = format!(
        "{} {}\n{}\n\n{}",
        evidence.method,
        evidence.target,
        headers(&request.headers),
        width::fit(&body, BODY)
    );
    let came = match &evidence.outcome {
        Outcome::Response(response) => format!(
            "{}\n{}\n\n{}",
            response.status,
            headers(&response.headers),
            width::fit(&diagnosis::text_of(response), BODY)
        ),
        Outcome::None { error, .. } => error.clone(),
    };
    let states = [("before", &evidence.state_before), ("after", &evidence.state_after)];
    let states = states
        .into_iter()
        .filter_map(|(when, state)| Some(format!("\nstate {when}:\n{}\n", state.as_ref()?)));
    let came = came + &states.collect::<String>();
    (escape::line(&evidence.name), escape::block(&sent), escape::block(&came))
}
