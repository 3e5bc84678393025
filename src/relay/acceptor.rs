//! Paces how fast connections are accepted: at once as long as few are open, else one after the other.
//!
//! `stripe listen` opens a connection for each event, thousands of them at once when it has to. Each
//! costs more memory here than in the system's backlog, where it keeps as well. But it waits for 30 s
//! only, so every one is accepted in time.

use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};

/// How many may be open before accepting is paced.
const UNPACED: usize = 256;
/// How long the next one waits when more are open: 5,000 are accepted within 25 s.
const PACE: Duration = Duration::from_millis(5);
/// How long to wait when the system has no more connections to give.
const AFTER_ERROR: Duration = Duration::from_millis(100);

/// A listener that paces.
#[derive(Debug)]
pub(super) struct Acceptor {
    listener: TcpListener,
    unpaced: Arc<Semaphore>,
}

/// A connection, with its permit if it is one of the unpaced.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) stream: TcpStream,
    pub(super) permit: Option<OwnedSemaphorePermit>,
}

impl Acceptor {
    pub(super) fn new(listener: TcpListener) -> Self {
        Self { listener, unpaced: Arc::new(Semaphore::new(UNPACED)) }
    }

    /// Accepts the next connection. None is lost where this is dropped.
    pub(super) async fn next(&self) -> Connection {
        loop {
            let permit = timeout(PACE, Arc::clone(&self.unpaced).acquire_owned()).await;
            let permit = permit.ok().and_then(Result::ok);
            match self.listener.accept().await {
                Ok((stream, _)) => {
                    // An answer has no reason to wait for more.
                    let _ = stream.set_nodelay(true);
                    return Connection { stream, permit };
                }
                Err(_) => sleep(AFTER_ERROR).await,
            }
        }
    }
}
