//! One step of a scenario: an event with its variations, what is expected of the answer, and what is
//! kept of it.

use std::time::Duration;

use serde_json::{Map, Value};

use super::document::{Node, ReadResult, Table};
use super::expectation::{Expectation, json_path, template};
use super::location::Location;
use super::values;
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
    /// The step of a table; `None` where that says of no event.
    pub(super) fn read(table: Table<'_>) -> Option<Self> {
        let table = table.with(&KEYS);
        table.require("event", "missing");
        let event = table.get("event");
        let text = |key: &str| table.value(key, Node::text);
        let place = |key: &str| Some(table.get(key).or_else(|| event.clone())?.place());
        let repeat = table.value("repeat", |node| node.integer(1..=MOST_COPIES));
        let step = Self {
            event: String::new(),
            object: text("object"),
            about: text("about"),
            state: table.each("state", Node::text),
            was: table.value("was", Node::table).map(|table| was(&table)),
            cause: table.value("cause", |node| node.read(cause)),
            at: table.value("at", Node::parse).unwrap_or_default(),
            since: table.value("since", |node| node.read(day)),
            changes: changes(&table),
            delay: table.value("delay", |node| node.read(duration::parse)).unwrap_or_default(),
            again: repeat.unwrap_or(1) - 1,
            expect: expect(&table, &["api_calls", "max_api_calls"]),
            save: table.members("save", save),
            api_faults: table.each("api_fault", Node::parse),
            places: Some(Places {
                event: place("event")?,
                object: place("object")?,
                about: place("about")?,
                state: place("state")?,
                was: place("was")?,
                expect: place("expect")?,
                api_fault: place("api_fault")?,
            }),
        };
        Some(Self { event: text("event")?, ..step })
    }
}

impl Step {
    /// Whether it is sent at an API version, such as `2026-10-28.endive`.
    pub fn is_sent_at(&self, api_version: &str) -> bool {
        self.since.as_deref().is_none_or(|day| day <= api_version)
    }
}

fn day(text: &str) -> Result<String, String> {
    let fits = text.len() == 10
        && text
            .char_indices()
            .all(|(at, c)| if at == 4 || at == 7 { c == '-' } else { c.is_ascii_digit() });
    let expected = "expected the day of an API version, such as `2024-04-10`";
    fits.then(|| text.to_owned()).ok_or_else(|| expected.to_owned())
}

/// The expectations of a step or a check, which has some more keys than the others.
pub(super) fn expect(table: &Table<'_>, more: &[&str]) -> Expectation {
    let table = table.value("expect", Node::table);
    table.map(|table| Expectation::read(table, more)).unwrap_or_default()
}

fn cause(text: &str) -> Result<EventCause, String> {
    match text {
        "stripe" => Ok(EventCause::Stripe),
        "request" => Ok(EventCause::Request),
        "unkeyed_request" => Ok(EventCause::UnkeyedRequest),
        "page" => Ok(EventCause::Page),
        _ => Err("expected `stripe`, `request`, `unkeyed_request` or `page`".to_owned()),
    }
}

/// Earlier values by path, as the catalogue has them.
fn was(table: &Table<'_>) -> Map<String, Value> {
    let member = |path: &str, node: &Node<'_>| {
        Path::parse(path).map_err(|reason| node.key_error(reason))?;
        Ok((path.to_owned(), node.json()?))
    };
    table.read(member).into_iter().collect()
}

/// What `set`, `unset` and `account` change.
fn changes(table: &Table<'_>) -> Vec<PlacedSetting> {
    let account = table.value("account", |node| {
        let setting = Setting::Field { path: Path::key("account"), value: node.read(account)? };
        Ok(PlacedSetting { setting, place: node.place() })
    });
    let set = table.members("set", |path, node| {
        let value = match node.json()? {
            Value::String(_) => template(node)?,
            other => other.to_string(),
        };
        let path = Path::parse(path).map_err(|reason| node.key_error(reason))?;
        Ok(PlacedSetting { setting: Setting::Field { path, value }, place: node.entry_place() })
    });
    let unset = table.each("unset", |node| {
        let setting = node.read(Setting::parse_removal)?;
        Ok(PlacedSetting { setting, place: node.place() })
    });
    account.into_iter().chain(set).chain(unset).collect()
}

fn account(text: &str) -> Result<String, String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    match text.strip_prefix("acct_") {
        Some(rest) if !rest.is_empty() && text.chars().all(plain) => Ok(text.to_owned()),
        _ => Err("expected an account's id, such as `acct_123`".to_owned()),
    }
}

fn save(name: &str, node: &Node<'_>) -> ReadResult<Save> {
    if !values::is_name(name) {
        return Err(node.key_error("expected a name of letters, digits and `_`"));
    }
    Ok(Save { name: name.to_owned(), part: node.read(part)? })
}

fn part(text: &str) -> Result<Part, String> {
    match text.strip_prefix("header:") {
        Some(name) if !name.trim().is_empty() => Ok(Part::Header(name.trim().to_ascii_lowercase())),
        Some(_) => Err("expected a header's name, such as `header:location`".to_owned()),
        None => json_path(text).map(Part::Json),
    }
}
