//! Ctrl-C as a cancellation, so that what was done can still be reported.

use tokio_util::sync::CancellationToken;

use crate::error::{Error, Result};

/// A token that the first Ctrl-C cancels, from the moment that this returns.
pub(super) async fn on_ctrl_c() -> CancellationToken {
    let token = CancellationToken::new();
    let cancels = token.clone();
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            cancels.cancel();
        }
    });
    // The handler is set up when the task first runs: on a runtime of one thread, now.
    tokio::task::yield_now().await;
    token
}

/// The end of something that runs until it is told to end.
#[derive(Clone, Debug, Default)]
pub(super) struct Stops {
    /// Ctrl-C, or the system's request to end: what is under way may end.
    pub(super) first: CancellationToken,
    /// Another one: nothing is waited for.
    pub(super) second: CancellationToken,
}

/// Both tokens, from the moment that this returns. Needs a running runtime.
pub(super) fn on_stop() -> Result<Stops> {
    let stops = Stops::default();
    let cancels = stops.clone();
    let mut signals = Signals::new()?;
    tokio::spawn(async move {
        signals.next().await;
        cancels.first.cancel();
        signals.next().await;
        cancels.second.cancel();
    });
    Ok(stops)
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    end: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let fault = |fault: std::io::Error| Error::bug(format!("no signals: {fault}"));
        let interrupt = signal(SignalKind::interrupt()).map_err(fault)?;
        Ok(Self { interrupt, end: signal(SignalKind::terminate()).map_err(fault)? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.end.recv() => {}
        }
    }
}

#[cfg(not(unix))]
struct Signals(tokio::signal::windows::CtrlC);

#[cfg(not(unix))]
impl Signals {
    fn new() -> Result<Self> {
        let fault = |fault: std::io::Error| Error::bug(format!("no signals: {fault}"));
        tokio::signal::windows::ctrl_c().map(Self).map_err(fault)
    }

    async fn next(&mut self) {
        self.0.recv().await;
    }
}
