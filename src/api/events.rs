//! `/v1/events`: the events as they were sent, byte by byte, never in the shape of another version.

use serde::Serialize;
use serde_json::value::RawValue;

use super::answer::ApiAnswer;
use super::error::RequestError;
use super::filter;
use super::inquiry::{Inquiry, Result};
use super::sent::SentEvent;

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
        let found = self.snapshots().find(|event| event.id() == id);
        let event = found.ok_or_else(|| RequestError::missing("event", id))?;
        Ok(ApiAnswer::bytes(200, event.body.clone()))
    }

    /// A list of them, the newest first.
    pub(super) fn event_list(&self, by: &[String]) -> Result<ApiAnswer> {
        let is_asked_for =
            |event: &&SentEvent| filter::passes("event", &event.head(), &self.parameters, by);
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
