//! Somebody who visits an app: posts to it, and keeps its cookies.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

/// One visitor of an app on this machine.
pub(crate) struct Visitor {
    port: u16,
    cookies: Vec<String>,
}

impl Visitor {
    pub(crate) const fn of(port: u16) -> Self {
        Self { port, cookies: Vec::new() }
    }

    /// Posts JSON; the status and the body, which is its text where that is no JSON.
    pub(crate) fn post(&mut self, path: &str, body: &Value) -> (u16, Value) {
        self.send("POST", path, ("application/json", &body.to_string()))
    }

    /// Posts a form.
    pub(crate) fn submit(&mut self, path: &str, body: &str) -> (u16, Value) {
        self.send("POST", path, ("application/x-www-form-urlencoded", body))
    }

    pub(crate) fn get(&mut self, path: &str) -> (u16, Value) {
        self.send("GET", path, ("text/plain", ""))
    }

    fn send(&mut self, method: &str, path: &str, (kind, body): (&str, &str)) -> (u16, Value) {
        let (host, cookies) = (format!("127.0.0.1:{}", self.port), self.cookies.join("; "));
        // Version 1.0 has no chunks to put together.
        let request = format!(
            "{method} {path} HTTP/1.0\r\nHost: {host}\r\nOrigin: http://{host}\r\nCookie: {cookies}\r\n\
             Content-Type: {kind}\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        for line in head.lines() {
            let Some((name, value)) = line.split_once(": ") else { continue };
            if name.eq_ignore_ascii_case("set-cookie") {
                self.cookies.extend(value.split(';').next().map(str::to_owned));
            }
        }
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let told = serde_json::from_str(body).unwrap_or_else(|_| Value::String(body.to_owned()));
        (status, told)
    }
}
