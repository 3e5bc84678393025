//! Deletes, cancels or archives what a run has created at Stripe.

use std::collections::BTreeMap;

use serde_json::Value;

use super::arrivals::Arrivals;
use crate::error::Result;
use crate::event::cleanup::Undoing;
use crate::runner::result::Cleaned;
use crate::stripe_cli::{Reply, Stripe, login};

/// Undoes what can be undone; says of each object what came of it.
pub(super) async fn run(stripe: &Stripe, arrivals: &Arrivals) -> Result<Vec<Cleaned>> {
    let mut objects = last_states(arrivals);
    let mut cleaned = Vec::new();
    for undoing in Undoing::all()? {
        let fitting: Vec<String> = objects
            .iter()
            .filter(|(_, object)| undoing.fits(object))
            .map(|(id, _)| id.clone())
            .collect();
        for id in fitting {
            let fault = undo(stripe, undoing, &id).await?;
            if fault.is_none() {
                objects.remove(&id);
            }
            // An earlier way that Stripe refused does not matter any more.
            cleaned.retain(|known: &Cleaned| known.object_id != id);
            cleaned.push(Cleaned { object_id: id, fault });
        }
    }
    Ok(cleaned)
}

/// What events last told of each object of the run.
fn last_states(arrivals: &Arrivals) -> BTreeMap<String, Value> {
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
async fn undo(stripe: &Stripe, undoing: &Undoing, id: &str) -> Result<Option<String>> {
    let path = undoing.path(id);
    let pairs: Vec<String> =
        undoing.set.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let mut arguments = match undoing.method.as_str() {
        "DELETE" => vec!["delete", &path, "--confirm"],
        _ => vec!["post", &path],
    };
    for pair in &pairs {
        arguments.extend(["-d", pair]);
    }
    Ok(match stripe.ask(&arguments, login::PATIENCE).await? {
        Reply::Object(_) => None,
        Reply::Fault(fault) => Some(fault.message),
    })
}
