//! A request that may be answered: what it asks for, of which account, in which shape; and the objects that it means.

use std::sync::Arc;

use serde_json::{Value, json};

use super::error::RequestError;
use super::object::ObjectState;
use super::parameters::{MOST_PARAMETERS, RequestParameters};
use super::request::ApiRequest;
use super::routes::{self, ApiRoute, NoRoute};
use super::sent::Account;
use super::store::ApiStore;
use super::stories::shape_of;
use crate::event::Catalogue;
use crate::protocol::ordered;
use crate::text::suggestion;

/// The sources of a customer and the external accounts of an account: of the types that they have, others belong to
/// the other one, and do not name this one.
const OWNED: [&str; 2] =
    ["/v1/customers/{customer}/sources", "/v1/accounts/{account}/external_accounts"];

/// The answer to a request, or why there is none.
pub(super) type Result<T> = std::result::Result<T, RequestError>;

/// A request that may be answered.
#[derive(Debug)]
pub(super) struct Inquiry<'a> {
    pub(super) store: &'a ApiStore,
    pub(super) request: &'a ApiRequest,
    pub(super) account: Account,
    pub(super) parameters: RequestParameters,
    pub(super) route: ApiRoute<'a>,
    /// The version that stands for the shape that is asked for.
    pub(super) version: Arc<str>,
    /// What time it is for what the call is about: that of its test clock, or the request's.
    pub(super) now: i64,
}

/// The account that is asked for. An object of another one is not there, as in life.
fn account(store: &ApiStore, request: &ApiRequest) -> Result<Account> {
    let Some(account) = request.account() else { return Ok(None) };
    if store.is_own(account) {
        return Ok(None);
    }
    if store.has_account(account) {
        Ok(Some(account.to_owned()))
    } else {
        Err(RequestError::unknown_account(account))
    }
}

impl<'a> Inquiry<'a> {
    pub(super) fn new(store: &'a ApiStore, request: &'a ApiRequest) -> Result<Self> {
        let (method, path) = (request.method.as_str(), request.path.as_str());
        if path.starts_with("//") {
            return Err(RequestError::doubled_slash(path));
        }
        let route = routes::find(method, path).map_err(|why| match why {
            NoRoute::Unknown => RequestError::unknown_url(method, path),
            NoRoute::Broken => RequestError::not_served("anything: its list of calls is broken"),
        })?;
        let version = request.version();
        if !is_version(version) {
            return Err(RequestError::invalid_version(version));
        }
        let account = account(store, request)?;
        let (parameters, version) = (request.parameters(), shape_of(version));
        if parameters.are_too_many() {
            return Err(RequestError::too_many_parameters(MOST_PARAMETERS));
        }
        Ok(Self { store, request, account, parameters, route, version, now: request.second })
    }

    /// Whether the newest shape is asked for.
    pub(super) fn is_current(&self) -> bool {
        *self.version == *Catalogue::api_version()
    }

    /// Whether the call names a version from before that day.
    pub(super) fn is_before(&self, day: &str) -> bool {
        self.request.headers.version.as_deref().is_some_and(|version| version < day)
    }

    /// Whether the path is one of `/v2`.
    pub(super) fn is_v2(&self) -> bool {
        self.request.path.starts_with("/v2/")
    }

    /// Every parameter has to be known: Stripe refuses the others.
    pub(super) fn check_parameters(&self, own: &[&str], by: &[String]) -> Result<()> {
        for parameter in self.parameters.iter() {
            let name = parameter.name[0].as_str();
            let known = || own.iter().copied().chain(by.iter().map(String::as_str));
            if !known().any(|known| known == name) {
                let near = suggestion::near(name, known());
                let near = near.first().map(String::as_str);
                return Err(RequestError::unknown_parameter(&parameter.shown(), near));
            }
        }
        Ok(())
    }

    /// The object of that type and id as the API has it, in no version's shape; a deleted one, too.
    pub(super) fn own(&self, kind: &str, id: &str) -> Option<&Value> {
        Some(self.store.objects(&self.account)?.find(&[kind.to_owned()], id)?.own())
    }

    /// The object that the path names.
    pub(super) fn retrieve(&self, kinds: &[String]) -> Result<&ObjectState> {
        let id = self.route.id.as_deref().unwrap_or_default();
        let objects = self.store.objects(&self.account);
        let found = if self.route.id.is_some() {
            objects.and_then(|objects| objects.find(kinds, id))
        } else {
            let mut all = kinds.iter().flat_map(|kind| self.states(kind));
            all.find(|state| self.is_below(state) && self.is_the_one(state))
        };
        found
            .filter(|state| self.is_below(state) && self.seen(state).is_some())
            .filter(|state| !state.is_deleted || keeps_deleted(state.kind()))
            .ok_or_else(|| self.missing(kinds, id))
    }

    fn missing(&self, kinds: &[String], id: &str) -> RequestError {
        let noun = kinds.first().map_or("object", String::as_str);
        if self.store.knows_kind(noun) {
            RequestError::missing(noun, id)
        } else {
            self.not_served()
        }
    }

    /// With a customer goes what lies below them.
    pub(super) fn check_customer(&self) -> Result<()> {
        let Some(("customer", id)) = self.route.variables.first() else { return Ok(()) };
        if self.route.pattern.ends_with("{customer}") {
            return Ok(());
        }
        let objects = self.store.objects(&self.account);
        let found = objects.and_then(|objects| objects.find(&["customer".to_owned()], id));
        if found.is_some_and(|state| state.is_deleted) {
            return Err(RequestError::missing("customer", id));
        }
        Ok(())
    }

    /// Of several objects that a path without an id may mean, the account that asks is its own, and the discount of a
    /// customer is not one of a subscription or an invoice.
    fn is_the_one(&self, state: &ObjectState) -> bool {
        if state.kind() == "discount" {
            let is_other = |field: &str| state.own()[field].is_string();
            return !state.is_deleted && !is_other("invoice") && !is_other("subscription");
        }
        let is_account = state.kind() == "account";
        let id = state.own()["id"].as_str().unwrap_or_default();
        !is_account || self.account.as_deref().map_or(self.store.is_own(id), |own| own == id)
    }

    /// Whether an object lies where the path says: a person below its account.
    pub(super) fn is_below(&self, state: &ObjectState) -> bool {
        let last = usize::from(self.route.id.is_some());
        let above = self.route.variables.len().saturating_sub(last);
        self.route.variables[..above].iter().all(|(name, value)| {
            if let Some(owner) = &state.owner {
                return owner == value;
            }
            let field = name.trim_end_matches("_id");
            match state.look().get(field) {
                Some(found) if found.as_str().is_some() || found.is_object() => {
                    state.look().names(field, value)
                }
                // It could name one, and names none: a payment method that was detached.
                Some(found) => !found.is_null(),
                None => !OWNED.iter().any(|owned| self.route.pattern.starts_with(owned)),
            }
        })
    }

    pub(super) fn not_served(&self) -> RequestError {
        RequestError::not_served(&format!("{} {}", self.request.method, self.request.path))
    }
}

/// Whether that has the form of an API version: `2026-10-28.endive`.
fn is_version(text: &str) -> bool {
    let (day, rest) = text.split_at_checked(10).unwrap_or((text, ""));
    let is_day = day.len() == 10
        && day.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    is_day && (rest.is_empty() || rest.starts_with(['.', ';']))
}

/// Whether a retrieve tells of an object that it was deleted; others are not there any more.
fn keeps_deleted(kind: &str) -> bool {
    kind == "customer" || kind.starts_with("terminal.")
}

/// What is left of a deleted object.
pub(super) fn deleted(value: &Value) -> Value {
    if value["object"] == "discount" {
        // All but its end, by the library's type.
        let mut discount = value.clone();
        discount["deleted"] = true.into();
        discount.as_object_mut().map(|members| members.shift_remove("end"));
        return ordered(discount);
    }
    json!({"id": value["id"], "object": value["object"], "deleted": true})
}
