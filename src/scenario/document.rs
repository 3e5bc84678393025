//! A scenario file's values, each with its key and place, so that an error can name them.

use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;

use serde_json::{Map, Number, Value};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::error::{Error, Kind, Result};
use crate::text::suggestion;

/// Where something stands in a scenario file: file, line, column, key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    file: Arc<Path>,
    line: usize,
    column: usize,
    key: String,
}

impl Location {
    /// The error for what stands here.
    pub fn error(&self, reason: impl Into<String>) -> Error {
        self.error_near(reason, &[])
    }

    /// The same, with the names that may be meant.
    pub fn error_near(&self, reason: impl Into<String>, near: &[String]) -> Error {
        let Self { file, line, column, key } = self;
        let key = if key.is_empty() { String::new() } else { format!("{key}: ") };
        let reason = reason.into();
        let message = format!("{} line {line}, column {column}: {key}{reason}", file.display());
        let hint = suggestion::did_you_mean(near);
        Error::new(Kind::Scenario, message).hinted(hint.unwrap_or_else(|| {
            "print a scenario to start from:\ndevtool scenario payment --show".to_owned()
        }))
    }
}

/// The text of a file.
pub(super) struct SourceText<'t> {
    file: Arc<Path>,
    text: &'t str,
}

impl<'t> SourceText<'t> {
    pub(super) fn new(file: &Path, text: &'t str) -> Self {
        Self { file: file.into(), text }
    }

    /// The file's values.
    pub(super) fn parse(&self) -> Result<Spanned<DeTable<'t>>> {
        DeTable::parse(self.text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            // The parser's message may go on over lines.
            self.place(at, String::new()).error(error.message().replace('\n', ", "))
        })
    }

    pub(super) fn root<'d>(&'d self, table: &'d Spanned<DeTable<'t>>) -> Table<'d> {
        Table {
            source: self,
            owner: String::new(),
            path: String::new(),
            at: 0,
            members: table.get_ref(),
        }
    }

    fn place(&self, byte: usize, key: String) -> Location {
        let before = self.text.get(..byte).unwrap_or(self.text);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        Location {
            file: Arc::clone(&self.file),
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            key,
        }
    }
}

/// A table: keys and values.
#[derive(Clone)]
pub(super) struct Table<'d> {
    source: &'d SourceText<'d>,
    /// What the table belongs to, where the file has several of it: `step 3`.
    owner: String,
    /// The keys on the way to it, with a point at their end.
    path: String,
    at: usize,
    members: &'d DeTable<'d>,
}

impl<'d> Table<'d> {
    /// The same table, if it has no other keys than these.
    pub(super) fn with(self, keys: &[&str]) -> Result<Self> {
        for name in self.members.keys() {
            if keys.contains(&name.get_ref().as_ref()) {
                continue;
            }
            let place = self.source.place(name.span().start, self.key(name.get_ref()));
            let near = suggestion::near(name.get_ref(), keys.iter().copied());
            let known = keys.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ");
            return Err(place.error_near(format!("unknown key; valid keys are {known}"), &near));
        }
        Ok(self)
    }

    /// The value of a key.
    pub(super) fn get(&self, name: &str) -> Option<Node<'d>> {
        let (_, value) = self.members.iter().find(|(key, _)| key.get_ref() == name)?;
        Some(self.node(name, value))
    }

    /// The value of a key that has to be there.
    pub(super) fn need(&self, name: &str) -> Result<Node<'d>> {
        self.get(name).ok_or_else(|| self.source.place(self.at, self.key(name)).error("missing"))
    }

    /// All values with their keys.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&'d str, Node<'d>)> {
        self.members
            .iter()
            .map(|(key, value)| (key.get_ref().as_ref(), self.node(key.get_ref(), value)))
    }

    fn node(&self, name: &str, value: &'d Spanned<DeValue<'d>>) -> Node<'d> {
        let (owner, path) = (self.owner.clone(), format!("{}{name}", self.path));
        Node { source: self.source, owner, path, value }
    }

    fn key(&self, name: &str) -> String {
        shown(&format!("{}{name}", self.path), &self.owner)
    }
}

/// `expect.status` of step 3.
fn shown(path: &str, owner: &str) -> String {
    if owner.is_empty() { format!("`{path}`") } else { format!("`{path}` of {owner}") }
}

/// One value.
#[derive(Clone)]
pub(super) struct Node<'d> {
    source: &'d SourceText<'d>,
    owner: String,
    path: String,
    value: &'d Spanned<DeValue<'d>>,
}

impl<'d> Node<'d> {
    pub(super) fn place(&self) -> Location {
        self.source.place(self.value.span().start, shown(&self.path, &self.owner))
    }

    /// The error for this value.
    pub(super) fn error(&self, reason: impl Into<String>) -> Error {
        self.place().error(reason)
    }

    fn expected(&self, what: &str) -> Error {
        self.error(format!("expected {what}, not {}", kind(self.value.get_ref())))
    }

    pub(super) fn text(&self) -> Result<String> {
        let text = self.value.get_ref().as_str();
        text.map(ToOwned::to_owned).ok_or_else(|| self.expected("text in quotes"))
    }

    /// Text that is read as something.
    pub(super) fn parse<T: FromStr<Err = String>>(&self) -> Result<T> {
        self.read(str::parse)
    }

    /// Text that a function reads.
    pub(super) fn read<T>(
        &self,
        read: impl FnOnce(&str) -> std::result::Result<T, String>,
    ) -> Result<T> {
        read(&self.text()?).map_err(|reason| self.error(reason))
    }

    pub(super) fn boolean(&self) -> Result<bool> {
        self.value.get_ref().as_bool().ok_or_else(|| self.expected("`true` or `false`"))
    }

    /// A whole number between two others.
    pub(super) fn integer(&self, range: std::ops::RangeInclusive<u32>) -> Result<u32> {
        let (least, most) = (range.start(), range.end());
        let expected = format!("a whole number from {least} to {most}");
        let DeValue::Integer(integer) = self.value.get_ref() else {
            return Err(self.expected(&expected));
        };
        let number = u32::from_str_radix(integer.as_str(), integer.radix()).ok();
        let number = number.filter(|number| range.contains(number));
        number.ok_or_else(|| self.error(format!("expected {expected}")))
    }

    /// One value, or each of a list.
    pub(super) fn each(&self) -> Vec<Self> {
        match self.value.get_ref() {
            DeValue::Array(list) => {
                list.iter().map(|value| Self { value, ..self.clone() }).collect()
            }
            _ => vec![self.clone()],
        }
    }

    /// One text, or those of a list.
    pub(super) fn texts(&self) -> Result<Vec<String>> {
        self.each().iter().map(Self::text).collect()
    }

    /// Whether it is a table, of which the reader may want more than of a plain value.
    pub(super) fn is_table(&self) -> bool {
        self.value.get_ref().is_table()
    }

    pub(super) fn table(&self) -> Result<Table<'d>> {
        let table = self.value.get_ref().as_table().ok_or_else(|| self.expected("a table"))?;
        let path = format!("{}.", self.path);
        let at = self.value.span().start;
        Ok(Table { source: self.source, owner: self.owner.clone(), path, at, members: table })
    }

    /// The tables of a `[[list]]`, each known by that name and its number.
    pub(super) fn tables(&self, name: &str) -> Result<Vec<Table<'d>>> {
        let DeValue::Array(list) = self.value.get_ref() else {
            return Err(self.error(format!("expected a list of tables, each below `[[{name}]]`")));
        };
        let numbered = list.iter().enumerate();
        numbered
            .map(|(index, value)| {
                let owner = format!("{name} {}", index + 1);
                let table = Self { owner, value, ..self.clone() }.table()?;
                Ok(Table { path: String::new(), ..table })
            })
            .collect()
    }

    /// The value as JSON.
    pub(super) fn json(&self) -> Result<Value> {
        json(self.value.get_ref()).ok_or_else(|| self.error("expected a number that JSON can hold"))
    }
}

fn json(value: &DeValue<'_>) -> Option<Value> {
    Some(match value {
        DeValue::String(text) => text.as_ref().into(),
        DeValue::Integer(number) => {
            i64::from_str_radix(number.as_str(), number.radix()).ok()?.into()
        }
        DeValue::Float(number) => Value::Number(Number::from_f64(number.as_str().parse().ok()?)?),
        DeValue::Boolean(value) => (*value).into(),
        DeValue::Datetime(moment) => moment.to_string().into(),
        DeValue::Array(list) => {
            Value::Array(list.iter().map(|item| json(item.get_ref())).collect::<Option<_>>()?)
        }
        DeValue::Table(table) => {
            let member =
                |(key, value): (&Spanned<std::borrow::Cow<'_, str>>, &Spanned<DeValue<'_>>)| {
                    Some((key.get_ref().clone().into_owned(), json(value.get_ref())?))
                };
            Value::Object(table.iter().map(member).collect::<Option<Map<_, _>>>()?)
        }
    })
}

const fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "text",
        DeValue::Integer(_) | DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "`true` or `false`",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
