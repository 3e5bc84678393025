//! Calls of Stripe's API by way of the Stripe CLI.
//!
//! `stripe get` and its siblings exit with 0 for most refusals of the API and print its error document
//! to stdout; only a 401 and a network that fails have an exit code (observed with 1.52.0).

use std::time::Duration;

use serde_json::Value;

use super::child::{Stripe, TextOutput};
use super::config_trouble;
use super::error;
use crate::error::{Error, Result};

/// What the API answered.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// The object or list that was asked for.
    Object(Value),
    /// An error document.
    Error(ApiError),
}

/// An error of the API's own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ApiError {
    /// The error's code, such as `rate_limit`; empty where it has none.
    pub code: String,
    /// What it says.
    pub message: String,
}

impl ApiError {
    /// The key is good, but may not do this.
    pub fn is_lack_of_permission(&self) -> bool {
        self.code == "more_permissions_required" || self.message.contains("required permissions")
    }

    /// Too many calls; a later one may do.
    pub fn is_rate_limit(&self) -> bool {
        self.code == "rate_limit"
    }
}

impl Stripe {
    /// Runs a command that answers with the API's own document (`get`, `post`, `events resend`).
    ///
    /// # Errors
    /// Stripe cannot be reached, refuses the login or the key, or answers something else than JSON.
    pub async fn ask(&self, arguments: &[&str], time_limit: Duration) -> Result<Reply> {
        let output = self.output(arguments, time_limit).await?;
        read(&output, &self.credential())
    }

    /// The webhook endpoints of the account: the last hundred of them.
    ///
    /// # Errors
    /// Stripe cannot be reached, or refuses the login or the call.
    pub async fn webhook_endpoints(&self, time_limit: Duration) -> Result<Value> {
        let what = "/v1/webhook_endpoints";
        match self.ask(&["get", what, "-d", "limit=100"], time_limit).await? {
            Reply::Object(list) => Ok(list),
            Reply::Error(error) => Err(error::refused(&format!("GET {what}"), error.message)),
        }
    }

    /// What the children log in with, for a reader.
    pub fn credential(&self) -> String {
        match &self.key {
            Some(key) => format!("the API key {}", key.hint()),
            None => "the Stripe CLI's login".to_owned(),
        }
    }
}

pub(super) fn read(output: &TextOutput, credential: &str) -> Result<Reply> {
    if output.code != Some(0) {
        return Err(refusal(&output.stderr, credential));
    }
    let document: Value = serde_json::from_str(&output.stdout).map_err(|_| {
        let start = output.stdout.lines().next().unwrap_or_default();
        let source = format!("it answers no JSON: {}", start.chars().take(80).collect::<String>());
        error::unreachable(source)
    })?;
    match document.get("error") {
        Some(error) if error.is_object() => {
            let text = |name: &str| error[name].as_str().unwrap_or_default().to_owned();
            Ok(Reply::Error(ApiError { code: text("code"), message: text("message") }))
        }
        _ => Ok(Reply::Object(document)),
    }
}

/// The error behind what a child that failed wrote to stderr.
pub(super) fn refusal(stderr: &str, credential: &str) -> Error {
    let words = stderr.trim();
    let refused = |reason: &str| error::login_refused(credential, reason);
    if words.contains("not configured API keys") {
        error::not_logged_in()
    } else if words.contains("has expired") || words.contains("api_key_expired") {
        refused("it has expired")
    } else if words.contains("status=401") {
        refused(message_in(words).as_deref().unwrap_or("it is not valid"))
    } else if let Some(trouble) = config_trouble::error(words) {
        trouble
    } else {
        let first = words.lines().next().unwrap_or_default();
        error::unreachable(first)
    }
}

/// The message of the error document that stands behind `body=`.
pub(super) fn message_in(words: &str) -> Option<String> {
    let (_, body) = words.split_once("body=")?;
    let mut documents = serde_json::Deserializer::from_str(body).into_iter::<Value>();
    let document = documents.next()?.ok()?;
    Some(document["error"]["message"].as_str()?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn output(code: i32, stdout: &str, stderr: &str) -> TextOutput {
        TextOutput { code: Some(code), stdout: stdout.to_owned(), stderr: stderr.to_owned() }
    }

    fn error_of(code: i32, stdout: &str, stderr: &str) -> String {
        let error = read(&output(code, stdout, stderr), "the key").unwrap_err();
        let cause = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
        format!("{error}|{cause}")
    }

    #[test]
    fn an_error_document_with_exit_code_zero_is_an_error() {
        let denied = r#"{"error": {"message": "The provided key does not have the required permissions", "type": "invalid_request_error"}}"#;
        let Reply::Error(denied) = read(&output(0, denied, ""), "").unwrap() else { panic!() };
        assert!(denied.is_lack_of_permission() && !denied.is_rate_limit());
        let limited = r#"{"error": {"code": "rate_limit", "message": "Too many"}}"#;
        let Reply::Error(limited) = read(&output(0, limited, ""), "").unwrap() else { panic!() };
        assert!(limited.is_rate_limit() && !limited.is_lack_of_permission());
        let object = read(&output(0, r#"{"id": "acct_1", "error": null}"#, ""), "").unwrap();
        assert!(matches!(object, Reply::Object(_)));
    }

    #[test]
    fn failures_are_told_apart() {
        let invalid = r#"Request failed, status=401, body={"error": {"message": "Invalid API Key provided: sk_test_****"}}"#;
        assert_eq!(
            error_of(1, "", invalid),
            "Stripe rejects the key: Invalid API Key provided: sk_test_****|"
        );
        let expired = "The API key for the default profile has expired. Run `stripe login` to …";
        assert_eq!(error_of(1, "", expired), "Stripe rejects the key: it has expired|");
        let none = "You have not configured API keys yet\n  If you already have a key: …";
        assert_eq!(error_of(1, "", none), "the Stripe CLI is not logged in|");
        let down = "Get \"http://127.0.0.1:9/v1/account\": dial tcp 127.0.0.1:9: connect: connection refused";
        assert_eq!(error_of(1, "", down), format!("cannot reach Stripe|{down}"));
        let gateway = error_of(0, "<html>bad gateway</html>", "");
        assert_eq!(gateway, "cannot reach Stripe|it answers no JSON: <html>bad gateway</html>");
    }
}
