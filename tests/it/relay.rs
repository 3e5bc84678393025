//! The relay: what comes in reaches the endpoint as it was, and the answer goes back.

use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use devtool::delivery::{RetrySchedule, Route};
use devtool::protocol::{Clock, signature};
use devtool::relay::{DeliveryOrder, EventSource, Settings, Signing};

use crate::support::endpoint::{Endpoint, Received, Reply};
use crate::support::raw::RawEndpoint;
use crate::support::relay::{Rig, STRIPES, event, found, secret, together, upstream};

fn verifies(received: &Received, with: &str) -> bool {
    let header = received.header("stripe-signature");
    signature::verify(&secret(with), header, &received.body, Clock::system().now()).is_ok()
}

#[tokio::test]
async fn body_headers_and_answer_pass_as_they_are() {
    let endpoint = Endpoint::new(|_| {
        Reply::new(203, "so be it\n").header("x-answer", "1").header("x-answer", "2")
    });
    let rig = Rig::new(&Settings::new(upstream(endpoint.port()))).await;
    let body =
        "{ \"id\":\t\"evt_1\",\r\n\"type\": \"x\", \"é\\u00e9\": 12345678901234567890.10 }\n";
    let header = signature::header(&secret(STRIPES), Clock::system().now(), body.as_bytes());
    let headers = [
        ("Stripe-Signature", header.as_str()),
        ("X-Twice", "1"),
        ("Content-Type", "application/json; charset=utf-8"),
        ("X-Twice", "2"),
        ("Connection", "x-hop"),
        ("X-Hop", "1"),
    ];
    let posted = rig.post_with(EventSource::Snapshot, &headers, body.as_bytes()).await;
    assert_eq!((posted.status, posted.text().as_str()), (203, "so be it\n"));
    let answers: Vec<_> = posted.headers.get_all("x-answer").iter().collect();
    assert_eq!(answers, ["1", "2"]);
    let received = &endpoint.received()[0];
    assert_eq!(received.body, body.as_bytes());
    assert_eq!(received.header("stripe-signature"), header);
    let twice: Vec<_> = received.headers.get_all("x-twice").iter().collect();
    assert_eq!(twice, ["1", "2"]);
    assert_eq!(received.header("host"), format!("127.0.0.1:{}", endpoint.port()));
    assert!(!received.headers.contains_key("x-hop"));
    let summary = rig.end().await;
    assert_eq!((summary.received, summary.accepted, summary.undelivered), (1, 1, 0));
}

#[tokio::test]
async fn an_event_of_five_mebibytes_passes() {
    let endpoint = Endpoint::accepting();
    let rig = Rig::new(&Settings::new(upstream(endpoint.port()))).await;
    let filling = "x".repeat(5 << 20);
    let body = format!("{{\"id\": \"evt_1\", \"x\": \"{filling}\", \"type\": \"x\"}}");
    assert_eq!(rig.post(EventSource::Snapshot, body.as_bytes()).await.status, 200);
    assert_eq!(endpoint.received()[0].body, body.as_bytes());
    rig.end().await;
}

#[tokio::test]
async fn what_stripe_has_not_signed_is_refused() {
    let endpoint = Endpoint::accepting();
    let rig = Rig::new(&Settings::new(upstream(endpoint.port()))).await;
    let body = event("evt_1", "x", 1);
    let forged = signature::header(&secret("whsec_other"), Clock::system().now(), &body);
    for headers in [vec![], vec![("Stripe-Signature", forged.as_str())]] {
        let posted = rig.post_with(EventSource::Snapshot, &headers, &body).await;
        assert_eq!(posted.status, 400);
        assert!(posted.text().starts_with("devtool: invalid Stripe signature"), "{posted:?}");
    }
    rig.updates.wait("bad signature x1: ", 1).await;
    assert_eq!(rig.post(EventSource::Thin, &body).await.status, 404);
    assert_eq!(rig.event("evt_2").await.status, 200);
    assert_eq!(endpoint.received().len(), 1);
    rig.end().await;
}

#[tokio::test]
async fn an_event_is_signed_anew_for_an_endpoint_with_its_own_secret() {
    let endpoint = Endpoint::accepting();
    let mut own = upstream(endpoint.port());
    own.signing = Signing::With(found("whsec_own"));
    own.headers = vec!["X-Added: 1".parse().unwrap()];
    let rig = Rig::new(&Settings::new(own)).await;
    rig.event("evt_1").await;
    let received = &endpoint.received()[0];
    assert!(verifies(received, "whsec_own") && !verifies(received, STRIPES));
    assert_eq!(received.headers.get_all("stripe-signature").iter().count(), 1);
    assert_eq!(received.header("x-added"), "1");
    rig.end().await;
}

#[tokio::test]
async fn routes_and_sources_lead_to_their_endpoints() {
    let [usual, invoices, connect] = std::array::from_fn(|_| Endpoint::accepting());
    let mut settings = Settings::new(upstream(usual.port()));
    let mut routed = upstream(invoices.port());
    routed.signing = Signing::With(found("whsec_invoices"));
    settings.routes = vec![Route { pattern: "invoice.*".into(), target: routed }];
    settings.upstreams.insert(EventSource::Connect, upstream(connect.port()));
    let rig = Rig::new(&settings).await;
    for (id, name, source) in [
        ("evt_1", "invoice.paid", EventSource::Snapshot),
        ("evt_2", "charge.failed", EventSource::Snapshot),
        ("evt_3", "account.updated", EventSource::Connect),
    ] {
        assert_eq!(rig.post(source, &event(id, name, 1)).await.status, 200);
    }
    assert_eq!(invoices.names(), ["invoice.paid"]);
    assert_eq!(usual.names(), ["charge.failed"]);
    assert_eq!(connect.names(), ["account.updated"]);
    assert!(verifies(&invoices.received()[0], "whsec_invoices"));
    assert!(verifies(&usual.received()[0], STRIPES));
    rig.end().await;
}

#[tokio::test]
async fn copies_are_delivered_once_and_get_the_answer_of_the_first() {
    let count = AtomicUsize::new(0);
    let endpoint = Endpoint::new(move |_| {
        let number = count.fetch_add(1, Ordering::Relaxed);
        Reply { after: Duration::from_millis(50), ..Reply::new(200, &format!("answer {number}")) }
    });
    let rig = Rc::new(Rig::new(&Settings::new(upstream(endpoint.port()))).await);
    let answers = together(&rig, 3, async |rig: Rc<Rig>, _| rig.event("evt_1").await).await;
    let later = rig.event("evt_1").await;
    for posted in answers.iter().chain([&later]) {
        assert_eq!((posted.status, posted.text().as_str()), (200, "answer 0"));
    }
    assert_eq!((endpoint.received().len(), rig.updates.count("duplicate")), (1, 3));
}

#[tokio::test]
async fn a_copy_of_an_event_that_was_not_accepted_is_delivered() {
    let count = AtomicUsize::new(0);
    let endpoint = Endpoint::new(move |_| match count.fetch_add(1, Ordering::Relaxed) {
        0 => Reply::new(500, "not yet"),
        _ => Reply::new(200, "now"),
    });
    let rig = Rig::new(&Settings::new(upstream(endpoint.port()))).await;
    assert_eq!(rig.event("evt_1").await.status, 500);
    rig.updates.wait("Failed evt_1", 1).await;
    assert_eq!(rig.event("evt_1").await.status, 200);
    rig.end().await;
}

#[tokio::test]
async fn what_fails_is_sent_again_by_the_schedule_with_a_fresh_signature() {
    let count = AtomicUsize::new(0);
    let endpoint = Endpoint::new(move |_| match count.fetch_add(1, Ordering::Relaxed) {
        0 | 1 => Reply::new(500, "not yet"),
        _ => Reply::new(200, "now"),
    });
    let mut settings = Settings::new(upstream(endpoint.port()));
    settings.retry = "0s,10ms,1s".parse::<RetrySchedule>().unwrap();
    let rig = Rig::new(&settings).await;
    // Stripe hears of the first answer, as it would from the Stripe CLI.
    assert_eq!(rig.event("evt_1").await.status, 500);
    rig.updates.wait("Accepted evt_1", 1).await;
    let received = endpoint.received();
    assert_eq!(received.len(), 3);
    assert!(received.iter().all(|request| verifies(request, STRIPES)));
    assert!(received.iter().all(|request| request.body == received[0].body));
    let summary = rig.end().await;
    assert_eq!((summary.accepted, summary.failed), (1, 0));
}

#[tokio::test]
async fn an_answer_that_is_late_is_504_and_the_delivery_goes_on() {
    let slow = Reply { after: Duration::from_millis(300), ..Reply::new(200, "done") };
    let endpoint = Endpoint::new(move |_| slow.clone());
    let mut settings = Settings::new(upstream(endpoint.port()));
    settings.deadlines.answer = Duration::from_millis(30);
    let rig = Rig::new(&settings).await;
    let posted = rig.event("evt_1").await;
    assert_eq!(posted.status, 504);
    assert!(posted.text().starts_with("devtool: the endpoint has not answered"), "{posted:?}");
    rig.updates.wait("Accepted evt_1", 1).await;
    // A copy gets what the endpoint said in the end.
    assert_eq!(rig.event("evt_1").await.text(), "done");
    rig.end().await;
}

#[tokio::test]
async fn ordered_events_arrive_in_causal_order() {
    let endpoint = Endpoint::accepting();
    let mut settings = Settings::new(upstream(endpoint.port()));
    settings.order = DeliveryOrder::Causal { window: Duration::from_millis(500) };
    let rig = Rc::new(Rig::new(&settings).await);
    let causal = [
        ("customer.created", 10),
        ("payment_intent.created", 11),
        ("charge.succeeded", 11),
        ("payment_intent.succeeded", 11),
        ("invoice.paid", 12),
    ];
    let posts = async move |rig: Rc<Rig>, number: usize| {
        let (name, created) = causal[causal.len() - 1 - number];
        rig.post(EventSource::Snapshot, &event(&format!("evt_{number}"), name, created))
            .await
            .status
    };
    assert_eq!(together(&rig, causal.len(), posts).await, [200; 5]);
    assert_eq!(endpoint.names(), causal.map(|(name, _)| name));
}

#[tokio::test]
async fn an_event_that_was_missing_is_signed_and_looks_like_one_of_stripes() {
    let endpoint = Endpoint::accepting();
    let rig = Rig::new(&Settings::new(upstream(endpoint.port()))).await;
    let body = event("evt_1", "invoice.paid", 1);
    let sent = rig.handle.deliver_missing(EventSource::Snapshot, &body, secret(STRIPES)).await;
    assert_eq!(sent, 200);
    let received = &endpoint.received()[0];
    assert!(verifies(received, STRIPES));
    assert_eq!(received.header("content-type"), "application/json; charset=utf-8");
    // It may come by itself after all.
    assert_eq!(rig.post(EventSource::Snapshot, &body).await.status, 200);
    assert_eq!((endpoint.received().len(), rig.updates.count("duplicate")), (1, 1));
    rig.end().await;
}

#[tokio::test]
async fn an_answer_that_never_ends_is_cut_off() {
    let endpoint = RawEndpoint::new(1, |_, stream| {
        use std::io::Write as _;
        let mut written = stream.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        while written.is_ok() {
            written = stream.write(b"400\r\n").and_then(|_| stream.write(&[b'x'; 0x400]));
            written = written.and_then(|_| stream.write(b"\r\n"));
        }
    });
    let rig = Rig::new(&Settings::new(upstream(endpoint.port))).await;
    let posted = rig.event("evt_1").await;
    assert_eq!((posted.status, posted.body.len()), (200, 1 << 20));
    endpoint.join();
    rig.end().await;
}
