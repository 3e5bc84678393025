//! Ctrl-C as a cancellation, so that what was done can still be reported.

use tokio_util::sync::CancellationToken;

/// A token that the first Ctrl-C cancels. Needs a running runtime.
pub(super) fn on_ctrl_c() -> CancellationToken {
    let token = CancellationToken::new();
    let cancels = token.clone();
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            cancels.cancel();
        }
    });
    token
}
