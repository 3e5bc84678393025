//! One step of a scenario: an event with its variations, what is expected of the answer, and what is
//! kept of it.

use std::time::Duration;

use serde_json::{Map, Value};

use super::document::{Location, Node, Table};
use super::expectation::{Expectation, json_path, template};
use super::values;
use crate::error::Result;
use crate::event::Setting;
use crate::event::event_type::EventCause;
use crate::event::path::Path;
use crate::protocol::ApiFault;
use crate::protocol::moment::Offset;
use crate::text::duration;

/// The keys of a `[[step]]`.
const KEYS: [&str; 16] = [
    "event",
    "object",
    "about",
    "state",
    "was",
    "cause",
    "at",
    "since",
    "set",
    "unset",
    "account",
    "delay",
    "repeat",
    "expect",
    "save",
    "api_fault",
];

/// How often one step may be delivered.
const MOST_COPIES: u32 = 100;

/// One event of a scenario.
#[derive(Clone, Debug, Default)]
pub struct Step {
    /// The type.
    pub event: String,
    /// The object's type, where it is not that of the event's type, or the catalogue does not know
    /// the event.
    pub object: Option<String>,
    /// Which object it is about, where the story has several of its type (`invoice/second`).
    pub about: Option<String>,
    /// States that the object is in besides those of the type.
    pub state: Vec<String>,
    /// What was different before it, where that is not as the type says: path to value.
    pub was: Option<Map<String, Value>>,
    /// Who caused it, where that is not as the type says.
    pub cause: Option<EventCause>,
    /// When it happens, counted from the end of the story.
    pub at: Offset,
    /// The day of the API version from which on Stripe sends it.
    pub since: Option<String>,
    /// What is different in its payload.
    pub changes: Vec<PlacedSetting>,
    /// How long to wait before it is sent.
    pub delay: Duration,
    /// How often the same event is delivered again.
    pub again: u32,
    /// What is expected of the answer.
    pub expect: Expectation,
    /// What is kept of the answer.
    pub save: Vec<Save>,
    /// What happens to calls of the local API meanwhile.
    pub api_faults: Vec<ApiFault>,
    /// Where it stands in its file; `None` for a step of no file.
    pub places: Option<Places>,
}

/// Where the parts of a step stand that only a story can check.
#[derive(Clone, Debug)]
pub struct Places {
    /// Its event.
    pub event: Location,
    /// Its object.
    pub object: Location,
    /// What it is about.
    pub about: Location,
    /// Its states.
    pub state: Location,
    /// What was different before it.
    pub was: Location,
    /// Its expectations.
    pub expect: Location,
    /// Its faults of the API.
    pub api_fault: Location,
}

/// A setting of a file.
#[derive(Clone, Debug)]
pub struct PlacedSetting {
    /// What is set or taken out; the value of a step's field may name others in double braces.
    pub setting: Setting,
    /// Where it stands.
    pub place: Location,
}

/// A value that is kept of an answer.
#[derive(Clone, Debug)]
pub struct Save {
    /// What it is called from then on.
    pub name: String,
    /// What part of the answer it is.
    pub part: Part,
}

/// A part of an answer.
#[derive(Clone, Debug)]
pub enum Part {
    /// A member of the body as JSON.
    Json(Path),
    /// A header, by its lower-case name.
    Header(String),
}

impl Step {
    pub(super) fn read(table: Table<'_>) -> Result<Self> {
        let table = table.with(&KEYS)?;
        let event = table.need("event")?;
        let text = |key: &str| table.get(key).map(|node| node.text()).transpose();
        let place = |key: &str| table.get(key).unwrap_or_else(|| event.clone()).place();
        let repeat = table.get("repeat").map(|node| node.integer(1..=MOST_COPIES)).transpose()?;
        Ok(Self {
            event: event.text()?,
            object: text("object")?,
            about: text("about")?,
            state: table.get("state").map_or_else(|| Ok(Vec::new()), |node| node.texts())?,
            was: table.get("was").map(|node| was(&node)).transpose()?,
            cause: table.get("cause").map(|node| node.read(cause)).transpose()?,
            at: table.get("at").map(|node| node.parse()).transpose()?.unwrap_or_default(),
            since: table.get("since").map(|node| node.read(day)).transpose()?,
            changes: changes(&table)?,
            delay: delay(&table)?,
            again: repeat.unwrap_or(1) - 1,
            expect: expect(&table, &["api_calls", "max_api_calls"])?,
            save: save(&table)?,
            api_faults: api_faults(&table)?,
            places: Some(Places {
                event: event.place(),
                object: place("object"),
                about: place("about"),
                state: place("state"),
                was: place("was"),
                expect: place("expect"),
                api_fault: place("api_fault"),
            }),
        })
    }
}

impl Step {
    /// Whether it is sent at an API version, such as `2026-10-28.endive`.
    pub fn is_sent_at(&self, api_version: &str) -> bool {
        self.since.as_deref().is_none_or(|day| day <= api_version)
    }
}

fn day(text: &str) -> std::result::Result<String, String> {
    let fits = text.len() == 10
        && text
            .char_indices()
            .all(|(at, c)| if at == 4 || at == 7 { c == '-' } else { c.is_ascii_digit() });
    let expected = "expected the day of an API version, such as `2024-04-10`";
    fits.then(|| text.to_owned()).ok_or_else(|| expected.to_owned())
}

/// The expectations of a step or a check, which has some more keys than the others.
pub(super) fn expect(table: &Table<'_>, more: &[&str]) -> Result<Expectation> {
    let read = |node| Expectation::read(&node, more);
    Ok(table.get("expect").map(read).transpose()?.unwrap_or_default())
}

/// How long to wait before something.
fn delay(table: &Table<'_>) -> Result<Duration> {
    Ok(table.get("delay").map(|node| node.read(duration::parse)).transpose()?.unwrap_or_default())
}

fn cause(text: &str) -> std::result::Result<EventCause, String> {
    match text {
        "stripe" => Ok(EventCause::Stripe),
        "request" => Ok(EventCause::Request),
        "unkeyed_request" => Ok(EventCause::UnkeyedRequest),
        "page" => Ok(EventCause::Page),
        _ => Err("expected `stripe`, `request`, `unkeyed_request` or `page`".to_owned()),
    }
}

/// Earlier values by path, as the catalogue has them.
fn was(node: &Node<'_>) -> Result<Map<String, Value>> {
    let member = |(path, node): (&str, Node<'_>)| {
        Path::parse(path).map_err(|reason| node.error(reason))?;
        Ok((path.to_owned(), node.json()?))
    };
    node.table()?.entries().map(member).collect()
}

/// What `set`, `unset` and `account` change.
fn changes(table: &Table<'_>) -> Result<Vec<PlacedSetting>> {
    let mut changes = Vec::new();
    if let Some(node) = table.get("account") {
        let value = node.read(account)?;
        let setting = Setting::Field { path: Path::key("account"), value };
        changes.push(PlacedSetting { setting, place: node.place() });
    }
    if let Some(node) = table.get("set") {
        for (path, node) in node.table()?.entries() {
            let value = match node.json()? {
                Value::String(_) => template(&node)?,
                other => other.to_string(),
            };
            let path = Path::parse(path).map_err(|reason| node.error(reason))?;
            changes.push(PlacedSetting {
                setting: Setting::Field { path, value },
                place: node.place(),
            });
        }
    }
    for node in table.get("unset").map_or_else(Vec::new, |node| node.each()) {
        let setting = node.read(Setting::parse_removal)?;
        changes.push(PlacedSetting { setting, place: node.place() });
    }
    Ok(changes)
}

fn account(text: &str) -> std::result::Result<String, String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    match text.strip_prefix("acct_") {
        Some(rest) if !rest.is_empty() && text.chars().all(plain) => Ok(text.to_owned()),
        _ => Err("expected an account's id, such as `acct_123`".to_owned()),
    }
}

fn api_faults(table: &Table<'_>) -> Result<Vec<ApiFault>> {
    let faults = table.get("api_fault").map_or_else(Vec::new, |node| node.each());
    faults.iter().map(Node::parse).collect()
}

fn save(table: &Table<'_>) -> Result<Vec<Save>> {
    let one = |(name, node): (&str, Node<'_>)| {
        if !values::is_name(name) {
            return Err(node.error("expected a name of letters, digits and `_`"));
        }
        let part = node.read(part)?;
        Ok(Save { name: name.to_owned(), part })
    };
    match table.get("save") {
        Some(node) => node.table()?.entries().map(one).collect(),
        None => Ok(Vec::new()),
    }
}

fn part(text: &str) -> std::result::Result<Part, String> {
    match text.strip_prefix("header:") {
        Some(name) if !name.trim().is_empty() => Ok(Part::Header(name.trim().to_ascii_lowercase())),
        Some(_) => Err("expected a header's name, such as `header:location`".to_owned()),
        None => json_path(text).map(Part::Json),
    }
}
