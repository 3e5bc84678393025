//! MET: the method, the path, and what stands in front of the handler.

use super::super::baseline;
use super::super::finding::{Baseline, ProbeResult, ProbeVerdict};
use super::super::probe::{AuditProbe, Severity};
use super::super::prober::Prober;
use super::super::trial::{Expected, Trial};
use super::super::under_way::Audit;
use super::sending::{sent, unknown};
use crate::delivery::Request;
use crate::error::Result;

pub(super) async fn run(probe: &'static AuditProbe, audit: &Audit) -> Result<ProbeResult> {
    let baseline = &audit.baseline;
    match probe.id.as_str() {
        "MET-01" => sent(probe, methods(&audit.prober), audit).await,
        "MET-02" => Ok(of_baseline(probe, is_slash(baseline), audit)),
        "MET-03" => of_another_site(probe, audit).await,
        "MET-04" => {
            let redirects = baseline.cause().starts_with("redirect.") && !is_slash(baseline);
            Ok(of_baseline(probe, redirects, audit))
        }
        id => Err(unknown(id)),
    }
}

fn methods(prober: &Prober) -> Vec<Trial> {
    let names = [
        ("GET", "a GET"),
        ("HEAD", "a HEAD"),
        ("PUT", "a PUT"),
        ("DELETE", "a DELETE"),
        ("OPTIONS", "an OPTIONS"),
    ];
    let trial = |(method, name)| {
        let request = Request { body: Vec::new(), headers: prober.unsigned("").headers };
        // Frameworks answer it by themselves.
        let is_options = method == "OPTIONS";
        let expected = if is_options { Expected::NoCrash } else { Expected::NoSuchMethod };
        Trial { method, ..Trial::new(name, request, expected) }
    };
    names.into_iter().map(trial).collect()
}

fn is_slash(baseline: &Baseline) -> bool {
    baseline.cause() == "redirect.trailing_slash"
}

/// What the plain event says already.
fn of_baseline(probe: &'static AuditProbe, is_fault: bool, audit: &Audit) -> ProbeResult {
    let pass = ProbeResult::new(probe, ProbeVerdict::Pass);
    let response = audit.baseline.attempt.outcome.response();
    let Some(response) = response.filter(|_| is_fault) else { return pass };
    let location = response.header("location").map(|to| format!(" and redirects to {to}"));
    let seen =
        format!("answered {} to a plain event{}", response.status, location.unwrap_or_default());
    pass.failed(probe.severity, seen, vec![baseline::evidence(&audit.baseline, &audit.prober)])
}

async fn of_another_site(probe: &'static AuditProbe, audit: &Audit) -> Result<ProbeResult> {
    let prober = &audit.prober;
    if audit.baseline.cause().starts_with("csrf.") {
        return Ok(of_baseline(probe, true, audit));
    }
    if !prober.is_accepting {
        return Ok(ProbeResult::new(probe, prober.rejecting()));
    }
    let mut request = prober.signed(&prober.event("MET-03")?);
    let site = [("Origin", "https://example.com"), ("Sec-Fetch-Site", "cross-site")];
    request.headers.extend(site.map(|(name, value)| (name.to_owned(), value.to_owned())));
    let trial = Trial::new("an event with a foreign Origin", request, Expected::Accepted);
    // Stripe sends none.
    sent(probe, vec![trial.only(Severity::Info)], audit).await
}
