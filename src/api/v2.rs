//! What is different in `/v2`: events with their data, lists that lead from page to page by URLs.

use serde_json::{Value, json};

use super::answer::ApiAnswer;
use super::error::RequestError;
use super::inquiry::{Inquiry, Result};
use super::routes::Kinds;
use super::search::{page_name, start_of};

impl Inquiry<'_> {
    /// A thin event with what its notification leaves out.
    pub(super) fn v2_event(&self) -> Result<ApiAnswer> {
        let id = self.route.id.unwrap_or_default();
        let found = self.v2_events().find(|event| event["id"] == id);
        let event = found.ok_or_else(|| RequestError::missing("v2.core.event", id))?;
        Ok(ApiAnswer::json(200, &event))
    }

    fn v2_events(&self) -> impl Iterator<Item = Value> {
        let thin = self.store.events(&self.account).filter(|event| !event.is_snapshot());
        thin.map(|event| {
            let mut whole = (*event.payload).clone();
            let id = event.payload["id"].as_str().unwrap_or_default();
            let details = self.store.details(id).and_then(Value::as_object);
            if let Some(members) = whole.as_object_mut() {
                members.extend(details.cloned().unwrap_or_default());
                members.entry("changes").or_insert(Value::Null);
                members.entry("data").or_insert(Value::Null);
            }
            whole
        })
    }

    /// A list of `/v2`.
    pub(super) fn v2_list(&self, kinds: &Kinds, by: &[String]) -> Result<ApiAnswer> {
        let all = match kinds.names() {
            [kind] if kind == "v2.core.event" => {
                self.v2_events().filter(|e| self.is_listed(e)).collect()
            }
            names => self.all(names, by)?,
        };
        let limit = self.limit()?;
        let start = match self.parameters.get("page") {
            None => 0,
            Some(page) => start_of(page, all.len())?,
        };
        let end = all.len().min(start + limit);
        let url = |start: usize| {
            let own = |part: &&str| !part.is_empty() && !part.starts_with("page=");
            let kept: Vec<&str> = self.request.query.split('&').filter(own).collect();
            let page = format!("page={}", page_name(start));
            let query = [kept, vec![page.as_str()]].concat().join("&");
            format!("{}?{query}", self.request.path)
        };
        let list = json!({
            "data": all[start..end],
            "next_page_url": (end < all.len()).then(|| url(end)),
            "previous_page_url": (start > 0).then(|| url(start.saturating_sub(limit))),
        });
        Ok(ApiAnswer::json(200, &list))
    }

    fn is_listed(&self, event: &Value) -> bool {
        let object = self.parameters.get("object_id");
        let is_its = object.is_none_or(|id| event["related_object"]["id"] == id);
        let mut types = self.parameters.list("types").peekable();
        is_its && (types.peek().is_none() || types.any(|name| event["type"] == name))
    }
}
