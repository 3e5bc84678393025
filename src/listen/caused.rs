//! Delivers the events that the app's calls of the local API cause.

use std::collections::HashSet;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::job::ListenJob;
use super::reporter::Reporter;
use super::supervise::Readiness;
use super::update::ListenUpdate;
use crate::api::MOST_CHAIN;
use crate::relay::{EventSource, Handle};

/// How long an event waits, so that the answer to its call is out before it.
const AFTER_ANSWER: Duration = Duration::from_millis(10);

/// Delivers them as they come, in their order; returns only where there is no local API. (It is dropped with the
/// listen.)
pub(super) async fn run(
    job: &ListenJob,
    (relay, reporter): (&Handle, &Reporter),
    mut ready: watch::Receiver<Option<Readiness>>,
) {
    let Some(link) = &job.relay.api else { return std::future::pending().await };
    let mut under_way = JoinSet::new();
    let mut is_said = false;
    let mut refused = HashSet::new();
    loop {
        link.event_caused().await;
        // Before it is ready, it has no secret.
        let Ok(secret) = ready.wait_for(Option::is_some).await.map(|ready| ready.clone()) else {
            return;
        };
        let Some(secret) = secret.map(|ready| ready.secret) else { continue };
        sleep(AFTER_ANSWER).await;
        for event in link.caused().await {
            if event.chain > MOST_CHAIN {
                link.give_up(&event.id).await;
                if !is_said {
                    reporter.emit(ListenUpdate::EndlessCalls(event.name.clone()));
                }
                is_said = true;
                continue;
            }
            if let Some(webhook) = &event.webhook
                && let Err(why) = relay.find_webhook(webhook).await
            {
                link.give_up(&event.id).await;
                if refused.insert(webhook.id.clone()) {
                    reporter.emit(ListenUpdate::NotDelivered(why));
                }
                continue;
            }
            let (relay, secret) = (relay.clone(), secret.clone());
            under_way.spawn(async move {
                let source = EventSource::Snapshot;
                match &event.webhook {
                    None => relay.deliver_caused(source, event.body.as_bytes(), secret).await,
                    Some(webhook) => relay.deliver_to_webhook(event.body.as_bytes(), webhook).await,
                };
            });
            // One after the other, as they happened; the relay has its own queue.
            tokio::task::yield_now().await;
        }
        while under_way.try_join_next().is_some() {}
    }
}
