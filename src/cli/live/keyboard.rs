//! Keys that are typed while a listen shows its lines, read on a thread of its own.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc;

use crate::cli::ui::screen::next_keys;
use crate::error::{Error, Result};
use crate::inspector::KeyPress;
use crate::process::terminal;

/// How long nobody reads while the terminal is another's.
const PAUSE: Duration = Duration::from_millis(100);

/// The keys as they come. When this goes, the terminal is as it was.
#[derive(Debug)]
pub(super) struct Keyboard {
    pub(super) keys: mpsc::UnboundedReceiver<KeyPress>,
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    has_ended: AtomicBool,
    /// Held by whoever reads keys.
    reading: Mutex<()>,
}

impl Keyboard {
    pub(super) fn start() -> Result<Self> {
        let (sender, keys) = mpsc::unbounded_channel();
        let shared = Arc::<Shared>::default();
        terminal::remember();
        let read = Arc::clone(&shared);
        let thread = std::thread::Builder::new().name("keys".to_owned());
        thread.spawn(move || run(&read, &sender)).map_err(Error::bug)?;
        Ok(Self { keys, shared })
    }

    /// Does something while nobody else reads keys.
    pub(super) fn without<T>(&self, work: impl FnOnce() -> T) -> T {
        let _reading = self.shared.reading.lock().unwrap_or_else(PoisonError::into_inner);
        work()
    }
}

impl Drop for Keyboard {
    fn drop(&mut self) {
        self.shared.has_ended.store(true, Ordering::Release);
        self.without(terminal::restore_settings);
    }
}

fn run(shared: &Shared, sender: &mpsc::UnboundedSender<KeyPress>) {
    while !shared.has_ended.load(Ordering::Acquire) {
        let reading = shared.reading.lock().unwrap_or_else(PoisonError::into_inner);
        // In the background, the terminal is the shell's; what comes to the foreground again finds it changed.
        let keys = if terminal::is_ours() && !shared.has_ended.load(Ordering::Acquire) {
            terminal::take_keys().and_then(|()| next_keys())
        } else {
            std::thread::sleep(PAUSE);
            Ok(Vec::new())
        };
        drop(reading);
        let Ok(keys) = keys else { return };
        for key in keys {
            if sender.send(key).is_err() {
                return;
            }
        }
        // Whoever waits for the terminal gets it.
        std::thread::yield_now();
    }
}
