//! The terminal's own settings, which a question that hides its answer changes; a full screen, which whatever
//! ends the process has to leave; and the stop that a shell's user asks for.

use std::sync::{Mutex, PoisonError, mpsc};
use std::time::Duration;

#[cfg(unix)]
pub(crate) use unix::{is_ours, remember, restore_settings, stop, take_keys, wait_for_keys};

/// How long a terminal is waited for that takes nothing.
const TIME_LIMIT: Duration = Duration::from_millis(200);

/// What leaves the full screen, while there is one.
static FULL_SCREEN: Mutex<Option<fn()>> = Mutex::new(None);

/// From now on a full screen is left by that, whatever ends the process.
pub(crate) fn full_screen_is_up(leave: fn()) {
    *FULL_SCREEN.lock().unwrap_or_else(PoisonError::into_inner) = Some(leave);
}

/// Whether there is a full screen that was not left.
pub(crate) fn has_full_screen() -> bool {
    FULL_SCREEN.lock().unwrap_or_else(PoisonError::into_inner).is_some()
}

/// Leaves the full screen, if there is one. A terminal that stands still is not waited for.
pub(crate) fn leave_full_screen() {
    let leave = FULL_SCREEN.lock().unwrap_or_else(PoisonError::into_inner).take();
    let Some(leave) = leave else { return };
    let (done, is_done) = mpsc::channel();
    let thread = std::thread::Builder::new().name("terminal".to_owned());
    let begun = thread.spawn(move || {
        leave();
        let _ = done.send(());
    });
    if begun.is_ok() {
        let _ = is_done.recv_timeout(TIME_LIMIT);
    }
}

/// Restores what is not as it was before.
pub(super) fn restore() {
    leave_full_screen();
    restore_settings();
}

/// On Windows each shell sets the console as it needs it before it reads.
#[cfg(windows)]
pub(crate) const fn remember() {}

/// There is one foreground on Windows.
#[cfg(windows)]
pub(crate) const fn is_ours() -> bool {
    true
}

/// The console gives keys at once that are read as events.
#[cfg(windows)]
pub(crate) fn take_keys() -> std::io::Result<()> {
    Ok(())
}

/// A console that is gone ends the process by itself: all of the time is left to wait.
#[cfg(windows)]
pub(crate) const fn wait_for_keys(time: Duration) -> std::io::Result<Duration> {
    Ok(time)
}

/// As `remember`.
#[cfg(windows)]
pub(crate) const fn restore_settings() {}

/// Windows knows no stopped processes.
#[cfg(windows)]
pub(crate) fn stop() -> std::io::Result<()> {
    Err(std::io::ErrorKind::Unsupported.into())
}

#[cfg(unix)]
mod unix {
    use std::fs::File;
    use std::io;
    use std::sync::{Mutex, PoisonError};
    use std::time::Duration;

    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use rustix::io::Errno;
    use rustix::process::{Signal, getpgrp, kill_current_process_group};
    use rustix::termios::{
        LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcgetpgrp, tcsetattr,
    };
    use tokio::signal::unix::SignalKind;

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

    /// How long the stop is waited for where there is none: nobody could let the process go on.
    const NO_STOP: Duration = Duration::from_secs(1);

    /// Stops this process and those of its job, as Ctrl-Z does; returns when the shell lets them go on.
    pub(crate) fn stop() -> io::Result<()> {
        // The signal goes to any of the process's threads, so that sending it may return before the stop. And this
        // may be called within a runtime.
        let thread = std::thread::Builder::new().name("stop".to_owned()).spawn(stopped)?;
        thread.join().unwrap_or_else(|_| Err(io::ErrorKind::Other.into()))
    }

    fn stopped() -> io::Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let goes_on = SignalKind::from_raw(Signal::CONT.as_raw());
            let mut goes_on = tokio::signal::unix::signal(goes_on)?;
            kill_current_process_group(Signal::TSTP)?;
            let _ = tokio::time::timeout(NO_STOP, goes_on.recv()).await;
            Ok(())
        })
    }

    /// Whether this process is in the foreground of its terminal.
    pub(crate) fn is_ours() -> bool {
        let foreground = tcgetpgrp(std::io::stdin());
        foreground.is_ok_and(|foreground| foreground == getpgrp())
    }

    /// What stands for no character among a terminal's special ones.
    const NO_CHARACTER: u8 = if cfg!(target_os = "linux") { 0 } else { 0xff };

    /// Has the terminal give each key at once, and show none; Ctrl-C stays what it is. Ctrl-Z is a key as well: a
    /// process that is stopped by the terminal itself could not restore it before.
    pub(crate) fn take_keys() -> std::io::Result<()> {
        let terminal = std::io::stdin();
        let mut settings = tcgetattr(&terminal)?;
        let lines = LocalModes::ICANON | LocalModes::ECHO;
        let suspends = settings.special_codes[SpecialCodeIndex::VSUSP] != NO_CHARACTER;
        if settings.local_modes.intersects(lines) || suspends {
            settings.local_modes.remove(lines);
            settings.special_codes[SpecialCodeIndex::VSUSP] = NO_CHARACTER;
            tcsetattr(&terminal, OptionalActions::Now, &settings)?;
        }
        Ok(())
    }

    /// Restores what was remembered.
    pub(crate) fn restore_settings() {
        let before = BEFORE.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((terminal, settings)) = &*before {
            // A terminal that is gone needs nothing.
            let _ = tcsetattr(terminal, OptionalActions::Now, settings);
        }
    }

    /// Waits so long for something typed, and returns how long is left to wait: a moment, since events are read only
    /// where there is time left. What reads them would never come back from a terminal that is gone.
    ///
    /// # Errors
    /// The terminal is gone.
    pub(crate) fn wait_for_keys(time: Duration) -> io::Result<Duration> {
        let stdin = io::stdin();
        let mut polled = [PollFd::new(&stdin, PollFlags::IN)];
        let limit = Timespec { tv_sec: 0, tv_nsec: time.subsec_nanos().into() };
        match poll(&mut polled, Some(&limit)) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        let gone = PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL;
        if polled[0].revents().intersects(gone) {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        Ok(Duration::from_millis(1))
    }
}
