//! The progress line of a setup.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::progress::ProgressLine;
use crate::stripe_cli::setup::Stage;

/// A bar with size and speed for a download, a line for everything else that takes its time; on a terminal.
pub(super) struct TransferLine {
    is_shown: bool,
    bar: Option<ProgressBar>,
    wait: ProgressLine,
}

impl TransferLine {
    pub(super) fn new(is_shown: bool) -> Self {
        Self { is_shown, bar: None, wait: ProgressLine::default() }
    }

    /// Shows what is being waited for. Needs a running runtime.
    pub(super) fn show(&mut self, stage: &Stage<'_>) {
        if !self.is_shown {
            return;
        }
        if let Stage::Downloading { asset, received, total, .. } = stage {
            let bar = self.bar.get_or_insert_with(|| bar(asset, *total));
            bar.set_position(*received);
            return;
        }
        self.clear();
        let what = match stage {
            Stage::Looking => "looking for a Stripe CLI".to_owned(),
            Stage::Waiting => "waiting for the other installation".to_owned(),
            Stage::Asking { host } => format!("waiting for {host}"),
            Stage::Npm => "waiting for npm".to_owned(),
            Stage::Trying => "unpacking and running it".to_owned(),
            _ => return,
        };
        self.wait.waiting(0, 1, what);
    }

    /// Takes the line away.
    pub(super) fn clear(&mut self) {
        self.wait.clear();
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}

/// A download that is given up leaves no line.
impl Drop for TransferLine {
    fn drop(&mut self) {
        self.clear();
    }
}

fn bar(asset: &str, total: Option<u64>) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::stderr())
        .with_message(asset.to_owned());
    let template = "  {msg} {bar:24} {bytes}/{total_bytes} {bytes_per_sec}";
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
