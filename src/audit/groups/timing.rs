//! SIG-12: how long a rejection takes, by how much of the signature is right.

use std::time::Duration;

use super::super::finding::{ProbeResult, ProbeVerdict};
use super::super::probe::AuditProbe;
use super::super::trial::{Expected, Trial};
use super::super::under_way::Audit;
use crate::error::Result;
use crate::protocol::signature;
use crate::text::duration;

/// How many requests there are of each kind.
const SAMPLES: usize = 200;
/// How many digits of the better kind are right.
const RIGHT: usize = 32;
/// From how many standard deviations on a difference is one: by chance, that is one audit in a million.
const DEVIATIONS: f64 = 5.0;

pub(super) async fn run(probe: &'static AuditProbe, audit: &Audit) -> Result<ProbeResult> {
    let prober = &audit.prober;
    let event = prober.event("SIG-12")?;
    let header = signature::header(prober.secret(), prober.now(), &event.body);
    let (t, right) = header.split_once(",v1=").unwrap_or_default();
    let request = |right_digits: usize| {
        let wrong = right[right_digits..].chars().map(|digit| if digit == '0' { '1' } else { '0' });
        let digits: String = right[..right_digits].chars().chain(wrong).collect();
        prober.with_header(event.body.clone(), &format!("{t},v1={digits}"))
    };
    let requests = [request(0), request(RIGHT)];
    let mut latencies = [Vec::new(), Vec::new()];
    // In turn, so that whatever else this machine does falls on both.
    for _ in 0..SAMPLES {
        for (request, latencies) in requests.iter().zip(&mut latencies) {
            let attempt = prober.post(request).await;
            if attempt.outcome.is_accepted() || attempt.outcome.response().is_none() {
                let reason = "not every wrong signature is rejected";
                return Ok(ProbeResult::not_tested(probe, reason, Some("see SIG-03")));
            }
            latencies.push(attempt.latency);
        }
    }
    let [none, half] = &mut latencies;
    let deviations = deviations(none, half);
    let seen = format!(
        "half of {SAMPLES} rejections took less than {} with no right digit, and less than {} with {RIGHT}; \
         Mann-Whitney: {deviations:+.1} standard deviations",
        duration::short(median(none)),
        duration::short(median(half)),
    );
    let pass = ProbeResult::new(probe, ProbeVerdict::Pass);
    if deviations < DEVIATIONS {
        return Ok(ProbeResult { notes: vec![seen], ..pass });
    }
    let [_, last] = requests;
    let trial = Trial::new("a signature whose first 32 digits are right", last, Expected::NoCrash);
    let attempt = trial.send(prober).await;
    Ok(pass.failed(probe.severity, seen, vec![trial.evidence(attempt, prober)]))
}

fn median(latencies: &mut [Duration]) -> Duration {
    latencies.sort();
    latencies.get(latencies.len() / 2).copied().unwrap_or_default()
}

/// By how many standard deviations the second sample is larger, as Mann and Whitney count it.
#[expect(clippy::cast_precision_loss, reason = "a few hundred samples")]
fn deviations(first: &[Duration], second: &[Duration]) -> f64 {
    let wins: f64 = second
        .iter()
        .flat_map(|one| first.iter().map(move |other| one.cmp(other)))
        .map(|order| match order {
            std::cmp::Ordering::Greater => 1.0,
            std::cmp::Ordering::Equal => 0.5,
            std::cmp::Ordering::Less => 0.0,
        })
        .sum();
    let (n, m) = (first.len() as f64, second.len() as f64);
    (wins - n * m / 2.0) / (n * m * (n + m + 1.0) / 12.0).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_that_are_alike_do_not_deviate() {
        let sample = |from: u64| -> Vec<Duration> {
            (0..200).map(|at| Duration::from_micros(from + at * 7 % 200)).collect()
        };
        assert!(deviations(&sample(0), &sample(0)).abs() < 0.1);
        assert!(deviations(&sample(0), &sample(2)).abs() < DEVIATIONS);
        assert!(deviations(&sample(0), &sample(150)) > DEVIATIONS);
        assert!(deviations(&sample(150), &sample(0)) < -DEVIATIONS);
    }
}
