//! What devtool's exit code says.

/// What devtool's exit code says. The table in `--help`, the man page and docs/ci.md is
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
    /// A download failed verification.
    Verification,
    /// An error of devtool itself.
    Bug,
    /// Ended by SIGHUP.
    Hangup,
    /// Ctrl-C.
    Interrupted,
    /// Ended by SIGTERM.
    Terminated,
    /// What a child that was run for the user ended with (`devtool stripe`); no code of devtool's.
    Child(u8),
}

impl Exit {
    /// Every exit code, in numerical order.
    pub const ALL: [Self; 11] = [
        Self::Done,
        Self::Fail,
        Self::Usage,
        Self::Config,
        Self::Unreachable,
        Self::StripeCli,
        Self::Verification,
        Self::Bug,
        Self::Hangup,
        Self::Interrupted,
        Self::Terminated,
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
            Self::Verification => 6,
            Self::Bug => 70,
            Self::Hangup => 129,
            Self::Interrupted => 130,
            Self::Terminated => 143,
            Self::Child(code) => code,
        }
    }

    /// What the number means, in one line.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Done => "done, every event accepted and every expectation met",
            Self::Fail => "ran, and an event was not accepted or an expectation not met",
            Self::Usage => "wrong command line",
            Self::Config => "configuration, secret or scenario missing or invalid",
            Self::Unreachable => "endpoint or network not reachable: nothing answered at all",
            Self::StripeCli => "Stripe CLI missing, unusable or not logged in",
            Self::Verification => "a download failed verification",
            Self::Child(_) => "what the Stripe CLI ended with",
            Self::Bug => "a bug in devtool",
            Self::Hangup => "ended by SIGHUP, as when the terminal is closed",
            Self::Interrupted => "interrupted with Ctrl-C",
            Self::Terminated => "ended by SIGTERM",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exit_codes_are_distinct_and_ordered() {
        assert!(Exit::ALL.windows(2).all(|pair| pair[0].code() < pair[1].code()));
    }
}
