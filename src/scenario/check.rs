//! A look at the app after the steps: a request, or a command; and commands around the steps.

use std::time::Duration;

use super::document::{Node, ReadResult, Table};
use super::expectation::{Expectation, template};
use super::location::Location;
use super::step::expect;
use super::values;
use crate::config::file::positive_duration;

/// What has to be true of the app.
#[derive(Clone, Debug)]
pub struct Check {
    /// What is looked at.
    pub look: CheckTarget,
    /// For how long the app may take to be as expected.
    pub within: Duration,
    /// What is expected of the answer, or of what the command writes.
    pub expect: Expectation,
    /// Where it stands.
    pub place: Location,
}

/// How the app is looked at. Its texts may name values in double braces.
#[derive(Clone, Debug)]
pub enum CheckTarget {
    /// A request.
    Request(CheckRequest),
    /// A program and its arguments; no shell reads them.
    Run(Vec<String>),
}

/// A request to the app.
#[derive(Clone, Debug)]
pub struct CheckRequest {
    /// `GET`
    pub method: String,
    /// The scheme, host and port, where those are not the endpoint's.
    pub place: Option<String>,
    /// The path with its query.
    pub path: String,
    /// Headers.
    pub headers: Vec<(String, String)>,
    /// The body; empty for none.
    pub body: String,
}

/// Commands around the steps.
#[derive(Clone, Debug, Default)]
pub struct Around {
    /// Before the first event: where it fails, none is sent.
    pub setup: Option<Check>,
    /// After the checks.
    pub teardown: Option<Check>,
}

const REQUEST_KEYS: [&str; 5] = ["path", "url", "method", "headers", "body"];

impl Check {
    /// The check of a table; `None` where that says of nothing to look at.
    pub(super) fn read(table: Table<'_>) -> Option<Self> {
        let keys = [&["within", "expect", "run"], REQUEST_KEYS.as_slice()].concat();
        let table = table.with(&keys);
        let within = table.value("within", |node| node.read(positive_duration));
        let more: &[&str] = if table.get("run").is_some() { &["exit_code"] } else { &[] };
        let expect = expect(&table, more);
        let (look, place) = table.document().keep(look(&table))?;
        Some(Self { look, within: within.unwrap_or_default(), expect, place })
    }

    /// A command that is to end well.
    pub(super) fn read_command(node: &Node<'_>) -> ReadResult<Self> {
        let run = node.table()?.with(&["run"]).need("run")?;
        Ok(Self {
            look: CheckTarget::Run(words(&run)?),
            within: Duration::ZERO,
            expect: Expectation::default(),
            place: run.place(),
        })
    }

    /// All texts in which names may stand for values.
    pub fn templates(&self) -> Vec<&str> {
        let of_look: Vec<&String> = match &self.look {
            CheckTarget::Run(words) => words.iter().collect(),
            CheckTarget::Request(request) => {
                let headers = request.headers.iter().map(|(_, value)| value);
                headers.chain([&request.path, &request.body]).collect()
            }
        };
        of_look.into_iter().map(String::as_str).chain(self.expect.templates()).collect()
    }

    /// The program and its arguments, where it is a command.
    pub fn command(&self) -> Option<&[String]> {
        match &self.look {
            CheckTarget::Run(words) => Some(words),
            CheckTarget::Request(_) => None,
        }
    }
}

/// What is looked at, and where that stands.
fn look(table: &Table<'_>) -> ReadResult<(CheckTarget, Location)> {
    let Some(run) = table.get("run") else {
        let (request, place) = request(table)?;
        return Ok((CheckTarget::Request(request), place));
    };
    match REQUEST_KEYS.iter().find_map(|key| table.get(key)) {
        Some(other) => Err(other.error("a check with `run` sends no request")),
        None => Ok((CheckTarget::Run(words(&run)?), run.place())),
    }
}

/// A program and its arguments.
fn words(node: &Node<'_>) -> ReadResult<Vec<String>> {
    let words = node.each().iter().map(template).collect::<ReadResult<Vec<_>>>()?;
    match words.first() {
        Some(program) if !program.is_empty() && !program.contains("{{") => Ok(words),
        _ => Err(node
            .error("expected a program and its arguments, such as `[\"./check\", \"{{order}}\"]`")),
    }
}

fn request(table: &Table<'_>) -> ReadResult<(CheckRequest, Location)> {
    let (node, place, path) = match (table.get("url"), table.get("path")) {
        (Some(url), None) => {
            let text = template(&url)?;
            let rest = text.find("://").map(|at| at + 3);
            let path = rest.and_then(|rest| text[rest..].find('/').map(|slash| rest + slash));
            let (place, path) = text.split_at(path.unwrap_or(text.len()));
            let is_url = rest.is_some_and(|rest| place.len() > rest) && !place.contains("{{");
            if !is_url {
                return Err(url.error(
                    "expected a URL of this machine, such as `http://localhost:3001/orders`",
                ));
            }
            let path = if path.is_empty() { "/" } else { path };
            (url, Some(place.to_owned()), path.to_owned())
        }
        (Some(url), Some(_)) => return Err(url.error("a check has either `url` or `path`")),
        (None, _) => {
            let node = table.need("path")?;
            let text = template(&node)?;
            if !text.starts_with('/') && !text.starts_with("{{") {
                return Err(node.error("expected a path of the app, such as `/orders/{{order}}`"));
            }
            (node, None, text)
        }
    };
    let method = table.value("method", |node| node.read(method));
    let method = method.unwrap_or_else(|| "GET".to_owned());
    let headers = table.members("headers", header);
    let body = table.value("body", body).unwrap_or_default();
    Ok((CheckRequest { method, place, path, headers, body }, node.place()))
}

fn method(text: &str) -> Result<String, String> {
    let is_one = !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphabetic());
    let expected = || "expected a method such as `POST`".to_owned();
    is_one.then(|| text.to_ascii_uppercase()).ok_or_else(expected)
}

fn header(name: &str, node: &Node<'_>) -> ReadResult<(String, String)> {
    let token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    let value = template(node)?;
    if name.is_empty() || !name.chars().all(token) || value.chars().any(char::is_control) {
        return Err(node.error("expected a header, such as `Authorization = \"Bearer x\"`"));
    }
    Ok((name.to_owned(), value))
}

/// Text as it is, a table or a list as JSON.
fn body(node: &Node<'_>) -> ReadResult<String> {
    match node.json()? {
        serde_json::Value::String(_) => template(node),
        json => {
            let text = json.to_string();
            values::names(&text).map_err(|reason| node.error(reason))?;
            Ok(text)
        }
    }
}
