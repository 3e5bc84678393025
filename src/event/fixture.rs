//! devtool's own fixtures for types that `stripe trigger` does not know, for `stripe fixtures` to run:
//! the files under `catalog/fixtures/`. They were tried against devtool's fake of Stripe only.

use serde::Deserialize;
use serde_json::Value;

use super::embedded::{Files, parse};
use super::error::Result;
use super::trigger::Trigger;

const FILES: Files = include!(concat!(env!("OUT_DIR"), "/fixtures.rs"));

/// A fixture: what it can be told, and what to give to `stripe fixtures`.
#[derive(Clone, Debug)]
pub struct Fixture {
    /// Where its objects take a mark, and where the parameters of a story go.
    pub trigger: Trigger,
    /// The file for `stripe fixtures`.
    pub text: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    takes: Trigger,
    fixture: Value,
}

impl Fixture {
    /// The fixture of that name.
    ///
    /// # Errors
    /// The embedded data has an error.
    pub fn named(name: &str) -> Result<Option<Self>> {
        let Some((name, text)) = FILES.iter().find(|(known, _)| *known == name) else {
            return Ok(None);
        };
        let file: File = parse(&format!("fixtures/{name}.json"), text)?;
        let text = format!("{:#}\n", file.fixture);
        Ok(Some(Self { trigger: file.takes.called(name), text }))
    }

    /// The names of all fixtures, sorted.
    pub fn names() -> impl Iterator<Item = &'static str> {
        FILES.iter().map(|(name, _)| *name)
    }
}
