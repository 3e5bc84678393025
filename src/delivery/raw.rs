//! A connection whose bytes the caller writes: for requests that no correct client sends.

use std::fmt;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::timeout;

use super::connections::{self, NewStream};
use super::expiry;
use super::outcome::Response;
use crate::protocol::Moment;

/// How much of an answer is read, in bytes.
const LIMIT: usize = 64 * 1024;

/// One request and its answer, as far as they got.
pub struct RawExchange {
    stream: NewStream,
    read: Vec<u8>,
    is_ended: bool,
}

impl fmt::Debug for RawExchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RawExchange")
    }
}

impl RawExchange {
    pub(super) fn new(stream: NewStream) -> Self {
        Self { stream, read: Vec::new(), is_ended: false }
    }

    /// Writes bytes; whether the other side still takes them.
    pub async fn write(&mut self, bytes: &[u8]) -> bool {
        let written = self.stream.write_all(bytes).await;
        written.is_ok() && self.stream.flush().await.is_ok()
    }

    /// What was answered within that time; `None` where no whole head came.
    pub async fn answer(&mut self, within: Duration) -> Option<Response> {
        // What was read until then counts.
        let _ = timeout(within, self.read_on()).await;
        response(&self.read)
    }

    /// When the other side's certificate expires; `None` where it has none.
    pub fn certificate_expires(&self) -> Option<Moment> {
        expiry::of(connections::certificate(&self.stream)?)
    }

    /// Whether the other side has closed the connection.
    pub fn is_ended(&self) -> bool {
        self.is_ended
    }

    async fn read_on(&mut self) {
        while self.read.len() < LIMIT && !is_whole(&self.read) {
            match self.stream.read_buf(&mut self.read).await {
                Ok(0) | Err(_) => {
                    self.is_ended = true;
                    return;
                }
                Ok(_) => {}
            }
        }
    }
}

/// Where the body begins.
fn body_start(read: &[u8]) -> Option<usize> {
    read.windows(4).position(|four| four == b"\r\n\r\n").map(|at| at + 4)
}

/// Whether a whole answer is there that says how long it is.
fn is_whole(read: &[u8]) -> bool {
    let Some((start, answer)) = body_start(read).zip(response(read)) else { return false };
    let length = answer.header("content-length").and_then(|length| length.parse::<usize>().ok());
    length.is_some_and(|length| read.len() - start >= length)
}

/// The answer, without the interim ones before it.
fn response(read: &[u8]) -> Option<Response> {
    let start = body_start(read)?;
    let head = String::from_utf8_lossy(&read[..start]);
    let mut lines = head.split("\r\n");
    let mut words = lines.next()?.split(' ');
    let status = words.next().filter(|word| word.starts_with("HTTP/1.")).and(words.next())?;
    let status: u16 = status.parse().ok()?;
    if (100..200).contains(&status) {
        return response(&read[start..]);
    }
    let header = |line: &str| {
        let (name, value) = line.split_once(':')?;
        Some((name.to_ascii_lowercase(), value.trim().to_owned()))
    };
    let headers = lines.filter_map(header).collect();
    let body = read[start..].to_vec();
    let is_truncated = read.len() >= LIMIT;
    Some(Response { status, headers, body, is_truncated, broke_off: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_behind_interim_ones() {
        let read = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
        let answer = response(read).unwrap();
        assert_eq!((answer.status, answer.body.as_slice()), (200, b"ok".as_slice()));
        assert!(response(b"HTTP/1.1 200 OK\r\nContent-Le").is_none());
        assert!(response(b"SSH-2.0-x\r\n\r\n").is_none());
    }
}
