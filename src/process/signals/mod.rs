//! The signals that ask devtool to end: one handler for the whole process.
//!
//! The first one is honoured by whoever runs something that has an ending of its own ([`Graceful`]).
//! Where nobody does, as at a prompt, it ends the process at once; so does a second one always. As
//! process 1 of a container the same holds, because the signals are handled: only what is not handled
//! is withheld from that process.

#[cfg(unix)]
mod ignored;
mod signal;
#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};

use tokio_util::sync::CancellationToken;

#[cfg(unix)]
use unix::Source;
#[cfg(windows)]
use windows::Source;

pub(crate) use signal::Signal;

use super::terminal;
use crate::error::{Error, Exit, Result};

/// The process's end, as signals ask for it.
#[derive(Debug)]
pub(crate) struct Shutdown {
    shared: Arc<Shared>,
    /// The handler's thread ends with this.
    unused: CancellationToken,
}

/// Somebody who honours the first signal, as long as this is there.
#[derive(Debug)]
pub(crate) struct Graceful {
    shared: Arc<Shared>,
}

/// A time in which nobody can honour the first signal.
#[derive(Debug)]
pub(crate) struct Immediate {
    shared: Arc<Shared>,
}

/// A time in which Ctrl-C is for a child on devtool's terminal.
#[derive(Debug)]
pub(crate) struct LentInterrupts {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    first: CancellationToken,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// How many honour it.
    graceful: usize,
    /// How many keep them from it.
    immediate: usize,
    /// How many children have Ctrl-C.
    lent: usize,
    signal: Option<Signal>,
}

impl Shutdown {
    /// Handles the signals from the moment that this returns, on a thread of its own, so that neither
    /// a terminal that stands still nor a question keeps them from being heard. Those that were
    /// ignored when devtool started (nohup) stay so.
    ///
    /// # Errors
    /// The system gives no thread or no handler.
    pub(crate) fn handle() -> Result<Self> {
        let shutdown = Self { shared: Arc::default(), unused: CancellationToken::new() };
        let (shared, unused) = (Arc::clone(&shutdown.shared), shutdown.unused.clone());
        let (ready, is_ready) = mpsc::channel();
        let run = move || {
            if let Err(error) = hear(&shared, &unused, &ready) {
                // Nobody listens where it had begun.
                let _ = ready.send(Err(error));
            }
        };
        let failed = |error: String| Error::bug(format!("no signals: {error}"));
        let thread = std::thread::Builder::new().name("signals".to_owned()).spawn(run);
        thread.map_err(|error| failed(error.to_string()))?;
        let begun = is_ready.recv().map_err(|error| failed(error.to_string()))?;
        begun.map_err(|error| failed(error.to_string()))?;
        Ok(shutdown)
    }

    /// For commands that a signal may end wherever they are: the system's own way.
    pub(crate) fn unhandled() -> Self {
        Self { shared: Arc::default(), unused: CancellationToken::new() }
    }

    /// From now on the first signal is honoured by whoever holds this.
    pub(crate) fn graceful(&self) -> Graceful {
        self.shared.lock().graceful += 1;
        Graceful { shared: Arc::clone(&self.shared) }
    }

    /// The first signal, if it came.
    pub(crate) fn signal(&self) -> Option<Signal> {
        self.shared.lock().signal
    }

    /// As long as this is held, the first signal ends the process at once all the same: whoever
    /// honours it is held up, as by a question at the terminal.
    pub(crate) fn immediate(&self) -> Immediate {
        let mut state = self.shared.lock();
        if let Some(signal) = state.signal {
            end_at_once(signal);
        }
        state.immediate += 1;
        Immediate { shared: Arc::clone(&self.shared) }
    }

    /// As long as this is held, Ctrl-C means nothing to devtool: a child on its terminal takes it for a key, as a
    /// pager does.
    pub(crate) fn lend_interrupts(&self) -> LentInterrupts {
        self.shared.lock().lent += 1;
        LentInterrupts { shared: Arc::clone(&self.shared) }
    }

    /// The exit code for what a signal ended.
    pub(crate) fn exit(&self) -> Exit {
        self.signal().map_or(Exit::Interrupted, Signal::exit)
    }
}

impl Drop for Shutdown {
    fn drop(&mut self) {
        self.unused.cancel();
    }
}

impl Graceful {
    /// Cancelled by the first signal.
    pub(crate) fn token(&self) -> &CancellationToken {
        &self.shared.first
    }

    /// Does something that can be given up anywhere: `None` where a signal came before its end.
    pub(crate) async fn unless_ended<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        self.token().run_until_cancelled(work).await
    }
}

impl Drop for Graceful {
    fn drop(&mut self) {
        self.shared.lock().graceful -= 1;
    }
}

impl Drop for Immediate {
    fn drop(&mut self) {
        self.shared.lock().immediate -= 1;
    }
}

impl Drop for LentInterrupts {
    fn drop(&mut self) {
        self.shared.lock().lent -= 1;
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn received(&self, signal: Signal) {
        let mut state = self.lock();
        if signal == Signal::Interrupt && state.lent > 0 {
            return;
        }
        let is_honoured = state.graceful > 0 && state.immediate == 0;
        if state.signal.is_some() || !is_honoured {
            end_at_once(signal);
        }
        state.signal = Some(signal);
        self.first.cancel();
    }
}

/// Hears signals until nobody wants them handled any more.
fn hear(
    shared: &Shared,
    unused: &CancellationToken,
    ready: &mpsc::Sender<io::Result<()>>,
) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    runtime.block_on(async {
        let mut source = Source::new()?;
        // Who started this waits for it.
        let _ = ready.send(Ok(()));
        loop {
            tokio::select! {
                () = unused.cancelled() => return Ok(()),
                signal = source.next() => shared.received(signal),
            }
        }
    })
}

/// Ends the process without waiting for anything. Children are killed, because that closes what holds
/// them (`group`).
#[expect(clippy::exit, reason = "nothing that still runs may hold up a second signal")]
pub(crate) fn end_at_once(signal: Signal) -> ! {
    terminal::restore();
    std::process::exit(signal.exit().code().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_signal_is_honoured_by_whoever_holds_it() {
        let shutdown = Shutdown::unhandled();
        let (one, other) = (shutdown.graceful(), shutdown.graceful());
        drop(one);
        assert!(!other.token().is_cancelled());
        shutdown.shared.received(Signal::Hangup);
        assert!(other.token().is_cancelled());
        assert_eq!(shutdown.exit(), Exit::Hangup);
    }

    #[test]
    fn an_interrupt_is_none_while_a_child_has_it() {
        let shutdown = Shutdown::unhandled();
        let (graceful, lent) = (shutdown.graceful(), shutdown.lend_interrupts());
        shutdown.shared.received(Signal::Interrupt);
        assert!(!graceful.token().is_cancelled());
        drop(lent);
        shutdown.shared.received(Signal::Interrupt);
        assert_eq!(shutdown.exit(), Exit::Interrupted);
    }
}
