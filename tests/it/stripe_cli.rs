//! The real Stripe CLI of both versions against the fake of Stripe's servers: what everything that drives
//! the Stripe CLI is tested on.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};

use serde_json::Value;

use crate::support::endpoint::Endpoint;
use crate::support::stripe::binary::{RealStripe, VERSIONS};
use crate::support::stripe::state::Logins;
use crate::support::stripe::{ACCOUNT, FakeStripe, Fault};

/// `stripe listen`, ended with the test.
struct Listening {
    child: Child,
    ready: String,
}

impl Listening {
    fn start(stripe: &RealStripe, version: &str, more: &[&str]) -> Self {
        let all = ["--all-snapshot"];
        let which: &[&str] = if version == VERSIONS[0] { &all } else { &[] };
        let mut command = stripe.command(&[&["listen", "--skip-update"], which, more].concat());
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
        let ready = lines.find(|line| line.starts_with("Ready!")).expect("a Ready line");
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, ready }
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn forward(endpoint: &Endpoint) -> String {
    format!("http://{}/webhook", endpoint.address)
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn listen_forwards_what_happens_with_its_signature() {
    for version in VERSIONS {
        let (fake, endpoint) = (FakeStripe::start(), Endpoint::accepting());
        let stripe = RealStripe::new(version, &fake);
        let listening = Listening::start(&stripe, version, &["--forward-to", &forward(&endpoint)]);
        assert!(listening.ready.contains(&fake.secret()), "{}", listening.ready);
        fake.wait_for_listeners(1);
        let id = fake.happen("customer.created");
        fake.wait("the answer", |state| {
            state.frames.iter().any(|f| f["type"] == "webhook_response")
        });
        let received = &endpoint.received()[0];
        assert_eq!(received.event()["id"], Value::from(id));
        let secret = devtool::config::Secret::parse(&fake.secret()).unwrap();
        let now = devtool::protocol::Moment::from_seconds(crate::support::stripe::state::now());
        let header = received.header("stripe-signature");
        let verified = devtool::protocol::signature::verify(&secret, header, &received.body, now);
        assert_eq!(verified, Ok(()));
        assert_eq!(fake.webhook_responses()[0]["status"], 200);
    }
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn trigger_causes_events_and_resend_repeats_one() {
    for version in VERSIONS {
        let (fake, endpoint) = (FakeStripe::start(), Endpoint::accepting());
        let stripe = RealStripe::new(version, &fake);
        let _listening = Listening::start(&stripe, version, &["--forward-to", &forward(&endpoint)]);
        fake.wait_for_listeners(1);
        let run = stripe.run(&["trigger", "payment_intent.succeeded"]).code(0);
        assert!(run.stdout.contains("Trigger succeeded!"), "{}", run.stdout);
        fake.wait("four answers", |state| {
            state.frames.iter().filter(|f| f["type"] == "webhook_response").count() == 4
        });
        let mut names = endpoint.names();
        names.sort();
        assert_eq!(
            names,
            [
                "charge.succeeded",
                "charge.updated",
                "payment_intent.created",
                "payment_intent.succeeded"
            ]
        );
        let id = fake.state(|state| state.events[0]["id"].as_str().unwrap().to_owned());
        stripe.run(&["events", "resend", &id]).code(0);
        fake.wait("the fifth answer", |state| {
            state.frames.iter().filter(|f| f["type"] == "webhook_response").count() == 5
        });
        assert_eq!(endpoint.received()[4].event()["id"], Value::from(id));
    }
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn events_are_listed_by_time_and_in_pages() {
    let fake = FakeStripe::start();
    let stripe = RealStripe::new(VERSIONS[0], &fake);
    let ids: Vec<String> = (0..5).map(|_| fake.happen_unsent("product.created")).collect();
    let page = |more: &[&str]| {
        stripe.run(&[&["get", "/v1/events", "-d", "limit=2"], more].concat()).code(0).json()
    };
    let first = page(&[]);
    assert_eq!(
        (&first["data"][0]["id"], &first["has_more"]),
        (&Value::from(ids[4].as_str()), &Value::from(true))
    );
    let last = page(&["-d", &format!("starting_after={}", ids[1])]);
    assert_eq!(
        (&last["data"][0]["id"], &last["has_more"]),
        (&Value::from(ids[0].as_str()), &Value::from(false))
    );
    assert_eq!(page(&["-d", "created[gte]=4000000000"])["data"], Value::Array(Vec::new()));
    assert_eq!(page(&["-d", "type=customer.*"])["data"], Value::Array(Vec::new()));
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn accounts_are_told_and_refused() {
    for version in VERSIONS {
        let fake = FakeStripe::start();
        let stripe = RealStripe::new(version, &fake);
        let get = || stripe.run(&["get", "/v1/account"]);
        assert_eq!(get().code(0).json()["id"], ACCOUNT);
        fake.fail("/v1/account", Fault::Expired);
        assert!(get().code(1).stderr.contains("expired"));
        fake.heal();
        fake.fail("/v1/account", Fault::Restricted);
        assert_eq!(get().code(0).json()["error"]["code"], "more_permissions_required");
        let unknown = stripe.run(&["get", "/v1/no_such_things"]).code(0).json();
        assert!(
            unknown["error"]["message"].as_str().unwrap().starts_with("Unrecognized request URL")
        );
    }
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn a_browser_login_is_confirmed_and_kept() {
    for version in VERSIONS {
        let fake = FakeStripe::start();
        let stripe = RealStripe::new(version, &fake);
        let base =
            ["--api-base", &fake.url(), "--dashboard-base", &fake.url()].map(ToOwned::to_owned);
        let base: Vec<&str> = base.iter().map(String::as_str).collect();
        let login = |arguments: &[&str]| {
            let mut command = stripe.without_key(&[arguments, base.as_slice()].concat());
            crate::support::Run::of(command.output().unwrap())
        };
        let start = login(&["login", "--non-interactive"]).code(0).json();
        let poll = start["next_step"].as_str().unwrap().split('\'').nth(1).unwrap();
        fake.logins(Logins::Ignored);
        let done = std::thread::scope(|scope| {
            let done = scope.spawn(|| login(&["login", "--complete", poll]));
            fake.wait("the user's confirmation to be asked for", |state| state.login_polls > 1);
            fake.logins(Logins::Confirmed);
            done.join().unwrap().code(0)
        });
        assert!(done.stdout.contains(ACCOUNT), "{}{}", done.stdout, done.stderr);
        let who = stripe.without_key(&["whoami", "--format", "json"]).output().unwrap();
        let who = crate::support::Run::of(who).code(0).json();
        assert_eq!(who["account_id"], ACCOUNT, "{who}");
    }
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn a_listener_comes_back_after_a_lost_connection_a_silence_and_an_outage() {
    let (fake, endpoint) = (FakeStripe::start(), Endpoint::accepting());
    let stripe = RealStripe::new(VERSIONS[0], &fake);
    let _listening = Listening::start(&stripe, VERSIONS[0], &["--forward-to", &forward(&endpoint)]);
    fake.wait_for_listeners(1);
    fake.drop_websockets();
    fake.wait_for_listeners(0);
    fake.wait_for_listeners(1);
    fake.switch_off();
    fake.wait_for_listeners(0);
    fake.switch_on();
    fake.wait_for_listeners(1);
    let id = fake.happen("customer.created");
    fake.wait("the answer", |state| state.frames.iter().any(|f| f["type"] == "webhook_response"));
    assert_eq!(endpoint.received()[0].event()["id"], Value::from(id));
}
