//! A likely cause, and the way out.

use std::borrow::Cow;
use std::fmt;

use crate::text::command_line::CommandLine;
use crate::text::shell;

/// The likely cause of an outcome, and the way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnosis {
    /// The word of the JSON report: `signature.other_secret`.
    pub id: Cow<'static, str>,
    /// What it most likely means.
    pub cause: String,
    /// The way out.
    pub fix: String,
    /// What to add to the command.
    pub option: Option<AddedOption>,
    /// The whole command with it, where it is known.
    pub command: Option<CommandLine>,
}

/// An option that is the way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddedOption {
    /// `--path`
    pub name: Cow<'static, str>,
    /// Its value; empty for a flag.
    pub value: String,
}

impl AddedOption {
    pub(super) fn new(name: &'static str, value: impl Into<String>) -> Self {
        Self { name: name.into(), value: value.into() }
    }
}

impl fmt::Display for AddedOption {
    /// Quoted for the shell.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.value.is_empty() {
            return f.write_str(&self.name);
        }
        write!(f, "{} {}", self.name, shell::quote_on_one_line(&self.value))
    }
}

impl Diagnosis {
    pub(crate) fn new(id: &'static str, cause: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { id: id.into(), cause: cause.into(), fix: fix.into(), option: None, command: None }
    }

    pub(super) fn with_option(self, option: AddedOption) -> Self {
        Self { option: Some(option), ..self }
    }

    /// Cause and way out in one line, and the whole command below it, where that is known.
    pub fn hint(&self) -> String {
        self.with_command(&self.sentence())
    }

    /// The way out, and the whole command below it, where that is known.
    pub fn way_out(&self) -> String {
        self.with_command(&self.fix)
    }

    fn with_command(&self, text: &str) -> String {
        match &self.command {
            Some(command) => format!("{text}{}\n{command}", command.to_add()),
            None => text.to_owned(),
        }
    }

    fn sentence(&self) -> String {
        let Self { cause, fix, .. } = self;
        if !cause.contains(": ") {
            return format!("{cause}: {fix}");
        }
        let mut letters = fix.chars();
        let first = letters.next().map(|c| c.to_ascii_uppercase());
        format!("{cause}. {}{}", first.map(String::from).unwrap_or_default(), letters.as_str())
    }
}
