//! The progress line on a terminal.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::task::JoinHandle;

/// How long something may take before a line says so, and how often that is drawn.
const SHOWN_AFTER: Duration = Duration::from_millis(100);

/// A line that says what is being waited for. It appears when the wait gets long, and is gone
/// before anything else is written.
#[derive(Default)]
pub(super) struct ProgressLine {
    wait: Option<(Arc<Mutex<Wait>>, JoinHandle<()>)>,
}

/// How far a wait is.
enum Wait {
    /// Too short to be shown yet.
    Silent,
    Shown(ProgressBar),
    Over,
}

impl ProgressLine {
    /// Something is being waited for from now on. Needs a running runtime.
    pub(super) fn waiting(&mut self, done: usize, steps: usize, what: String) {
        self.clear();
        let wait = Arc::new(Mutex::new(Wait::Silent));
        let task = tokio::spawn({
            let wait = Arc::clone(&wait);
            async move {
                tokio::time::sleep(SHOWN_AFTER).await;
                show(&wait, || bar(done, steps, what));
            }
        });
        self.wait = Some((wait, task));
    }

    /// The wait is over.
    pub(super) fn clear(&mut self) {
        let Some((wait, task)) = self.wait.take() else { return };
        task.abort();
        let mut wait = wait.lock().unwrap_or_else(PoisonError::into_inner);
        if let Wait::Shown(bar) = std::mem::replace(&mut *wait, Wait::Over) {
            bar.finish_and_clear();
        }
    }
}

/// A wait that is given up leaves no line.
impl Drop for ProgressLine {
    fn drop(&mut self) {
        self.clear();
    }
}

/// Shows the bar, unless the wait is over: its task may run on another thread while it is ended.
fn show(wait: &Mutex<Wait>, bar: impl FnOnce() -> ProgressBar) {
    let mut wait = wait.lock().unwrap_or_else(PoisonError::into_inner);
    if matches!(*wait, Wait::Silent) {
        let bar = bar();
        bar.enable_steady_tick(SHOWN_AFTER);
        *wait = Wait::Shown(bar);
    }
}

fn bar(done: usize, steps: usize, what: String) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(steps as u64), ProgressDrawTarget::stderr())
        .with_position(done as u64)
        .with_message(what)
        .with_elapsed(SHOWN_AFTER);
    match ProgressStyle::with_template("  {spinner} {pos}/{len} {msg} ({elapsed})") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_that_is_over_shows_nothing_any_more() {
        for (wait, is_shown) in [(Wait::Silent, true), (Wait::Over, false)] {
            let wait = Mutex::new(wait);
            show(&wait, ProgressBar::hidden);
            assert_eq!(matches!(wait.into_inner().unwrap(), Wait::Shown(_)), is_shown);
        }
    }
}
