//! Unix: INT, TERM and HUP.

use std::io;

use tokio::signal::unix::{self, SignalKind};

use super::ignored::Ignored;
use super::signal::Signal;

/// Where signals come from; those that are to stay ignored have none.
pub(super) struct Source {
    interrupt: Option<unix::Signal>,
    terminate: Option<unix::Signal>,
    hangup: Option<unix::Signal>,
}

impl Source {
    pub(super) fn new() -> io::Result<Self> {
        let ignored = Ignored::now();
        let handled = |kind: SignalKind, is_ignored: bool| {
            (!is_ignored).then(|| unix::signal(kind)).transpose()
        };
        Ok(Self {
            interrupt: handled(SignalKind::interrupt(), ignored.interrupt)?,
            terminate: handled(SignalKind::terminate(), ignored.terminate)?,
            hangup: handled(SignalKind::hangup(), ignored.hangup)?,
        })
    }

    pub(super) async fn next(&mut self) -> Signal {
        tokio::select! {
            () = one(self.interrupt.as_mut()) => Signal::Interrupt,
            () = one(self.terminate.as_mut()) => Signal::Terminate,
            () = one(self.hangup.as_mut()) => Signal::Hangup,
        }
    }
}

async fn one(signal: Option<&mut unix::Signal>) {
    match signal {
        Some(signal) => drop(signal.recv().await),
        None => std::future::pending().await,
    }
}
