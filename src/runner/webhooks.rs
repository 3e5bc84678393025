//! Webhook endpoints that the app has made by the local API: where they are, and whether events may go there.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

use super::job::Job;
use super::target::Target;
use crate::api::WebhookDestination;

/// How many are kept.
const MOST_KEPT: usize = 64;

/// Those that events went to, each with its client. Clones share them.
#[derive(Clone)]
pub(super) struct WebhookTargets {
    /// What else counts for their deliveries.
    job: Arc<Job>,
    known: Arc<Mutex<HashMap<String, Arc<Target>>>>,
}

impl WebhookTargets {
    /// None yet; they are talked to as a job says.
    pub(super) fn new(job: &Job) -> Self {
        // What the user adds to requests is for the app's own endpoint.
        let job = Job { headers: Vec::new(), ..job.clone() };
        Self { job: Arc::new(job), known: Arc::default() }
    }

    /// The target of a webhook endpoint.
    ///
    /// # Errors
    /// It is on another machine, and that is not allowed.
    pub(super) async fn find(
        &self,
        webhook: &WebhookDestination,
        cancel: &CancellationToken,
    ) -> Result<Arc<Target>, String> {
        let endpoint = webhook.endpoint(self.job.hosts)?;
        let mut known = self.known.lock().await;
        let key = format!("{} {}", webhook.id, webhook.url);
        if let Some(target) = known.get(&key) {
            return Ok(Arc::clone(target));
        }
        let target = Target::at((&endpoint, &webhook.secret), &self.job, cancel).await;
        let target = Arc::new(target.map_err(|error| error.with_cause())?);
        if known.len() == MOST_KEPT {
            known.clear();
        }
        known.insert(key, Arc::clone(&target));
        Ok(target)
    }
}
