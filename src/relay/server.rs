//! The relay's HTTP server: lets in who knows its path, and keeps strangers within bounds.

use std::convert::Infallible;
use std::io::Cursor;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy, join, sink};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::acceptor::{Acceptor, Connection};
use super::admission::Admission;
use super::bounds::Bounds;
use super::paths::START;
use super::visit::{ServerState, Visit};

/// The largest head of a request that is read, in bytes. Those of `stripe listen` have less than one KiB.
const HEAD_LIMIT: usize = 32 * 1024;
/// What is read of one who does not know the path, in bytes, so that the refusal is not lost with the
/// connection …
const REFUSED_BYTES: u64 = 256 * 1024;
/// … and for how long.
const REFUSED_FOR: Duration = Duration::from_secs(1);
/// What strangers get.
const REFUSAL: &str = "HTTP/1.1 404 Not Found\r\nconnection: close\r\n\
                       content-type: text/plain; charset=utf-8\r\ncontent-length: 36\r\n\r\n\
                       devtool: the relay has no such path\n";

/// Accepts connections and serves them.
#[derive(Debug)]
pub(super) struct Server {
    state: Arc<ServerState>,
    /// Connections that have not brought an event of Stripe's yet.
    strangers: Arc<Admission>,
}

impl Server {
    pub(super) fn new(state: Arc<ServerState>, bounds: Bounds) -> Arc<Self> {
        Arc::new(Self { state, strangers: Admission::new(bounds.strangers) })
    }

    /// Answers requests until it is dropped, or that is cancelled and nothing is under way.
    pub(super) async fn serve(self: Arc<Self>, listener: TcpListener, until: CancellationToken) {
        let under_way = GracefulShutdown::new();
        let acceptor = Acceptor { listener, strangers: Arc::clone(&self.strangers) };
        loop {
            let connection = tokio::select! {
                connection = acceptor.next() => connection,
                () = until.cancelled() => break,
            };
            let one = Arc::clone(&self).one(connection, under_way.watcher(), until.clone());
            tokio::spawn(one);
        }
        drop(acceptor);
        under_way.shutdown().await;
    }

    /// Serves a connection to its end.
    async fn one(
        self: Arc<Self>,
        connection: Connection,
        watcher: Watcher,
        until: CancellationToken,
    ) {
        let Connection { mut stream, place } = connection;
        let mut start = [0; START];
        let is_for_us = tokio::select! {
            biased;
            () = until.cancelled() => return,
            is_whole = is_start_read(&mut stream, &mut start) => {
                is_whole && self.state.paths.are_at(&start)
            }
            () = self.strangers.overdue() => return,
        };
        // On the heap, so that those which say nothing, or wait for room, are small.
        if is_for_us {
            let visit = Visit::new(Arc::clone(&self.state), place);
            Box::pin(visit.enter()).await;
            Box::pin(exchange(visit, (stream, start), watcher)).await;
        } else {
            let _ = timeout(REFUSED_FOR, Box::pin(refuse(stream))).await;
        }
    }
}

/// Speaks HTTP on a connection whose first bytes are there.
async fn exchange(visit: Arc<Visit>, (stream, start): (TcpStream, [u8; START]), watcher: Watcher) {
    let (reader, writer) = stream.into_split();
    let io = TokioIo::new(join(Cursor::new(start).chain(reader), writer));
    let overdue = visit.without_head();
    let answers = service_fn(move |request| {
        let visit = Arc::clone(&visit);
        async move { Ok::<_, Infallible>(visit.answer(request).await) }
    });
    let mut http = http1::Builder::new();
    http.max_buf_size(HEAD_LIMIT);
    let connection = watcher.watch(http.serve_connection(io, answers));
    tokio::select! {
        // A connection that breaks off is the other side's to see to.
        _ = connection => {}
        () = overdue => {}
    }
}

/// Reads until the start is full; whether it is, or the request line is shorter and no right one.
async fn is_start_read(stream: &mut TcpStream, start: &mut [u8; START]) -> bool {
    let mut length = 0;
    while length < START {
        match stream.read(&mut start[length..]).await {
            Ok(0) | Err(_) => return false,
            Ok(count) => length += count,
        }
        if length < START && start[..length].contains(&b'\n') {
            return false;
        }
    }
    true
}

/// Refuses a stranger.
async fn refuse(mut stream: TcpStream) {
    let refused = async {
        stream.write_all(REFUSAL.as_bytes()).await?;
        stream.shutdown().await?;
        copy(&mut stream.take(REFUSED_BYTES), &mut sink()).await
    };
    // Whoever has gone away needs no refusal.
    let _ = refused.await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_refusal_is_as_long_as_it_says() {
        let body = REFUSAL.split_once("\r\n\r\n").unwrap().1;
        assert!(REFUSAL.contains(&format!("content-length: {}\r\n", body.len())));
    }
}
