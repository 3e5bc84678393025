//! The known answers, as answers.toml has them: read when something failed for the first time.

use std::sync::OnceLock;

use serde::Deserialize;

pub(super) const TEXT: &str = include_str!("answers.toml");

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct KnownAnswers {
    /// What says no more than the answer's status.
    status_words: Vec<String>,
    pub(super) answer: Vec<KnownAnswer>,
}

/// A known answer; answers.toml describes its form.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct KnownAnswer {
    pub(super) id: String,
    pub(super) status: Vec<u16>,
    pub(super) header: Option<String>,
    pub(super) says: Vec<String>,
    pub(super) is: Vec<String>,
    pub(super) title: Vec<String>,
    pub(super) class: Option<String>,
    pub(super) json: Vec<String>,
    pub(super) silent: Option<bool>,
    pub(super) page: Option<bool>,
    pub(super) raises: Option<bool>,
    pub(super) second: Option<bool>,
    pub(super) cause: String,
    pub(super) fix: String,
    pub(super) of_stripe: Option<CauseAndFix>,
    pub(super) with_api: Option<CauseAndFix>,
    pub(super) option: Option<String>,
}

/// A cause and its way out.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CauseAndFix {
    pub(super) cause: String,
    pub(super) fix: String,
}

/// All of them. A file that cannot be read is an empty one; a test reads it.
pub(super) fn known_answers() -> &'static KnownAnswers {
    static TABLE: OnceLock<KnownAnswers> = OnceLock::new();
    TABLE.get_or_init(|| toml::from_str(TEXT).unwrap_or_default())
}

/// Whether a line is a framework's long way to say the status.
pub(super) fn says_no_more(line: &str) -> bool {
    known_answers().status_words.iter().any(|words| line.starts_with(words))
}
