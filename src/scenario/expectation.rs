//! What a step or a check expects of an answer.

use std::fmt;
use std::time::Duration;

use regex_lite::Regex;
use serde_json::Value;

use super::comparison::Comparison;
use super::document::{Node, Table};
use super::values;
use crate::config::file::positive_duration;
use crate::error::Result;
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
    fn read(node: &Node<'_>, more: &[&str]) -> Result<Self> {
        if !node.is_table() {
            return Ok(Self { equals: Some(template(node)?), ..Self::default() });
        }
        let keys = [&["equals", "contains", "matches"], more].concat();
        let table = node.table()?.with(&keys)?;
        let equals = table.get("equals").map(|node| template(&node)).transpose()?;
        let contains = each(&table, "contains", template)?;
        let matches = each(&table, "matches", |node| {
            node.read(|text| {
                Regex::new(text).map_err(|error| format!("not a regular expression: {error}"))
            })
        })?;
        Ok(Self { equals, contains, matches })
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

    pub(super) fn read(node: &Node<'_>, more: &[&str]) -> Result<Self> {
        let keys = [&["status", "max_latency", "body", "header", "number"], more].concat();
        let table = node.table()?.with(&keys)?;
        let body = table.get("body");
        let json = match &body {
            Some(node) if node.is_table() => json(&node.table()?)?,
            _ => Vec::new(),
        };
        let body = body.map(|node| TextExpectation::read(&node, &["json"])).transpose()?;
        Ok(Self {
            status: each(&table, "status", status)?,
            max_latency: table.get("max_latency").map(|n| n.read(positive_duration)).transpose()?,
            body: body.unwrap_or_default(),
            json,
            headers: match table.get("header") {
                Some(node) => headers(&node.table()?)?,
                None => Vec::new(),
            },
            api_calls: each(&table, "api_calls", call)?,
            max_api_calls: table.get("max_api_calls").map(|n| n.integer(0..=10_000)).transpose()?,
            exit_code: table.get("exit_code").map(|n| n.integer(0..=255)).transpose()?,
            numbers: table.get("number").map_or_else(|| Ok(Vec::new()), |node| numbers(&node))?,
        })
    }

    /// All texts in which names may stand for values.
    pub fn templates(&self) -> impl Iterator<Item = &str> {
        let texts = std::iter::once(&self.body).chain(self.headers.iter().map(|(_, text)| text));
        let texts = texts.flat_map(|text| text.equals.iter().chain(&text.contains));
        let texts = texts.chain(&self.api_calls).map(String::as_str);
        texts.chain(self.json.iter().filter_map(|(_, value)| value.as_str()))
    }
}

/// Each value of a key that takes one or a list.
fn each<T>(table: &Table<'_>, key: &str, read: impl Fn(&Node<'_>) -> Result<T>) -> Result<Vec<T>> {
    table.get(key).map_or_else(|| Ok(Vec::new()), |node| node.each().iter().map(read).collect())
}

/// Text in which names may stand for values.
pub(super) fn template(node: &Node<'_>) -> Result<String> {
    node.read(|text| values::names(text).map(|_| text.to_owned()))
}

/// A pattern of calls, which may name values.
fn call(node: &Node<'_>) -> Result<String> {
    node.read(|text| text.parse::<CallPattern>().map(drop))?;
    template(node)
}

fn status(node: &Node<'_>) -> Result<StatusPattern> {
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

fn json(body: &Table<'_>) -> Result<Vec<(Path, Value)>> {
    let Some(node) = body.get("json") else { return Ok(Vec::new()) };
    let member = |(path, node): (&str, Node<'_>)| {
        let value = node.json()?;
        if value.is_string() {
            template(&node)?;
        }
        Ok((json_path(path).map_err(|reason| node.error(reason))?, value))
    };
    node.table()?.entries().map(member).collect()
}

/// Each path with a comparison, or several.
fn numbers(node: &Node<'_>) -> Result<Vec<(Path, Comparison)>> {
    let mut all = Vec::new();
    for (path, node) in node.table()?.entries() {
        let path = json_path(path).map_err(|reason| node.error(reason))?;
        for one in node.each() {
            let text = match one.json()? {
                Value::String(text) => text,
                other => other.to_string(),
            };
            let comparison = text.parse().map_err(|reason: String| one.error(reason))?;
            all.push((path.clone(), comparison));
        }
    }
    Ok(all)
}

/// A path into a body, with or without the `$.` that JSON paths begin with.
pub(super) fn json_path(text: &str) -> std::result::Result<Path, String> {
    Path::parse(text.strip_prefix("$.").unwrap_or(text))
}

fn headers(table: &Table<'_>) -> Result<Vec<(String, TextExpectation)>> {
    let header = |(name, node): (&str, Node<'_>)| {
        Ok((name.to_ascii_lowercase(), TextExpectation::read(&node, &[])?))
    };
    table.entries().map(header).collect()
}
