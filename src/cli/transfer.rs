//! The progress line of a download.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::stripe_cli::setup::Stage;

/// A bar with size and speed, on a terminal.
pub(super) struct TransferLine {
    is_shown: bool,
    bar: Option<ProgressBar>,
}

impl TransferLine {
    pub(super) fn new(is_shown: bool) -> Self {
        Self { is_shown, bar: None }
    }

    /// Shows how far a download is; other stages are not its business.
    pub(super) fn show(&mut self, stage: &Stage<'_>) {
        let Stage::Downloading { asset, received, total, .. } = stage else { return };
        if self.is_shown {
            let bar = self.bar.get_or_insert_with(|| bar(asset, *total));
            bar.set_position(*received);
        }
    }

    /// Takes the line away.
    pub(super) fn clear(&mut self) {
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
