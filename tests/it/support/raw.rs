//! An endpoint of bytes, for what no HTTP server would do.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread::JoinHandle;
use std::time::Duration;

/// Takes connections on a free port, reads one request from each, and hands it to the script.
pub(crate) struct RawEndpoint {
    pub(crate) port: u16,
    thread: Option<JoinHandle<()>>,
}

impl RawEndpoint {
    /// Serves that many connections, then ends.
    pub(crate) fn new(
        connections: usize,
        script: impl Fn(&[u8], &mut TcpStream) + Send + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let thread = std::thread::spawn(move || {
            for _ in 0..connections {
                let (mut stream, _) = listener.accept().unwrap();
                stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
                let request = read_request(&mut stream);
                script(&request, &mut stream);
            }
        });
        Self { port, thread: Some(thread) }
    }

    /// Answers every connection with these bytes and closes it.
    pub(crate) fn answering(connections: usize, bytes: &'static [u8]) -> Self {
        Self::new(connections, move |_, stream| {
            // The client may have gone away: that is its right.
            let _ = stream.write_all(bytes);
        })
    }

    /// Waits until all connections were served.
    pub(crate) fn join(mut self) {
        self.thread.take().unwrap().join().unwrap();
    }
}

/// Reads up to the end of the head and of a body of the length that it names; less where the client
/// sends no HTTP.
pub(crate) fn read_request(stream: &mut TcpStream) -> Vec<u8> {
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let head = request.windows(4).position(|four| four == b"\r\n\r\n");
        if head.is_some_and(|at| request.len() >= at + 4 + content_length(&request[..at])) {
            return request;
        }
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => return request,
            Ok(count) => request.extend_from_slice(&buffer[..count]),
        }
        if request[0] == 0x16 {
            return request; // A TLS hello.
        }
    }
}

fn content_length(head: &[u8]) -> usize {
    let head = String::from_utf8_lossy(head).to_lowercase();
    let line = head.lines().find_map(|line| line.strip_prefix("content-length:").map(str::trim));
    line.map_or(0, |number| number.parse().unwrap())
}
