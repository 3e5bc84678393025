//! The form of a scenario: a TOML file with a plot, ordered steps, and checks after them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::check::{Around, Check};
use super::document::{Document, Node, Parsed, ReadResult, Table};
use super::location::{Location, ScenarioError};
use super::sequence::Sequence;
use super::step::{PlacedSetting, Step};
use crate::error::{Error, MOST_TOLD, Result};
use crate::event::Setting;
use crate::event::parameters::Parameters;
use crate::event::setting::WITH_METADATA;
use crate::protocol::moment::Offset;

/// Ordered steps that tell one story.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// Its name, which is that of its file where the file says no other.
    pub name: String,
    /// The file that it was read from, where it is one of the user's.
    pub file: Option<PathBuf>,
    /// What it is about, in one line.
    pub purpose: String,
    /// How the story goes, apart from its events.
    pub story: StorySettings,
    /// The events, in the order in which they happen.
    pub steps: Vec<Step>,
    /// How the steps are delivered, where that is not each once in their order.
    pub deliveries: Option<Sequence>,
    /// What has to be true of the app afterwards.
    pub checks: Vec<Check>,
    /// Commands around the steps.
    pub around: Around,
    /// Whether the user named its file, not a pattern that it fits: its commands may run.
    pub is_named: bool,
    /// What is wrong with its file.
    pub errors: Vec<ScenarioError>,
}

/// How a scenario's story goes, apart from its events.
#[derive(Clone, Debug, Default)]
pub struct StorySettings {
    /// The type of the payment method; else that of the first event.
    pub payment_method: Option<String>,
    /// Whether the money goes on to a connected account.
    pub connect: bool,
    /// Whether the customer bought without an account, so that Stripe keeps no customer.
    pub guest: bool,
    /// When objects were created that no step creates, counted from the end.
    pub created: BTreeMap<String, Offset>,
    /// Amount, currency, customer and email.
    pub parameters: Vec<Setting>,
    /// The ids of the user's own objects, and the metadata of the story's.
    pub own: Vec<PlacedSetting>,
    /// Where the payment method stands in its file, else the currency.
    pub place: Option<Location>,
    /// Where each name of `created` stands.
    pub places: BTreeMap<String, Location>,
}

/// The story's own keys that are the same as those of `--set`.
const PARAMETERS: [&str; 4] = ["amount", "currency", "customer", "email"];

impl Scenario {
    /// Reads a scenario's text.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn parse(name: &str, file: &Path, text: &str) -> Result<Self> {
        let scenario = Self::draft(name, file, text);
        scenario.check().map(|()| scenario)
    }

    /// Reads a scenario's text. What is wrong with it is noted in the scenario, which cannot be sent then.
    pub fn draft(name: &str, file: &Path, text: &str) -> Self {
        let document = Document::new(file, text);
        let table = document.parse(text);
        let scenario = match &table {
            Some(table) => Self::read(name, &document, table),
            None => Self { steps: Vec::new(), ..Self::of_one(name, None) },
        };
        drop(table);
        Self { errors: document.into_errors(), ..scenario }
    }

    fn read(name: &str, document: &Document, table: &Parsed<'_>) -> Self {
        let root = document.root(table).with(&[
            "name",
            "purpose",
            "deliveries",
            "story",
            "step",
            "check",
            "setup",
            "teardown",
        ]);
        root.require("step", "a scenario needs at least one `[[step]]`");
        for list in ["step", "deliveries"] {
            need_one(&root, list);
        }
        let named = root.value("name", |node| node.read(scenario_name));
        let story = root.value("story", Node::table);
        let steps: Vec<Step> = root.tables("step").into_iter().filter_map(Step::read).collect();
        Self {
            name: named.unwrap_or_else(|| name.to_owned()),
            file: None,
            purpose: root.value("purpose", Node::text).unwrap_or_default(),
            story: story.map(StorySettings::read).unwrap_or_default(),
            deliveries: deliveries(&root, &steps),
            steps,
            checks: root.tables("check").into_iter().filter_map(Check::read).collect(),
            around: Around {
                setup: root.value("setup", Check::read_command),
                teardown: root.value("teardown", Check::read_command),
            },
            is_named: false,
            errors: Vec::new(),
        }
    }

    /// That its file could be read without an error.
    ///
    /// # Errors
    /// All that is wrong.
    pub fn check(&self) -> Result<()> {
        let (told, rest) = self.errors.split_at(self.errors.len().min(MOST_TOLD));
        Error::all(told.iter().map(ScenarioError::error))
            .map_err(|error| error.and_untold(rest.len()))
    }

    /// A step for each event that was recorded.
    pub fn of_recorded<'e>(events: impl Iterator<Item = &'e str>) -> Self {
        let step = |event: &str| Step { event: event.to_owned(), ..Step::default() };
        Self { steps: events.map(step).collect(), ..Self::of_one("replay", None) }
    }

    /// The scenario of events of one story.
    pub fn of_types<'e>(pattern: &str, events: impl Iterator<Item = &'e str>) -> Self {
        Self { name: pattern.to_owned(), ..Self::of_recorded(events) }
    }

    /// The scenario of one event that happens now.
    pub fn of_one(event: &str, object: Option<String>) -> Self {
        let step = Step { event: event.to_owned(), object, ..Step::default() };
        Self {
            name: event.to_owned(),
            file: None,
            purpose: String::new(),
            story: StorySettings::default(),
            steps: vec![step],
            deliveries: None,
            checks: Vec::new(),
            around: Around::default(),
            is_named: false,
            errors: Vec::new(),
        }
    }
}

/// The most characters of a name.
const LONGEST_NAME: usize = 100;

/// A name as lists and reports show it.
fn scenario_name(text: &str) -> std::result::Result<String, String> {
    let is_one_line = !text.trim().is_empty() && !text.chars().any(char::is_control);
    if is_one_line && text.chars().count() <= LONGEST_NAME {
        return Ok(text.to_owned());
    }
    Err(format!("expected one line of at most {LONGEST_NAME} characters"))
}

impl Scenario {
    /// Its commands, in the order in which they run, each with what it is for.
    pub fn commands(&self) -> impl Iterator<Item = (&'static str, &[String])> {
        let setup = self.around.setup.iter().map(|one| ("setup", one));
        let checks = self.checks.iter().map(|one| ("check", one));
        let teardown = self.around.teardown.iter().map(|one| ("teardown", one));
        let all = setup.chain(checks).chain(teardown);
        all.filter_map(|(stage, check)| Some((stage, check.command()?)))
    }

    /// The scenario with every object in these states.
    #[must_use]
    pub fn in_states(mut self, states: &[String]) -> Self {
        for step in &mut self.steps {
            step.state = states.to_vec();
        }
        self
    }
}

impl StorySettings {
    fn read(table: Table<'_>) -> Self {
        let own = ["payment_method", "connect", "guest", "created", "ids", "metadata"];
        let keys = [own.as_slice(), PARAMETERS.as_slice()].concat();
        let table = table.with(&keys);
        let is = |name| table.value(name, Node::boolean).unwrap_or_default();
        let created = table.members("created", |name, node| {
            Ok((name.to_owned(), node.parse()?, node.entry_place()))
        });
        let parameter = |name: &&str| table.value(name, |node: &Node<'_>| parameter(name, node));
        let place = table.get("payment_method").or_else(|| table.get("currency"));
        Self {
            payment_method: table.value("payment_method", Node::text),
            connect: is("connect"),
            guest: is("guest"),
            parameters: PARAMETERS.iter().filter_map(parameter).collect(),
            own: [table.members("ids", id), metadata(&table)].concat(),
            place: place.map(|node| node.place()),
            places: created.iter().map(|(name, _, place)| (name.clone(), place.clone())).collect(),
            created: created.into_iter().map(|(name, offset, _)| (name, offset)).collect(),
        }
    }
}

/// Notes a list without steps: a run that sends nothing would pass.
fn need_one(root: &Table<'_>, list: &str) {
    if let Some(empty) = root.get(list).filter(|node| node.each().is_empty()) {
        root.document().note(empty.error("expected at least one step"));
    }
}

/// The steps as they are delivered, by their numbers.
fn deliveries(root: &Table<'_>, steps: &[Step]) -> Option<Sequence> {
    root.get("deliveries")?;
    let last = u32::try_from(steps.len()).unwrap_or(u32::MAX).max(1);
    let numbers = root.each("deliveries", |node| node.integer(1..=last));
    Some(Sequence(numbers.into_iter().map(|number| number as usize - 1).collect()))
}

/// The id of an object of the user's own.
fn id(object: &str, node: &Node<'_>) -> ReadResult<PlacedSetting> {
    let setting = Setting::Id { object: object.to_owned(), id: node.text()? };
    Ok(PlacedSetting { setting, place: node.entry_place() })
}

/// The metadata of objects, by their types.
fn metadata(table: &Table<'_>) -> Vec<PlacedSetting> {
    let Some(objects) = table.value("metadata", Node::table) else { return Vec::new() };
    let of_object = |object: &str, entries: &Node<'_>| {
        let entry = |key: &str, node: &Node<'_>| {
            let (object, key) = (object.to_owned(), key.to_owned());
            let setting = Setting::Metadata { object, key, value: node.text()? };
            Ok(PlacedSetting { setting, place: node.entry_place() })
        };
        Ok(entries.table()?.read(entry))
    };
    objects.with(&WITH_METADATA).read(of_object).concat()
}

/// A parameter whose value fits.
fn parameter(name: &str, node: &Node<'_>) -> ReadResult<Setting> {
    let value = match node.json()? {
        serde_json::Value::String(text) => text,
        other => other.to_string(),
    };
    let parameter = Setting::Parameter { name: name.to_owned(), value };
    match Parameters::of(std::slice::from_ref(&parameter)) {
        Err(error) => Err(node.error(error.reason())),
        Ok(_) => Ok(parameter),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;

    fn parse(text: &str) -> Result<Scenario> {
        Scenario::parse("x", Path::new("x.toml"), text)
    }

    #[test]
    fn a_whole_file_is_read() {
        let text = "purpose = \"p\"\n[[step]]\nevent = \"a\"\nrepeat = 3\ndelay = \"2s\"\n\
                    expect = { status = [200, \"3xx\"], max_latency = \"1s\" }\n\
                    [[check]]\npath = \"/a\"\nwithin = \"1s\"\n";
        let scenario = parse(text).unwrap();
        let step = &scenario.steps[0];
        assert_eq!((step.again, step.delay), (2, Duration::from_secs(2)));
        assert!(step.expect.accepts(302) && step.expect.accepts(200) && !step.expect.accepts(201));
        assert_eq!(scenario.checks[0].within, Duration::from_secs(1));
        assert_eq!(scenario.purpose, "p");
    }

    #[test]
    fn deliveries_are_of_steps_that_there_are() {
        let file = |numbers: &str| {
            parse(&format!(
                "deliveries = {numbers}\n[[step]]\nevent = \"a\"\n[[step]]\nevent = \"b\"\n"
            ))
        };
        assert_eq!(file("[2, 1, 2]").unwrap().deliveries.unwrap().to_string(), "2,1,2");
        for numbers in ["[3]", "[0]", "\"1\"", "[1.5]"] {
            let error = file(numbers).unwrap_err().to_string();
            assert!(error.contains("expected a whole number from 1 to 2"), "{error}");
        }
    }

    #[test]
    fn a_list_without_steps_is_an_error_with_its_line() {
        let step = "[[step]]\nevent = \"a\"\n";
        for (text, place) in [
            (format!("purpose = \"p\"\ndeliveries = []\n{step}"), "x.toml:2:14: `deliveries`"),
            ("purpose = \"p\"\nstep = []\n".to_owned(), "x.toml:2:8: `step`"),
        ] {
            let error = parse(&text).unwrap_err().to_string();
            assert_eq!(error, format!("{place}: expected at least one step"));
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in ".{0,80}", key in "[a-z_.]{1,12}", value in "[a-z0-9\"'{}\\[\\]=,. -]{0,24}") {
            let _ = parse(&text);
            let _ = parse(&format!("[[step]]\nevent = \"invoice.paid\"\n{key} = {value}\n"));
            let _ = parse(&format!("[[step]]\nevent = \"a\"\nexpect.{key} = {value}\n[[check]]\npath = {value}\n"));
        }
    }
}
