//! The API without its server: a story is told, its events are sent, and the API is asked.

use std::sync::Arc;

use serde_json::Value;

use super::request::{ApiRequest, RequestHeaders};
use super::{Api, StoryTelling};
use crate::event::id::Seed;
use crate::event::parameters::Parameters;
use crate::event::story::Plot;
use crate::event::{Catalogue, Event, Scene, Story};
use crate::protocol::Moment;

/// A story of events, each a second after the one before it.
struct Told {
    api: Api,
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
        let plot = Plot {
            name: "test".to_owned(),
            seed: Seed(7),
            end,
            payment_method: "card".to_owned(),
            variants: Vec::new(),
            created: std::collections::BTreeMap::new(),
            parameters: Parameters::default(),
            api_version: Catalogue::api_version().to_owned(),
            account: None,
        };
        let story = Story::new(&catalogue, plot, scenes).unwrap();
        let events: Vec<Event> = story.payloads().unwrap().iter().map(Event::new).collect();
        let api = Api::new();
        api.told(StoryTelling::new(story.told().unwrap(), &events, Catalogue::api_version()));
        Self { api, events }
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
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let headers = RequestHeaders {
            authorization: Some("Bearer sk_test_1".to_owned()),
            ..RequestHeaders::default()
        };
        let request = ApiRequest {
            method: "GET".to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            headers,
            body: Vec::new(),
        };
        let answer = self.api.answer(&request);
        (answer.status, serde_json::from_slice(&answer.body).unwrap())
    }
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
