//! `devtool listen` when something goes wrong: nothing is lost, and it is said once.

use std::time::Duration;

use devtool::history::{Filter, Reader, Storage};
use serde_json::Value;

use crate::support::endpoint::{Endpoint, Reply};
use crate::support::listening::{Listening, listen};
use crate::support::stripe::binary::VERSIONS;
use crate::support::stripe::control::Refuses;
use crate::support::stripe::{FakeStripe, Fault};
use crate::support::{Devtool, SECRET, verified};

/// A listen that looks for what was missed every second.
fn looking(fake: &FakeStripe, version: &str, port: u16, more: &[&str]) -> Devtool {
    listen(fake, version, port, &[&["--catch-up-every", "1s"], more].concat())
}

/// How many lines of stderr hold the text.
fn said(listening: &Listening, text: &str) -> usize {
    listening.stderr().iter().filter(|line| line.contains(text)).count()
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn what_happens_while_the_connection_is_lost_is_brought() {
    for version in VERSIONS {
        let (fake, endpoint) = (FakeStripe::start(), Endpoint::accepting());
        // Long enough that the Stripe CLI is back before the event is asked for.
        let devtool = listen(&fake, version, endpoint.port(), &["--catch-up-every", "3s"]);
        let listening = Listening::ready(&fake, devtool);
        let first = fake.happen("customer.created");
        listening.wait_for_output(&first);
        fake.drop_websockets();
        let missed = fake.happen("customer.updated");
        fake.wait_for_listeners(1);
        listening.wait_for_output(&missed);
        let row = listening.wait_for_output(" missed: ");
        assert_eq!(row, "1 event was missed: Stripe resent it");
        assert_eq!(endpoint.names(), ["customer.created", "customer.updated"]);
        assert!(endpoint.received().iter().all(|one| verified(one, SECRET)));
    }
}

#[test]
#[ignore = "slow"]
fn a_connection_that_falls_silent_loses_nothing() {
    let (fake, endpoint) = (FakeStripe::start(), Endpoint::accepting());
    let devtool = looking(&fake, VERSIONS[0], endpoint.port(), &[]);
    let listening = Listening::ready(&fake, devtool);
    fake.stall_websockets();
    let missed: Vec<String> = (0..2).map(|_| fake.happen("customer.created")).collect();
    for id in &missed {
        listening.wait_for_output(id);
    }
    // The Stripe CLI notices after ten seconds.
    fake.wait_for_listeners(1);
    let id = fake.happen("customer.updated");
    listening.wait_for_output(&id);
    assert_eq!(endpoint.received().len(), 3);
}

#[test]
#[ignore = "slow"]
fn an_outage_of_stripe_loses_nothing() {
    let (fake, endpoint) = (FakeStripe::start(), Endpoint::accepting());
    let devtool = looking(&fake, VERSIONS[0], endpoint.port(), &[]);
    let mut listening = Listening::ready(&fake, devtool);
    fake.switch_off();
    let missed: Vec<String> = (0..3).map(|_| fake.happen("customer.created")).collect();
    // As long as it takes the Stripe CLI to notice.
    std::thread::sleep(Duration::from_secs(10));
    fake.switch_on();
    for id in &missed {
        listening.wait_for_output(id);
    }
    assert_eq!(endpoint.received().len(), 3);
    assert_eq!(listening.interrupt(), 0);
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn what_cannot_be_sent_again_is_delivered_from_the_list() {
    let (fake, endpoint) = (FakeStripe::start(), Endpoint::accepting());
    let devtool = looking(&fake, VERSIONS[0], endpoint.port(), &[]);
    let listening = Listening::ready(&fake, devtool);
    fake.fail("/v1/events/", Fault::Unable("Too old to be sent again."));
    let missed = fake.happen_unsent("customer.created");
    let row = listening.wait_for_output(&missed);
    assert!(row.contains("  200  ") && row.contains("missed, taken from Stripe's list"), "{row}");
    let said = listening.wait_for_output(" missed: ");
    assert_eq!(said, "1 event was missed: taken from Stripe's list, freshly signed");
    let received = &endpoint.received()[0];
    assert!(verified(received, SECRET));
    let listed = fake.state(|state| format!("{:#}", state.events[0]));
    assert_eq!(received.body, listed.as_bytes());
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn only_the_gaps_of_this_listen_are_filled_unless_more_is_asked_for() {
    let (fake, endpoint) = (FakeStripe::start(), Endpoint::accepting());
    let older = fake.state(|state| {
        let object = serde_json::json!({"id": "cus_1", "object": "customer"});
        let created = crate::support::stripe::state::now() - 1_800;
        let new = crate::support::stripe::events::New {
            created,
            ..crate::support::stripe::events::New::of("customer.created", &object)
        };
        state.event(new)["id"].as_str().unwrap().to_owned()
    });
    let devtool = looking(&fake, VERSIONS[0], endpoint.port(), &[]);
    let mut listening = Listening::ready(&fake, devtool);
    let missed = fake.happen_unsent("customer.updated");
    listening.wait_for_output(&missed);
    assert_eq!(listening.interrupt(), 0);
    assert_eq!(endpoint.names(), ["customer.updated"]);
    // The same home: what came before is known from the history.
    let mut command = listening.devtool.with(&["--since", "1h"]);
    command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let again = Listening::of(command.spawn().unwrap(), listening.devtool.clone());
    again.wait_for_output(&older);
    again.wait_for_output("1 event was missed");
    assert_eq!(endpoint.names(), ["customer.updated", "customer.created"]);
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn gaps_are_not_looked_for_where_that_is_off_or_not_allowed() {
    let (fake, endpoint) = (FakeStripe::start(), Endpoint::accepting());
    let off = ["--no-catch-up"];
    let mut listening = Listening::ready(&fake, listen(&fake, VERSIONS[0], endpoint.port(), &off));
    let id = fake.happen("customer.created");
    listening.wait_for_output(&id);
    assert_eq!(listening.interrupt(), 0);
    assert!(fake.requests_to("GET", "/v1/events").is_empty());
    fake.fail("/v1/events", Fault::Restricted);
    let devtool = looking(&fake, VERSIONS[0], endpoint.port(), &[]);
    let listening = Listening::ready(&fake, devtool);
    let text = "cannot recover missed events: the API key may not read events";
    listening.wait_for_output(text);
    let id = fake.happen("customer.deleted");
    listening.wait_for_output(&id);
    assert_eq!(said(&listening, text), 1);
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn a_stripe_listen_that_does_not_get_ready_is_started_again_and_each_try_is_said_with_the_reason() {
    let (fake, endpoint) = (FakeStripe::start(), Endpoint::accepting());
    fake.refuse_websockets(Refuses::Yes);
    let devtool = listen(&fake, VERSIONS[0], endpoint.port(), &["--ready-within", "1s"]);
    let listening = Listening::start(devtool);
    let lost = listening.wait_for_output("restarting it");
    assert_eq!(lost, "warning: `stripe listen` was not ready after 1 s; restarting it");
    let host = fake.url().replace("http://", "");
    for (number, wait) in [(2, "1.0 s"), (3, "2.0 s")] {
        let again = listening.wait_for_output(&format!("(try {number})"));
        let expected = format!(
            "warning: `stripe listen` was not ready after 1 s: cannot open the websocket to {host}: \
             websocket: bad handshake (try {number}); next try in {wait}"
        );
        assert_eq!(again, expected);
    }
    fake.refuse_websockets(Refuses::No);
    listening.wait_for_output("`stripe listen` is back after ");
    let id = fake.happen("customer.created");
    listening.wait_for_output(&id);
    assert_eq!(said(&listening, "restarting it"), 1);
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn another_secret_of_stripes_is_noticed_and_the_app_keeps_its_own() {
    let (fake, endpoint) = (FakeStripe::start(), Endpoint::accepting());
    let devtool = listen(&fake, VERSIONS[0], endpoint.port(), &[]);
    let listening = Listening::ready(&fake, devtool);
    fake.change_secret();
    fake.expire_sessions();
    listening.wait_for_output("`stripe listen` now signs with another secret: whsec_");
    let id = fake.happen("customer.created");
    listening.wait_for_output(&id);
    assert!(verified(&endpoint.received()[0], SECRET));
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn events_wait_until_the_endpoint_is_there() {
    let fake = FakeStripe::start();
    let port = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().port()
    };
    let listening = Listening::ready(&fake, listen(&fake, VERSIONS[0], port, &[]));
    let ids: Vec<String> = (0..5).map(|_| fake.happen("customer.created")).collect();
    listening.wait_for_output("is not accepting connections (");
    let endpoint = Endpoint::at(&format!("127.0.0.1:{port}"), Box::new(|_| Reply::new(200, "ok")));
    for id in &ids {
        listening.wait_for_rows(id, 1);
    }
    listening.wait_for_output("is back after ");
    assert_eq!(endpoint.received().len(), 5);
    assert_eq!(said(&listening, "is not accepting connections ("), 1);
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn a_failure_is_tried_again_until_it_is_accepted() {
    let fake = FakeStripe::start();
    let count = std::sync::atomic::AtomicUsize::new(0);
    let endpoint =
        Endpoint::new(move |_| match count.fetch_add(1, std::sync::atomic::Ordering::Relaxed) {
            0 | 1 => Reply::new(500, "not yet"),
            _ => Reply::new(200, ""),
        });
    let devtool = listen(&fake, VERSIONS[0], endpoint.port(), &["--retry", "3"]);
    let mut listening = Listening::ready(&fake, devtool);
    let id = fake.happen("customer.created");
    listening.wait_for_rows(&id, 3);
    let rows = listening.stdout();
    let rows: Vec<&String> = rows.iter().filter(|row| row.contains(&id)).collect();
    assert!(rows[0].contains("  500  ") && rows[0].contains("retry at once, not yet"), "{rows:#?}");
    assert!(rows[1].contains("attempt 2, retry in 1.0 s, not yet"), "{rows:#?}");
    assert!(rows[2].contains("  200  ") && rows[2].ends_with("attempt 3"), "{rows:#?}");
    let ids: Vec<Value> = endpoint.received().iter().map(|one| one.event()["id"].clone()).collect();
    assert_eq!(ids, [id.as_str(); 3]);
    assert!(endpoint.received().iter().all(|one| verified(one, SECRET)));
    assert_eq!(listening.interrupt(), 0);
}

#[test]
#[cfg(unix)]
#[cfg_attr(any(tests_without_node, tests_without_sh), ignore = "needs node and sh")]
fn a_full_disk_is_said_once_and_deliveries_go_on() {
    let (fake, endpoint) = (FakeStripe::start(), Endpoint::accepting());
    let devtool = listen(&fake, VERSIONS[0], endpoint.port(), &[]);
    let listening = Listening::with_small_files(devtool, 256);
    listening.wait_for_output("secret: ");
    fake.wait_for_listeners(1);
    for _ in 0..300 {
        fake.happen("customer.created");
    }
    listening.wait_for_rows("  200  ", 300);
    let text = "the history is incomplete: ";
    listening.wait_for_output(text);
    let last = fake.happen("customer.deleted");
    listening.wait_for_output(&last);
    assert_eq!((endpoint.received().len(), said(&listening, text)), (301, 1));
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn a_killed_devtool_leaves_a_history_of_what_got_no_answer() {
    let fake = FakeStripe::start();
    let slow = Endpoint::new(|_| Reply { after: Duration::from_secs(60), ..Reply::new(200, "") });
    let devtool = listen(&fake, VERSIONS[0], slow.port(), &[]);
    let mut listening = Listening::ready(&fake, devtool);
    let ids: Vec<String> = (0..3).map(|_| fake.happen("customer.created")).collect();
    let file = listening.devtool.history();
    let undelivered = || {
        let states = devtool::history::State::UNDELIVERED.to_vec();
        let filter = Filter { states, ..Filter::default() };
        let reader = Reader::open(&Storage::named(file.clone())).unwrap();
        let mut found: Vec<String> =
            reader.list(&filter).unwrap().into_iter().map(|entry| entry.event_id).collect();
        found.sort();
        found
    };
    fake.wait("three acknowledgements", |state| {
        // Each event comes in two API versions.
        state.frames.iter().filter(|frame| frame["type"] == "event_ack").count() == 6
    });
    while undelivered().len() < 3 {
        std::thread::sleep(Duration::from_millis(10));
    }
    let children = listening.children();
    listening.signal("KILL");
    listening.wait();
    children.into_iter().for_each(crate::support::listening::wait_until_gone);
    assert_eq!(undelivered(), ids);
    // The next listen says so, also where another command has recorded something meanwhile.
    let retry = ["--retry", "1", "--retry-schedule", "0s"];
    let another = [&["trigger", "invoice.paid", "--port", "59126"], &retry[..]].concat();
    listening.devtool.rerun(&another).code(4);
    let left = "3 events were not delivered by a listen that crashed; to send them again:";
    let mut next = Listening::start_again(&listening.devtool);
    next.wait_for_output(left);
    next.wait_for_output("devtool replay --undelivered --all");
    next.wait_for_output("secret: ");
    assert_eq!(next.interrupt(), 0);
    let other = Endpoint::accepting();
    let url = format!("http://{}/webhook", other.address);
    let arguments = ["replay", "--undelivered", "--all", "--yes", "--url", &url];
    let replay = listening.devtool.rerun(&arguments).code(0);
    assert!(replay.stdout.contains("PASS 4 of 4 events accepted"), "{}", replay.stdout);
    assert_eq!(other.names()[..3], ["customer.created"; 3]);
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn a_second_ctrl_c_waits_for_nothing() {
    let fake = FakeStripe::start();
    let hangs = Endpoint::new(|_| Reply { after: Duration::from_secs(60), ..Reply::new(200, "") });
    let devtool = listen(&fake, VERSIONS[0], hangs.port(), &[]);
    let mut listening = Listening::ready(&fake, devtool);
    fake.happen("customer.created");
    while hangs.received().is_empty() {
        std::thread::sleep(Duration::from_millis(5));
    }
    listening.signal("INT");
    // The Stripe CLI is ended first; then what is under way has its time.
    fake.wait_for_listeners(0);
    assert_eq!(listening.interrupt(), 130);
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn sessions_that_fail_at_first_are_waited_for() {
    let (fake, endpoint) = (FakeStripe::start(), Endpoint::accepting());
    fake.fail_times(2, "/v1/stripecli/sessions", Fault::Broken);
    let listening = Listening::ready(&fake, listen(&fake, VERSIONS[0], endpoint.port(), &[]));
    let id = fake.happen("customer.created");
    listening.wait_for_output(&id);
    assert_eq!(listening.stderr(), Vec::<String>::new());
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn ctrl_c_ends_it_also_before_it_is_ready() {
    let fake = FakeStripe::start();
    fake.fail("/v1/account", Fault::Hang);
    let mut listening = Listening::start(listen(&fake, VERSIONS[0], 59_126, &[]));
    fake.wait("the question who it is", |state| {
        state.requests.iter().any(|request| request.path == "/v1/account")
    });
    assert_eq!(listening.interrupt(), 0);
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn an_attempt_ends_when_its_time_is_up_whoever_says_how_long_that_is() {
    let slow = Reply { after: Duration::from_secs(90), ..Reply::new(200, "") };
    for source in ["option", "variable", "file"] {
        let slow = slow.clone();
        let (fake, endpoint) = (FakeStripe::start(), Endpoint::new(move |_| slow.clone()));
        let devtool = listen(&fake, VERSIONS[0], endpoint.port(), &["--no-catch-up"]);
        let devtool = match source {
            "option" => devtool.args(&["--timeout", "200ms"]),
            "variable" => devtool.env("DEVTOOL_TIMEOUT", "200ms"),
            _ => devtool.file("devtool.toml", "timeout = \"200ms\"\n"),
        };
        let listening = Listening::ready(&fake, devtool);
        fake.happen("customer.created");
        let row = listening.wait_for_output("customer.created");
        assert!(row.contains("  timeout  "), "{source}: {row}");
        assert_eq!(endpoint.received().len(), 1);
    }
}
