//! Accepts connections as long as there is room for those of strangers.
//!
//! `stripe listen` opens a connection for each event, thousands of them at once when it has to, and waits for 30 s
//! only. So all are accepted at once, and cost little until they have shown that they know the relay's path.

use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::sleep;

use super::admission::Admission;

/// How long to wait when the system has no more connections to give.
const AFTER_ERROR: Duration = Duration::from_millis(100);

/// A listener that accepts within bounds.
#[derive(Debug)]
pub(super) struct Acceptor {
    pub(super) listener: TcpListener,
    pub(super) strangers: Arc<Admission>,
}

/// A connection, and its place among those of strangers.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) stream: TcpStream,
    pub(super) place: Option<OwnedSemaphorePermit>,
}

impl Acceptor {
    /// Accepts the next connection. None is lost where this is dropped.
    pub(super) async fn next(&self) -> Connection {
        let place = self.strangers.enter(1).await;
        loop {
            match self.listener.accept().await {
                Ok((stream, _)) => {
                    // An answer has no reason to wait for more.
                    let _ = stream.set_nodelay(true);
                    return Connection { stream, place };
                }
                Err(_) => sleep(AFTER_ERROR).await,
            }
        }
    }
}
