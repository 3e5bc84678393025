//! `devtool demo`.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Stdio};

use crate::support::filters::filtered;
use crate::support::{Devtool, SECRET};

#[test]
fn the_demo_passes_and_says_what_comes_next() {
    let run = Devtool::new(&["demo"]).run().code(0);
    let shown = filtered(&run.stdout);
    assert!(shown.contains("PASS 9 of 9 events accepted"), "{shown}");
    assert!(shown.contains("payment: 9 events to http://127.0.0.1:PORT/webhook (local, seed "));
    assert!(shown.contains("(made for this run)"));
    assert!(run.stderr.contains("devtool scenario payment --port 5000"), "{}", run.stderr);
}

#[test]
fn the_demo_has_a_json_report() {
    let json = Devtool::new(&["demo", "--format", "json"]).run().code(0).json();
    assert_eq!(json["command"], "demo");
    assert_eq!(json["totals"]["accepted"], 9);
}

/// A running `demo --serve`, ended when it goes out of scope.
pub(crate) struct Serving {
    child: Child,
    port: u16,
}

impl Serving {
    pub(crate) fn start(devtool: &Devtool) -> Self {
        let mut child =
            devtool.command().stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut first = String::new();
        BufReader::new(child.stderr.as_mut().unwrap()).read_line(&mut first).unwrap();
        let port = first.split("127.0.0.1:").nth(1).expect(&first).split('/').next().unwrap();
        Self { port: port.parse().unwrap(), child }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn serve_takes_signed_events_and_refuses_others() {
    let devtool =
        Devtool::new(&["demo", "--serve", "--port", "0"]).env("STRIPE_WEBHOOK_SECRET", SECRET);
    let mut serving = Serving::start(&devtool);
    let port = serving.port;
    Devtool::sending(&["scenario", "billing"], port).run().code(0);
    let wrong = Devtool::sending(&["trigger", "invoice.paid", "--secret", "whsec_other"], port);
    let run = wrong.run().code(1);
    assert!(run.stdout.contains("the app could not verify the signature"), "{}", run.stdout);
    // The app answers before it shows, so wait for all lines.
    let output = BufReader::new(serving.child.stdout.take().unwrap());
    let shown = output.lines().take(8).map(Result::unwrap).collect::<Vec<_>>().join("\n");
    assert_eq!(shown.lines().filter(|line| line.starts_with("accepted  ")).count(), 7, "{shown}");
    assert!(shown.contains("rejected  invoice.paid"), "{shown}");
    assert!(!shown.contains(SECRET));
}

#[test]
fn serve_takes_no_api_that_is_typed_and_minds_none_of_the_environment() {
    let serve = ["demo", "--serve", "--port", "0"];
    for value in ["0", "1"] {
        let devtool = Devtool::new(&serve).env("DEVTOOL_API", value);
        Serving::start(&devtool.env("DEVTOOL_API_PORT", "0"));
    }
    let run = Devtool::new(&serve).args(&["--api"]).run().code(2);
    assert!(run.stderr.contains("'--serve' cannot be used with '--api'"), "{}", run.stderr);
}

#[cfg(unix)]
#[test]
fn serve_ends_with_ctrl_c() {
    let devtool = Devtool::new(&["demo", "--serve", "--port", "0"]);
    let mut serving = Serving::start(&devtool);
    // A client that never finishes its request does not keep it up.
    let mut stuck = std::net::TcpStream::connect(("127.0.0.1", serving.port)).unwrap();
    stuck.write_all(b"POST /webhook HTTP/1.1\r\nContent-Length: 10\r\n\r\nhalf").unwrap();
    crate::support::interrupt(&serving.child);
    assert_eq!(serving.child.wait().unwrap().code(), Some(0));
}

#[test]
fn serve_has_a_json_line_for_each_request() {
    let devtool = Devtool::new(&["demo", "--serve", "--port", "0", "--format", "json"])
        .env("STRIPE_WEBHOOK_SECRET", SECRET);
    let mut serving = Serving::start(&devtool);
    Devtool::sending(&["trigger", "invoice.paid"], serving.port).run().code(0);
    let mut line = String::new();
    BufReader::new(serving.child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let shown: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!((&shown["accepted"], &shown["event"]), (&true.into(), &"invoice.paid".into()));
}

#[test]
fn a_port_that_is_taken_is_named() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let run = Devtool::new(&["demo", "--serve", "--port", &port.to_string()]).run().code(3);
    assert!(run.stderr.starts_with(&format!("error: cannot listen on port {port}\n  cause: ")));
    assert!(run.stderr.contains("  hint: stop the program that uses port"), "{}", run.stderr);
}
