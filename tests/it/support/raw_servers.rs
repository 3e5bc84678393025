//! Servers for audits that read and write their connections' bytes themselves.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;

/// An endpoint that serves one connection at a time, and answers as soon as it has a head.
pub(crate) struct OneAtATime {
    pub(crate) port: u16,
}

/// Such an endpoint, up until the test's process ends. It waits for the whole body, or does not.
pub(crate) fn one_at_a_time(waits: bool) -> OneAtATime {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut serve = move || -> std::io::Result<()> {
                let mut read = Vec::new();
                let mut buffer = [0; 4_096];
                while !is_enough(&read, waits) {
                    match stream.read(&mut buffer)? {
                        0 => return Ok(()),
                        count => read.extend_from_slice(&buffer[..count]),
                    }
                }
                stream
                    .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            };
            if waits {
                let _ = serve();
            } else {
                std::thread::spawn(serve);
            }
        }
    });
    OneAtATime { port }
}

fn is_enough(read: &[u8], waits: bool) -> bool {
    let text = String::from_utf8_lossy(read);
    let Some((head, _)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| {
        line.to_ascii_lowercase().strip_prefix("content-length: ").map(|l| l.parse().unwrap())
    });
    !waits || read.len() >= head.len() + 4 + length.unwrap_or(0usize)
}

/// An app that notices where its client hangs up: it gives up its work then. It remembers the event before that, or after
/// its work.
pub(crate) fn hung_up(remembers_first: bool) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let known = Arc::new(Mutex::new(BTreeMap::<String, bool>::new()));
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (known, stream) = (Arc::clone(&known), stream.unwrap());
            std::thread::spawn(move || serve_hung_up(stream, &known, remembers_first));
        }
    });
    port
}

fn serve_hung_up(
    mut stream: TcpStream,
    known: &Mutex<BTreeMap<String, bool>>,
    remembers_first: bool,
) -> std::io::Result<()> {
    let (mut read, mut buffer) = (Vec::new(), [0; 4_096]);
    while !is_enough(&read, true) {
        match stream.read(&mut buffer)? {
            0 => return Ok(()),
            count => read.extend_from_slice(&buffer[..count]),
        }
    }
    let text = String::from_utf8_lossy(&read).into_owned();
    let mut answer = String::new();
    if text.starts_with("GET") {
        let booked = known.lock().unwrap().values().filter(|is_done| **is_done).count();
        answer = format!("{{\"booked\": {booked}}}");
    } else if text.contains("\"payment_intent.succeeded\"") {
        let body: Value = serde_json::from_str(text.split_once("\r\n\r\n").unwrap().1).unwrap();
        let id = body["id"].as_str().unwrap().to_owned();
        let is_known = known.lock().unwrap().contains_key(&id);
        if remembers_first {
            known.lock().unwrap().entry(id.clone()).or_default();
        }
        std::thread::sleep(Duration::from_millis(30));
        stream.set_nonblocking(true)?;
        let is_alone = matches!(stream.peek(&mut buffer), Ok(0));
        stream.set_nonblocking(false)?;
        if !is_known && !is_alone {
            known.lock().unwrap().insert(id, true);
        }
    }
    let length = answer.len();
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
    stream.write_all((head + &answer).as_bytes())
}
