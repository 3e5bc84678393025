//! Events that `stripe listen` never brought: `devtool listen` finds them in Stripe's list, and brings all of them.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::support::endpoint::Endpoint;
use crate::support::listening::{Listening, listen};
use crate::support::stripe::binary::VERSIONS;
use crate::support::stripe::{FakeStripe, Fault};
use crate::support::{SECRET, verified};

/// Many events are missed; the endpoint gets each once, with the bytes that Stripe has.
fn all_are_brought(count: usize) -> Vec<String> {
    let (fake, endpoint) = (FakeStripe::start(), Endpoint::accepting());
    let more = ["--catch-up-every", "2s", "--format", "compact"];
    let listening = Listening::ready(&fake, listen(&fake, VERSIONS[0], endpoint.port(), &more));
    let missed: BTreeMap<String, String> = (0..count)
        .map(|_| {
            let id = fake.happen_unsent("customer.created");
            (id, fake.state(|state| format!("{:#}", state.events.last().unwrap())))
        })
        .collect();
    listening.wait_for_rows(" 200 ", count);
    // One look may have come while they happened.
    listening.wait_for_output(" missed: taken from Stripe's list, freshly signed");
    std::thread::sleep(Duration::from_millis(100));
    let received = endpoint.received();
    assert_eq!(received.len(), count);
    for one in &received {
        let id = one.event()["id"].as_str().unwrap().to_owned();
        assert_eq!(one.body, missed[&id].as_bytes());
        assert!(verified(one, SECRET));
    }
    let asked_again = |state: &crate::support::stripe::state::State| {
        state.requests.iter().filter(|request| request.path.ends_with("/retry")).count()
    };
    assert!(fake.state(|state| asked_again(state)) <= 20);
    listening.stderr()
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn hundreds_of_missed_events_are_delivered_from_the_list() {
    let said = all_are_brought(450);
    let start =
        " events were missed: delivering them from Stripe's list, freshly signed, oldest first";
    assert!(said.iter().any(|line| line.ends_with(start)), "{said:#?}");
}

#[test]
#[ignore = "slow"]
fn six_thousand_missed_events_are_delivered_from_the_list() {
    let said = all_are_brought(6_000);
    assert!(said.iter().any(|line| line.ends_with(" missed events are left")), "{said:#?}");
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn a_clock_that_is_an_hour_off_hides_no_missed_event() {
    for clock in [-3_600, 3_600] {
        let (fake, endpoint) = (FakeStripe::start(), Endpoint::accepting());
        fake.state(|state| state.clock = clock);
        let before = fake.happen_unsent("customer.deleted");
        // It is older than the listen by the second.
        std::thread::sleep(Duration::from_millis(1_100));
        let more = ["--catch-up-every", "1s"];
        let listening = Listening::ready(&fake, listen(&fake, VERSIONS[0], endpoint.port(), &more));
        fake.wait("the first question for events", |state| {
            state.requests.iter().any(|request| request.path == "/v1/events")
        });
        let missed = fake.happen_unsent("customer.created");
        listening.wait_for_output(&missed);
        assert_eq!(endpoint.names(), ["customer.created"], "{before}");
    }
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn a_page_that_does_not_come_is_asked_for_again() {
    let (fake, endpoint) = (FakeStripe::start(), Endpoint::accepting());
    let more = ["--catch-up-every", "2s", "--format", "compact"];
    let listening = Listening::ready(&fake, listen(&fake, VERSIONS[0], endpoint.port(), &more));
    fake.wait("the first question for events", |state| {
        state.requests.iter().any(|request| request.path == "/v1/events")
    });
    fake.fail_times(2, "/v1/events", Fault::Broken);
    for _ in 0..150 {
        fake.happen_unsent("customer.created");
    }
    listening.wait_for_rows(" 200 ", 150);
    assert_eq!(endpoint.received().len(), 150);
}
