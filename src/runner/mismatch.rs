//! Whether something is as expected, and what of it is not.

/// Something of an answer that is not as expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mismatch {
    /// What: `status`, `max_latency`, `body order.id`, `header location` …
    pub what: String,
    /// How it should be.
    pub expected: String,
    /// How it is.
    pub found: String,
}

/// What a step or a run comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// As expected.
    Pass,
    /// Not as expected.
    Fail,
    /// Through Stripe: caused, and did not come.
    Missing,
    /// Not tried.
    Skipped,
}

impl Verdict {
    /// Pass where the status is as expected, and all else is.
    pub(super) const fn of(is_expected: bool, mismatches: &[Mismatch]) -> Self {
        if is_expected && mismatches.is_empty() { Self::Pass } else { Self::Fail }
    }

    /// Whether something is not as expected.
    pub(crate) const fn is_failure(self) -> bool {
        matches!(self, Self::Fail | Self::Missing)
    }

    /// The word of the JSON report.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Missing => "missing",
            Self::Skipped => "skipped",
        }
    }
}
