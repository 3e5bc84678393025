//! Why an event cannot be made, with what a caller needs to name the place in a file of the user's.

use super::earlier_field::EarlierField;
use crate::error::{Error, Kind};
use crate::text::suggestion;

/// The result of what makes events.
pub(super) type Result<T> = std::result::Result<T, EventError>;

/// How many names are suggested.
const MOST_MEANT: usize = 3;

/// Why an event cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum EventError {
    /// No event type of that name.
    #[error("unknown event `{name}`")]
    UnknownEvent {
        /// What was asked for.
        name: String,
        /// Types with a similar name.
        near: Vec<String>,
    },
    /// No object type of that name.
    #[error("unknown object `{name}`")]
    UnknownObject {
        /// What was asked for.
        name: String,
        /// Object types with a similar name.
        near: Vec<String>,
    },
    /// A `--set` names a field that the events do not have.
    #[error("no event of this run has the field `{path}`")]
    UnknownField {
        /// The path as given.
        path: String,
        /// Fields that may be meant.
        near: Vec<String>,
    },
    /// A `--set` names a field that only events of earlier API versions have.
    #[error("no event of this run has the field `{path}`")]
    EarlierField {
        /// The path as given.
        path: String,
        /// The path from the object.
        name: String,
        /// What became of the field.
        earlier: EarlierField,
    },
    /// A value that its story or field cannot take.
    #[error("cannot set {setting}: {reason}")]
    InvalidSetting {
        /// The name or path that was to be set.
        setting: String,
        /// Why not, and what fits.
        reason: String,
    },
    /// An id that the object cannot have.
    #[error("cannot set the id of `{object}` to `{id}`: {reason}")]
    WrongId {
        /// The object, as `about` names it.
        object: String,
        /// The id.
        id: String,
        /// Why not.
        reason: String,
        /// What may be meant: objects that have such ids, with the id.
        near: Vec<String>,
    },
    /// What a scene says of before does not fit its object.
    #[error("{error}")]
    Previous {
        /// Which scene, from 0.
        scene: usize,
        /// What is wrong with it.
        error: Box<EventError>,
    },
    /// An error in the embedded catalogue.
    #[error("{0}")]
    Catalogue(CatalogueError),
}

/// An error in the catalogue's data.
#[derive(Debug, thiserror::Error)]
#[error("{}{what}", at.prefix())]
pub struct CatalogueError {
    pub(super) at: At,
    pub(super) what: String,
}

/// Where an error in the catalogue is.
#[derive(Debug)]
pub(super) enum At {
    /// That line of a file below `catalog/`.
    Line(String, usize),
    /// Where these words stand.
    Words(String),
}

impl At {
    fn prefix(&self) -> String {
        match self {
            Self::Line(file, line) => format!("catalog/{file}:{line}: "),
            Self::Words(_) => "catalog: ".to_owned(),
        }
    }
}

impl EventError {
    /// An error at a line of a file below `catalog/`.
    pub(super) fn at_line(file: String, line: usize, what: String) -> Self {
        Self::Catalogue(CatalogueError { at: At::Line(file, line), what })
    }

    /// An error where these words stand.
    pub(super) fn at_words(words: &str, what: String) -> Self {
        Self::Catalogue(CatalogueError { at: At::Words(words.to_owned()), what })
    }

    /// What is wrong with JSON; its place is told apart from it.
    pub(super) fn json(file: String, line: usize, error: &serde_json::Error) -> Self {
        let place = format!(" at line {} column {}", error.line(), error.column());
        let what = error.to_string();
        let what = what.strip_suffix(&place).unwrap_or(&what).to_owned();
        Self::at_line(file, line, what)
    }

    /// What is wrong, as a reader of the file that is wrong needs it.
    pub fn reason(&self) -> String {
        match self {
            Self::UnknownEvent { name, .. } => format!("unknown event type `{name}`"),
            Self::UnknownObject { name, .. } => format!("unknown object `{name}`"),
            Self::UnknownField { path, .. } => format!("the event has no field `{path}`"),
            Self::EarlierField { path, name, earlier } => {
                format!("the event has no field `{path}`: {}", earlier.told(name))
            }
            Self::InvalidSetting { reason, .. } => reason.clone(),
            Self::WrongId { .. } => self.to_string(),
            Self::Previous { error, .. } => error.reason(),
            Self::Catalogue(error) => error.what.clone(),
        }
    }

    /// The same error, where one of these names may be meant, too, before the others.
    #[must_use]
    pub(crate) fn or_meant(self, names: &[&str]) -> Self {
        match self {
            Self::UnknownField { path, near } => {
                let meant = suggestion::near(&path, names.iter().copied());
                let others = near.into_iter().filter(|name| !names.contains(&name.as_str()));
                let near = meant.into_iter().chain(others).take(MOST_MEANT).collect();
                Self::UnknownField { path, near }
            }
            other => other,
        }
    }

    /// The names that may be meant.
    pub fn near(&self) -> &[String] {
        match self {
            Self::UnknownEvent { near, .. }
            | Self::UnknownObject { near, .. }
            | Self::UnknownField { near, .. }
            | Self::WrongId { near, .. } => near,
            Self::Previous { error, .. } => error.near(),
            Self::EarlierField { .. } | Self::InvalidSetting { .. } | Self::Catalogue(_) => &[],
        }
    }
}

impl From<EventError> for Error {
    fn from(error: EventError) -> Self {
        let meant = suggestion::did_you_mean(error.near());
        let usage = |hint| Self::new(Kind::Usage, error.to_string()).hinted(hint);
        match &error {
            EventError::UnknownEvent { .. } => usage(meant.unwrap_or_else(|| {
                "use `--object TYPE` to send an unlisted one; to list the event types:\ndevtool events"
                    .to_owned()
            })),
            EventError::UnknownObject { .. } => {
                usage(meant.unwrap_or_else(|| "list the event types and their objects:\ndevtool events".to_owned()))
            }
            EventError::UnknownField { .. } => {
                const ADDS: &str = "`--force` adds a missing field";
                usage(meant.map_or_else(|| ADDS.to_owned(), |meant| format!("{meant} ({ADDS})")))
            }
            EventError::EarlierField { name, earlier, .. } => {
                let version = &earlier.api_version;
                let told = earlier.told(name);
                usage(format!("{told}; `--api-version {version}` sends events that have `{name}`"))
            }
            EventError::WrongId { .. } => match meant {
                Some(meant) => usage(meant),
                None => Self::new(Kind::Usage, error.to_string()),
            },
            EventError::InvalidSetting { .. } => Self::new(Kind::Usage, error.to_string()),
            EventError::Previous { .. } | EventError::Catalogue(_) => Self::bug(error),
        }
    }
}
