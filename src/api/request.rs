//! A request to the API, without its connection.

use std::borrow::Cow;

use super::change::Stamp;
use super::key;
use super::parameters::{RequestParameters, decoded};
use super::routes;
use crate::event::Catalogue;
use crate::text::credential;

/// How long an id may be that is looked for, in bytes.
const MOST_ID: usize = 500;

/// What the API looks at of a request.
#[derive(Clone, Debug, Default)]
pub(super) struct ApiRequest {
    pub(super) method: String,
    /// As it came, without the query.
    pub(super) path: String,
    /// As it came; empty for none.
    pub(super) query: String,
    pub(super) headers: RequestHeaders,
    pub(super) body: Vec<u8>,
    /// Its number among the calls.
    pub(super) number: u64,
    /// When it came, in seconds since 1970.
    pub(super) second: i64,
}

/// What a request is called by its number.
pub(super) fn request_id(number: u64) -> String {
    format!("req_devtool{number:07}")
}

/// The headers that it looks at.
#[derive(Clone, Debug, Default)]
pub(super) struct RequestHeaders {
    pub(super) authorization: Option<String>,
    /// `Stripe-Version`
    pub(super) version: Option<String>,
    /// `Stripe-Account`
    pub(super) account: Option<String>,
    /// `Stripe-Context`
    pub(super) context: Option<String>,
    pub(super) content_type: Option<String>,
    /// `Idempotency-Key`
    pub(super) idempotency_key: Option<String>,
    /// `Stripe-Request-Trigger`: `event=evt_…`
    pub(super) trigger: Option<String>,
    /// `Host`, which names this machine.
    pub(super) host: Option<String>,
}

impl ApiRequest {
    /// The parameters of the query, and those of a body that is a form.
    pub(super) fn parameters(&self) -> RequestParameters {
        let mut parameters = RequestParameters::parse(&self.query);
        if self.is_form() {
            parameters.extend(RequestParameters::parse(&String::from_utf8_lossy(&self.body)));
        }
        parameters
    }

    /// Whether the body is a form, by its header.
    pub(super) fn is_form(&self) -> bool {
        let content_type = self.headers.content_type.as_deref().unwrap_or_default();
        content_type.starts_with("application/x-www-form-urlencoded")
    }

    /// The API version whose shape is asked for.
    pub(super) fn version(&self) -> &str {
        self.headers.version.as_deref().unwrap_or_else(|| Catalogue::api_version())
    }

    /// What events say of the request that caused them.
    pub(super) fn stamp(&self) -> Stamp {
        let key = self.headers.idempotency_key.clone().filter(|key| !key.is_empty());
        let idempotency_key = key.filter(|_| self.method == "POST");
        Stamp { second: self.second, request: Some(request_id(self.number)), idempotency_key }
    }

    /// The event that the call says it is made for.
    pub(super) fn cause(&self) -> Option<String> {
        let event = self.headers.trigger.as_deref()?.strip_prefix("event=")?;
        let is_id =
            event.len() <= 200 && event.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        is_id.then(|| event.to_owned())
    }

    /// The account that the headers name; the platform's own for none.
    pub(super) fn account(&self) -> Option<&str> {
        let context = self.headers.context.as_deref();
        let context = context.and_then(|context| context.rsplit('/').next());
        context.or(self.headers.account.as_deref())
    }

    /// The last id that the path names.
    pub(super) fn named_id(&self) -> Option<Cow<'_, str>> {
        let route = routes::find(&self.method, &self.path).ok()?;
        let id = route.variables.into_iter().last().map(|(_, id)| id);
        id.filter(|id| id.len() <= MOST_ID)
    }

    /// The path and the query as a reader writes them, up to a length, without credentials.
    pub(super) fn shown_path(&self, limit: usize) -> String {
        let mut shown = decoded(&self.path).into_owned();
        if !self.query.is_empty() {
            let parts: Vec<String> = self.query.split('&').map(shown_parameter).collect();
            shown.extend(["?", &parts.join("&")]);
        }
        let shown = key::struck(&shown);
        shown.chars().take(limit).collect()
    }
}

/// A parameter of the query, without its value where its name says that it is a credential. By its look, every id
/// would be one.
fn shown_parameter(text: &str) -> String {
    let text = decoded(text);
    match text.split_once('=') {
        Some((name, _)) if credential::is_named(name) => format!("{name}={}", credential::HIDDEN),
        _ => text.into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_is_readable_and_holds_no_key() {
        let request = ApiRequest {
            path: "/v1/customers/sk_test_abcdefgh12345678".to_owned(),
            query: "expand%5B0%5D=a.b&api_key=sk_test_x&client_secret=pi_1_secret_2".to_owned(),
            ..ApiRequest::default()
        };
        let shown = request.shown_path(200);
        assert_eq!(shown, "/v1/customers/***?expand[0]=a.b&api_key=***&client_secret=***");
        assert_eq!(request.shown_path(5), "/v1/c");
    }

    #[test]
    fn the_id_of_a_path_stands_where_its_call_has_one() {
        let named = |path: &str| {
            let request = ApiRequest {
                method: "GET".to_owned(),
                path: path.to_owned(),
                ..ApiRequest::default()
            };
            request.named_id().map(Cow::into_owned)
        };
        for (path, id) in [
            ("/v1/payment_intents/pi_1", "pi_1"),
            ("/v1/invoices/in_1a/lines", "in_1a"),
            ("/v1/products/gold", "gold"),
            ("/v1/coupons/SPRING-50", "SPRING-50"),
            ("/v1/accounts/acct_1/persons/person_1", "person_1"),
            ("/v2/core/events/evt_1", "evt_1"),
        ] {
            assert_eq!(named(path).as_deref(), Some(id), "{path}");
        }
        let long = format!("/v1/products/{}", "a".repeat(501));
        for path in ["/v1/payment_intents", "/v1/customers/search", "/v1/no_1/such_2", &long] {
            assert_eq!(named(path), None, "{path}");
        }
    }

    #[test]
    fn the_cause_is_an_events_id() {
        let cause = |text: &str| {
            let headers = RequestHeaders { trigger: Some(text.to_owned()), ..Default::default() };
            ApiRequest { headers, ..ApiRequest::default() }.cause()
        };
        assert_eq!(cause("event=evt_test_1").as_deref(), Some("evt_test_1"));
        assert_eq!(cause("event=evt\u{1b}[2J"), None);
        assert_eq!(cause("evt_1"), None);
    }
}
