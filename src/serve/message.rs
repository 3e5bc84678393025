//! What is said on the lines.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::PROTOCOL;

/// What a test suite says.
#[derive(Debug)]
pub(crate) enum SuiteMessage {
    /// Run a command.
    Run(Run),
    /// The app's answer to a request.
    Answer(AppAnswer),
}

/// A command that is to be run.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Run {
    /// The suite's own number.
    pub(crate) id: u64,
    /// The words of the command line, without `devtool`.
    #[serde(rename = "run")]
    pub(crate) words: Vec<String>,
    /// Whether the suite is the app.
    #[serde(default)]
    pub(crate) app: bool,
}

/// What the app answered.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AppAnswer {
    /// The number of the request.
    #[serde(rename = "answer")]
    pub(crate) request: u64,
    pub(crate) status: u16,
    #[serde(default)]
    pub(crate) headers: Vec<(String, String)>,
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    body_base64: Option<String>,
}

impl SuiteMessage {
    /// A line of the suite's.
    ///
    /// # Errors
    /// It says what is wrong with it.
    pub(crate) fn parse(line: &str) -> Result<Self, String> {
        let value: Value = serde_json::from_str(line).map_err(|error| error.to_string())?;
        let message = if value.get("answer").is_some() {
            serde_json::from_value(value).map(Self::Answer)
        } else {
            serde_json::from_value(value).map(Self::Run)
        };
        message.map_err(|error| error.to_string())
    }
}

impl AppAnswer {
    /// The body's bytes; `None` where they are not Base64.
    pub(crate) fn body(&self) -> Option<Vec<u8>> {
        match &self.body_base64 {
            Some(text) => STANDARD.decode(text).ok(),
            None => Some(self.body.clone().unwrap_or_default().into_bytes()),
        }
    }
}

/// The first line: who speaks, and how.
pub(crate) fn greeting() -> Value {
    json!({ "devtool": env!("CARGO_PKG_VERSION"), "protocol": PROTOCOL })
}

/// What came of a command: its exit code, what it printed (as JSON, where it is that), and what it said besides.
pub(crate) fn done(id: u64, exit_code: u8, (output, errors): (&str, &str)) -> Value {
    let report = serde_json::from_str::<Value>(output);
    let mut done = json!({ "id": id, "exit_code": exit_code, "errors": errors });
    match report {
        Ok(report) => done["report"] = report,
        Err(_) => done["output"] = output.into(),
    }
    done
}

/// Why a line was not understood.
pub(crate) fn error(why: &str) -> Value {
    json!({ "error": why })
}

/// A request for the app.
pub(super) fn request(
    number: u64,
    (method, path): (&str, &str),
    headers: &[(String, String)],
    body: &[u8],
) -> Value {
    let mut request = Map::new();
    request.insert("request".to_owned(), number.into());
    request.insert("method".to_owned(), method.into());
    request.insert("path".to_owned(), path.into());
    request.insert("headers".to_owned(), json!(headers));
    // Text stays text, so that a log of the lines can be read.
    match std::str::from_utf8(body) {
        Ok(text) => request.insert("body".to_owned(), text.into()),
        Err(_) => request.insert("body_base64".to_owned(), STANDARD.encode(body).into()),
    };
    request.into()
}
