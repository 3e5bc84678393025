//! Every trigger of the real Stripe CLI, and every fixture of devtool's own, on the fake of Stripe's
//! servers: it goes through with all that the catalogue says it takes, causes what its name says, and
//! its event is known again by the mark.

use std::collections::BTreeSet;
use std::time::Duration;

use devtool::event::cleanup::CleanupRule;
use devtool::event::event_type::ThroughStripe;
use devtool::event::{Catalogue, Fixture, Trigger};
use serde_json::Value;

use crate::support::Run;
use crate::support::stripe::FakeStripe;
use crate::support::stripe::binary::{RealStripe, VERSIONS};

/// Triggers whose name is that of no event, and what they cause.
pub(crate) const OTHERS: &[(&str, &str)] = &[
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
    let help = Run::of(help).code(0).stdout;
    let list = help.split("Supported events:").nth(1).unwrap();
    let list = list.split("\n\n").next().unwrap();
    list.split_whitespace().map(ToOwned::to_owned).collect()
}

/// A value for each of a story's parameters but the customer.
const WANTED: [(&str, &str); 4] = [
    ("amount", "4321"),
    ("currency", "gbp"),
    ("email", "mara@example.com"),
    ("metadata.order", "7"),
];

/// How long what follows by itself may take.
const MOMENT: Duration = Duration::from_secs(5);

/// The run that the triggers of these tests are marked with.
const RUN: &str = "run_1";

/// Triggers whose event is about an object that neither takes a mark nor names one that does.
const UNMARKED: [&str; 7] = [
    "account.application.deauthorized",
    "balance.available",
    "reporting.report_run.succeeded",
    "test_helpers.test_clock.advancing",
    "test_helpers.test_clock.created",
    "test_helpers.test_clock.deleted",
    "test_helpers.test_clock.ready",
];

/// What neither the local API nor the fake does: a test says nothing of them, but that it is so.
const BEYOND: [&str; 2] = ["mandate.updated", "subscription_schedule.expiring"];

/// What is wrong with a run of the Stripe CLI: it failed, did not cause the event, did not send what it
/// was told to, or caused the event about an object that cannot be known again.
fn faults(fake: &FakeStripe, run: &Run, name: &str, arguments: &[String]) -> Vec<String> {
    let expected = OTHERS.iter().find(|(other, _)| *other == name).map_or(name, |o| o.1);
    // Banks answer after the call.
    let moment = if BEYOND.contains(&name) { Duration::ZERO } else { MOMENT };
    let is_there = fake.comes_true(moment, |state| {
        state.events.iter().chain(&state.thin_events).any(|event| event["type"] == expected)
    });
    if BEYOND.contains(&name) {
        let is_done = run.code == 0 && is_there;
        return if is_done { vec![format!("{name} is done: BEYOND names it")] } else { Vec::new() };
    }
    let mut faults = Vec::new();
    if run.code != 0 {
        faults.push(format!("{name}: {}{}", run.stdout, run.stderr));
    }
    let requests = fake.requests();
    let sent: Vec<_> = requests.iter().flat_map(|request| &request.parameters).collect();
    for argument in arguments.iter().filter(|argument| argument.contains('=')) {
        let (place, value) = argument.split_once('=').unwrap();
        let parameter = form_name(place.split_once(':').unwrap().1);
        let is_sent = |(name, with): &&(String, String)| {
            *name == parameter && (with == value || value.starts_with("${"))
        };
        if !sent.iter().any(is_sent) {
            faults.push(format!("{name}: {argument} was not sent"));
        }
    }
    let events = fake.state(|state| [state.events.clone(), state.thin_events.clone()].concat());
    let own: Vec<&Value> = events.iter().filter(|event| event["type"] == expected).collect();
    if own.is_empty() {
        let kinds: Vec<&Value> = events.iter().map(|event| &event["type"]).collect();
        faults.push(format!("{name}: {kinds:?}"));
    }
    let is_known = !own.is_empty() && own.iter().all(|event| is_marked(&events, event));
    if is_known == UNMARKED.contains(&name) {
        faults.push(format!("{name}: known by its mark: {is_known}"));
    }
    faults
}

/// `shipping.address.0` as a form has it: `shipping[address][0]`.
fn form_name(path: &str) -> String {
    let (first, rest) = path.split_once('.').unwrap_or((path, ""));
    let rest = rest.split('.').filter(|step| !step.is_empty()).map(|step| format!("[{step}]"));
    format!("{first}{}", rest.collect::<String>())
}

/// Whether an event's object has the mark, or names one that has, now or before.
fn is_marked(events: &[Value], event: &Value) -> bool {
    let has_mark = |object: &Value| object["metadata"]["devtool_run"] == RUN;
    let object = &event["data"]["object"];
    let marked = events.iter().map(|event| &event["data"]["object"]).filter(|o| has_mark(o));
    let ids: Vec<String> = marked.map(|object| object["id"].to_string()).collect();
    // What a payment method was detached from stands in `previous_attributes`.
    has_mark(object) || ids.iter().any(|id| event["data"].to_string().contains(id))
}

/// A customer of the run with a card; returns the id.
fn customer(fake: &FakeStripe) -> String {
    let (status, made) = fake.ask(&format!(
        "POST /v1/customers?payment_method=pm_card_visa&metadata[devtool_run]={RUN}\
         &invoice_settings[default_payment_method]=pm_card_visa"
    ));
    assert_eq!(status, 200, "{made}");
    made["id"].as_str().unwrap().to_owned()
}

/// Runs every trigger with the parameters that it takes of those, and says what is wrong.
#[track_caller]
fn assert_all_take(wanted: &[(&str, &str)], is_meant: impl Fn(&Trigger) -> bool) {
    let fake = FakeStripe::start();
    let stripe = RealStripe::new(VERSIONS[0], &fake);
    let mut wrong = Vec::new();
    // Meter events go to a host of their own, which cannot be put on loopback.
    for name in Trigger::names().unwrap().filter(|name| !name.starts_with("v1.billing.meter.")) {
        let trigger = Trigger::named(name).unwrap().unwrap();
        if !is_meant(&trigger) {
            continue;
        }
        fake.start_anew();
        let customer = customer(&fake);
        let taken = wanted.iter().filter(|(parameter, _)| trigger.takes(parameter));
        let taken: Vec<(&str, &str)> = taken
            .map(|(name, value)| (*name, if *name == "customer" { &*customer } else { *value }))
            .collect();
        let arguments = trigger.arguments(RUN, &taken).unwrap();
        let line = [vec!["trigger".to_owned(), name.to_owned()], arguments.clone()].concat();
        let run = stripe.run(&line.iter().map(String::as_str).collect::<Vec<_>>());
        wrong.extend(faults(&fake, &run, name, &arguments));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn every_trigger_of_the_stripe_cli_is_described_and_no_other() {
    let fake = FakeStripe::start();
    let mut names = names(&RealStripe::new(VERSIONS[0], &fake));
    assert!(names.len() >= 120, "{names:?}");
    names.sort();
    assert_eq!(names, Trigger::names().unwrap().collect::<Vec<_>>());
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn every_trigger_goes_through_marked_and_causes_what_its_name_says() {
    assert_all_take(&[], |_| true);
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn every_trigger_takes_the_parameters_that_the_catalogue_has_a_place_for() {
    assert_all_take(&WANTED, |trigger| WANTED[..3].iter().any(|(name, _)| trigger.takes(name)));
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn every_trigger_takes_a_customer_where_the_catalogue_has_a_place_for_one() {
    assert_all_take(&[("customer", "")], |trigger| trigger.takes("customer"));
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn every_fixture_goes_through_and_causes_what_its_name_says() {
    let fake = FakeStripe::start();
    let stripe = RealStripe::new(VERSIONS[0], &fake);
    let mut wrong = Vec::new();
    for name in Fixture::names() {
        let fixture = Fixture::named(name).unwrap().unwrap();
        let (trigger, file) = (&fixture.trigger, stripe.home.path().join("fixture.json"));
        std::fs::write(&file, &fixture.text).unwrap();
        let taken: Vec<_> = WANTED.into_iter().filter(|(p, _)| trigger.takes(p)).collect();
        let arguments = trigger.arguments(RUN, &taken).unwrap();
        fake.start_anew();
        let line = [vec!["fixtures".to_owned(), "fixture.json".to_owned()], arguments.clone()];
        let run = stripe.run(&line.concat().iter().map(String::as_str).collect::<Vec<_>>());
        wrong.extend(faults(&fake, &run, name, &arguments));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn there_is_a_fixture_for_each_type_that_names_one_and_no_other() {
    let catalogue = Catalogue::embedded().unwrap();
    let types = catalogue.event_types().unwrap();
    let named = types.iter().filter_map(|(_, told)| match &told.through_stripe() {
        Some(ThroughStripe::Fixture(name)) => Some(name.as_str()),
        _ => None,
    });
    let mut named: Vec<&str> = named.collect();
    named.sort_unstable();
    assert_eq!(named, Fixture::names().collect::<Vec<_>>());
}

#[test]
fn what_a_run_has_made_is_undone_by_requests_that_stripe_takes() {
    let fake = FakeStripe::start();
    for rule in CleanupRule::all().unwrap() {
        let set: Vec<String> =
            rule.set.iter().map(|(name, value)| format!("{name}={value}&")).collect();
        let set = set.concat();
        let answer = fake.ask(&format!("{} {}?{set}", rule.method, rule.path("x_1")));
        // The call is one that there is, with parameters that it takes; only the object is not there.
        assert_eq!(
            (answer.0, &answer.1["error"]["code"]),
            (404, &"resource_missing".into()),
            "{rule:?}"
        );
    }
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
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
        .filter_map(|(_, told)| match &told.through_stripe() {
            Some(ThroughStripe::Trigger(name)) => Some(name.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(named, listed);
}
