//! The one error type, and for each of its variants the exit code and the way out.

use std::path::PathBuf;

/// Anything boxed that caused an error, so that [`Error`] names no type of the modules above it.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// The result of everything that can fail.
pub type Result<T> = std::result::Result<T, Error>;

/// What devtool's exit code says. The table in `--help`, the man page and the README is
/// [`Exit::ALL`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Done, and every expectation was met.
    Done,
    /// It ran, and the verdict is fail.
    Fail,
    /// The command line is wrong.
    Usage,
    /// Configuration, secret or scenario is missing or invalid.
    Config,
    /// Nothing answered at all.
    Unreachable,
    /// The Stripe CLI is missing, unusable or not logged in.
    StripeCli,
    /// A fault of devtool itself.
    Bug,
    /// Ctrl-C.
    Interrupted,
}

impl Exit {
    /// Every exit code, in numerical order.
    pub const ALL: [Self; 8] = [
        Self::Done,
        Self::Fail,
        Self::Usage,
        Self::Config,
        Self::Unreachable,
        Self::StripeCli,
        Self::Bug,
        Self::Interrupted,
    ];

    /// The number that the process ends with.
    pub const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Fail => 1,
            Self::Usage => 2,
            Self::Config => 3,
            Self::Unreachable => 4,
            Self::StripeCli => 5,
            Self::Bug => 70,
            Self::Interrupted => 130,
        }
    }

    /// What the number means, in one line.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Done => "done, every event accepted",
            Self::Fail => "ran, and an event was not accepted",
            Self::Usage => "wrong command line",
            Self::Config => "configuration, secret or scenario missing or invalid",
            Self::Unreachable => "endpoint not reachable: nothing answered at all",
            Self::StripeCli => "Stripe CLI missing, unusable or not logged in",
            Self::Bug => "a bug in devtool",
            Self::Interrupted => "interrupted with Ctrl-C",
        }
    }
}

/// Everything that ends a command before it has a verdict.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
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
        /// Object types with a similar name, or all of them.
        near: Vec<String>,
    },
    /// No scenario of that name.
    #[error("unknown scenario `{name}`")]
    UnknownScenario {
        /// What was asked for.
        name: String,
        /// Scenarios with a similar name.
        near: Vec<String>,
    },
    /// A `--set` names a field that the events do not have.
    #[error("no event of this run has the field `{path}`")]
    UnknownField {
        /// The path as given.
        path: String,
        /// Fields with a similar name at the place where the path leaves the object.
        near: Vec<String>,
    },
    /// A `--set` has a value that its story or field cannot take.
    #[error("cannot set {setting}: {reason}")]
    InvalidSetting {
        /// The name or path that was to be set.
        setting: String,
        /// Why not, and what fits.
        reason: String,
    },
    /// The endpoint's URL is none that devtool can post to.
    #[error("cannot use the endpoint `{url}`: {reason}")]
    InvalidEndpoint {
        /// The URL as given.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The endpoint is on another machine.
    #[error("the endpoint's host `{host}` is not this machine")]
    RemoteEndpoint {
        /// The host as given.
        host: String,
    },
    /// A signing secret that is empty or has white space.
    #[error("cannot use the signing secret from {origin}: {reason}")]
    InvalidSecret {
        /// Where it was found.
        origin: String,
        /// What is wrong, without the secret itself.
        reason: String,
    },
    /// devtool's own secret cannot be read or kept.
    #[error("cannot keep a signing secret in `{}`", file.display())]
    OwnSecret {
        /// The file.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// No event type fits a pattern.
    #[error("no event type fits `{pattern}`")]
    NoEventFits {
        /// The pattern.
        pattern: String,
        /// Types with a similar name.
        near: Vec<String>,
    },
    /// The result could not be written to stdout (a reader that went away is no error).
    #[error("cannot write the result to stdout")]
    Output {
        /// Why.
        source: std::io::Error,
    },
    /// A configuration or scenario file with a fault.
    #[error("{} line {line}: {reason}", file.display())]
    InvalidFile {
        /// The file.
        file: PathBuf,
        /// The line of the fault, from 1.
        line: usize,
        /// What is wrong there, with the key.
        reason: String,
    },
    /// A file that cannot be read.
    #[error("cannot read `{}`", file.display())]
    Read {
        /// The file.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file that cannot be written.
    #[error("cannot write `{}`", file.display())]
    Write {
        /// The file.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The user's home directory is not known.
    #[error("cannot find the directory to keep the signing secret in")]
    NoHome {
        /// Why.
        source: Cause,
    },
    /// A way to send that this version does not have.
    #[error("`--via stripe` is not there yet: this version of devtool sends locally")]
    ViaStripe {
        /// Whether and where the Stripe CLI is installed.
        #[source]
        found: Cause,
    },
    /// A port that another program has.
    #[error("cannot listen on port {port}")]
    PortTaken {
        /// The port.
        port: u16,
        /// Why.
        source: std::io::Error,
    },
    /// A fault of devtool itself: in the embedded data, or in what it asks of the system.
    #[error("devtool itself is at fault: {what}")]
    Bug {
        /// What does not hold.
        what: String,
    },
}

impl Error {
    /// The system gave no random bytes, which no supported system does.
    pub(crate) fn no_random_bytes() -> Self {
        Self::Bug { what: "the system gave no random bytes".to_owned() }
    }

    /// The exit code of a command that ends with this error.
    pub fn exit(&self) -> Exit {
        match self {
            Self::UnknownEvent { .. }
            | Self::UnknownObject { .. }
            | Self::UnknownScenario { .. }
            | Self::UnknownField { .. }
            | Self::InvalidSetting { .. }
            | Self::InvalidEndpoint { .. }
            | Self::NoEventFits { .. }
            | Self::RemoteEndpoint { .. } => Exit::Usage,
            Self::InvalidSecret { .. }
            | Self::OwnSecret { .. }
            | Self::InvalidFile { .. }
            | Self::Read { .. }
            | Self::Write { .. }
            | Self::NoHome { .. }
            | Self::PortTaken { .. } => Exit::Config,
            Self::ViaStripe { .. } => Exit::StripeCli,
            Self::Output { .. } => Exit::Fail,
            Self::Bug { .. } => Exit::Bug,
        }
    }

    /// The way out, in one line, where there is one.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::UnknownEvent { near, .. }
            | Self::UnknownObject { near, .. }
            | Self::UnknownScenario { near, .. }
            | Self::NoEventFits { near, .. } => did_you_mean(near).or_else(|| self.usual_hint()),
            Self::UnknownField { near, .. } => match (did_you_mean(near), self.usual_hint()) {
                (Some(meant), Some(usual)) => Some(format!("{meant} ({usual})")),
                (meant, usual) => meant.or(usual),
            },
            Self::PortTaken { port, .. } => {
                Some(format!("end the program that has port {port}, or choose another `--port`"))
            }
            _ => self.usual_hint(),
        }
    }

    /// The way out that is the same for every error of a kind.
    fn usual_hint(&self) -> Option<String> {
        let hint = match self {
            Self::UnknownEvent { .. } => {
                "`devtool events` lists them; `--object TYPE` sends any name with that object"
            }
            Self::UnknownObject { .. } => "`devtool events` shows the objects",
            Self::UnknownScenario { .. } => "`devtool scenario` lists them",
            Self::NoEventFits { .. } => "`devtool events` lists them all",
            Self::UnknownField { .. } => "`--force` adds a field that is not there",
            Self::InvalidEndpoint { .. } => "an endpoint looks like http://127.0.0.1:5000/webhook",
            Self::RemoteEndpoint { .. } => {
                "`--allow-remote` sends there all the same: it has to be a test system of yours"
            }
            Self::InvalidSecret { .. } => "a secret is text without white space, such as `whsec_…`",
            Self::NoHome { .. } | Self::OwnSecret { .. } => {
                "give the secret with `--secret` or STRIPE_WEBHOOK_SECRET"
            }
            Self::ViaStripe { .. } => "leave `--via` out: local events need no Stripe account",
            Self::Read { .. } => "it has to be a text file in UTF-8 that you may read",
            Self::Write { .. } => "it has to be a file of yours in a directory that is there",
            Self::InvalidFile { .. } => "correct that line; README.md shows what can be set",
            Self::Output { .. } => "the exit code says nothing of the result then",
            Self::Bug { .. } => "please report it with the command that you typed",
            // The reason says what fits; the port is named by `hint`.
            Self::InvalidSetting { .. } | Self::PortTaken { .. } => return None,
        };
        Some(hint.to_owned())
    }
}

/// "did you mean …" for the names that are near, `None` where none is.
fn did_you_mean(near: &[String]) -> Option<String> {
    let ticked: Vec<String> = near.iter().map(|name| format!("`{name}`")).collect();
    let (last, others) = ticked.split_last()?;
    Some(match others {
        [] => format!("did you mean {last}?"),
        _ => format!("did you mean {} or {last}?", others.join(", ")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_near_are_listed_as_a_sentence() {
        let near = |names: &[&str]| {
            did_you_mean(&names.iter().map(ToString::to_string).collect::<Vec<_>>())
        };
        assert_eq!(near(&[]), None);
        assert_eq!(near(&["a"]).as_deref(), Some("did you mean `a`?"));
        assert_eq!(near(&["a", "b", "c"]).as_deref(), Some("did you mean `a`, `b` or `c`?"));
    }

    #[test]
    fn exit_codes_are_distinct_and_ordered() {
        assert!(Exit::ALL.windows(2).all(|pair| pair[0].code() < pair[1].code()));
    }
}
