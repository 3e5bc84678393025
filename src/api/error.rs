//! Errors as Stripe's API answers them.

use serde_json::{Map, Value, json};

use super::answer::ApiAnswer;

/// The class of most errors.
const INVALID_REQUEST: &str = "invalid_request_error";

/// Why a request is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RequestError {
    pub(super) status: u16,
    pub(super) kind: &'static str,
    pub(super) code: Option<&'static str>,
    pub(super) message: String,
    pub(super) parameter: Option<String>,
    /// What else it tells.
    pub(super) details: Box<Map<String, Value>>,
    /// What the library prints in the app's own log.
    pub(super) notice: Option<String>,
    /// Whether the library is told to try again, or not to; it decides by itself otherwise.
    pub(super) should_retry: Option<bool>,
}

impl RequestError {
    pub(super) fn new(status: u16, message: impl Into<String>) -> Self {
        Self {
            status,
            kind: INVALID_REQUEST,
            code: None,
            message: message.into(),
            parameter: None,
            details: Box::default(),
            notice: None,
            should_retry: None,
        }
    }

    pub(super) fn coded(self, code: &'static str) -> Self {
        Self { code: Some(code), ..self }
    }

    pub(super) fn about(self, parameter: impl Into<String>) -> Self {
        Self { parameter: Some(parameter.into()), ..self }
    }

    pub(super) fn no_key() -> Self {
        Self::new(
            401,
            "You did not provide an API key. You need to provide your API key in the Authorization \
             header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
        )
    }

    pub(super) fn invalid_key(masked: &str) -> Self {
        Self::new(401, format!("Invalid API Key provided: {masked}"))
    }

    pub(super) fn publishable_key() -> Self {
        Self::new(
            401,
            "This API call cannot be made with a publishable API key. Please use a secret API key.",
        )
        .coded("secret_key_required")
    }

    pub(super) fn live_key() -> Self {
        Self::new(
            401,
            "devtool: this is a live mode key, and the local API takes test mode keys only. Use any \
             key that begins with sk_test_, and replace this one at Stripe if it went to a place \
             that it should not have gone to.",
        )
    }

    /// The account that `Stripe-Account` or `Stripe-Context` names is none of the story.
    pub(super) fn unknown_account(account: &str) -> Self {
        Self::new(
            403,
            format!(
                "The provided key does not have access to account '{account}' (or that account does \
                 not exist). Application access may have been revoked."
            ),
        )
        .coded("account_invalid")
    }

    /// There is no such object, by the id in the path.
    pub(super) fn missing(noun: &str, id: &str) -> Self {
        Self::new(404, format!("No such {noun}: '{id}'")).coded("resource_missing").about("id")
    }

    /// There is no such object, by the id in a parameter.
    pub(super) fn missing_in(noun: &str, id: &str, parameter: &str) -> Self {
        Self::new(400, format!("No such {noun}: '{id}'")).coded("resource_missing").about(parameter)
    }

    pub(super) fn unknown_url(method: &str, path: &str) -> Self {
        let empty = if path.ends_with('/') {
            " If you are trying to list objects, remove the trailing slash. If you are trying to \
             retrieve an object, make sure you passed a valid (non-empty) identifier in your code."
        } else {
            ""
        };
        Self::new(
            404,
            format!(
                "Unrecognized request URL ({method}: {path}).{empty} Please see \
                 https://stripe.com/docs or we can help at https://support.stripe.com/."
            ),
        )
    }

    /// The path begins with two slashes: the app's base address ends with one.
    pub(super) fn doubled_slash(path: &str) -> Self {
        Self::new(
            404,
            format!(
                "devtool: the path is `{path}`: remove the slash at the end of the base address"
            ),
        )
    }

    pub(super) fn unknown_parameter(parameter: &str, near: Option<&str>) -> Self {
        let near = near.map(|near| format!(". Did you mean {near}?")).unwrap_or_default();
        Self::new(400, format!("Received unknown parameter: {parameter}{near}"))
            .coded("parameter_unknown")
            .about(parameter)
    }

    pub(super) fn missing_parameter(parameter: &str) -> Self {
        Self::new(400, format!("Missing required param: {parameter}."))
            .coded("parameter_missing")
            .about(parameter)
    }

    pub(super) fn invalid_integer(parameter: &str, value: &str) -> Self {
        Self::new(400, format!("Invalid integer: {value}"))
            .coded("parameter_invalid_integer")
            .about(parameter)
    }

    /// What is empty would unset it, and there is nothing to unset.
    pub(super) fn empty_parameter(parameter: &str) -> Self {
        let message = format!(
            "You passed an empty string for '{parameter}'. We assume empty values are an attempt to \
             unset a parameter; however '{parameter}' cannot be unset. You should remove \
             '{parameter}' from your request or supply a non-empty value."
        );
        Self::new(400, message).coded("parameter_invalid_empty").about(parameter)
    }

    pub(super) fn invalid_boolean(parameter: &str, value: &str) -> Self {
        Self::invalid(parameter, format!("Invalid boolean: {value}"))
    }

    /// A value of `/v2` that is no moment.
    pub(super) fn invalid_timestamp(parameter: &str, value: &str) -> Self {
        Self::invalid(parameter, format!("Invalid timestamp in {parameter}: {value}"))
    }

    /// A value that is none of those that the parameter has.
    pub(super) fn no_such_value(parameter: &str, values: &[String]) -> Self {
        let list = match values {
            [] => String::new(),
            [one] => one.clone(),
            [first, last] => format!("{first} or {last}"),
            [all @ .., last] => format!("{}, or {last}", all.join(", ")),
        };
        Self::invalid(parameter, format!("Invalid {parameter}: must be one of {list}"))
    }

    /// A field of `/v2` that cannot be asked for besides.
    pub(super) fn not_includable(field: &str) -> Self {
        Self::invalid("include", format!("Invalid value in include: {field}"))
    }

    pub(super) fn out_of_range(parameter: &str, message: String) -> Self {
        Self::new(400, message).coded("parameter_invalid_integer").about(parameter)
    }

    pub(super) fn two_cursors() -> Self {
        Self::new(400, "You cannot parameterize both starting_after and ending_before.")
    }

    pub(super) fn invalid_version(version: &str) -> Self {
        Self::new(400, format!("Invalid Stripe API version: {version}"))
    }

    pub(super) fn invalid(parameter: &str, message: impl Into<String>) -> Self {
        Self::new(400, message).about(parameter)
    }

    pub(super) fn not_expandable(path: &str, is_list: bool) -> Self {
        let hint = if is_list {
            format!(" You may want to try expanding 'data.{path}' instead.")
        } else {
            String::new()
        };
        Self::new(400, format!("This property cannot be expanded ({path}).{hint}")).about("expand")
    }

    pub(super) fn too_deep() -> Self {
        Self::new(400, "You cannot expand more than 4 levels of a property.").about("expand")
    }

    /// devtool does not serve this, and makes nothing up.
    pub(super) fn not_served(what: &str) -> Self {
        let message = format!("devtool does not serve {what}; Stripe does");
        let notice = Some(message.clone());
        Self { notice, ..Self::new(400, message).coded("devtool_not_served") }
    }

    pub(super) fn is_not_served(&self) -> bool {
        self.notice.is_some()
    }

    /// An error that the user asked for, with that status, before anything is done.
    pub(super) fn fault(status: u16) -> Self {
        let error = Self::new(status, "devtool: this error was asked for by a fault of the API");
        match status {
            404 => error.coded("resource_missing").about("id"),
            429 => Self { should_retry: Some(false), ..error },
            500.. => Self { kind: "api_error", ..error },
            _ => error,
        }
    }

    /// One that is kept under the request's key, and answered again to each that repeats it.
    pub(super) fn kept_fault() -> Self {
        Self { should_retry: Some(false), ..Self::fault(500) }
    }

    /// The change is made, and the file that is to keep it does not take it.
    pub(super) fn not_kept(why: &str) -> Self {
        let message = format!("devtool: this is done, but it cannot be kept: {why}");
        Self { kind: "api_error", ..Self::new(500, message) }
    }

    /// Another request holds the object, as the user asked for.
    pub(super) fn lock_timeout() -> Self {
        let message = "This object cannot be accessed right now because another API request or \
                       Stripe process is currently accessing it. If you see this error \
                       intermittently, retry the request. If you see this error frequently and are \
                       making multiple concurrent requests to a single object, make your requests \
                       serially or at a lower rate.";
        Self { should_retry: Some(true), ..Self::new(429, message).coded("lock_timeout") }
    }

    fn idempotency(status: u16, message: String) -> Self {
        Self { kind: "idempotency_error", ..Self::new(status, message) }
    }

    /// The key was that of a request with other parameters.
    pub(super) fn key_of_other_parameters(key: &str) -> Self {
        Self::idempotency(
            400,
            format!(
                "Keys for idempotent requests can only be used with the same parameters they were \
                 first used with. Try using a key other than '{key}' if you meant to execute a \
                 different request."
            ),
        )
    }

    /// The key was that of a request to another path: the first one's, and this one's.
    pub(super) fn key_of_another_path(key: &str, (first, this): (&str, &str)) -> Self {
        Self::idempotency(
            400,
            format!(
                "Keys for idempotent requests can only be used for the same endpoint they were \
                 first used for ('{this}' vs '{first}'). Try using a key other than '{key}' if you \
                 meant to execute a different request."
            ),
        )
    }

    /// The first request with the key is still under way.
    pub(super) fn key_in_use(key: &str) -> Self {
        let message = format!(
            "There is currently another in-progress request using this Idempotent Key (that \
             probably means you submitted twice, and the other request is still going through): \
             {key}. Please try again later."
        );
        let error = Self::idempotency(409, message).coded("idempotency_key_in_use");
        Self { should_retry: Some(true), ..error }
    }

    pub(super) fn key_too_long(most: usize) -> Self {
        Self::idempotency(400, format!("devtool: an Idempotency-Key has at most {most} characters"))
    }

    /// The `Host` header names another machine: a web page may have sent the request.
    pub(super) fn foreign_host() -> Self {
        Self::new(
            403,
            "devtool: the Host header has to name this machine: 127.0.0.1, localhost or [::1]",
        )
    }

    pub(super) fn too_large() -> Self {
        Self::new(413, "devtool: the request's body is too large for the local API")
    }

    pub(super) fn broken_body() -> Self {
        Self::new(400, "devtool: the request's body broke off, or came too slowly")
    }

    /// The body of a change in `/v1` is something else, such as JSON.
    pub(super) fn no_form() -> Self {
        Self::new(
            400,
            "devtool: the request's body has to be a form: its Content-Type is not \
             application/x-www-form-urlencoded",
        )
    }

    pub(super) fn too_many_parameters(most: usize) -> Self {
        Self::new(400, format!("devtool: the request has more than {most} parameters"))
    }

    /// The error in the form of the path's version of the API.
    pub(super) fn answer(&self, path: &str) -> ApiAnswer {
        let error = if path.starts_with("/v2/") { self.in_v2() } else { self.in_v1() };
        let answer = ApiAnswer::json(self.status, &json!({"error": error}));
        ApiAnswer { notice: self.notice.clone(), should_retry: self.should_retry, ..answer }
    }

    fn in_v1(&self) -> Map<String, Value> {
        let mut error = Map::new();
        if let Some(code) = self.code {
            error.insert("code".to_owned(), code.into());
            if self.notice.is_none() {
                let page = code.replace('_', "-");
                let url = format!("https://stripe.com/docs/error-codes/{page}");
                error.insert("doc_url".to_owned(), url.into());
            }
        }
        error.insert("message".to_owned(), self.message.as_str().into());
        if let Some(parameter) = &self.parameter {
            error.insert("param".to_owned(), parameter.as_str().into());
        }
        error.extend((*self.details).clone());
        error.insert("type".to_owned(), self.kind.into());
        error
    }

    /// In `/v2`, the message alone names the parameter, and wrong ones have a code in place of a type.
    fn in_v2(&self) -> Map<String, Value> {
        let is_of_fields = self.status == 400 && self.parameter.is_some();
        let (code, kind) = match (self.status, self.code) {
            _ if is_of_fields => (Some("invalid_fields"), None),
            (404, Some("resource_missing")) => (Some("not_found"), Some(self.kind)),
            (429, code) => (code, Some("rate_limit")),
            (_, code) => (code, Some(self.kind)),
        };
        let members = [("code", code), ("message", Some(self.message.as_str())), ("type", kind)];
        let known = members.into_iter().filter_map(|(name, text)| Some((name, text?)));
        known.map(|(name, text)| (name.to_owned(), text.into())).collect()
    }
}
