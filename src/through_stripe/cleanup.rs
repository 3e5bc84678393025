//! Deletes, cancels or archives what a run has created at Stripe.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::arrivals::Arrivals;
use crate::error::{Error, Result};
use crate::event::cleanup::CleanupRule;
use crate::runner::CleanupResult;
use crate::stripe_cli::{Reply, Stripe, login};

/// How long a cleanup may go on after the run was interrupted.
const GRACE: Duration = Duration::from_secs(3);

/// Applies every rule that fits: what came of it for each object, and why it could not go on. An
/// interrupt leaves it a moment.
pub(super) async fn run(
    stripe: &Stripe,
    objects: BTreeMap<String, Value>,
    cancel: &CancellationToken,
) -> (Vec<CleanupResult>, Option<Error>) {
    let mut cleaning = Cleaning { objects, results: Vec::new() };
    let until_end = async {
        cancel.cancelled().await;
        tokio::time::sleep(GRACE).await;
    };
    let error = tokio::select! {
        done = cleaning.apply_all(stripe) => done.err(),
        () = until_end => None,
    };
    (cleaning.results, error)
}

/// The objects that are there still, and what came of those that were tried.
struct Cleaning {
    objects: BTreeMap<String, Value>,
    results: Vec<CleanupResult>,
}

impl Cleaning {
    async fn apply_all(&mut self, stripe: &Stripe) -> Result<()> {
        for rule in CleanupRule::all()? {
            let fitting = self.objects.iter().filter(|(_, object)| rule.fits(object));
            for id in fitting.map(|(id, _)| id.clone()).collect::<Vec<_>>() {
                // An earlier way that Stripe refused does not matter any more.
                self.results.retain(|known| known.object_id != id);
                let error = Some("interrupted".to_owned());
                self.results.push(CleanupResult { object_id: id.clone(), error });
                let error = apply(stripe, rule, &id).await?;
                if error.is_none() {
                    self.objects.remove(&id);
                }
                if let Some(last) = self.results.last_mut() {
                    last.error = error;
                }
            }
        }
        Ok(())
    }
}

/// The last state of each object of the run.
pub(super) fn last_states(arrivals: &Arrivals) -> BTreeMap<String, Value> {
    let ours = arrivals.all().filter(|arrival| arrival.step.is_some());
    let objects = ours.filter_map(|arrival| {
        let body: Value = serde_json::from_slice(&arrival.record.body).ok()?;
        let is_deleted = arrival.traces.event.ends_with(".deleted");
        let object = if is_deleted { Value::Null } else { body["data"]["object"].clone() };
        Some((arrival.traces.object_id.clone()?, object))
    });
    objects.collect()
}

/// Why Stripe refuses it; `None` where it is done.
async fn apply(stripe: &Stripe, rule: &CleanupRule, id: &str) -> Result<Option<String>> {
    let path = rule.path(id);
    let pairs: Vec<String> =
        rule.set.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let mut arguments = match rule.method.as_str() {
        "DELETE" => vec!["delete", &path, "--confirm"],
        _ => vec!["post", &path],
    };
    for pair in &pairs {
        arguments.extend(["-d", pair]);
    }
    Ok(match stripe.ask(&arguments, login::TIME_LIMIT).await? {
        Reply::Object(_) => None,
        Reply::Error(refusal) => Some(refusal.message),
    })
}
