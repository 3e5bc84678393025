//! What the doctor found.

/// How well something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Health {
    /// As it should be.
    Good,
    /// It was not looked at.
    Skipped,
    /// It is not there, and nothing needs it.
    Optional,
    /// It works, but something is to be known.
    Warning,
    /// Something that is needed does not work.
    Broken,
}

impl Health {
    /// The word of the reports.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Skipped => "skipped",
            Self::Optional => "optional",
            Self::Warning => "warning",
            Self::Broken => "broken",
        }
    }
}

/// What one look found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    /// What was looked at.
    pub name: &'static str,
    /// How well it is.
    pub health: Health,
    /// What was seen.
    pub seen: String,
    /// What to do about it.
    pub fix: Option<String>,
}

impl Finding {
    pub(super) fn new(name: &'static str, health: Health, seen: impl Into<String>) -> Self {
        Self { name, health, seen: seen.into(), fix: None }
    }

    /// The same about what has that name.
    pub(super) fn with_start(self, name: &str) -> Self {
        Self { seen: format!("{name}: {}", self.seen), ..self }
    }

    pub(super) fn with_fix(self, fix: impl Into<String>) -> Self {
        Self { fix: Some(fix.into()), ..self }
    }
}
