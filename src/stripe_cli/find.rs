//! Finds the Stripe CLI on the PATH.

use std::path::PathBuf;

/// Where the Stripe CLI was looked for, and what was found; `Display` says it to a reader.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Found {
    /// The program.
    #[error("the Stripe CLI is at `{}`", .0.display())]
    At(PathBuf),
    /// There is none.
    #[error("no `stripe` program is on the PATH")]
    Nowhere,
}

/// Looks on the PATH.
pub fn find() -> Found {
    which::which("stripe").map_or(Found::Nowhere, Found::At)
}
