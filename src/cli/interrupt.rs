//! Ctrl-C as a cancellation, so that what was done can still be reported.

use tokio_util::sync::CancellationToken;

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
