//! The form of a scenario: a TOML file with a plot and ordered steps.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _};

use crate::config::file::from_toml;
use crate::error::Result;
use crate::event::event_type::Cause;
use crate::event::moment::Offset;

/// Ordered steps that tell one story.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// Its name, which is that of its file.
    #[serde(skip)]
    pub name: String,
    /// What it is about, in one line.
    pub purpose: String,
    /// How the story goes, apart from its events.
    #[serde(default)]
    pub story: Plot,
    /// The events, in the order in which they are sent.
    #[serde(rename = "step")]
    pub steps: Vec<Step>,
}

/// How a scenario's story goes, apart from its events.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Plot {
    /// The type of the payment method; else that of the first event.
    pub payment_method: Option<String>,
    /// Whether the money goes on to a connected account.
    pub connect: bool,
    /// When objects were created that no step creates, counted from the end.
    #[serde(deserialize_with = "offsets")]
    pub created: BTreeMap<String, Offset>,
}

/// One event of a scenario.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// The type.
    pub event: String,
    /// The object's type, where the catalogue does not know the event.
    #[serde(skip)]
    pub object: Option<String>,
    /// Which object it is about, where the story has several of its type (`invoice/second`).
    #[serde(default)]
    pub about: Option<String>,
    /// States that the object is in besides those of the type.
    #[serde(default)]
    pub state: Vec<String>,
    /// Who caused it, where that is not as the type says.
    #[serde(default)]
    pub cause: Option<Cause>,
    /// When it happens, counted from the end of the story.
    #[serde(default, deserialize_with = "offset")]
    pub at: Offset,
}

impl Scenario {
    /// Reads a scenario's text.
    ///
    /// # Errors
    /// A fault, with file and line.
    pub fn parse(name: &str, file: &Path, text: &str) -> Result<Self> {
        let scenario: Self = from_toml(file, text)?;
        Ok(Self { name: name.to_owned(), ..scenario })
    }

    /// The scenario of one event that happens now.
    pub fn of_one(event: &str, object: Option<String>) -> Self {
        let step = Step { event: event.to_owned(), object, ..Step::default() };
        Self {
            name: event.to_owned(),
            purpose: String::new(),
            story: Plot::default(),
            steps: vec![step],
        }
    }
}

fn offset<'de, D: Deserializer<'de>>(input: D) -> std::result::Result<Offset, D::Error> {
    String::deserialize(input)?.parse().map_err(D::Error::custom)
}

fn offsets<'de, D>(input: D) -> std::result::Result<BTreeMap<String, Offset>, D::Error>
where
    D: Deserializer<'de>,
{
    let texts = BTreeMap::<String, String>::deserialize(input)?;
    let parse =
        |(name, text): (String, String)| Ok((name, text.parse().map_err(D::Error::custom)?));
    texts.into_iter().map(parse).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(text: &str) -> String {
        Scenario::parse("x", Path::new("x.toml"), text).unwrap_err().to_string()
    }

    #[test]
    fn faults_name_the_line_and_the_key() {
        insta::assert_snapshot!(fault("purpose = \"p\"\n[[step]]\nevnt = \"a\"\n"), @"x.toml line 3: unknown key `evnt`, expected one of `event`, `about`, `state`, `cause`, `at`");
        insta::assert_snapshot!(fault("purpose = \"p\"\n[[step]]\nevent = \"a\"\nat = \"soon\"\n"), @"x.toml line 4: `at`: expected an offset such as `-3d` or `-5d 1h`, not `soon`");
    }
}
