//! Errors as Stripe's API answers them.

use serde_json::{Map, Value, json};

use super::answer::ApiAnswer;

/// The class of most errors.
const INVALID_REQUEST: &str = "invalid_request_error";

/// Why a request is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RequestError {
    status: u16,
    kind: &'static str,
    code: Option<&'static str>,
    message: String,
    parameter: Option<String>,
    /// What the library prints in the app's own log.
    notice: Option<String>,
}

impl RequestError {
    fn new(status: u16, message: impl Into<String>) -> Self {
        Self {
            status,
            kind: INVALID_REQUEST,
            code: None,
            message: message.into(),
            parameter: None,
            notice: None,
        }
    }

    fn coded(self, code: &'static str) -> Self {
        Self { code: Some(code), ..self }
    }

    fn about(self, parameter: impl Into<String>) -> Self {
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

    /// An error that the user asked for, with that status.
    pub(super) fn fault(status: u16) -> Self {
        let error = Self::new(status, "devtool: this error was asked for by a fault of the API");
        match status {
            404 => error.coded("resource_missing").about("id"),
            500.. => Self { kind: "api_error", ..error },
            _ => error,
        }
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

    pub(super) fn answer(&self) -> ApiAnswer {
        let mut error = Map::new();
        if let Some(code) = self.code {
            error.insert("code".to_owned(), code.into());
            if self.notice.is_none() {
                error.insert(
                    "doc_url".to_owned(),
                    format!("https://stripe.com/docs/error-codes/{}", code.replace('_', "-"))
                        .into(),
                );
            }
        }
        error.insert("message".to_owned(), self.message.as_str().into());
        if let Some(parameter) = &self.parameter {
            error.insert("param".to_owned(), parameter.as_str().into());
        }
        error.insert("type".to_owned(), self.kind.into());
        let body = json!({"error": Value::Object(error)});
        ApiAnswer { notice: self.notice.clone(), ..ApiAnswer::json(self.status, &body) }
    }
}
