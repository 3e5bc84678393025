//! The connections of a run, as the endpoint sees them.

use std::io::Write as _;
use std::net::TcpStream;
use std::sync::mpsc;
use std::time::Duration;

use serde_json::Value;

use crate::support::Devtool;
use crate::support::raw::{RawEndpoint, read_request};

fn answer(stream: &mut TcpStream) {
    stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").unwrap();
}

/// The id of the event that a request carries.
fn event_id(request: &[u8]) -> String {
    let body = request.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
    let event: Value = serde_json::from_slice(&request[body..]).unwrap();
    event["id"].as_str().unwrap().to_owned()
}

/// Answers what still comes by a connection, and returns how much that was.
fn serve_all(stream: &mut TcpStream) -> usize {
    let mut served = 0;
    while !read_request(stream).is_empty() {
        answer(stream);
        served += 1;
    }
    served
}

#[test]
fn a_run_sends_its_events_by_one_connection() {
    let (sender, served) = mpsc::channel();
    let endpoint = RawEndpoint::new(1, move |_, stream| {
        answer(stream);
        sender.send(1 + serve_all(stream)).unwrap();
    });
    Devtool::sending(&["scenario", "payment"], endpoint.port).run().code(0);
    assert_eq!(served.recv().unwrap(), 9);
    endpoint.join();
}

#[test]
fn several_at_once_have_a_connection_each() {
    let endpoint = RawEndpoint::new(9, |_, stream| {
        answer(stream);
        assert_eq!(read_request(stream), b"", "it is closed after its answer");
    });
    let devtool = Devtool::sending(&["scenario", "payment"], endpoint.port);
    devtool.args(&["--concurrency", "2"]).run().code(0);
    endpoint.join();
}

#[test]
fn a_server_that_holds_its_bodies_back_has_a_connection_for_each_event() {
    let endpoint = RawEndpoint::new(9, |_, stream| {
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n").unwrap();
        std::thread::sleep(Duration::from_millis(60));
        stream.write_all(b"ok").unwrap();
        assert_eq!(read_request(stream), b"", "it is closed after its answer");
    });
    Devtool::sending(&["scenario", "payment"], endpoint.port).run().code(0);
    endpoint.join();
}

#[test]
fn an_event_whose_kept_connection_the_app_closes_is_sent_again_and_that_is_told() {
    let (sender, ids) = mpsc::channel();
    let connections = std::sync::atomic::AtomicUsize::new(0);
    let endpoint = RawEndpoint::new(2, move |request, stream| {
        if connections.fetch_add(1, std::sync::atomic::Ordering::SeqCst) == 0 {
            answer(stream);
            sender.send(event_id(&read_request(stream))).unwrap();
        } else {
            sender.send(event_id(request)).unwrap();
            answer(stream);
            serve_all(stream);
        }
    });
    let devtool = Devtool::sending(&["scenario", "payment"], endpoint.port);
    let run = devtool.run().code(0);
    assert_eq!(ids.recv().unwrap(), ids.recv().unwrap(), "the same event");
    endpoint.join();
    let row = run.stdout.lines().find(|line| line.contains("after closed")).unwrap();
    assert!(row.starts_with("  PASS  2  "), "{row}");

    let kept = devtool.rerun(&["history", "show", "2", "--format", "json"]).code(0).json();
    let attempts = kept["delivery"]["attempts"].as_array().unwrap();
    let outcomes: Vec<_> = attempts.iter().map(|attempt| &attempt["outcome"]).collect();
    assert_eq!(outcomes, ["closed", "response"]);
    let error = attempts[0]["error"].as_str().unwrap();
    let told = "the connection of an earlier request was closed without an answer: ";
    assert!(error.starts_with(told), "{error}");
}

#[test]
fn an_event_whose_kept_connection_breaks_within_an_answer_is_sent_once() {
    let (sender, ids) = mpsc::channel();
    let connections = std::sync::atomic::AtomicUsize::new(0);
    let endpoint = RawEndpoint::new(2, move |request, stream| {
        sender.send(event_id(request)).unwrap();
        answer(stream);
        if connections.fetch_add(1, std::sync::atomic::Ordering::SeqCst) == 0 {
            sender.send(event_id(&read_request(stream))).unwrap();
            // The rest of the head never comes.
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-").unwrap();
        } else {
            serve_all(stream);
        }
    });
    let devtool = Devtool::sending(&["scenario", "payment"], endpoint.port);
    let run = devtool.run().code(1);
    let ids: Vec<String> = ids.iter().take(3).collect();
    endpoint.join();
    assert_ne!(ids[1], ids[2], "the next event, not the same again");
    let failed: Vec<&str> = run.stdout.lines().filter(|line| line.contains("FAIL  ")).collect();
    assert!(failed.len() == 1 && failed[0].starts_with("  FAIL  2  "), "{failed:#?}");

    let kept = devtool.rerun(&["history", "show", "2", "--format", "json"]).code(0).json();
    let attempts = kept["delivery"]["attempts"].as_array().unwrap();
    assert_eq!((attempts.len(), &attempts[0]["outcome"]), (1, &"closed".into()));
    let error = attempts[0]["error"].as_str().unwrap();
    assert!(error.starts_with("the connection broke off within the answer's head: "), "{error}");
}
