//! What a step or a check expects of an answer.

use std::fmt;
use std::time::Duration;

use regex_lite::Regex;
use serde_json::Value;

use super::comparison::Comparison;
use super::document::{Node, ReadResult, Table};
use super::values;
use crate::config::file::positive_duration;
use crate::event::path::Path;
use crate::protocol::CallPattern;

/// What an answer has to be like; without a status, any 2xx.
#[derive(Clone, Debug, Default)]
pub struct Expectation {
    /// The statuses that are fine; none: 2xx.
    pub status: Vec<StatusPattern>,
    /// How long it may take.
    pub max_latency: Option<Duration>,
    /// The body as text.
    pub body: TextExpectation,
    /// Members of the body as JSON.
    pub json: Vec<(Path, Value)>,
    /// Headers by (lower-case) name.
    pub headers: Vec<(String, TextExpectation)>,
    /// Calls of the local API that the app has to make meanwhile, as patterns in which names may stand for values.
    pub api_calls: Vec<String>,
    /// How many it may make.
    pub max_api_calls: Option<u32>,
    /// How a command has to end; else with 0.
    pub exit_code: Option<u32>,
    /// Numbers in the body as JSON.
    pub numbers: Vec<(Path, Comparison)>,
}

/// One status, or a hundred of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatusPattern {
    /// `200`
    Exactly(u16),
    /// `"2xx"`
    Class(u16),
}

impl StatusPattern {
    /// Whether it holds for a status.
    pub const fn fits(self, status: u16) -> bool {
        match self {
            Self::Exactly(one) => one == status,
            Self::Class(class) => class == status / 100,
        }
    }
}

impl fmt::Display for StatusPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exactly(status) => write!(f, "{status}"),
            Self::Class(class) => write!(f, "{class}xx"),
        }
    }
}

/// What a text has to be like.
#[derive(Clone, Debug, Default)]
pub struct TextExpectation {
    /// The whole of it.
    pub equals: Option<String>,
    /// Parts of it.
    pub contains: Vec<String>,
    /// Regular expressions that find something in it.
    pub matches: Vec<Regex>,
}

impl TextExpectation {
    fn read(node: &Node<'_>, more: &[&str]) -> ReadResult<Self> {
        if !node.is_table() {
            return Ok(Self { equals: Some(template(node)?), ..Self::default() });
        }
        let keys = [&["equals", "contains", "matches"], more].concat();
        let table = node.table()?.with(&keys);
        let pattern = |node: &Node<'_>| {
            node.read(|text| {
                Regex::new(text).map_err(|error| format!("not a regular expression: {error}"))
            })
        };
        Ok(Self {
            equals: table.value("equals", template),
            contains: table.each("contains", template),
            matches: table.each("matches", pattern),
        })
    }
}

impl Expectation {
    /// Whether a status is as expected.
    pub fn accepts(&self, status: u16) -> bool {
        if self.status.is_empty() {
            return StatusPattern::Class(2).fits(status);
        }
        self.status.iter().any(|pattern| pattern.fits(status))
    }

    /// Whether it is about calls of the local API.
    pub const fn is_about_calls(&self) -> bool {
        !self.api_calls.is_empty() || self.max_api_calls.is_some()
    }

    pub(super) fn read(table: Table<'_>, more: &[&str]) -> Self {
        let keys = [&["status", "max_latency", "body", "header", "number"], more].concat();
        let table = table.with(&keys);
        let body = table.get("body").filter(Node::is_table);
        let body_table = body.and_then(|node| table.document().keep(node.table()));
        Self {
            status: table.each("status", status),
            max_latency: table.value("max_latency", |node| node.read(positive_duration)),
            body: table
                .value("body", |node| TextExpectation::read(node, &["json"]))
                .unwrap_or_default(),
            json: body_table.map_or_else(Vec::new, |table| table.members("json", json)),
            headers: table.members("header", header),
            api_calls: table.each("api_calls", call),
            max_api_calls: table.value("max_api_calls", |node| node.integer(0..=10_000)),
            exit_code: table.value("exit_code", |node| node.integer(0..=255)),
            numbers: table.members("number", numbers).concat(),
        }
    }

    /// All texts in which names may stand for values.
    pub fn templates(&self) -> impl Iterator<Item = &str> {
        let texts = std::iter::once(&self.body).chain(self.headers.iter().map(|(_, text)| text));
        let texts = texts.flat_map(|text| text.equals.iter().chain(&text.contains));
        let texts = texts.chain(&self.api_calls).map(String::as_str);
        texts.chain(self.json.iter().filter_map(|(_, value)| value.as_str()))
    }
}

/// Text in which names may stand for values.
pub(super) fn template(node: &Node<'_>) -> ReadResult<String> {
    node.read(|text| values::names(text).map(|_| text.to_owned()))
}

/// A pattern of calls, which may name values.
fn call(node: &Node<'_>) -> ReadResult<String> {
    node.read(|text| text.parse::<CallPattern>().map(drop))?;
    template(node)
}

fn status(node: &Node<'_>) -> ReadResult<StatusPattern> {
    const EXPECTED: &str = "expected a status such as 200, \"2xx\", or a list of them";
    let Ok(text) = node.text() else {
        let number = node.integer(100..=599).map_err(|_| node.error(EXPECTED))?;
        return u16::try_from(number).map(StatusPattern::Exactly).map_err(|_| node.error(EXPECTED));
    };
    let class = text.strip_suffix("xx").and_then(|class| class.parse().ok());
    match (class, text.parse()) {
        (Some(class @ 1..=5), _) => Ok(StatusPattern::Class(class)),
        (None, Ok(status @ 100..=599)) => Ok(StatusPattern::Exactly(status)),
        _ => Err(node.error(EXPECTED)),
    }
}

fn json(path: &str, node: &Node<'_>) -> ReadResult<(Path, Value)> {
    let value = node.json()?;
    if value.is_string() {
        template(node)?;
    }
    Ok((json_path(path).map_err(|reason| node.key_error(reason))?, value))
}

/// A path with a comparison, or several.
fn numbers(path: &str, node: &Node<'_>) -> ReadResult<Vec<(Path, Comparison)>> {
    let path = json_path(path).map_err(|reason| node.key_error(reason))?;
    let comparison = |one: &Node<'_>| {
        let text = match one.json()? {
            Value::String(text) => text,
            other => other.to_string(),
        };
        Ok((path.clone(), text.parse().map_err(|reason: String| one.error(reason))?))
    };
    node.each().iter().map(comparison).collect()
}

/// A path into a body, with or without the `$.` that JSON paths begin with.
pub(super) fn json_path(text: &str) -> Result<Path, String> {
    Path::parse(text.strip_prefix("$.").unwrap_or(text))
}

fn header(name: &str, node: &Node<'_>) -> ReadResult<(String, TextExpectation)> {
    Ok((name.to_ascii_lowercase(), TextExpectation::read(node, &[])?))
}
