//! What goes back to `stripe listen`, now or later.

use std::sync::Arc;

use bytes::Bytes;
use hyper::HeaderMap;
use tokio::sync::SetOnce;

use crate::protocol::headers::header_map;

/// An answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Answer {
    /// One of devtool's own, which says so.
    pub(super) fn synthetic(status: u16, why: &str) -> Arc<Self> {
        let text: (&str, &[u8]) = ("content-type", b"text/plain; charset=utf-8");
        let headers = header_map([text].into_iter());
        Arc::new(Self { status, headers, body: format!("devtool: {why}\n").into() })
    }
}

/// An answer that may still have to come.
#[derive(Debug, Default)]
pub(super) struct Pending {
    answer: SetOnce<Arc<Answer>>,
    /// Set when the event is in the history, or it is known that it cannot be.
    recorded: SetOnce<()>,
}

impl Pending {
    /// One that has come.
    pub(super) fn resolved(answer: Answer) -> Arc<Self> {
        let pending = Self::default();
        pending.mark_recorded();
        pending.resolve(Arc::new(answer));
        Arc::new(pending)
    }

    /// Gives the answer; whether it is the first, which is the one that counts.
    pub(super) fn resolve(&self, answer: Arc<Answer>) -> bool {
        self.answer.set(answer).is_ok()
    }

    pub(super) async fn wait(&self) -> Arc<Answer> {
        Arc::clone(self.answer.wait().await)
    }

    /// The event is recorded, as far as it can be.
    pub(super) fn mark_recorded(&self) {
        // Once is enough.
        let _ = self.recorded.set(());
    }

    pub(super) async fn recorded(&self) {
        self.recorded.wait().await;
    }
}
