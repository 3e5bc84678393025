//! `--retry`: what is not accepted is sent again, as the endpoint sees it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use devtool::config::Secret;
use devtool::protocol::{Clock, signature};

use crate::support::endpoint::{Endpoint, Reply};
use crate::support::{Devtool, SECRET};

/// An endpoint that fails that many requests before it accepts one, again and again.
fn failing(times: usize) -> Endpoint {
    let count = AtomicUsize::new(0);
    Endpoint::new(move |_| {
        let number = count.fetch_add(1, Ordering::SeqCst) + 1;
        if number.is_multiple_of(times + 1) {
            Reply::new(200, "accepted")
        } else {
            Reply::new(500, "try again")
        }
    })
}

#[test]
fn an_attempt_has_the_same_event_and_a_signature_of_its_own() {
    let endpoint = failing(1);
    let retry = ["--retry-schedule", "1100ms", "--format", "json"];
    let devtool = Devtool::sending(&["trigger", "invoice.paid"], endpoint.port()).args(&retry);
    let report = devtool.run().code(0).json();
    let received = endpoint.received();
    assert_eq!(received.len(), 2);
    assert_eq!(received[0].body, received[1].body, "the same bytes, and so the same id");
    let headers = [received[0].header("stripe-signature"), received[1].header("stripe-signature")];
    assert_ne!(headers[0], headers[1], "signed a second later");
    let secret = Secret::parse(SECRET).unwrap();
    for (request, header) in received.iter().zip(headers) {
        let now = Clock::system().now();
        assert_eq!(signature::verify(&secret, header, &request.body, now), Ok(()));
    }
    let step = &report["steps"][0];
    assert_eq!(step["verdict"], "pass");
    let statuses: Vec<_> =
        step["attempts"].as_array().unwrap().iter().map(|a| &a["status"]).collect();
    assert_eq!(statuses, [500, 200]);
    assert_eq!(report["retry_schedule"], "1100ms");
}

#[test]
fn the_report_shows_each_attempt() {
    let endpoint = failing(2);
    let devtool = Devtool::sending(&["trigger", "invoice.paid", "--retry", "3"], endpoint.port())
        .args(&["--retry-schedule", "0s,1ms"]);
    let run = devtool.run().code(0);
    assert!(run.stdout.contains("\nretries: 3, after 0s,1ms,1ms\n"), "{}", run.stdout);
    assert!(run.stdout.contains("after 500, 500: accepted"), "{}", run.stdout);
    assert_eq!(endpoint.received().len(), 3, "no attempt after the accepted one");
}

#[test]
fn a_delivery_that_never_is_accepted_fails_after_its_last_attempt() {
    let endpoint = Endpoint::new(|_| Reply::new(503, ""));
    let devtool = Devtool::sending(&["scenario", "payment", "--fail-fast"], endpoint.port())
        .args(&["--retry-schedule", "0s,0s"]);
    devtool.run().code(1);
    assert_eq!(endpoint.names(), ["invoice.created"; 3]);
}

#[test]
fn without_the_option_nothing_is_sent_again() {
    let endpoint = Endpoint::new(|_| Reply::new(500, ""));
    Devtool::sending(&["trigger", "invoice.paid"], endpoint.port()).run().code(1);
    assert_eq!(endpoint.received().len(), 1);
}

#[test]
fn a_schedule_that_is_none_is_refused() {
    for (option, value) in [("--retry", "101"), ("--retry", "often"), ("--retry-schedule", "soon")]
    {
        let run = Devtool::new(&["trigger", "invoice.paid", option, value]).run().code(2);
        assert!(run.stderr.contains(option), "{}", run.stderr);
    }
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_the_wait_for_a_retry() {
    use std::process::Stdio;
    let endpoint = Endpoint::new(|_| Reply::new(500, ""));
    let devtool = Devtool::sending(&["trigger", "invoice.paid", "--retry-schedule", "1h"], {
        endpoint.port()
    });
    let child = devtool.command().stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    while endpoint.received().is_empty() {
        std::thread::sleep(Duration::from_millis(5));
    }
    let start = Instant::now();
    crate::support::interrupt(&child);
    crate::support::Run::of(child.wait_with_output().unwrap()).code(130);
    assert!(start.elapsed() < Duration::from_secs(20));
}
