//! What the fake can be made to do wrong.

use std::time::Duration;

use serde_json::{Value, json};

/// A fault that a path has instead of its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// 401: the key has expired.
    Expired,
    /// 401: no such key.
    UnknownKey,
    /// 403: the key may not do that.
    Restricted,
    /// 429, with `Retry-After` where there is a number of seconds.
    RateLimited(Option<u64>),
    /// 500.
    Broken,
    /// 400 with Stripe's words for what the account is not able to do.
    Unable(&'static str),
    /// No answer at all.
    Hang,
    /// The answer, late.
    Slow(Duration),
}

/// A fault, where it is, and how often it will be met.
#[derive(Clone, Debug)]
pub(crate) struct Placed {
    pub(crate) method: Option<&'static str>,
    pub(crate) path: String,
    pub(crate) fault: Fault,
    pub(crate) left: Option<usize>,
}

/// An answer of the API.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) fn ok(body: Value) -> Self {
        Self { status: 200, headers: Vec::new(), body }
    }

    /// An error in Stripe's form.
    pub(crate) fn error(status: u16, kind: &str, code: &str, message: &str) -> Self {
        let body = json!({"error": {
            "code": code,
            "doc_url": format!("https://stripe.com/docs/error-codes/{}", code.replace('_', "-")),
            "message": message,
            "type": kind,
        }});
        Self { status, headers: Vec::new(), body }
    }

    pub(crate) fn invalid(code: &str, message: &str) -> Self {
        Self::error(400, "invalid_request_error", code, message)
    }

    pub(crate) fn no_such_path(method: &str, path: &str) -> Self {
        let message = format!("Unrecognized request URL ({method}: {path}).");
        Self::error(404, "invalid_request_error", "url_invalid", &message)
    }

    pub(crate) fn no_such_object(kind: &str, id: &str) -> Self {
        let message = format!("No such {kind}: '{id}'");
        Self::error(404, "invalid_request_error", "resource_missing", &message)
    }
}

impl Fault {
    /// The answer of a fault that has one.
    pub(crate) fn answer(self) -> Option<Answer> {
        let invalid = "invalid_request_error";
        Some(match self {
            Self::Expired => Answer::error(
                401,
                invalid,
                "api_key_expired",
                "Expired API Key provided: sk_test_*******0000",
            ),
            Self::UnknownKey => {
                let mut answer = Answer::error(
                    401,
                    invalid,
                    "",
                    "Invalid API Key provided: sk_test_*******0000",
                );
                answer.body = json!({"error": {"message": "Invalid API Key provided: sk_test_*******0000", "type": invalid}});
                answer
            }
            Self::Restricted => Answer::error(
                403,
                invalid,
                "more_permissions_required",
                "The provided key 'rk_test_*******0000' does not have the required permissions for this endpoint.",
            ),
            Self::RateLimited(after) => {
                let mut answer =
                    Answer::error(429, invalid, "rate_limit", "Request rate limit exceeded.");
                answer.headers.extend(after.map(|seconds| ("Retry-After", seconds.to_string())));
                answer
            }
            Self::Broken => Answer::error(500, "api_error", "", "An unknown error occurred"),
            Self::Unable(message) => Answer::invalid("", message),
            Self::Hang | Self::Slow(_) => return None,
        })
    }
}
