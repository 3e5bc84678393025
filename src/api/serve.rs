//! Answers requests: what may be asked, of which account, and what is there.

use serde_json::Value;

use super::answer::ApiAnswer;
use super::error::RequestError;
use super::key;
use super::object::ObjectState;
use super::parameters::RequestParameters;
use super::request::ApiRequest;
use super::routes::{self, Action, ApiRoute, Kinds, NoRoute, Read, What};
use super::store::{Account, ApiStore};
use crate::text::suggestion;

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
}

/// Answers a request.
pub(super) fn answer(store: &ApiStore, request: &ApiRequest) -> ApiAnswer {
    tried(store, request).unwrap_or_else(|error| error.answer())
}

fn tried(store: &ApiStore, request: &ApiRequest) -> Result<ApiAnswer> {
    key::check(request.headers.authorization.as_deref())?;
    let (method, path) = (request.method.as_str(), request.path.as_str());
    if path.starts_with("//") {
        return Err(RequestError::doubled_slash(path));
    }
    let route = routes::find(method, path).map_err(|why| match why {
        NoRoute::Unknown => RequestError::unknown_url(method, path),
        NoRoute::Broken => RequestError::not_served("anything: its list of calls is broken"),
    })?;
    let account = account(store, request)?;
    let parameters = request.parameters();
    let asked = Inquiry { store, request, account, parameters, route };
    match asked.route.action {
        Action::Read(read) => asked.read(read),
        Action::Other(_) => Err(asked.not_served()),
    }
}

/// The account that is asked for. An object of another one is not there, as in life.
fn account(store: &ApiStore, request: &ApiRequest) -> Result<Account> {
    let headers = &request.headers;
    let context = headers.context.as_deref().and_then(|context| context.rsplit('/').next());
    let Some(account) = context.or(headers.account.as_deref()) else { return Ok(None) };
    if store.is_own(account) {
        return Ok(None);
    }
    if store.has_account(account) {
        Ok(Some(account.to_owned()))
    } else {
        Err(RequestError::unknown_account(account))
    }
}

impl Inquiry<'_> {
    fn read(&self, read: &Read) -> Result<ApiAnswer> {
        let (kinds, own): (&Kinds, &[&str]) = match &read.what {
            What::Retrieve(kinds) => (kinds, &["expand", "include"]),
            What::List(kinds) => {
                (kinds, &["ending_before", "expand", "limit", "page", "starting_after", "include"])
            }
            What::Search(kinds) => (kinds, &["expand", "limit", "page", "query"]),
        };
        self.check_parameters(own, &read.by)?;
        match (&read.what, kinds.names()) {
            (What::Retrieve(_), [kind]) if kind == "event" => self.event(),
            (What::Retrieve(_), kinds) => {
                let state = self.retrieve(kinds)?;
                Ok(ApiAnswer::json(200, &shown(state)))
            }
            _ => Err(self.not_served()),
        }
    }

    /// Every parameter has to be known: Stripe refuses the others.
    fn check_parameters(&self, own: &[&str], by: &[String]) -> Result<()> {
        for parameter in self.parameters.iter() {
            let name = parameter.name[0].as_str();
            let known = || own.iter().copied().chain(by.iter().map(String::as_str));
            if !known().any(|known| known == name) {
                let near = suggestion::near(name, known());
                return Err(RequestError::unknown_parameter(
                    &parameter.shown(),
                    near.first().map(String::as_str),
                ));
            }
        }
        Ok(())
    }

    /// The object that the path names.
    fn retrieve(&self, kinds: &[String]) -> Result<&ObjectState> {
        let objects = self.store.objects(&self.account);
        let id = self.route.id.unwrap_or_default();
        let found = match self.route.id {
            Some(id) => objects.and_then(|objects| objects.find(kinds, id)),
            None => objects.and_then(|objects| {
                let mut all = kinds.iter().flat_map(|kind| objects.all(kind));
                all.find(|state| self.is_below(state))
            }),
        };
        found
            .filter(|state| self.is_below(state))
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

    /// Whether an object lies where the path says: a person below its account.
    fn is_below(&self, state: &ObjectState) -> bool {
        let last = usize::from(self.route.id.is_some());
        let above = self.route.variables.len().saturating_sub(last);
        self.route.variables[..above].iter().all(|(name, value)| {
            let member = &state.value[name.trim_end_matches("_id")];
            match member {
                Value::String(id) => id == value,
                Value::Object(whole) => whole.get("id").is_some_and(|id| id == value),
                _ => true,
            }
        })
    }

    /// An event, byte by byte as it was sent.
    fn event(&self) -> Result<ApiAnswer> {
        let id = self.route.id.unwrap_or_default();
        let mut events = self.store.events(&self.account);
        let found = events.find(|event| event.payload["id"] == id && event.is_snapshot());
        found
            .map(|event| ApiAnswer::bytes(200, event.body.clone()))
            .ok_or_else(|| RequestError::missing("event", id))
    }

    pub(super) fn not_served(&self) -> RequestError {
        RequestError::not_served(&format!("{} {}", self.request.method, self.request.path))
    }
}

/// Whether a retrieve tells of an object that it was deleted; others are not there any more.
fn keeps_deleted(kind: &str) -> bool {
    kind == "customer" || kind.starts_with("terminal.")
}

/// The object as it is shown.
fn shown(state: &ObjectState) -> Value {
    if state.is_deleted { deleted(&state.value) } else { (*state.value).clone() }
}

/// What is left of a deleted object.
pub(super) fn deleted(value: &Value) -> Value {
    serde_json::json!({"id": value["id"], "object": value["object"], "deleted": true})
}
