//! How fast the history takes deliveries, and how large it becomes.
//!
//!     cargo bench --bench history -- FILE [DELIVERIES [BODY_BYTES]]
//!
//! Writes a new history and prints one JSON object. benches/history.py runs it and then measures
//! `devtool history` on the file.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    reason = "a measurement ends where something is wrong, and prints"
)]

use std::path::PathBuf;
use std::time::{Duration, Instant};

use devtool::delivery::{Attempt, NoAnswer, Outcome, Response};
use devtool::event::Catalogue;
use devtool::history::{Delivery, Headers, History, Limits, Session, Storage, Via};
use devtool::protocol::{Clock, Moment};

/// How large an event is, with what frames it.
const BODY_BYTES: usize = 4_800;

fn main() {
    let words: Vec<String> = std::env::args().filter(|word| word != "--bench").collect();
    let Some(file) = words.get(1).map(PathBuf::from) else { return };
    let number =
        |at: usize, usual: usize| words.get(at).map_or(usual, |word| word.parse().unwrap());
    let (count, body_bytes) = (number(2, 100_000), number(3, BODY_BYTES));
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let clock = Clock::system();
    let session = Session { command: "listen".to_owned(), name: None, started_at: clock.now() };
    let limits = Limits { max_size: u64::MAX, ..Limits::default() };
    let place = Storage { limits, ..Storage::named(file.clone()) };
    let history =
        History::open(place, session, clock, devtool::text::redaction::Redactor::default())
            .unwrap()
            .history;
    // The types that most of an account's events have.
    let is_usual = |name: &&str| {
        ["charge.", "invoice.", "payment_intent."].iter().any(|p| name.starts_with(p))
    };
    let types: Vec<String> = Catalogue::names().filter(is_usual).map(ToOwned::to_owned).collect();
    let start = Instant::now();
    let recorded = runtime.block_on(fill(&history, count, body_bytes, &types));
    let seconds = start.elapsed().as_secs_f64();
    drop(history);
    let size = |suffix: &str| {
        let mut name = file.clone().into_os_string();
        name.push(suffix);
        std::fs::metadata(name).map_or(0, |found| found.len())
    };
    println!(
        "{{\"deliveries\": {count}, \"seconds\": {seconds:.2}, \"per_second\": {:.0}, \
         \"recorded_bytes\": {recorded}, \"file_bytes\": {}, \"log_bytes\": {}, \"ratio\": {:.3}}}",
        count as f64 / seconds,
        size(""),
        size("-wal"),
        size("") as f64 / recorded as f64,
    );
}

/// Records deliveries with an attempt each, and returns the bytes of their headers and bodies.
async fn fill(history: &History, count: usize, body_bytes: usize, types: &[String]) -> usize {
    let now = Clock::system().now().milliseconds();
    let headers: Headers = [
        ("Content-Type", "application/json; charset=utf-8"),
        ("Cache-Control", "no-cache"),
        ("User-Agent", "Stripe/1.0 (+https://stripe.com/docs/webhooks)"),
        ("Accept", "*/*; q=0.5, application/xml"),
        ("Stripe-Signature", &format!("t=1792000000,v1={}", "0f".repeat(32))),
    ]
    .into_iter()
    .collect();
    let length = |headers: &Headers| -> usize {
        headers.iter().map(|(name, value)| name.len() + value.len() + 4).sum()
    };
    let mut recorded = 0;
    for number in 0..count {
        // The middle of every body is where it differs.
        let start = format!("{{\"id\": \"evt_{number:024}\", \"data\": \"");
        let body_bytes = body_bytes / 2 + number * 7_919 % body_bytes;
        let body = format!("{start}{}\"}}", "x".repeat(body_bytes.saturating_sub(start.len() + 2)));
        let at = Moment::from_milliseconds(now - (count - number) as i64 * 100);
        let delivery = Delivery {
            via: Via::Stripe,
            event_id: format!("evt_{number:024}"),
            event: types[number * 31 % types.len()].clone(),
            created: Some(at.seconds()),
            account: None,
            endpoint: "http://127.0.0.1:5000/webhook".to_owned(),
            received_at: at,
            headers: headers.clone(),
            body: body.into(),
            story: None,
        };
        recorded += delivery.body.len() + length(&headers);
        let receipt = history.queued(delivery).await;
        let attempt = attempt(number);
        if let Outcome::Response(response) = &attempt.outcome {
            let pairs = response.headers.iter().map(|(name, value)| name.len() + value.len() + 4);
            recorded += response.body.len() + pairs.sum::<usize>();
        }
        history.attempt(&receipt, at, &attempt).await;
    }
    history.flush().await;
    assert_eq!(history.notice(), None);
    recorded
}

/// One of fifty is rejected, one of a hundred gets no answer.
fn attempt(number: usize) -> Attempt {
    let response = |status, body: &str| {
        let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let headers = vec![
            header("content-type", "application/json"),
            header("content-length", &body.len().to_string()),
            header("date", "Tue, 24 Nov 2026 22:47:13 GMT"),
        ];
        let body = body.as_bytes().to_vec();
        Outcome::Response(Response { status, headers, body, is_truncated: false, broke_off: None })
    };
    let outcome = match number % 100 {
        7 | 57 => response(500, "{\"error\": \"out of order\"}"),
        99 => Outcome::None {
            why: NoAnswer::Refused,
            error: "Connection refused (os error 111)".to_owned(),
        },
        _ => response(200, "{\"status\":\"success\"}"),
    };
    Attempt { outcome, latency: Duration::from_micros(1_200), is_stale: false }
}
