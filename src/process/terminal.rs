//! The terminal's own settings, which a question that hides its answer changes.

#[cfg(unix)]
pub(crate) use unix::remember;
#[cfg(unix)]
pub(super) use unix::restore;

/// On Windows each shell sets the console as it needs it before it reads.
#[cfg(windows)]
pub(crate) const fn remember() {}

#[cfg(windows)]
pub(super) const fn restore() {}

#[cfg(unix)]
mod unix {
    use std::fs::File;
    use std::sync::{Mutex, PoisonError};

    use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};

    static BEFORE: Mutex<Option<(File, Termios)>> = Mutex::new(None);

    /// Remembers the terminal as it is, to be restored where the process ends at once.
    pub(crate) fn remember() {
        let terminal = File::open("/dev/tty").ok();
        let settings = terminal.and_then(|terminal| {
            let settings = tcgetattr(&terminal).ok()?;
            Some((terminal, settings))
        });
        *BEFORE.lock().unwrap_or_else(PoisonError::into_inner) = settings;
    }

    pub(in crate::process) fn restore() {
        let before = BEFORE.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((terminal, settings)) = &*before {
            // A terminal that is gone needs nothing.
            let _ = tcsetattr(terminal, OptionalActions::Now, settings);
        }
    }
}
