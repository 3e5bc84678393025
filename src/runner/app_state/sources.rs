//! How to look at the app's state.

use super::query::StateRequest;
use crate::delivery::Header;

/// How to look at the app's state.
#[derive(Clone, Debug, Default)]
pub(crate) struct StateSources {
    /// What to ask the app (`--app-state`).
    pub requests: Vec<StateRequest>,
    /// Headers of that (`--app-header`).
    pub headers: Vec<Header>,
    /// Lines for the shell (`--app-state-run`).
    pub commands: Vec<String>,
}

impl StateSources {
    /// Whether there is nothing to look at.
    pub(crate) const fn is_empty(&self) -> bool {
        self.requests.is_empty() && self.commands.is_empty()
    }
}
