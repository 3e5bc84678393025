//! Handlers that ask Stripe: the local API's port, and requests to it.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use serde_json::Value;

use super::raw::read_request;

/// A port of this machine that is free, and that the system gives to nobody by itself.
pub(crate) fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = u16::try_from(std::process::id() % 900).unwrap() * 10;
    let next = || 20_000 + (first + NEXT.fetch_add(1, Ordering::Relaxed)) % 9_900;
    let mut ports = std::iter::repeat_with(next);
    ports.find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok()).unwrap()
}

/// Takes the port that an API has where nothing else is said, as long as this process lives: another program has it
/// already, or none can have it any more.
pub(crate) fn take_usual_port() {
    static TAKEN: OnceLock<Option<TcpListener>> = OnceLock::new();
    TAKEN.get_or_init(|| TcpListener::bind("127.0.0.1:12111").ok());
}

/// A request to the API with a test key; its status and body, 0 where no answer came.
pub(crate) fn ask(port: u16, request: &str) -> (u16, Value) {
    ask_with(port, request, "")
}

/// The same with more headers, each with its line's end.
pub(crate) fn ask_with(port: u16, request: &str, headers: &str) -> (u16, Value) {
    let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)) else { return (0, Value::Null) };
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let head = format!(
        "{request} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer sk_test_1\r\n{headers}\
         Content-Length: 0\r\nConnection: close\r\n\r\n"
    );
    let mut answer = String::new();
    let read = stream.write_all(head.as_bytes()).and_then(|()| stream.read_to_string(&mut answer));
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_default();
    match (read, head.split(' ').nth(1)) {
        (Ok(_), Some(status)) => {
            (status.parse().unwrap(), serde_json::from_str(body).unwrap_or_default())
        }
        _ => (0, Value::Null),
    }
}

/// A handler that has a thread for each event, as most servers do.
pub(crate) struct Threads {
    pub(crate) port: u16,
}

impl Threads {
    /// Accepts each event after the script has ended.
    pub(crate) fn new(script: impl Fn(&Value) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let script = Arc::new(script);
        // It ends with the test's process.
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (mut stream, script) = (stream.unwrap(), Arc::clone(&script));
                std::thread::spawn(move || {
                    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
                    let request = read_request(&mut stream);
                    let body = request.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
                    script(&serde_json::from_slice(&request[body..]).unwrap());
                    let answer =
                        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
                    stream.write_all(answer.as_bytes()).unwrap();
                });
            }
        });
        Self { port }
    }
}
