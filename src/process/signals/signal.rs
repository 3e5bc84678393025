//! What asks devtool to end.

use crate::error::Exit;

/// Why devtool is to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signal {
    /// Ctrl-C.
    Interrupt,
    /// The system or another program asks for it.
    Terminate,
    /// The terminal is gone.
    Hangup,
}

impl Signal {
    /// The exit code of what it ended.
    pub(crate) const fn exit(self) -> Exit {
        match self {
            Self::Interrupt => Exit::Interrupted,
            Self::Terminate => Exit::Terminated,
            Self::Hangup => Exit::Hangup,
        }
    }
}
