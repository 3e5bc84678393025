//! How fast connections are let in: at once as long as few are open, else one after the other.
//!
//! `stripe listen` opens a connection for each event, thousands of them at once when it has to. Each
//! costs more memory here than in the system's queue, where it keeps as well. But it waits for 30 s
//! only, so everybody is let in in time.

use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};

/// How many are let in at once.
const FEW: usize = 256;
/// How long the next one waits when more are open: 5,000 have their turn within 25 s.
const PAUSE: Duration = Duration::from_millis(5);
/// How long to wait when the system has no more connections to give.
const AFTER_FAULT: Duration = Duration::from_millis(100);

/// A listener that paces.
#[derive(Debug)]
pub(super) struct Door {
    listener: TcpListener,
    places: Arc<Semaphore>,
}

/// A connection, with its place if it has one.
#[derive(Debug)]
pub(super) struct Guest {
    pub(super) stream: TcpStream,
    pub(super) place: Option<OwnedSemaphorePermit>,
}

impl Door {
    pub(super) fn new(listener: TcpListener) -> Self {
        Self { listener, places: Arc::new(Semaphore::new(FEW)) }
    }

    /// Lets the next one in. Nobody is lost where this is dropped.
    pub(super) async fn next(&self) -> Guest {
        loop {
            let place = timeout(PAUSE, Arc::clone(&self.places).acquire_owned()).await;
            let place = place.ok().and_then(Result::ok);
            match self.listener.accept().await {
                Ok((stream, _)) => {
                    // An answer has no reason to wait for more.
                    let _ = stream.set_nodelay(true);
                    return Guest { stream, place };
                }
                Err(_) => sleep(AFTER_FAULT).await,
            }
        }
    }
}
