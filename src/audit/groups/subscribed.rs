//! CFG-02: the types that the endpoint is subscribed to, and those that it handles.

use super::super::finding::{ProbeResult, ProbeVerdict, TypeAnswer};
use super::super::probe::{AuditProbe, Severity};
use super::super::under_way::Audit;
use super::typ::{coverage, named};
use crate::error::Result;

pub(super) async fn run(probe: &'static AuditProbe, audit: &Audit) -> Result<ProbeResult> {
    let Some(subscribed) = &audit.subscriptions else {
        let way = "give `--enabled-events FILE`; `stripe webhook_endpoints list` prints one";
        let reason = "what the endpoint is subscribed to is not known";
        return Ok(ProbeResult::not_tested(probe, reason, Some(way)));
    };
    if audit.baseline.is_thin() {
        let reason = "this endpoint takes thin events";
        return Ok(ProbeResult::not_tested(probe, reason, None));
    }
    let types = coverage(audit).await?;
    let of = |is_meant: &dyn Fn(&TypeAnswer) -> bool| -> Vec<&str> {
        let meant = types.iter().filter(|answer| is_meant(answer));
        meant.map(|answer| answer.name.as_str()).collect()
    };
    let is_refused = |answer: &TypeAnswer| answer.status.is_some_and(|status| status >= 400);
    let is_due = |answer: &TypeAnswer| subscribed.contains(&answer.name);
    let refused = of(&|answer| is_due(answer) && is_refused(answer));
    let unsent = of(&|answer| !is_due(answer) && answer.acts == Some(true));
    let idle = of(&|answer| is_due(answer) && !is_refused(answer) && answer.acts == Some(false));
    let mut result = ProbeResult::new(probe, ProbeVerdict::Pass);
    if !idle.is_empty() {
        "the endpoint gets events that it does not handle".clone_into(&mut result.title);
        result.seen.push(format!("subscribed and not handled: {}", named(&idle)));
        result.severity = Severity::Info;
    }
    if !refused.is_empty() {
        "the endpoint does not accept events that it gets".clone_into(&mut result.title);
        result.seen.push(format!("subscribed and not accepted: {}", named(&refused)));
        result.severity = probe.severity;
    }
    if !unsent.is_empty() {
        result.title.clone_from(&probe.title);
        result.seen.push(format!("handled and not subscribed: {}", named(&unsent)));
        result.severity = probe.severity;
    }
    let is_seen = types.iter().any(|answer| answer.acts.is_some());
    if !result.seen.is_empty() {
        result.verdict = ProbeVerdict::Fail;
    } else if !is_seen {
        let way = "give `--app-state`; this needs a handler that acts before it answers";
        return Ok(ProbeResult::not_tested(probe, "which types it handles is not seen", Some(way)));
    }
    Ok(result)
}
