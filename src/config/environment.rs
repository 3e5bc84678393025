//! The process's environment as a value, so that the rest of the program is free of globals.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

/// Environment variables and working directory, taken once.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    variables: HashMap<OsString, OsString>,
    /// The directory that devtool was started in.
    pub working_directory: PathBuf,
}

impl Environment {
    /// The environment of this process.
    pub fn of_process() -> Self {
        #[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
        let variables = std::env::vars_os().collect();
        Self { variables, working_directory: std::env::current_dir().unwrap_or_default() }
    }

    /// An environment of exactly these variables, for tests.
    pub fn new(variables: &[(&str, &str)], working_directory: impl Into<PathBuf>) -> Self {
        let variables = variables.iter().map(|(k, v)| (k.into(), v.into())).collect();
        Self { variables, working_directory: working_directory.into() }
    }

    /// Whether a variable is set to nothing.
    pub fn is_empty(&self, name: &str) -> bool {
        self.variables.get(&OsString::from(name)).is_some_and(|value| value.is_empty())
    }

    /// Whether a variable is set to something that is not UTF-8.
    pub fn is_no_text(&self, name: &str) -> bool {
        self.variables.get(&OsString::from(name)).is_some_and(|value| value.to_str().is_none())
    }

    /// All variables that are set.
    pub fn entries(&self) -> impl Iterator<Item = (&OsStr, &OsStr)> {
        self.variables.iter().map(|(name, value)| (name.as_os_str(), value.as_os_str()))
    }

    /// Where programs are looked for; on Windows the variable has no fixed case.
    pub fn path(&self) -> Option<&OsStr> {
        self.entries().find(|(name, _)| name.eq_ignore_ascii_case("PATH")).map(|(_, path)| path)
    }

    /// A variable's value; `None` where it is not set, is empty, or is not UTF-8.
    pub fn variable(&self, name: &str) -> Option<&str> {
        let value = self.variables.get(&OsString::from(name))?.to_str()?;
        (!value.is_empty()).then_some(value)
    }
}
