//! `/v1/events`: the events as they were sent, byte by byte, never in the shape of another version.

use serde::Serialize;
use serde_json::value::RawValue;

use super::answer::ApiAnswer;
use super::error::RequestError;
use super::filter::ListFilters;
use super::inquiry::{Inquiry, Result};
use super::sent::SentEvent;
use super::webhook_destination::WebhookDestination;
use super::webhooks::KIND;

/// A list of events.
#[derive(Serialize)]
struct EventList<'e> {
    object: &'static str,
    data: Vec<&'e RawValue>,
    has_more: bool,
    url: &'e str,
}

impl Inquiry<'_> {
    /// An event.
    pub(super) fn event(&self) -> Result<ApiAnswer> {
        let id = self.route.id.as_deref().unwrap_or_default();
        Ok(ApiAnswer::bytes(200, self.named_event(id)?.body.clone()))
    }

    /// The event that `stripe events resend` names, which goes to whoever receives the events of calls; or to the
    /// webhook endpoint alone that it names besides.
    pub(super) fn event_to_resend(&self) -> Result<(SentEvent, Option<WebhookDestination>)> {
        self.check_parameters(&["expand", "for_stripecli", "webhook_endpoint"], &[])?;
        let id = self.route.variables.first().map(|(_, id)| id.as_ref());
        let event = self.named_event(id.unwrap_or_default())?.clone();
        let Some(webhook) = self.parameters.get("webhook_endpoint") else {
            return Ok((event, None));
        };
        let found = self.store.webhook(&self.account, webhook);
        let found =
            found.ok_or_else(|| RequestError::missing_in(KIND, webhook, "webhook_endpoint"))?;
        Ok((event, Some(found)))
    }

    fn named_event(&self, id: &str) -> Result<&SentEvent> {
        let found = self.snapshots().find(|event| event.id() == id);
        found.ok_or_else(|| RequestError::missing("event", id))
    }

    /// A list of them, the newest first.
    pub(super) fn event_list(&self, by: &[String]) -> Result<ApiAnswer> {
        let filters = ListFilters::new("event", &self.parameters, by);
        let is_asked_for = |event: &&SentEvent| filters.pass((&event.head()).into());
        let mut events: Vec<&SentEvent> = self.snapshots().filter(is_asked_for).collect();
        events.sort_by_key(|event| std::cmp::Reverse(event.created));
        let page = self.page(events, "event", |event, id| event.id() == id)?;
        let data = page.data.iter().filter_map(|event| serde_json::from_slice(&event.body).ok());
        let data = data.collect();
        let url = &self.request.path;
        let list = EventList { object: "list", data, has_more: page.has_more, url };
        let body = serde_json::to_vec_pretty(&list).unwrap_or_default();
        Ok(ApiAnswer::bytes(200, body.into()))
    }

    fn snapshots(&self) -> impl Iterator<Item = &SentEvent> {
        self.store.events(&self.account).filter(|event| event.is_snapshot())
    }
}
