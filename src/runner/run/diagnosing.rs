//! Says the likely cause of what a step came to.

use super::{Runner, StoryRun};
use crate::api::WebhookDestination;
use crate::config::{FoundSecret, SecretSource};
use crate::delivery::probe::{self, Findings};
use crate::delivery::{Circumstances, Diagnosis, Endpoint, NoAnswer, Outcome, Signer, diagnosis};
use crate::runner::result::StepResult;
use crate::runner::{Transport, reach};

impl<T: Transport> Runner<'_, T> {
    pub(super) async fn diagnose(
        &mut self,
        step: &StepResult,
        story: &StoryRun<'_>,
    ) -> Option<Diagnosis> {
        let (job, outcome) = (&story.plan.job, step.outcome()?);
        let webhook = step.webhook.as_ref();
        let elsewhere = webhook.and_then(|webhook| Endpoint::read(&webhook.url).ok());
        let endpoint = elsewhere.as_ref().unwrap_or_else(|| job.endpoint_of(&step.event));
        let of_webhook = webhook.map(secret_of);
        let secret = of_webhook.as_ref().unwrap_or_else(|| job.secret_of(&step.event));
        let findings = match outcome {
            Outcome::Response(_) => Findings::default(),
            Outcome::None { why, .. } => self.probe(endpoint, *why).await,
        };
        let is_first =
            |other: &&StepResult| other.event_id == step.event_id && other.index != step.index;
        let was_accepted = |other: &StepResult| other.outcome().is_some_and(Outcome::is_accepted);
        let is_second = step.is_copy && story.steps.iter().filter(is_first).any(was_accepted);
        let sending = story.plan.sendings.get(step.index - 1);
        let circumstances = Circumstances {
            findings: Some(&findings),
            signer: Signer::Secret(secret),
            is_stripes: sending.is_some_and(|sending| story.plan.is_stripes(*sending)),
            sent_at: step.sent.last().map(|sent| sent.at),
            is_second,
            has_api: job.api.is_asked(),
        };
        let found = diagnosis::diagnose(endpoint, outcome, circumstances)?;
        let origin = reach::origin(story.plan, endpoint);
        Some(found.for_command(&job.command, &step.event, (endpoint, origin)))
    }

    async fn probe(&mut self, endpoint: &Endpoint, why: NoAnswer) -> Findings {
        let key = (endpoint.as_str().to_owned(), why);
        if let Some(known) = self.findings.get(&key) {
            return known.clone();
        }
        let found = probe::findings(endpoint, why).await;
        self.findings.insert(key, found.clone());
        found
    }
}

fn secret_of(webhook: &WebhookDestination) -> FoundSecret {
    let WebhookDestination { id, secret, .. } = webhook.clone();
    FoundSecret { secret, source: SecretSource::WebhookEndpoint(id) }
}
