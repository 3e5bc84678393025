//! Handlers that ask Stripe: the local API's port, and requests to it.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use serde_json::Value;

/// A port of this machine that is free.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
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
