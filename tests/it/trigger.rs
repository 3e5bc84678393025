//! `devtool trigger`.

use crate::support::Devtool;
use crate::support::endpoint::Endpoint;

/// The event that arrives, and stderr.
fn trigger(arguments: &[&str]) -> (serde_json::Value, String) {
    let endpoint = Endpoint::accepting();
    let run = Devtool::sending(&["trigger"], endpoint.port()).args(arguments).run().code(0);
    let received = endpoint.received();
    assert_eq!(received.len(), 1);
    (received[0].event(), run.stderr)
}

#[test]
fn one_event_is_sent() {
    let (event, stderr) = trigger(&["invoice.paid"]);
    assert_eq!(event["type"], "invoice.paid");
    assert_eq!(event["data"]["object"]["status"], "paid");
    assert_eq!(event["api_version"], "2026-10-28.endive");
    assert_eq!(event["livemode"], false);
    assert_eq!(event["pending_webhooks"], 1);
    assert_eq!(stderr, "");
}

#[test]
fn without_an_event_the_types_are_listed() {
    let run = Devtool::new(&["trigger"]).run().code(0);
    assert_eq!(run.stdout, Devtool::new(&["events"]).run().code(0).stdout);
    assert!(run.stdout.contains("charge.pending"));
}

#[test]
fn types_that_only_the_guide_has_are_sent_with_a_warning() {
    let (event, stderr) = trigger(&["subscription.triggered"]);
    assert_eq!(event["type"], "subscription.triggered");
    assert_eq!(event["data"]["object"]["object"], "subscription");
    assert!(
        stderr.starts_with("warning: Stripe has no event `subscription.triggered`"),
        "{stderr}"
    );
    assert!(stderr.contains("customer.subscription.created"), "{stderr}");
    let (event, stderr) = trigger(&["invoice.draft.paid"]);
    assert_eq!(event["data"]["object"]["status"], "draft");
    assert!(stderr.contains("invoice.paid"), "{stderr}");
}

#[test]
fn an_unknown_type_is_an_error_with_those_near() {
    let run = Devtool::new(&["trigger", "invoice.payed"]).run().code(2);
    assert!(run.stderr.starts_with("error: unknown event `invoice.payed`\n"), "{}", run.stderr);
    assert!(run.stderr.contains("did you mean `invoice.paid`"), "{}", run.stderr);
    let run = Devtool::new(&["trigger", "zzz"]).run().code(2);
    assert!(
        run.stderr.contains("to list the event types:\n        devtool events\n"),
        "{}",
        run.stderr
    );
}

#[test]
fn any_name_is_sent_with_the_object_that_is_named() {
    let (event, _) = trigger(&["invoice.archived", "--object", "invoice"]);
    assert_eq!(event["type"], "invoice.archived");
    assert_eq!(event["data"]["object"]["object"], "invoice");
    let run = Devtool::new(&["trigger", "x.y", "--object", "invoyce"]).run().code(2);
    assert!(run.stderr.contains("did you mean `invoice`"), "{}", run.stderr);
}

#[test]
fn an_upcoming_invoice_has_no_id() {
    let (event, _) = trigger(&["invoice.upcoming"]);
    assert!(event["data"]["object"].get("id").is_none());
}

#[test]
fn headers_are_added_and_a_header_given_twice_stays_twice() {
    let endpoint = Endpoint::accepting();
    Devtool::sending(&["trigger", "invoice.paid", "--header", "X-A: 1"], endpoint.port())
        .args(&["--header", "X-A: 2", "--header", "user-agent: mine"])
        .run()
        .code(0);
    let request = &endpoint.received()[0];
    let all: Vec<_> = request.headers.get_all("x-a").iter().collect();
    assert_eq!(all, ["1", "2"]);
    let agents: Vec<_> = request.headers.get_all("user-agent").iter().collect();
    assert_eq!(agents, ["mine"]);
}

#[test]
fn through_stripe_needs_the_stripe_cli() {
    let run = Devtool::new(&["trigger", "invoice.paid", "--via", "stripe"]).run().code(5);
    assert!(run.stderr.starts_with("error: the Stripe CLI is not installed"), "{}", run.stderr);
    assert!(run.stderr.contains("hint: install it:\n        devtool setup\n"), "{}", run.stderr);
}

#[test]
fn a_pattern_sends_one_story_of_all_types_that_fit_causes_first() {
    let endpoint = Endpoint::accepting();
    let run = Devtool::sending(&["trigger", "charge.dispute.*"], endpoint.port()).run().code(0);
    assert!(run.stdout.contains("5 of 5 events accepted"), "{}", run.stdout);
    let names = endpoint.names();
    assert_eq!(names.len(), 5, "{names:?}");
    assert_eq!(names[0], "charge.dispute.created", "{names:?}");
    let disputes: std::collections::BTreeSet<String> = endpoint
        .received()
        .iter()
        .map(|one| one.event()["data"]["object"]["id"].to_string())
        .collect();
    assert_eq!(disputes.len(), 1, "it is one story: {disputes:?}");
}

#[test]
fn types_of_different_payment_methods_are_one_story() {
    // Of some types, the payment is a bank's debit; of others, a card's new date is told.
    for pattern in ["*", "p*", "*.updated"] {
        let run = Devtool::new(&["trigger", pattern, "--yes", "--print"]).run().code(0);
        assert!(run.stdout.starts_with('{'), "{pattern}");
    }
}

#[test]
fn many_events_of_a_pattern_are_sent_where_somebody_agrees() {
    let endpoint = Endpoint::accepting();
    let devtool = Devtool::sending(&["trigger", "c*"], endpoint.port());
    let run = devtool.run().code(2);
    assert!(run.stderr.contains("events, and nobody can be asked\n"), "{}", run.stderr);
    assert!(endpoint.received().is_empty());
    devtool.rerun_with(&["--yes"]).code(0);
    assert!(endpoint.received().len() > 50);
    let none = Devtool::new(&["trigger", "invoce.*"]).run().code(2).stderr;
    assert!(none.starts_with("error: no event type matches `invoce.*`\n"), "{none}");
}
