//! Lists: which objects, in which order, and which page of them.

use serde_json::{Value, json};

use super::answer::ApiAnswer;
use super::error::RequestError;
use super::expand;
use super::filter::{self, ListFilters};
use super::inquiry::{Inquiry, Result};
use super::object::ObjectState;
use super::packed::ValueRef;
use super::routes::{self, Action, Kinds, What};

/// How many objects a page has, where nobody says.
const USUAL_LIMIT: usize = 10;
const MOST_LIMIT: usize = 100;

/// Whether a state is that of the object with an id.
fn is(state: &ObjectState, id: &str) -> bool {
    state.look().text("id") == id
}

/// One page.
pub(super) struct ListPage<T> {
    pub(super) data: Vec<T>,
    pub(super) has_more: bool,
}

impl Inquiry<'_> {
    /// A list of the path's objects.
    pub(super) fn list(&self, kinds: &Kinds, by: &[String]) -> Result<ApiAnswer> {
        let kinds = kinds.names();
        let noun = kinds.first().map_or("object", String::as_str);
        let page = if let Some(embedded) = self.embedded()? {
            let passes = |value: &Value| {
                let kind = value["object"].as_str().unwrap_or_default();
                ListFilters::new(kind, &self.parameters, by).pass(value.into())
            };
            let all = embedded.into_iter().filter(passes).collect();
            self.page(all, noun, |value: &Value, id| value["id"] == id)?
        } else {
            let page = self.page(self.all(kinds, by)?, noun, |state, id| is(state, id))?;
            ListPage { data: self.all_seen(page.data), has_more: page.has_more }
        };
        let mut list = json!({
            "object": "list",
            "data": page.data,
            "has_more": page.has_more,
            "url": self.request.path,
        });
        expand::expand(self, (&mut list, true), &[])?;
        Ok(ApiAnswer::json(200, &list))
    }

    /// The objects of these types that pass the list's filters, the newest first.
    pub(super) fn all(&self, kinds: &[String], by: &[String]) -> Result<Vec<&ObjectState>> {
        if !kinds.iter().any(|kind| self.store.knows_kind(kind)) {
            return Err(self.not_served());
        }
        let mut found: Vec<(i64, &ObjectState)> = Vec::new();
        for kind in kinds {
            let filters = ListFilters::new(kind, &self.parameters, by);
            let listed = |state| Some((self.listed(kind, state, &filters)?, state));
            found.extend(self.states(kind).filter_map(listed));
        }
        // What came last is first among those of one second.
        found.reverse();
        found.sort_by_key(|(created, _)| std::cmp::Reverse(*created));
        Ok(found.into_iter().map(|(_, state)| state).collect())
    }

    /// The second at which an object was made that a list has.
    fn listed(&self, kind: &str, state: &ObjectState, filters: &ListFilters<'_>) -> Option<i64> {
        // What is made is compared as it is made.
        let made = if Self::is_made(state) { Some(self.seen(state)?) } else { None };
        let compared = made.as_ref().map_or_else(|| state.look(), ValueRef::from);
        // What passes few is asked first: each look into an object costs, where there are many.
        let is_asked_for = !state.is_deleted
            && filters.pass(compared)
            && compared.get("id").is_some_and(|id| id.as_str().is_some())
            && self.is_below(state)
            && (!self.route.variables.is_empty()
                || filter::is_listed(kind, compared, &self.parameters));
        let shown = || made.as_ref().map_or_else(|| state.at(&self.version), ValueRef::from);
        let created = || shown().get("created").and_then(ValueRef::as_i64);
        is_asked_for.then(|| created().unwrap_or_default())
    }

    /// Objects as this request sees them.
    pub(super) fn all_seen<'s>(
        &self,
        states: impl IntoIterator<Item = &'s ObjectState>,
    ) -> Vec<Value> {
        states.into_iter().filter_map(|state| self.seen(state)).collect()
    }

    pub(super) fn states(&self, kind: &str) -> impl Iterator<Item = &ObjectState> {
        let objects = self.store.objects(&self.account);
        objects.into_iter().flat_map(move |objects| objects.all(kind))
    }

    /// The list that lies in another object, and has this path for its URL; and whether that object is there.
    fn embedded(&self) -> Result<Option<Vec<Value>>> {
        let Some((parent, _)) = self.request.path.rsplit_once('/') else { return Ok(None) };
        let Ok(route) = routes::find("GET", parent) else { return Ok(None) };
        let (Some(id), Action::Read(read)) = (route.id, route.action) else { return Ok(None) };
        let What::Retrieve(kinds) = &read.what else { return Ok(None) };
        let objects = self.store.objects(&self.account);
        let found = objects.and_then(|objects| objects.find(kinds.names(), &id));
        let Some(value) = found.and_then(|state| self.seen(state)) else {
            let noun = kinds.names().first().map_or("object", String::as_str);
            return Err(RequestError::missing(noun, &id));
        };
        let members = value.as_object().into_iter().flatten().map(|(_, member)| member);
        let is_it = |member: &&Value| {
            member["object"] == "list" && member["url"] == self.request.path.as_str()
        };
        let list = members.into_iter().find(is_it);
        Ok(list.and_then(|list| list["data"].as_array()).cloned())
    }

    /// The page that the request asks for; `is` says whether a thing of the list has an id.
    pub(super) fn page<T>(
        &self,
        all: Vec<T>,
        noun: &str,
        is: impl Fn(&T, &str) -> bool,
    ) -> Result<ListPage<T>> {
        let limit = self.limit()?;
        let after = self.parameters.get("starting_after");
        let before = self.parameters.get("ending_before");
        let at = |id: &str, parameter: &str| {
            let found = all.iter().position(|one| is(one, id));
            found.ok_or_else(|| RequestError::missing_in(noun, id, parameter))
        };
        let (start, end) = match (after, before) {
            (Some(_), Some(_)) => return Err(RequestError::two_cursors()),
            (Some(id), None) => {
                let start = at(id, "starting_after")? + 1;
                (start, all.len().min(start + limit))
            }
            (None, Some(id)) => {
                let end = at(id, "ending_before")?;
                (end.saturating_sub(limit), end)
            }
            (None, None) => (0, all.len().min(limit)),
        };
        let has_more = if before.is_some() { start > 0 } else { end < all.len() };
        Ok(ListPage { data: all.into_iter().take(end).skip(start).collect(), has_more })
    }

    pub(super) fn limit(&self) -> Result<usize> {
        let Some(text) = self.parameters.get("limit") else { return Ok(USUAL_LIMIT) };
        let number: i64 = text.parse().map_err(|_| RequestError::invalid_integer("limit", text))?;
        match usize::try_from(number) {
            Ok(limit @ 1..=MOST_LIMIT) => Ok(limit),
            Ok(limit) if limit > MOST_LIMIT => Err(RequestError::out_of_range(
                "limit",
                format!(
                    "This value must be less than or equal to 100 (it currently is '{limit}')."
                ),
            )),
            _ => Err(RequestError::out_of_range(
                "limit",
                format!(
                    "This value must be greater than or equal to 1 (it currently is '{number}')."
                ),
            )),
        }
    }
}
