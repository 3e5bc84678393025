//! What is different in `/v2`: events with their data, lists that lead from page to page by URLs.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde_json::{Value, json};

use super::answer::ApiAnswer;
use super::error::RequestError;
use super::filter::ListFilters;
use super::inquiry::{Inquiry, Result};
use super::routes::Kinds;
use super::search::{page_name, start_of};
use super::sent::SentEvent;
use crate::protocol::Moment;

const INCLUDE_FILE: &str = include_str!("../../catalog/api/includable.json");

impl Inquiry<'_> {
    /// A thin event with what its notification leaves out.
    pub(super) fn v2_event(&self) -> Result<ApiAnswer> {
        let id = self.route.id.as_deref().unwrap_or_default();
        let found = self.thin_events().find(|event| event.id() == id);
        let event = found.ok_or_else(|| RequestError::missing("v2.core.event", id))?;
        Ok(ApiAnswer::json(200, &self.with_data(event)))
    }

    fn thin_events(&self) -> impl Iterator<Item = &SentEvent> {
        self.store.events(&self.account).filter(|event| !event.is_snapshot())
    }

    /// A thin event with what its notification leaves out.
    fn with_data(&self, event: &SentEvent) -> Value {
        let mut whole = event.payload();
        let details = self.store.details(event.id()).and_then(Value::as_object);
        if let Some(members) = whole.as_object_mut() {
            members.extend(details.cloned().unwrap_or_default());
            members.entry("changes").or_insert(Value::Null);
            members.entry("data").or_insert(Value::Null);
        }
        whole
    }

    /// The thin events that are asked for, the newest first.
    fn v2_events(&self) -> Vec<Value> {
        let all = self.thin_events().map(|event| self.with_data(event));
        let mut listed: Vec<Value> = all.filter(|event| self.is_listed(event)).collect();
        let created = |event: &Value| event["created"].as_str().and_then(Moment::parse);
        listed.sort_by_cached_key(|event| Reverse(created(event).map(Moment::milliseconds)));
        listed
    }

    /// An object of `/v2`, or of what a thin event is about.
    pub(super) fn v2_object(&self, kinds: &[String]) -> Result<ApiAnswer> {
        self.check_include(kinds)?;
        let state = self.retrieve(kinds)?;
        let mut value = self.seen(state).unwrap_or_default();
        self.include(&mut value)?;
        Ok(ApiAnswer::json(200, &value))
    }

    /// A list of `/v2`.
    pub(super) fn v2_list(&self, kinds: &Kinds, by: &[String]) -> Result<ApiAnswer> {
        self.check_include(kinds.names())?;
        if let [kind] = kinds.names()
            && kind == "v2.core.event"
        {
            let all = self.v2_events();
            let (start, end) = self.v2_page(all.len())?;
            return Ok(self.v2_answer(&all[start..end], (start, end), all.len()));
        }
        let all = self.all(kinds.names(), by)?;
        let (start, end) = self.v2_page(all.len())?;
        let mut data = self.all_seen(all[start..end].iter().copied());
        data.iter_mut().try_for_each(|value| self.include(value))?;
        Ok(self.v2_answer(&data, (start, end), all.len()))
    }

    /// Where the page begins and ends that is asked for.
    fn v2_page(&self, count: usize) -> Result<(usize, usize)> {
        let limit = self.limit()?;
        let start = match self.parameters.get("page") {
            None => 0,
            Some(page) => start_of(page, count)?,
        };
        Ok((start, count.min(start + limit)))
    }

    fn v2_answer(&self, data: &[Value], (start, end): (usize, usize), count: usize) -> ApiAnswer {
        let url = |start: usize| {
            let own = |part: &&str| !part.is_empty() && !part.starts_with("page=");
            let kept: Vec<&str> = self.request.query.split('&').filter(own).collect();
            let page = format!("page={}", page_name(start));
            let query = [kept, vec![page.as_str()]].concat().join("&");
            format!("{}?{query}", self.request.path)
        };
        let limit = self.limit().unwrap_or_default();
        let list = json!({
            "data": data,
            "next_page_url": (end < count).then(|| url(end)),
            "previous_page_url": (start > 0).then(|| url(start.saturating_sub(limit))),
        });
        ApiAnswer::json(200, &list)
    }

    /// Every included field has to be one of the objects' types.
    fn check_include(&self, kinds: &[String]) -> Result<()> {
        let fields = || kinds.iter().filter_map(|kind| includable().get(kind)).flatten();
        let is_unknown = |name: &&str| !fields().any(|field| field == name);
        match self.parameters.list("include").find(is_unknown) {
            Some(name) => Err(RequestError::not_includable(name)),
            None => Ok(()),
        }
    }

    /// Leaves out of an object what is there only when it is asked for. What is asked for has to be known.
    fn include(&self, value: &mut Value) -> Result<()> {
        let kind = value["object"].as_str().unwrap_or_default();
        let fields = includable().get(kind).map_or(&[][..], Vec::as_slice);
        let wanted: Vec<&str> = self.parameters.list("include").collect();
        for field in fields {
            let place = value.pointer_mut(&format!("/{}", field.replace('.', "/")));
            let place = place.filter(|value| !value.is_null());
            match (wanted.contains(&field.as_str()), place) {
                (true, None) => {
                    let what = format!("the included field `{field}`: the story does not say it");
                    return Err(RequestError::not_served(&what));
                }
                (false, Some(place)) => *place = Value::Null,
                (true, Some(_)) | (false, None) => {}
            }
        }
        Ok(())
    }

    fn is_listed(&self, event: &Value) -> bool {
        let object = self.parameters.get("object_id");
        let is_its = object.is_none_or(|id| event["related_object"]["id"] == id);
        let mut types = self.parameters.list("types").peekable();
        let is_of_type = types.peek().is_none() || types.any(|name| event["type"] == name);
        let created = ["created".to_owned()];
        let filters = ListFilters::new("v2.core.event", &self.parameters, &created);
        is_its && is_of_type && filters.pass(event.into())
    }
}

fn includable() -> &'static BTreeMap<String, Vec<String>> {
    static READ: OnceLock<BTreeMap<String, Vec<String>>> = OnceLock::new();
    READ.get_or_init(|| serde_json::from_str(INCLUDE_FILE).unwrap_or_default())
}
