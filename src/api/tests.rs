//! The API without its server: a story is told, its events are sent, and the API is asked.

use std::collections::BTreeSet;
use std::sync::Arc;

use proptest::prelude::*;
use serde_json::Value;

use super::request::{ApiRequest, RequestHeaders};
use super::sent::MOST_EVENTS;
use super::{Api, StoryTelling};
use crate::event::id::Seed;
use crate::event::plot::Plot;
use crate::event::{Catalogue, Event, Scene, Story, StoryShapes};
use crate::protocol::Moment;

mod billing;
mod cards;
mod cash;
mod invoices;
mod mandates;
mod microdeposits;
mod checkout_debits;
mod debits;
mod payments;
mod random_payments;
mod random_writes;
mod refused;
mod refused_writes;
mod stories;
mod v2;
mod values;
mod writes;

/// A story of events, each a second after the one before it.
struct Told {
    api: Api,
    telling: StoryTelling,
    events: Vec<Event>,
}

impl Told {
    fn of(names: &[&str]) -> Self {
        let catalogue = Catalogue::embedded().unwrap();
        let end = Moment::from_seconds(1_792_000_000);
        let at = |index: usize| {
            Moment::from_seconds(end.seconds() - i64::try_from(names.len() - index).unwrap())
        };
        let scene = |(index, name): (usize, &&str)| {
            let event_type = catalogue.event_type(name, None).unwrap();
            let (event_type, states) = Arc::unwrap_or_clone(event_type).in_form(&[]);
            let about = event_type.object.clone();
            let (name, event_type) = ((*name).to_owned(), Arc::new(event_type));
            Scene { name, event_type, about, states, at: at(index), cause: None }
        };
        let scenes = names.iter().enumerate().map(scene).collect();
        let plot = Plot::plain("test", Seed(7), end);
        let story = Story::new(&catalogue, plot, scenes).unwrap();
        let events: Vec<Event> = story.payloads().unwrap().iter().map(Event::new).collect();
        let api = Api::new();
        let told = story.told(&BTreeSet::new(), StoryShapes::All).unwrap();
        let telling = StoryTelling::new(told, &events, Catalogue::api_version());
        api.told(telling.clone());
        Self { api, telling, events }
    }

    fn send(&self, index: usize) -> Value {
        self.api.sent(&self.events[index].body);
        self.object(index)
    }

    fn object(&self, index: usize) -> Value {
        let payload: Value = serde_json::from_slice(&self.events[index].body).unwrap();
        payload["data"]["object"].clone()
    }

    fn get(&self, path: &str) -> (u16, Value) {
        get(&self.api, path, Some("Bearer sk_test_1"))
    }
}

fn get(api: &Api, path: &str, authorization: Option<&str>) -> (u16, Value) {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let authorization = authorization.map(str::to_owned);
    let request = ApiRequest {
        method: "GET".to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        headers: RequestHeaders { authorization, ..RequestHeaders::default() },
        ..ApiRequest::default()
    };
    let answer = api.answer(&request);
    (answer.status, serde_json::from_slice(&answer.body).unwrap())
}

#[test]
fn an_object_is_in_the_state_of_the_newest_event_and_never_goes_back() {
    let story = Told::of(&["invoice.created", "invoice.finalized", "invoice.paid"]);
    let path = format!("/v1/invoices/{}", story.object(0)["id"].as_str().unwrap());
    assert_eq!(story.get(&path).0, 404);
    let finalized = story.send(1);
    assert_eq!(story.get(&path), (200, finalized.clone()));
    story.send(0);
    assert_eq!(story.get(&path), (200, finalized));
    let paid = story.send(2);
    assert_eq!(story.get(&path), (200, paid));
}

#[test]
fn what_no_event_carries_exists_once_something_names_it() {
    let story = Told::of(&["customer.subscription.created"]);
    let subscription = story.object(0);
    let customer = format!("/v1/customers/{}", subscription["customer"].as_str().unwrap());
    assert_eq!(story.get(&customer).0, 404);
    story.send(0);
    assert_eq!(story.get(&customer).1["id"], subscription["customer"]);
    let item = &subscription["items"]["data"][0];
    let price = item["price"].clone();
    let path = format!("/v1/prices/{}", price["id"].as_str().unwrap());
    assert_eq!(story.get(&path), (200, price.clone()));
    let path = format!("/v1/products/{}", price["product"].as_str().unwrap());
    assert_eq!(story.get(&path).1["object"], "product");
    let path = format!("/v1/subscription_items/{}", item["id"].as_str().unwrap());
    assert_eq!(story.get(&path), (200, item.clone()));
}

#[test]
fn an_event_is_served_byte_by_byte_once_it_was_sent() {
    let story = Told::of(&["customer.created"]);
    let path = format!("/v1/events/{}", story.events[0].id);
    assert_eq!(story.get(&path).0, 404);
    story.send(0);
    let request = ApiRequest {
        method: "GET".to_owned(),
        path,
        headers: RequestHeaders {
            authorization: Some("Bearer sk_test_1".to_owned()),
            ..RequestHeaders::default()
        },
        ..ApiRequest::default()
    };
    assert_eq!(story.api.answer(&request).body, story.events[0].body);
}

#[test]
fn a_deleted_customer_says_so_and_a_deleted_product_is_gone() {
    let story = Told::of(&["customer.deleted", "product.deleted"]);
    let (customer, product) = (story.send(0), story.send(1));
    let path = format!("/v1/customers/{}", customer["id"].as_str().unwrap());
    let left = serde_json::json!({"id": customer["id"], "object": "customer", "deleted": true});
    assert_eq!(story.get(&path), (200, left));
    let path = format!("/v1/products/{}", product["id"].as_str().unwrap());
    assert_eq!(story.get(&path).0, 404);
}

#[test]
fn a_detached_payment_method_is_no_customers() {
    let story = Told::of(&["payment_method.attached", "payment_method.detached"]);
    let attached = story.send(0);
    let customer = attached["customer"].as_str().unwrap();
    let list = format!("/v1/customers/{customer}/payment_methods");
    let one = format!("{list}/{}", attached["id"].as_str().unwrap());
    assert_eq!(story.get(&list).1["data"], serde_json::json!([attached]));
    assert_eq!(story.get(&one), (200, attached));
    assert!(story.send(1)["customer"].is_null());
    assert_eq!(story.get(&list).1["data"], serde_json::json!([]));
    assert_eq!(story.get(&one).0, 404);
}

/// An event that no story was told of.
fn event(id: &str, created: i64, object: &Value) -> String {
    let data = serde_json::json!({"object": object});
    let event = serde_json::json!({
        "id": id, "object": "event", "type": "customer.updated", "created": created, "data": data,
    });
    event.to_string()
}

fn customer(id: &str, name: &str) -> Value {
    serde_json::json!({"id": id, "object": "customer", "name": name})
}

#[test]
fn an_event_that_is_sent_again_changes_nothing_and_another_of_its_id_takes_its_place() {
    let api = Api::new();
    let key = Some("Bearer sk_test_1");
    let served = || get(&api, "/v1/customers/cus_1", key).1["name"].clone();
    let first = event("evt_1", 5, &customer("cus_1", "A"));
    api.sent(first.as_bytes());
    api.sent(event("evt_2", 5, &customer("cus_1", "B")).as_bytes());
    assert_eq!(served(), "B");
    api.sent(first.as_bytes());
    assert_eq!(served(), "B");
    let another = event("evt_1", 5, &customer("cus_1", "C"));
    api.sent(another.as_bytes());
    assert_eq!(served(), "B");
    let another: Value = serde_json::from_str(&another).unwrap();
    assert_eq!(get(&api, "/v1/events/evt_1", key).1, another);
    api.sent(event("evt_2", 5, &customer("cus_1", "D")).as_bytes());
    assert_eq!(served(), "D");
    let events = get(&api, "/v1/events", key).1["data"].as_array().unwrap().clone();
    let ids: Vec<&Value> = events.iter().map(|event| &event["id"]).collect();
    assert_eq!(ids, ["evt_2", "evt_1"]);
}

#[test]
fn an_object_that_lies_in_a_newer_event_is_newer_than_that_of_its_own() {
    let api = Api::new();
    let key = Some("Bearer sk_test_1");
    let served = || get(&api, "/v1/customers/cus_1", key).1["name"].clone();
    let within = |name: &str| serde_json::json!({"id": "in_1", "object": "invoice", "customer": customer("cus_1", name)});
    api.sent(event("evt_1", 5, &customer("cus_1", "A")).as_bytes());
    api.sent(event("evt_2", 6, &within("B")).as_bytes());
    assert_eq!(served(), "B");
    api.sent(event("evt_3", 4, &within("C")).as_bytes());
    assert_eq!(served(), "B");
    let deleted = event("evt_4", 7, &customer("cus_1", "D")).replace(".updated", ".deleted");
    api.sent(deleted.as_bytes());
    api.sent(event("evt_5", 8, &within("E")).as_bytes());
    assert_eq!(get(&api, "/v1/customers/cus_1", key).1["deleted"], true);
}

#[test]
fn only_the_newest_events_are_kept_with_what_they_carry() {
    let api = Api::new();
    let status = |path: &str| get(&api, path, Some("Bearer sk_test_1")).0;
    let send = |number: usize, name: &str| {
        let object = customer(&format!("cus_{number}"), name);
        let id = format!("evt_{number}");
        api.sent(event(&id, i64::try_from(number).unwrap(), &object).as_bytes());
    };
    for number in 0..MOST_EVENTS {
        send(number, "");
    }
    // A newer event has this one's object.
    let again = event("evt_again", 9_000, &customer("cus_1", ""));
    assert_eq!(status("/v1/customers/cus_0"), 200);
    api.sent(again.as_bytes());
    send(9_001, "");
    let kept = ["events/evt_2", "events/evt_again", "customers/cus_1", "customers/cus_2"];
    let gone = ["events/evt_0", "events/evt_1", "customers/cus_0"];
    for (paths, wanted) in [(&kept[..], 200), (&gone[..], 404)] {
        for path in paths {
            assert_eq!(status(&format!("/v1/{path}")), wanted, "{path}");
        }
    }
    // So many bytes are too many with any other.
    send(9_002, &"x".repeat(16 * 1024 * 1024));
    assert_eq!((status("/v1/events/evt_9001"), status("/v1/customers/cus_9001")), (404, 404));
    assert_eq!((status("/v1/events/evt_9002"), status("/v1/customers/cus_9002")), (200, 200));
}

/// What is asked wrongly, and the status and the text that say so.
const BAD_REQUESTS: &[(&str, u16, &str)] = &[
    ("/", 404, "Unrecognized request URL (GET: /)"),
    ("/v1", 404, "Unrecognized request URL"),
    ("/v1/", 404, "remove the trailing slash"),
    ("/v1/customers/", 404, "remove the trailing slash"),
    ("/v1/customer/cus_1", 404, "Unrecognized request URL (GET: /v1/customer/cus_1)"),
    ("/v1/customers/cus_1/cards/x", 404, "Unrecognized request URL"),
    ("//v1/customers", 404, "remove the slash at the end of the base address"),
    ("/v2/nothing", 404, "Unrecognized request URL"),
    ("/v1/%00", 404, "Unrecognized request URL"),
    ("/v1/customers/null", 404, "No such customer: 'null'"),
    ("/v1/customers/undefined", 404, "No such customer: 'undefined'"),
    ("/v1/customers/cus_1", 404, "No such customer: 'cus_1'"),
    ("/v1/customers/../events", 404, "Unrecognized request URL"),
    ("/v1/invoices/in_1/lines", 404, "No such invoice: 'in_1'"),
    ("/v1/checkout/sessions/cs_1/line_items", 404, "No such checkout.session: 'cs_1'"),
    ("/v1/events/evt_1", 404, "No such event: 'evt_1'"),
    ("/v2/core/events/evt_1", 404, "No such v2.core.event: 'evt_1'"),
    ("/v1/accounts/acct_1/persons/person_1", 404, "No such person: 'person_1'"),
    ("/v1/customers?limit=0", 400, "greater than or equal to 1"),
    ("/v1/customers?limit=-1", 400, "greater than or equal to 1"),
    ("/v1/customers?limit=101", 400, "less than or equal to 100"),
    ("/v1/customers?limit=99999999999999999999", 400, "Invalid integer"),
    ("/v1/customers?limit=ten", 400, "Invalid integer: ten"),
    ("/v1/customers?limit=", 400, "Invalid integer"),
    ("/v1/customers?limit=1.5", 400, "Invalid integer: 1.5"),
    ("/v1/customers?starting_after=cus_x", 400, "No such customer: 'cus_x'"),
    ("/v1/customers?ending_before=cus_x", 400, "No such customer: 'cus_x'"),
    (
        "/v1/customers?starting_after=a&ending_before=b",
        400,
        "both starting_after and ending_before",
    ),
    ("/v1/customers?emial=x", 400, "Received unknown parameter: emial. Did you mean email?"),
    ("/v1/customers?foo[bar][]=x", 400, "Received unknown parameter: foo[bar][]"),
    ("/v1/customers?[]=x", 400, "Received unknown parameter: []"),
    ("/v1/customers?=x", 400, "Received unknown parameter"),
    ("/v1/customers?%F0%9F%92%A9=x", 400, "Received unknown parameter"),
    ("/v1/customers?status=all", 400, "Received unknown parameter: status"),
    ("/v1/subscriptions?custommer=x", 400, "Did you mean customer?"),
    ("/v1/customers?expand=subscriptions", 400, "Invalid array"),
    ("/v1/customers?expand[]=subscriptions", 400, "'data.subscriptions' instead"),
    ("/v1/customers?expand[]=data.metadata", 400, "cannot be expanded (data.metadata)"),
    ("/v1/customers?expand[]=data.email", 400, "cannot be expanded (data.email)"),
    ("/v1/customers?expand[]=data.nothing", 400, "cannot be expanded (data.nothing)"),
    ("/v1/customers?expand[]=data.a.b.c.d", 400, "more than 4 levels"),
    ("/v1/customers?expand[]=", 400, "cannot be expanded"),
    ("/v1/customers?expand[]=....", 400, "more than 4 levels"),
    ("/v1/customers?expand[0]=data..", 400, "cannot be expanded"),
    ("/v1/customers/search", 400, "Missing required param: query"),
    ("/v1/customers/search?query=", 400, "Missing required param: query"),
    ("/v1/customers/search?query=email", 400, "unable to parse"),
    ("/v1/customers/search?query=email:'x", 400, "unable to parse"),
    ("/v1/customers/search?query=a:1 AND b:2 OR c:3", 400, "cannot be mixed"),
    ("/v1/customers/search?query=a:1&page=x", 400, "Invalid page: x"),
    ("/v1/customers/search?query=a:1&starting_after=x", 400, "unknown parameter: starting_after"),
    ("/v2/core/events?page=page_9", 400, "Invalid page"),
    ("/v2/core/accounts?limit=0", 400, "greater than or equal to 1"),
    ("/v1/apple_pay/domains", 400, "devtool does not serve"),
    ("/v1/country_specs/US", 400, "devtool does not serve"),
    ("/v1/credit_notes/preview", 400, "devtool does not serve"),
    ("/v1/quotes/qt_1/pdf", 400, "devtool does not serve"),
    ("/v1/exchange_rates", 400, "devtool does not serve"),
    ("/v1/tax/calculations/x", 400, "devtool does not serve"),
    ("/v1/file_links", 400, "devtool does not serve"),
];

#[test]
fn what_is_asked_wrongly_is_told_why() {
    let story = Told::of(&["customer.created", "customer.subscription.created"]);
    story.send(0);
    story.send(1);
    for (path, status, text) in BAD_REQUESTS {
        let (got, answer) = story.get(path);
        let message = answer["error"]["message"].as_str().unwrap_or_default();
        assert!(got == *status && message.contains(text), "{path}: {got} {answer}");
        let is_coded = answer["error"]["code"] == "invalid_fields";
        let kind = if is_coded { Value::Null } else { "invalid_request_error".into() };
        assert!(answer["error"]["type"] == kind, "{path}: {answer}");
    }
    assert_eq!(BAD_REQUESTS.len(), 60);
}

/// What comes as `Authorization` that is no key to pass with, and Stripe's words for it.
const BAD_KEYS: [(Option<&str>, &str); 4] = [
    (None, "You did not provide an API key."),
    (Some("Digest sk_test_1"), "You did not provide an API key."),
    (Some("Bearer sk_tost_abcdefgh1234"), "Invalid API Key provided: sk_tost_********1234"),
    (Some("Bearer pk_test_1"), "cannot be made with a publishable API key"),
];

#[test]
fn a_request_without_a_key_to_pass_with_is_refused_in_stripes_words() {
    for (authorization, text) in BAD_KEYS {
        let (status, answer) = get(&Api::new(), "/v1/customers", authorization);
        let message = answer["error"]["message"].as_str().unwrap_or_default();
        assert!(status == 401 && message.contains(text), "{authorization:?}: {status} {answer}");
    }
}

#[test]
fn what_is_not_served_is_said_in_a_notice_too() {
    let story = Told::of(&["customer.created"]);
    let request = ApiRequest {
        method: "POST".to_owned(),
        path: "/v1/accounts".to_owned(),
        headers: RequestHeaders {
            authorization: Some("Bearer sk_test_1".to_owned()),
            ..RequestHeaders::default()
        },
        ..ApiRequest::default()
    };
    let answer = story.api.answer(&request);
    assert_eq!(
        answer.notice.as_deref(),
        Some("devtool does not serve POST /v1/accounts; Stripe does")
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn no_object_is_older_than_one_that_was_sent_or_served_before(
        order in prop::collection::vec(0..4_usize, 1..12),
    ) {
        let names = ["invoice.created", "invoice.finalized", "invoice.paid", "customer.updated"];
        let story = Told::of(&names);
        let path = format!("/v1/invoices/{}", story.object(0)["id"].as_str().unwrap());
        let states: Vec<Value> = (0..3).map(|index| story.object(index)).collect();
        let mut newest = None;
        for index in order {
            story.send(index);
            let sent = (index < 3).then_some(index);
            let (status, served) = story.get(&path);
            let served = (status == 200).then(|| states.iter().position(|s| *s == served));
            // What is served is a state of the story.
            prop_assert_ne!(served, Some(None));
            let served = served.flatten();
            prop_assert!(served >= newest.max(sent), "{served:?} after {newest:?} and {sent:?}");
            newest = served;
        }
    }
}
