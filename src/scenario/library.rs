//! The scenarios that are built in: the files under scenarios/.

use std::path::PathBuf;

use super::file::Scenario;
use crate::error::{Error, Result};
use crate::text::suggestion;

const SCENARIO_FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/scenarios.rs"));

/// All of them, by name.
///
/// # Errors
/// One of them has a fault (a bug; a test reads all of them).
pub fn all() -> Result<Vec<Scenario>> {
    SCENARIO_FILES.iter().map(|(name, text)| parse(name, text)).collect()
}

/// The scenario of that name.
///
/// # Errors
/// There is none; the error names those with a similar name.
pub fn find(name: &str) -> Result<Scenario> {
    if let Some((name, text)) = SCENARIO_FILES.iter().find(|(known, _)| *known == name) {
        return parse(name, text);
    }
    let names = SCENARIO_FILES.iter().map(|(name, _)| *name);
    Err(Error::UnknownScenario { name: name.to_owned(), near: suggestion::near(name, names) })
}

fn parse(name: &str, text: &str) -> Result<Scenario> {
    Scenario::parse(name, &PathBuf::from(format!("scenarios/{name}.toml")), text)
}
