//! The form of a scenario: a TOML file with a plot, ordered steps, and checks after them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::check::{Around, Check};
use super::document::{Location, Node, SourceText, Table};
use super::step::{PlacedSetting, Step};
use crate::error::Result;
use crate::event::Setting;
use crate::event::parameters::Parameters;
use crate::event::setting::WITH_METADATA;
use crate::protocol::moment::Offset;

/// Ordered steps that tell one story.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// Its name, which is that of its file.
    pub name: String,
    /// The file that it was read from, where it is one of the user's.
    pub file: Option<PathBuf>,
    /// What it is about, in one line.
    pub purpose: String,
    /// How the story goes, apart from its events.
    pub story: StorySettings,
    /// The events, in the order in which they happen.
    pub steps: Vec<Step>,
    /// What has to be true of the app afterwards.
    pub checks: Vec<Check>,
    /// Commands around the steps.
    pub around: Around,
    /// Whether the user named its file, not a pattern that it fits: its commands may run.
    pub is_named: bool,
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
    /// An error, with file, line, column and key.
    pub fn parse(name: &str, file: &Path, text: &str) -> Result<Self> {
        let source = SourceText::new(file, text);
        let document = source.parse()?;
        let root = source
            .root(&document)
            .with(&["purpose", "story", "step", "check", "setup", "teardown"])?;
        let purpose = root.get("purpose").map(|node| node.text()).transpose()?;
        let steps = root.need("step")?.tables("step")?;
        let checks = root.get("check").map(|node| node.tables("check")).transpose()?;
        Ok(Self {
            name: name.to_owned(),
            file: None,
            purpose: purpose.unwrap_or_default(),
            story: root
                .get("story")
                .map(|node| StorySettings::read(&node))
                .transpose()?
                .unwrap_or_default(),
            steps: steps.into_iter().map(Step::read).collect::<Result<_>>()?,
            checks: checks.into_iter().flatten().map(Check::read).collect::<Result<_>>()?,
            around: Around {
                setup: command(&root, "setup")?,
                teardown: command(&root, "teardown")?,
            },
            is_named: false,
        })
    }

    /// A step for each event that was recorded.
    pub fn of_recorded<'e>(events: impl Iterator<Item = &'e str>) -> Self {
        let step = |event: &str| Step { event: event.to_owned(), ..Step::default() };
        Self { steps: events.map(step).collect(), ..Self::of_one("replay", None) }
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
            checks: Vec::new(),
            around: Around::default(),
            is_named: false,
        }
    }
}

/// The command of `[setup]` or `[teardown]`.
fn command(root: &Table<'_>, name: &str) -> Result<Option<Check>> {
    root.get(name).map(|node| Check::read_command(&node)).transpose()
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
    fn read(node: &Node<'_>) -> Result<Self> {
        let own = ["payment_method", "connect", "guest", "created", "ids", "metadata"];
        let keys = [own.as_slice(), PARAMETERS.as_slice()].concat();
        let table = node.table()?.with(&keys)?;
        let created = table.get("created").map(|node| node.table()).transpose()?;
        let is = |name| -> Result<bool> {
            Ok(table.get(name).map(|node| node.boolean()).transpose()?.unwrap_or(false))
        };
        let mut plot = Self {
            payment_method: table.get("payment_method").map(|node| node.text()).transpose()?,
            connect: is("connect")?,
            guest: is("guest")?,
            ..Self::default()
        };
        for (name, node) in created.iter().flat_map(Table::entries) {
            plot.created.insert(name.to_owned(), node.parse()?);
            plot.places.insert(name.to_owned(), node.place());
        }
        for name in PARAMETERS {
            if let Some(node) = table.get(name) {
                plot.parameters.push(parameter(name, &node)?);
            }
        }
        plot.own = [ids(&table)?, metadata(&table)?].concat();
        let place = table.get("payment_method").or_else(|| table.get("currency"));
        plot.place = place.map(|node| node.place());
        Ok(plot)
    }
}

/// The ids of objects of the user's own.
fn ids(table: &Table<'_>) -> Result<Vec<PlacedSetting>> {
    let ids = table.get("ids").map(|node| node.table()).transpose()?;
    let one = |(object, node): (&str, Node<'_>)| {
        let setting = Setting::Id { object: object.to_owned(), id: node.text()? };
        Ok(PlacedSetting { setting, place: node.place() })
    };
    ids.iter().flat_map(Table::entries).map(one).collect()
}

/// The metadata of objects, by their types.
fn metadata(table: &Table<'_>) -> Result<Vec<PlacedSetting>> {
    let objects = table.get("metadata").map(|node| node.table()).transpose()?;
    let objects = objects.map(|objects| objects.with(&WITH_METADATA)).transpose()?;
    let mut all = Vec::new();
    for (object, entries) in objects.iter().flat_map(Table::entries) {
        for (key, node) in entries.table()?.entries() {
            let (object, key) = (object.to_owned(), key.to_owned());
            let setting = Setting::Metadata { object, key, value: node.text()? };
            all.push(PlacedSetting { setting, place: node.place() });
        }
    }
    Ok(all)
}

/// A parameter whose value fits.
fn parameter(name: &str, node: &Node<'_>) -> Result<Setting> {
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

    proptest! {
        #[test]
        fn no_text_panics(text in ".{0,80}", key in "[a-z_.]{1,12}", value in "[a-z0-9\"'{}\\[\\]=,. -]{0,24}") {
            let _ = parse(&text);
            let _ = parse(&format!("[[step]]\nevent = \"invoice.paid\"\n{key} = {value}\n"));
            let _ = parse(&format!("[[step]]\nevent = \"a\"\nexpect.{key} = {value}\n[[check]]\npath = {value}\n"));
        }
    }
}
