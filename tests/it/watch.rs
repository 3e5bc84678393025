//! `devtool scenario --watch`: what makes it run again, and what it shows then.
#![cfg(unix)]

use std::io::{BufRead as _, BufReader};
use std::process::{Child, ChildStdout, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};

use crate::support::Devtool;
use crate::support::endpoint::{Endpoint, Reply};

const FLOW: &str = "[[step]]\nevent = \"invoice.paid\"\n[[step]]\nevent = \"charge.succeeded\"\n";

/// A watch that is going on.
struct Watching {
    devtool: Devtool,
    child: Child,
    output: std::io::Lines<BufReader<ChildStdout>>,
}

impl Watching {
    fn start(port: u16) -> Self {
        let devtool =
            Devtool::new(&["scenario", "flow.toml", "--watch", "--port", &port.to_string()])
                .env("STRIPE_WEBHOOK_SECRET", crate::support::SECRET)
                .file("flow.toml", FLOW);
        let mut command = devtool.command();
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { devtool, child, output }
    }

    /// The lines until one that tells what a run came to, without its time.
    fn run(&mut self) -> Vec<String> {
        let mut lines = Vec::new();
        loop {
            let line = self.output.next().unwrap().unwrap();
            let is_sum = line.contains(" accepted in ");
            lines.push(line.split(" in ").next().unwrap().to_owned());
            if is_sum {
                return lines;
            }
        }
    }

    fn change(&self, text: &str) {
        std::fs::write(self.devtool.directory().join("flow.toml"), text).unwrap();
    }

    fn end(mut self) {
        crate::support::interrupt(&self.child);
        assert_eq!(self.child.wait().unwrap().code(), Some(130));
    }
}

#[test]
fn a_changed_file_is_sent_and_only_what_changed_is_shown() {
    let status = Arc::new(AtomicU16::new(200));
    let answer = Arc::clone(&status);
    let endpoint = Endpoint::new(move |request| {
        let is_charge = request.name().starts_with("charge");
        Reply::new(if is_charge { answer.load(Ordering::SeqCst) } else { 200 }, "")
    });
    let mut watching = Watching::start(endpoint.port());
    let first = watching.run();
    assert!(first[0].starts_with("flow: 2 events to "), "{first:?}");
    assert_eq!(first.last().unwrap(), "PASS 2 of 2 events accepted");
    status.store(500, Ordering::SeqCst);
    watching.change(&format!("# other\n{FLOW}"));
    let second = watching.run();
    assert_eq!(second[0], "  FAIL  2  charge.succeeded  200 -> 500");
    assert!(second[1].starts_with("        hint: "), "{second:?}");
    assert_eq!(second[2..], ["FAIL 1 of 2 events accepted"]);
    watching.change("[[step]]\nevnt = \"invoice.paid\"\n");
    watching.change(&format!("# again other\n{FLOW}"));
    assert_eq!(watching.run(), ["FAIL as before: 1 of 2 events accepted"]);
    watching.change(&format!("{FLOW}[[step]]\nevent = \"invoice.created\"\n"));
    let last = watching.run();
    assert_eq!(last[0], "  PASS  3  invoice.created  200");
    let ids: std::collections::BTreeSet<String> =
        endpoint.received().iter().map(|request| request.event()["id"].to_string()).collect();
    assert_eq!(ids.len(), endpoint.received().len(), "each run has ids of its own");
    watching.end();
}

#[test]
fn an_app_that_comes_back_up_is_sent_to_again() {
    let endpoint = Endpoint::accepting();
    let port = endpoint.port();
    let mut watching = Watching::start(port);
    assert_eq!(watching.run().last().unwrap(), "PASS 2 of 2 events accepted");
    drop(endpoint);
    // The watch has to see that the port is down before it can see that it is up again.
    std::thread::sleep(std::time::Duration::from_millis(400));
    let address = format!("127.0.0.1:{port}");
    let endpoint = Endpoint::at(&address, Box::new(|_| Reply::new(200, "")));
    assert_eq!(watching.run(), ["PASS as before: 2 of 2 events accepted"]);
    drop(endpoint);
    watching.end();
}
