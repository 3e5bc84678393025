//! The kinds of errors: those that callers tell apart, and one for each exit code.

use super::Exit;

/// What an error is to those who handle it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The command line asks for what cannot be.
    Usage,
    /// Configuration, a secret or a file is missing or invalid.
    Config,
    /// Devtool has no place for files of its own: much goes on without.
    NoPlace,
    /// The file that is to be the history is none that devtool may use.
    History,
    /// A scenario file cannot be read or has an error; `--watch` waits for a better one.
    Scenario,
    /// A server cannot be reached, or gives no answer that helps.
    Unreachable,
    /// Nothing listens where events are to go; `--watch` waits for it.
    NoEndpoint,
    /// A server answers that it has no such file.
    NotFound,
    /// The Stripe CLI cannot be used, or somebody has to log in.
    StripeCli,
    /// There is no Stripe CLI.
    StripeMissing,
    /// The Stripe CLI is older than what devtool supports.
    StripeTooOld,
    /// Stripe, or the Stripe CLI, failed at one call; another may succeed.
    StripeRefused,
    /// Something that was asked of Stripe cannot go through it.
    NotThroughStripe,
    /// There is no login, and no API key.
    NotLoggedIn,
    /// Stripe does not take the login or the API key.
    LoginRefused,
    /// A download is not what it has to be.
    Verification,
    /// The result cannot be written to stdout.
    Output,
    /// A bug in devtool.
    Bug,
}

impl Kind {
    /// The exit code of a command that ends with an error of this kind.
    pub const fn exit(self) -> Exit {
        match self {
            Self::Output => Exit::Fail,
            Self::Usage | Self::NotThroughStripe => Exit::Usage,
            Self::Config | Self::NoPlace | Self::History | Self::Scenario => Exit::Config,
            Self::Unreachable | Self::NoEndpoint | Self::NotFound => Exit::Unreachable,
            Self::StripeCli
            | Self::StripeMissing
            | Self::StripeTooOld
            | Self::StripeRefused
            | Self::NotLoggedIn
            | Self::LoginRefused => Exit::StripeCli,
            Self::Verification => Exit::Verification,
            Self::Bug => Exit::Bug,
        }
    }
}
