//! A look at the app after the steps: a request, or a command; and commands around the steps.

use std::time::Duration;

use super::document::{Location, Node, Table};
use super::expectation::{Expectation, template};
use super::step::expect;
use super::values;
use crate::config::file::positive_duration;
use crate::error::Result;

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
    pub(super) fn read(table: Table<'_>) -> Result<Self> {
        let keys = [&["within", "expect", "run"], REQUEST_KEYS.as_slice()].concat();
        let table = table.with(&keys)?;
        let (look, place, more) = match table.get("run") {
            None => {
                let (request, place) = request(&table)?;
                (CheckTarget::Request(request), place, &[][..])
            }
            Some(node) => {
                if let Some(other) = REQUEST_KEYS.iter().find_map(|key| table.get(key)) {
                    return Err(other.error("a check with `run` sends no request"));
                }
                (CheckTarget::Run(words(&node)?), node.place(), &["exit_code"][..])
            }
        };
        let within = table.get("within").map(|node| node.read(positive_duration)).transpose()?;
        let (within, expect) = (within.unwrap_or_default(), expect(&table, more)?);
        Ok(Self { look, within, expect, place })
    }

    /// A command that is to end well.
    pub(super) fn read_command(node: &Node<'_>) -> Result<Self> {
        let run = node.table()?.with(&["run"])?.need("run")?;
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

/// A program and its arguments.
fn words(node: &Node<'_>) -> Result<Vec<String>> {
    let words = node.each().iter().map(template).collect::<Result<Vec<_>>>()?;
    match words.first() {
        Some(program) if !program.is_empty() && !program.contains("{{") => Ok(words),
        _ => Err(node
            .error("expected a program and its arguments, such as `[\"./check\", \"{{order}}\"]`")),
    }
}

fn request(table: &Table<'_>) -> Result<(CheckRequest, Location)> {
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
    let method = table.get("method").map(|node| node.read(method)).transpose()?;
    let method = method.unwrap_or_else(|| "GET".to_owned());
    let (headers, body) = (headers(table)?, body(table)?);
    Ok((CheckRequest { method, place, path, headers, body }, node.place()))
}

fn method(text: &str) -> std::result::Result<String, String> {
    let is_one = !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphabetic());
    let expected = || "expected a method such as `POST`".to_owned();
    is_one.then(|| text.to_ascii_uppercase()).ok_or_else(expected)
}

fn headers(table: &Table<'_>) -> Result<Vec<(String, String)>> {
    let Some(node) = table.get("headers") else { return Ok(Vec::new()) };
    let token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    let header = |(name, node): (&str, Node<'_>)| {
        let value = template(&node)?;
        if name.is_empty() || !name.chars().all(token) || value.chars().any(char::is_control) {
            return Err(node.error("expected a header, such as `Authorization = \"Bearer x\"`"));
        }
        Ok((name.to_owned(), value))
    };
    node.table()?.entries().map(header).collect()
}

/// Text as it is, a table or a list as JSON.
fn body(table: &Table<'_>) -> Result<String> {
    let Some(node) = table.get("body") else { return Ok(String::new()) };
    match node.json()? {
        serde_json::Value::String(_) => template(&node),
        json => {
            let text = json.to_string();
            values::names(&text).map_err(|reason| node.error(reason))?;
            Ok(text)
        }
    }
}
