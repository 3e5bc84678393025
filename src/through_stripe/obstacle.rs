//! One thing that a plan needs and Stripe cannot give.

use crate::error::{Error, Kind};
use crate::text::suggestion;

/// Something that cannot go through Stripe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Obstacle {
    /// What asked for it: an option, a key of a scenario, an event's type.
    pub option: String,
    /// Why Stripe cannot give it.
    pub why: String,
    /// Types that may be meant.
    pub near: Vec<String>,
}

impl Obstacle {
    pub(super) fn new(option: impl Into<String>, why: &str) -> Self {
        Self { option: option.into(), why: why.to_owned(), near: Vec::new() }
    }

    /// The error where Stripe was asked for.
    pub(crate) fn into_error(self) -> Error {
        const LOCALLY: &str = "`--via local` sends it without Stripe";
        let message = format!("{} cannot go through Stripe: {}", self.option, self.why);
        let hint = match suggestion::did_you_mean(&self.near) {
            Some(meant) => format!("{meant} Otherwise {LOCALLY}"),
            None => LOCALLY.to_owned(),
        };
        Error::new(Kind::NotThroughStripe, message).hinted(hint)
    }

    /// What is said where the events are sent locally for it.
    pub(crate) fn note(&self) -> String {
        format!(
            "sent locally: {} cannot go through Stripe ({}); `--via local` silences this note",
            self.option, self.why
        )
    }
}
