//! A likely cause, and the way out.

use std::borrow::Cow;

/// The likely cause of an outcome, and the way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnosis {
    /// The word of the JSON report: `signature.other_secret`.
    pub id: Cow<'static, str>,
    /// What it most likely means.
    pub cause: String,
    /// The way out.
    pub fix: String,
    /// What to add to the command, quoted for the shell.
    pub option: Option<String>,
}

impl Diagnosis {
    pub(crate) fn new(id: &'static str, cause: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { id: id.into(), cause: cause.into(), fix: fix.into(), option: None }
    }

    pub(super) fn with_option(self, option: String) -> Self {
        Self { option: Some(option), ..self }
    }

    /// Cause and way out in one text.
    pub fn hint(&self) -> String {
        let Self { cause, fix, .. } = self;
        if !cause.contains(": ") {
            return format!("{cause}: {fix}");
        }
        let mut letters = fix.chars();
        let first = letters.next().map(|c| c.to_ascii_uppercase());
        format!("{cause}. {}{}", first.map(String::from).unwrap_or_default(), letters.as_str())
    }
}
