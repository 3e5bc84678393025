//! The progress line on a terminal.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::task::JoinHandle;

/// How long something may take before a line says so, and how often that is drawn.
const PATIENCE: Duration = Duration::from_millis(100);

/// A line that says what is being waited for. It appears when the wait gets long, and is gone
/// before anything else is written.
#[derive(Default)]
pub(super) struct ProgressLine {
    shown: Arc<Mutex<Option<ProgressBar>>>,
    wait: Option<JoinHandle<()>>,
}

impl ProgressLine {
    /// Something is being waited for from now on. Needs a running runtime.
    pub(super) fn waiting(&mut self, done: usize, steps: usize, what: String) {
        self.clear();
        let shown = Arc::clone(&self.shown);
        self.wait = Some(tokio::spawn(async move {
            tokio::time::sleep(PATIENCE).await;
            let bar = bar(done, steps, what);
            bar.enable_steady_tick(PATIENCE);
            *shown.lock().unwrap_or_else(PoisonError::into_inner) = Some(bar);
        }));
    }

    /// The wait is over.
    pub(super) fn clear(&mut self) {
        if let Some(wait) = self.wait.take() {
            wait.abort();
        }
        if let Some(bar) = self.shown.lock().unwrap_or_else(PoisonError::into_inner).take() {
            bar.finish_and_clear();
        }
    }
}

fn bar(done: usize, steps: usize, what: String) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(steps as u64), ProgressDrawTarget::stderr())
        .with_position(done as u64)
        .with_message(what)
        .with_elapsed(PATIENCE);
    match ProgressStyle::with_template("  {spinner} {pos}/{len} {msg} ({elapsed})") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
