//! Every trigger of the real Stripe CLI on the fake of Stripe's servers: it goes through, and causes what
//! its name says.

use std::collections::BTreeSet;

use devtool::event::Catalogue;
use devtool::event::event_type::ThroughStripe;

use crate::support::stripe::FakeStripe;
use crate::support::stripe::binary::{RealStripe, VERSIONS};

/// Triggers whose name is that of no event, and what they cause.
const OTHERS: &[(&str, &str)] = &[
    ("invoice.payment_succeeded", "invoice.payment_succeeded"),
    ("issuing_authorization.request.eu", "issuing_authorization.request"),
    ("issuing_authorization.request.gb", "issuing_authorization.request"),
    ("issuing_card.created.eu", "issuing_card.created"),
    ("issuing_card.created.gb", "issuing_card.created"),
    ("issuing_cardholder.created.eu", "issuing_cardholder.created"),
    ("issuing_cardholder.created.gb", "issuing_cardholder.created"),
    ("subscription.payment_failed", "invoice.payment_failed"),
    ("subscription.payment_succeeded", "invoice.payment_succeeded"),
];

/// The names that the Stripe CLI lists.
fn names(stripe: &RealStripe) -> Vec<String> {
    let help = stripe.without_key(&["trigger", "--help"]).output().unwrap();
    let help = crate::support::Run::of(help).code(0).stdout;
    let list = help.split("Supported events:").nth(1).unwrap();
    let list = list.split("\n\n").next().unwrap();
    list.split_whitespace().map(ToOwned::to_owned).collect()
}

/// What a trigger causes, and what went wrong with it.
fn caused(stripe: &RealStripe, fake: &FakeStripe, name: &str) -> (Vec<String>, Option<String>) {
    fake.state(|state| *state = state.anew());
    let run = stripe.run(&["trigger", name]);
    fake.state(crate::support::stripe::state::State::settle);
    let events = fake.state(|state| {
        let kind = |event: &serde_json::Value| event["type"].as_str().unwrap().to_owned();
        state.events.iter().chain(&state.thin_events).map(kind).collect()
    });
    let fault = (run.code != 0).then_some(run.stderr);
    (events, fault)
}

#[test]
#[cfg_attr(tests_without_node, ignore = "DEVTOOL_TESTS_WITHOUT names node")]
fn every_trigger_goes_through_and_causes_what_its_name_says() {
    let fake = FakeStripe::start();
    let stripe = RealStripe::new(VERSIONS[0], &fake);
    let names = names(&stripe);
    assert!(names.len() >= 120, "{names:?}");
    let mut faults = Vec::new();
    // Meter events go to a host of their own, which cannot be put on loopback.
    for name in names.iter().filter(|name| !name.starts_with("v1.billing.meter.")) {
        let (events, fault) = caused(&stripe, &fake, name);
        let expected =
            OTHERS.iter().find(|(other, _)| other == name).map_or(name.as_str(), |o| o.1);
        if fault.is_some() || !events.iter().any(|event| event == expected) {
            faults.push(format!("{name}: {events:?} {fault:?}"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
#[cfg_attr(tests_without_node, ignore = "DEVTOOL_TESTS_WITHOUT names node")]
fn the_catalogue_names_the_triggers_that_the_stripe_cli_has() {
    let fake = FakeStripe::start();
    let listed = names(&RealStripe::new(VERSIONS[0], &fake));
    let is_a_type = |name: &&String| {
        let variant = OTHERS.iter().any(|(other, caused)| other == name && other != caused);
        !variant && !name.starts_with("v1.")
    };
    let listed: BTreeSet<&str> = listed.iter().filter(is_a_type).map(String::as_str).collect();
    let catalogue = Catalogue::embedded().unwrap();
    let types = catalogue.event_types().unwrap();
    let named: BTreeSet<&str> = types
        .iter()
        .filter_map(|(_, told)| match &told.stripe {
            Some(ThroughStripe::Trigger(name)) => Some(name.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(named, listed);
}
