//! Several stories: told anew, and too many of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;

use super::super::links::LinkOrigin;
use super::super::operation::{LinkMessage, Operation};
use super::super::request::{ApiRequest, RequestHeaders};
use super::super::telling::ToldEvent;
use super::super::{Api, StoryTelling};
use super::writes::{Talk, id};
use super::{Told, get};
use crate::event::{Companion, Versions};
use crate::protocol::Moment;

/// A story of one customer, whose description is so long.
fn customer(number: usize, length: usize) -> StoryTelling {
    let payload = json!({
        "id": format!("evt_{number}"), "object": "event", "type": "customer.created", "created": 1,
        "data": {"object": {
            "id": format!("cus_{number}"), "object": "customer", "description": "a".repeat(length),
        }},
    });
    StoryTelling {
        events: vec![ToldEvent { payload, object: None, details: None }],
        ..StoryTelling::default()
    }
}

fn send(api: &Api, story: &StoryTelling) {
    api.sent(story.events[0].payload.to_string().as_bytes());
}

#[test]
fn a_new_api_knows_its_own_account_and_takes_calls_in_its_name() {
    let api = Api::new();
    let mut talk = Talk::with(&api);
    let account = talk.done("GET /v1/account", "");
    assert_eq!(account["object"], "account");
    assert_eq!(talk.done(&format!("GET /v1/accounts/{}", id(&account)), ""), account);
    assert_eq!(talk.done("GET /v1/balance", "")["object"], "balance");
    assert_eq!(talk.ask("GET /v1/accounts/acct_x", "").0, 404);
    // One that an app remembers from another time.
    let request = |account: &str| ApiRequest {
        method: "POST".to_owned(),
        path: "/v1/customers".to_owned(),
        headers: RequestHeaders {
            authorization: Some("Bearer sk_test_1".to_owned()),
            account: Some(account.to_owned()),
            ..RequestHeaders::default()
        },
        ..ApiRequest::default()
    };
    let new = Api::new();
    assert_eq!(new.answer(&request(id(&account))).status, 200);
    assert_eq!(new.answer(&request("acct_x")).status, 403);
}

#[test]
fn the_oldest_stories_go_where_they_are_too_many_but_not_those_of_who_still_sends() {
    let api = Api::new();
    let tell = |link, story: &StoryTelling| {
        let operation = Operation::Tell(Box::new(story.clone()));
        api.perform(LinkMessage { link, operation }, LinkOrigin::Elsewhere).unwrap();
    };
    let open = Operation::Open { faults: Vec::new(), latency: std::time::Duration::ZERO };
    let open = LinkMessage { link: 0, operation: open };
    let link = api.perform(open, LinkOrigin::Elsewhere).unwrap().number;
    let stories: Vec<_> = (0..6).map(|number| customer(number, 20 * 1024 * 1024)).collect();
    tell(link, &stories[0]);
    send(&api, &stories[0]);
    for story in &stories[1..5] {
        api.told(story.clone());
        send(&api, story);
    }
    let known = |number: usize| {
        let path = format!("/v1/customers/cus_{number}");
        get(&api, &path, Some("Bearer sk_test_1")).0 == 200
    };
    assert_eq!((0..5).map(known).collect::<Vec<_>>(), [true, false, false, true, true]);
    api.perform(LinkMessage { link, operation: Operation::Close }, LinkOrigin::Elsewhere).unwrap();
    api.told(stories[5].clone());
    send(&api, &stories[5]);
    let known: Vec<_> = (0..6).map(known).collect();
    assert_eq!(known, [false, false, false, true, true, true]);
}

#[test]
fn stories_of_the_history_displace_none_of_who_still_sends() {
    let api = Api::new();
    let perform = |link, operation| {
        api.perform(LinkMessage { link, operation }, LinkOrigin::Elsewhere).unwrap()
    };
    let open = Operation::Open { faults: Vec::new(), latency: std::time::Duration::ZERO };
    let link = perform(0, open).number;
    // The story alone tells of the product.
    let story = |number: usize| {
        let description = "a".repeat(24 * 1024 * 1024);
        let own = json!({
            "id": format!("prod_{number}"), "object": "product", "description": description,
        });
        let object = Versions { own, ..Versions::default() };
        let companion = Companion { object, owner: Some(format!("cus_{number}")) };
        StoryTelling { companions: vec![companion], ..customer(number, 1) }
    };
    perform(link, Operation::Tell(Box::new(story(0))));
    for number in 1..4 {
        let kept = story(number).kept();
        // The run says that it still sends: on a slow machine these stories take longer than its lease.
        perform(link, Operation::Stay);
        api.recorded(&kept);
    }
    let known = |number: usize| {
        send(&api, &customer(number, 1));
        get(&api, &format!("/v1/products/prod_{number}"), Some("Bearer sk_test_1")).0 == 200
    };
    assert_eq!((0..4).map(known).collect::<Vec<_>>(), [true, false, false, true]);
}

#[test]
fn a_late_call_that_names_its_event_is_told_to_its_run_alone() {
    let api = Api::new();
    let perform = |link, operation| {
        api.perform(LinkMessage { link, operation }, LinkOrigin::Elsewhere).unwrap()
    };
    let open = || {
        let latency = std::time::Duration::ZERO;
        perform(0, Operation::Open { faults: Vec::new(), latency }).number
    };
    let (one, other) = (open(), open());
    for (link, event) in [(one, "evt_1"), (other, "evt_2")] {
        let begin = Operation::Begin { event: event.to_owned(), body: "{}".to_owned() };
        let delivery = perform(link, begin).number;
        perform(link, Operation::End { delivery, answer: None });
    }
    for event in ["event=evt_1", "event=evt_2", "event=evt_3"] {
        let headers = RequestHeaders { trigger: Some(event.to_owned()), ..Default::default() };
        let request = ApiRequest { headers, ..ApiRequest::default() };
        api.begin_call(&request, Moment::from_seconds(0));
    }
    let told = |link| {
        let calls = perform(link, Operation::Calls { delivery: None, after: 0 }).calls;
        calls.into_iter().filter_map(|call| call.event).collect::<Vec<_>>()
    };
    assert_eq!(told(one), ["evt_1", "evt_3"]);
    perform(one, Operation::Close);
    assert_eq!(told(other), ["evt_2", "evt_3"]);
}

#[test]
fn a_story_of_known_ids_is_another_one() {
    let story = Told::of(&["invoice.created", "invoice.finalized", "invoice.paid"]);
    let path = format!("/v1/invoices/{}", story.object(0)["id"].as_str().unwrap());
    (0..3).for_each(|index| drop(story.send(index)));
    let again = Told::of(&["invoice.created", "invoice.finalized", "invoice.paid"]);
    story.api.told(again.telling);
    assert_eq!(story.get(&path).0, 404);
    let created = story.send(0);
    assert_eq!(story.get(&path), (200, created));
}

#[test]
fn events_that_no_story_was_told_of_are_forgotten_alone() {
    let story = Told::of(&["invoice.paid"]);
    story.send(0);
    let untold = customer(1, 1);
    send(&story.api, &untold);
    assert_eq!(story.get("/v1/customers/cus_1").0, 200);
    story.api.clear_untold();
    assert_eq!(story.get("/v1/customers/cus_1").0, 404);
    assert_eq!(story.get("/v1/events/evt_1").0, 404);
    let path = format!("/v1/invoices/{}", story.object(0)["id"].as_str().unwrap());
    assert_eq!(story.get(&path).0, 200);
}

#[test]
fn the_history_is_looked_into_for_no_request_without_a_valid_key() {
    let api = Api::new();
    let looks = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&looks);
    api.before_answers(move |_| {
        counted.fetch_add(1, Ordering::Relaxed);
    });
    for (key, status) in [(None, 401), (Some("Bearer sk_live_1"), 401), (Some("Bearer x"), 401)] {
        assert_eq!(get(&api, "/v1/customers/cus_1", key).0, status, "{key:?}");
    }
    assert_eq!(looks.load(Ordering::Relaxed), 0);
    assert_eq!(get(&api, "/v1/customers/cus_1", Some("Bearer sk_test_1")).0, 404);
    assert_eq!(looks.load(Ordering::Relaxed), 1);
}
