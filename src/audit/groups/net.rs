//! NET: the connection that Stripe makes.

use std::time::Duration;

use super::super::finding::{ProbeResult, ProbeVerdict};
use super::super::probe::{AuditProbe, Severity};
use super::super::trial::{Expected, Trial};
use super::super::under_way::Audit;
use crate::delivery::{Certificates, Client, Outcome, Reuse};
use crate::error::Result;
use crate::text::duration;

/// How long a certificate is to be valid at least.
const VALID_FOR: Duration = Duration::from_secs(14 * 24 * 60 * 60);

/// NET-01. What this client speaks is TLS 1.2 and 1.3 alone, so that an older one shows as no answer.
pub(super) async fn run(probe: &'static AuditProbe, audit: &Audit) -> Result<ProbeResult> {
    let (prober, job) = (&audit.prober, &audit.prober.job);
    if !job.endpoint.is_https() {
        let way = "audit the address that Stripe sends to: `--url https://…`";
        return Ok(ProbeResult::not_tested(probe, "the endpoint is not https", Some(way)));
    }
    let pass = ProbeResult::new(probe, ProbeVerdict::Pass);
    if job.certificates == Certificates::Ignored {
        let addresses = job.endpoint.resolve(job.hosts).await?;
        let how = (Reuse::Never, Certificates::Checked);
        let client = Client::new(&job.endpoint, &addresses, job.timeout, how)?;
        let request = prober.unsigned("{}");
        let attempt = client.send(&request).await;
        if let Outcome::None { error, .. } = &attempt.outcome {
            let seen = format!("as Stripe connects, there is no answer: {error}");
            let trial =
                Trial::new("a request by a connection that is checked", request, Expected::NoCrash);
            return Ok(pass.failed(probe.severity, seen, vec![trial.evidence(attempt, prober)]));
        }
    }
    let exchange = prober.client().open().await;
    let Some(ends) = exchange.and_then(|exchange| exchange.certificate_expires()) else {
        let why = "when the certificate expires cannot be read".to_owned();
        return Ok(ProbeResult { verdict: ProbeVerdict::Inconclusive(why), ..pass });
    };
    let left = ends.since(prober.now());
    let seen = format!("the certificate expires {} (in {})", ends.date(), duration::short(left));
    if left < VALID_FOR {
        return Ok(pass.failed(Severity::Medium, seen, Vec::new()));
    }
    Ok(ProbeResult { notes: vec![seen], ..pass })
}
