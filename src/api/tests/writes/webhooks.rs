//! Webhook endpoints that calls make: the secret is told once, and each event names those that it goes to.

use std::time::Duration;

use serde_json::json;

use super::{Refusal, Talk, id};
use crate::api::{Api, ApiLink, EventRelease, EventTaking};

const ALL: &str = "url=http%3A%2F%2F127.0.0.1%3A5001%2Fhooks&enabled_events[]=*";

#[test]
fn an_endpoint_tells_its_secret_once_and_can_be_changed_and_deleted() {
    let mut talk = Talk::default();
    let body = format!("{ALL}&metadata[a]=b&description=orders");
    let made = talk.done("POST /v1/webhook_endpoints", &body);
    let secret = made["secret"].as_str().unwrap();
    assert!(secret.starts_with("whsec_") && secret.len() == 38, "{secret}");
    let path = format!("/v1/webhook_endpoints/{}", id(&made));
    let mut without = made.clone();
    without.as_object_mut().unwrap().shift_remove("secret");
    assert_eq!(talk.done(&format!("GET {path}"), ""), without);
    assert_eq!(talk.done("GET /v1/webhook_endpoints", "")["data"], json!([without]));
    let off = talk.done(&format!("POST {path}"), "disabled=true&enabled_events[]=charge.failed");
    assert_eq!(
        (&off["status"], &off["enabled_events"]),
        (&json!("disabled"), &json!(["charge.failed"]))
    );
    assert_eq!(off.get("secret"), None);
    assert_eq!(talk.done(&format!("POST {path}"), "disabled=false")["status"], "enabled");
    let gone = talk.done(&format!("DELETE {path}"), "");
    assert_eq!(gone, json!({"id": made["id"], "object": "webhook_endpoint", "deleted": true}));
    talk.refused(
        (&format!("GET {path}"), ""),
        (404, "resource_missing", "id", "No such webhook_endpoint"),
    );
    assert_eq!(talk.events(), [""; 0]);
}

const REFUSED: &[(&str, Refusal)] = &[
    (
        "url=http%3A%2F%2Fa.example",
        (400, "parameter_missing", "enabled_events", "Missing required"),
    ),
    ("enabled_events[]=*", (400, "parameter_missing", "url", "Missing required")),
    ("url=a.example&enabled_events[]=*", (400, "url_invalid", "url", "An explicit scheme")),
    ("url=http%3A%2F%2F&enabled_events[]=*", (400, "url_invalid", "url", "Not a valid URL")),
    (
        "url=http%3A%2F%2Fa.example&enabled_events[]=charge.payed",
        (400, "", "enabled_events[0]", "must be one of *, "),
    ),
    (
        "url=http%3A%2F%2Fa.example&enabled_events[]=*&connect=true",
        (400, "devtool_not_served", "", "`connect`"),
    ),
    (
        "url=http%3A%2F%2Fa.example&enabled_events[]=*&api_version=2020-03-02",
        (400, "devtool_not_served", "", "another API version"),
    ),
];

#[tokio::test]
async fn each_event_goes_to_the_endpoints_that_take_its_type() {
    let api = Api::new();
    let mut talk = Talk::with(&api);
    for (body, refusal) in REFUSED {
        talk.refused(("POST /v1/webhook_endpoints", body), *refusal);
    }
    let link = ApiLink::here(api.clone(), Vec::new(), Duration::ZERO);
    link.receive(Some(EventRelease::After), EventTaking::Always).await;
    let all = talk.done("POST /v1/webhook_endpoints", ALL);
    let one = format!("{}&enabled_events[]=customer.deleted", ALL.replace('*', "product.created"));
    let some = talk.done("POST /v1/webhook_endpoints", &one);
    let off = talk.done("POST /v1/webhook_endpoints", ALL);
    talk.done(&format!("POST /v1/webhook_endpoints/{}", id(&off)), "disabled=true");
    talk.done("POST /v1/customers", "name=Ada");
    talk.done("POST /v1/products", "name=Mug");
    talk.done(&format!("DELETE /v1/webhook_endpoints/{}", id(&all)), "");
    talk.done("POST /v1/products", "name=Cup");
    let wanted = [
        ("customer.created", None),
        ("customer.created", Some(&all)),
        ("product.created", None),
        ("product.created", Some(&all)),
        ("product.created", Some(&some)),
        ("product.created", None),
        ("product.created", Some(&some)),
    ];
    let caused = link.caused().await;
    let found = caused.iter().map(|event| (event.name.as_str(), event.webhook.as_ref()));
    let found: Vec<_> =
        found.map(|(name, to)| (name, to.map(|to| (to.id.as_str(), to.secret.reveal())))).collect();
    let wanted: Vec<_> = wanted
        .iter()
        .map(|(name, to)| (*name, to.map(|to| (id(to), to["secret"].as_str().unwrap()))))
        .collect();
    assert_eq!(found, wanted);
    let text = serde_json::to_string(&caused).unwrap();
    assert_eq!(serde_json::from_str::<Vec<crate::api::CausedEvent>>(&text).unwrap(), caused);
    let shown = format!("{caused:?}");
    assert!(!shown.contains(all["secret"].as_str().unwrap()), "{shown}");
}

#[tokio::test]
async fn an_event_is_sent_again_to_one_endpoint_alone() {
    let api = Api::new();
    let mut talk = Talk::with(&api);
    let body = ALL.replace('*', "customer.created");
    let webhook = talk.done("POST /v1/webhook_endpoints", &body);
    let product = talk.done("POST /v1/products", "name=Mug");
    let events = talk.done("GET /v1/events", "");
    let event = events["data"][0].clone();
    assert_eq!(event["data"]["object"]["id"], product["id"]);
    let link = ApiLink::here(api.clone(), Vec::new(), Duration::ZERO);
    link.receive(Some(EventRelease::After), EventTaking::Always).await;
    let again = format!("POST /v1/events/{}/retry", id(&event));
    let to = format!("for_stripecli=false&webhook_endpoint={}", id(&webhook));
    assert_eq!(talk.done(&again, &to), event);
    let caused = link.caused().await;
    let to: Vec<_> = caused.iter().map(|event| event.webhook.as_ref().map(|to| &*to.id)).collect();
    assert_eq!(to, [Some(id(&webhook))]);
    assert_eq!(caused[0].id, id(&event));
    let missing = (400, "resource_missing", "webhook_endpoint", "No such webhook_endpoint: 'we_1'");
    talk.refused((&again, "webhook_endpoint=we_1"), missing);
}

#[tokio::test]
async fn a_link_may_take_what_goes_to_webhook_endpoints_alone() {
    let api = Api::new();
    let mut talk = Talk::with(&api);
    let webhook = talk.done("POST /v1/webhook_endpoints", ALL);
    let link = ApiLink::here(api.clone(), Vec::new(), Duration::ZERO);
    link.receive(Some(EventRelease::After), EventTaking::ForWebhooks).await;
    talk.done("POST /v1/customers", "name=Ada");
    let caused = link.caused().await;
    let to: Vec<_> = caused.iter().map(|event| event.webhook.as_ref().map(|to| &*to.id)).collect();
    assert_eq!(to, [Some(id(&webhook))]);
}

#[test]
fn an_account_has_sixteen_of_them_at_most() {
    let mut talk = Talk::default();
    for _ in 0..16 {
        talk.done("POST /v1/webhook_endpoints", ALL);
    }
    talk.refused(("POST /v1/webhook_endpoints", ALL), (400, "", "", "the maximum of 16"));
}
