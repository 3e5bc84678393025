//! A scenario file's values, each with its key and place, so that an error can name them. Reading goes on after an
//! error: all that is wrong with a file is told at once.

use std::borrow::Cow;
use std::cell::RefCell;
use std::ops::Range;
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;

use serde_json::{Map, Number, Value};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::location::{Location, ScenarioError, SourceText};
use crate::text::suggestion;

/// The key of a value.
type Key<'d> = Spanned<Cow<'d, str>>;

/// The values of a file.
pub(super) type Parsed<'t> = Spanned<DeTable<'t>>;

/// The result of reading a value.
pub(super) type ReadResult<T> = Result<T, ScenarioError>;

/// The text of a file, and what is wrong with it so far.
pub(super) struct Document {
    source: Arc<SourceText>,
    errors: RefCell<Vec<ScenarioError>>,
}

impl Document {
    pub(super) fn new(file: &Path, text: &str) -> Self {
        Self { source: SourceText::new(file, text), errors: RefCell::default() }
    }

    /// The text's values; none where it is no TOML.
    pub(super) fn parse<'t>(&self, text: &'t str) -> Option<Parsed<'t>> {
        let (table, mut errors) = DeTable::parse_recoverable(text);
        errors.sort_by_key(|error| error.span().map(|span| span.start));
        // What follows in a line is of the same slip, and can be thousands.
        errors.dedup_by(|error, before| is_one_line(text, before.span(), error.span()));
        for error in &errors {
            let span = error.span().unwrap_or_default();
            // The parser's message may go on over lines.
            self.note(self.error(span, String::new(), error.message().replace('\n', ", ")));
        }
        errors.is_empty().then_some(table)
    }

    pub(super) fn root<'d>(&'d self, table: &'d Parsed<'d>) -> Table<'d> {
        let (owner, path) = (String::new(), String::new());
        let end = self.source.text.len();
        Table { document: self, owner, path, at: end..end, members: table.get_ref() }
    }

    /// All that is wrong, in the order of the file.
    pub(super) fn into_errors(self) -> Vec<ScenarioError> {
        let mut errors = self.errors.into_inner();
        errors.sort_by_key(|error| error.place.start());
        errors
    }

    pub(super) fn note(&self, error: ScenarioError) {
        self.errors.borrow_mut().push(error);
    }

    /// What was read; `None`, with a note, where it is wrong.
    pub(super) fn keep<T>(&self, read: ReadResult<T>) -> Option<T> {
        read.map_err(|error| self.note(error)).ok()
    }

    fn place(&self, span: Range<usize>, key: String) -> Location {
        Location { source: Arc::clone(&self.source), span, key }
    }

    fn error(&self, span: Range<usize>, key: String, reason: String) -> ScenarioError {
        ScenarioError { place: self.place(span, key), reason, near: Vec::new(), hint: None }
    }
}

/// Whether two places, the first one first, begin in the same line.
fn is_one_line(text: &str, first: Option<Range<usize>>, second: Option<Range<usize>>) -> bool {
    let between = first.zip(second).and_then(|(first, second)| text.get(first.start..second.start));
    between.is_some_and(|between| !between.contains('\n'))
}

/// A table: keys and values.
#[derive(Clone)]
pub(super) struct Table<'d> {
    document: &'d Document,
    /// What the table belongs to, where the file has several of it: `step 3`.
    owner: String,
    /// The keys on the way to it, with a point at their end.
    path: String,
    at: Range<usize>,
    members: &'d DeTable<'d>,
}

impl<'d> Table<'d> {
    /// The same table, with a note of each key that is none of these.
    pub(super) fn with(self, keys: &[&str]) -> Self {
        for name in self.members.keys() {
            if keys.contains(&name.get_ref().as_ref()) {
                continue;
            }
            let known = keys.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ");
            self.document.note(ScenarioError {
                place: self.document.place(name.span(), self.key(name.get_ref())),
                reason: "unknown key".to_owned(),
                near: suggestion::near(name.get_ref(), keys.iter().copied()),
                hint: Some(format!("valid keys are {known}")),
            });
        }
        self
    }

    /// The value of a key.
    pub(super) fn get(&self, name: &str) -> Option<Node<'d>> {
        let (key, value) = self.members.iter().find(|(key, _)| key.get_ref() == name)?;
        Some(self.node(key, value))
    }

    /// What is read of a key's value, where there is one that can be read.
    pub(super) fn value<T>(
        &self,
        name: &str,
        read: impl FnOnce(&Node<'d>) -> ReadResult<T>,
    ) -> Option<T> {
        self.document.keep(read(&self.get(name)?))
    }

    /// What is read of the value of a key that takes one or a list.
    pub(super) fn each<T>(&self, name: &str, read: impl Fn(&Node<'d>) -> ReadResult<T>) -> Vec<T> {
        let values = self.get(name).map_or_else(Vec::new, |node| node.each());
        values.iter().filter_map(|node| self.document.keep(read(node))).collect()
    }

    /// The tables of a key that takes a `[[list]]`.
    pub(super) fn tables(&self, name: &str) -> Vec<Table<'d>> {
        self.value(name, |node| node.tables(name)).unwrap_or_default()
    }

    /// What is read of each member of a key's table.
    pub(super) fn members<T>(
        &self,
        name: &str,
        read: impl Fn(&str, &Node<'d>) -> ReadResult<T>,
    ) -> Vec<T> {
        let Some(table) = self.value(name, Node::table) else { return Vec::new() };
        table.read(read)
    }

    /// What is read of each of its members.
    pub(super) fn read<T>(&self, read: impl Fn(&str, &Node<'d>) -> ReadResult<T>) -> Vec<T> {
        let entries = self.entries();
        entries.filter_map(|(name, node)| self.document.keep(read(name, &node))).collect()
    }

    /// Where errors are noted.
    pub(super) const fn document(&self) -> &'d Document {
        self.document
    }

    /// The value of a key that has to be there.
    pub(super) fn need(&self, name: &str) -> ReadResult<Node<'d>> {
        self.get(name).ok_or_else(|| self.missing(name, "missing"))
    }

    /// Notes that a key is not there, unless another one is meant for it.
    pub(super) fn require(&self, name: &str, reason: &str) {
        let is_meant = |key: &Key<'_>| !suggestion::near(key.get_ref(), [name]).is_empty();
        if self.get(name).is_none() && !self.members.keys().any(is_meant) {
            self.document.note(self.missing(name, reason));
        }
    }

    /// What is wrong where a key is missing.
    fn missing(&self, name: &str, reason: &str) -> ScenarioError {
        self.document.error(self.at.clone(), self.key(name), reason.to_owned())
    }

    /// All values with their keys.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&'d str, Node<'d>)> {
        self.members.iter().map(|(key, value)| (key.get_ref().as_ref(), self.node(key, value)))
    }

    fn node(&self, key: &'d Key<'d>, value: &'d Spanned<DeValue<'d>>) -> Node<'d> {
        let (owner, path) = (self.owner.clone(), format!("{}{}", self.path, key.get_ref()));
        Node { document: self.document, owner, path, key: key.span(), value }
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
    document: &'d Document,
    owner: String,
    path: String,
    key: Range<usize>,
    value: &'d Spanned<DeValue<'d>>,
}

impl<'d> Node<'d> {
    pub(super) fn place(&self) -> Location {
        self.document.place(self.value.span(), shown(&self.path, &self.owner))
    }

    /// Where its key and its value stand.
    pub(super) fn entry_place(&self) -> Location {
        let span = self.key.start..self.value.span().end.max(self.key.end);
        self.document.place(span, shown(&self.path, &self.owner))
    }

    /// What is wrong with its key.
    pub(super) fn key_error(&self, reason: impl Into<String>) -> ScenarioError {
        let place = self.document.place(self.key.clone(), shown(&self.path, &self.owner));
        ScenarioError { place, reason: reason.into(), near: Vec::new(), hint: None }
    }

    /// What is wrong with this value.
    pub(super) fn error(&self, reason: impl Into<String>) -> ScenarioError {
        let (place, reason) = (self.place(), reason.into());
        ScenarioError { place, reason, near: Vec::new(), hint: None }
    }

    fn expected(&self, what: &str) -> ScenarioError {
        self.error(format!("expected {what}, not {}", kind(self.value.get_ref())))
    }

    pub(super) fn text(&self) -> ReadResult<String> {
        let text = self.value.get_ref().as_str();
        text.map(ToOwned::to_owned).ok_or_else(|| self.expected("text in quotes"))
    }

    /// Text that is read as something.
    pub(super) fn parse<T: FromStr<Err = String>>(&self) -> ReadResult<T> {
        self.read(str::parse)
    }

    /// Text that a function reads.
    pub(super) fn read<T>(&self, read: impl FnOnce(&str) -> Result<T, String>) -> ReadResult<T> {
        read(&self.text()?).map_err(|reason| self.error(reason))
    }

    pub(super) fn boolean(&self) -> ReadResult<bool> {
        self.value.get_ref().as_bool().ok_or_else(|| self.expected("`true` or `false`"))
    }

    /// A whole number between two others.
    pub(super) fn integer(&self, range: std::ops::RangeInclusive<u32>) -> ReadResult<u32> {
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

    /// Whether it is a table, of which the reader may want more than of a plain value.
    pub(super) fn is_table(&self) -> bool {
        self.value.get_ref().is_table()
    }

    pub(super) fn table(&self) -> ReadResult<Table<'d>> {
        let table = self.value.get_ref().as_table().ok_or_else(|| self.expected("a table"))?;
        let path = format!("{}.", self.path);
        let (owner, at) = (self.owner.clone(), self.value.span());
        Ok(Table { document: self.document, owner, path, at, members: table })
    }

    /// The tables of a `[[list]]`, each known by that name and its number.
    pub(super) fn tables(&self, name: &str) -> ReadResult<Vec<Table<'d>>> {
        let DeValue::Array(list) = self.value.get_ref() else {
            return Err(self.error(format!("expected a list of tables, each below `[[{name}]]`")));
        };
        let table = |(index, value)| {
            let owner = format!("{name} {}", index + 1);
            let table = self.document.keep(Self { owner, value, ..self.clone() }.table())?;
            Some(Table { path: String::new(), ..table })
        };
        Ok(list.iter().enumerate().filter_map(table).collect())
    }

    /// The value as JSON.
    pub(super) fn json(&self) -> ReadResult<Value> {
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
            let member = |(key, value): (&Key<'_>, &Spanned<DeValue<'_>>)| {
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
