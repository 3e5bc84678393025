//! An endpoint for audits: correct, but for one fault that is switched on. A fault has the id of the probe that is
//! made for it.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use devtool::config::Secret;
use devtool::protocol::signature::{self, VerifyError};
use devtool::protocol::{Clock, Moment};
use serde_json::{Value, json};

use super::SECRET;
use super::endpoint::{Endpoint, Received, Reply};

/// What the handler keeps from one event to the next.
#[derive(Default)]
struct Memory {
    signatures: BTreeSet<String>,
    is_down: bool,
    /// The events that it knows, and since when.
    events: BTreeMap<String, Instant>,
    /// What was paid for, and how often it was booked.
    paid: BTreeSet<String>,
    booked: u64,
    /// How often for each customer of the own account.
    customers: BTreeMap<String, u64>,
    /// The events that came, where all count.
    all: BTreeSet<String>,
    /// The subscriptions that end.
    ending: BTreeSet<String>,
    /// When the answers that are under way are out.
    under_way: Vec<Instant>,
}

/// A handler with a fault; without one where the name is empty.
struct Handler {
    fault: &'static str,
    memory: Mutex<Memory>,
    /// The port of the API that it asks, if it asks one.
    api: Option<u16>,
}

/// The endpoint with a fault; without any where its name is empty. One that `counts all` is right, and its state moves with
/// each event.
pub(crate) fn endpoint(fault: &'static str) -> Endpoint {
    asking(fault, None)
}

/// The same where the handler asks an API.
pub(crate) fn asking(fault: &'static str, api: Option<u16>) -> Endpoint {
    let handler = Handler { fault, memory: Mutex::default(), api };
    Endpoint::new(move |received| handler.answer(received))
}

/// How long an event is not known again where looks come before writes.
const RACE: Duration = Duration::from_millis(60);

const OK: u16 = 200;
const REFUSED: u16 = 400;
const CRASHED: u16 = 500;

impl Handler {
    fn has(&self, fault: &str) -> bool {
        self.fault == fault
    }

    fn answer(&self, received: &Received) -> Reply {
        if let Some(customer) = received.uri.path().strip_prefix("/state") {
            return self.state(customer.trim_start_matches('/'));
        }
        if let Some(reply) = self.in_front(received) {
            return reply;
        }
        if self.has("API-01") {
            self.asks();
        }
        let status = match self.verified(received) {
            Err(status) => return self.refusal(status, received),
            Ok(()) => self.handled(received),
        };
        let after = match self.fault {
            "SPD-01" => Duration::from_millis(1_100),
            "SPD-02" => Duration::from_millis(40),
            _ => Duration::ZERO,
        };
        let mut memory = self.memory.lock().unwrap();
        let now = Instant::now();
        memory.under_way.retain(|until| *until > now);
        memory.under_way.push(now + after);
        let is_busy = self.has("SPD-02") && memory.under_way.len() > 10;
        Reply { after, ..Reply::new(if is_busy { 503 } else { status }, "") }
    }

    /// What is booked, for a customer or for all.
    fn state(&self, customer: &str) -> Reply {
        let memory = self.memory.lock().unwrap();
        let of_customer = memory.customers.get(customer).copied().unwrap_or_default();
        let booked = if customer.is_empty() { memory.booked } else { of_customer };
        let (ending, all) = (memory.ending.len(), memory.all.len());
        let state = json!({"booked": booked, "ending": ending, "events": all});
        Reply::new(OK, &state.to_string())
    }

    fn refusal(&self, status: u16, received: &Received) -> Reply {
        let reply = Reply::new(status, &self.told(received));
        let header = received.headers.get("stripe-signature").map(|value| value.to_str().unwrap());
        let (t, digits) = header.and_then(|header| header.split_once(",v1=")).unwrap_or_default();
        let seconds = t.trim_start_matches("t=").parse().unwrap_or_default();
        let right = signature_by(SECRET, seconds, &received.body);
        let is_near = digits.len() > 16 && right.contains(&format!(",v1={}", &digits[..16]));
        let after = Duration::from_millis(if self.has("SIG-12") && is_near { 3 } else { 0 });
        Reply { after, ..reply }
    }

    /// What a rejection says.
    fn told(&self, received: &Received) -> String {
        let header = received.headers.get("stripe-signature").map(|value| value.to_str().unwrap());
        let seconds = header.and_then(|h| h.split(',').find_map(|part| part.strip_prefix("t=")));
        let seconds = seconds.and_then(|seconds| seconds.parse().ok()).unwrap_or_default();
        match self.fault {
            "LEK-01" => "Traceback (most recent call last):\n  File".to_owned(),
            "LEK-02" => format!("expected {}", signature_by(SECRET, seconds, &received.body)),
            "LEK-03" => {
                let event: Value = serde_json::from_slice(&received.body).unwrap_or_default();
                format!("no payment of {}", event["data"]["object"]["customer"])
            }
            _ => "invalid signature".to_owned(),
        }
    }

    /// Keeps whether a subscription ends.
    fn subscribed(&self, object: &Value) {
        let is_dated = object["cancel_at"].is_i64() && !self.has("TYP-06");
        if is_dated || object["cancel_at_period_end"] == true {
            let id = object["id"].as_str().unwrap().to_owned();
            self.memory.lock().unwrap().ending.insert(id);
        }
    }

    /// What the handler answers to a thin event.
    fn thin(&self, event: &Value) -> u16 {
        match self.fault {
            "TYP-04" => CRASHED,
            "DUP-06" => {
                self.memory.lock().unwrap().booked += 1;
                OK
            }
            "thin" => {
                let account = event["context"].as_str().unwrap_or_default();
                self.asks_of(&format!("Stripe-Context: {account}\r\n"));
                OK
            }
            "THN-01" => {
                self.asks();
                OK
            }
            _ => REFUSED,
        }
    }

    /// Asks the API for something; whether it answers.
    fn asks(&self) -> bool {
        self.asks_of("")
    }

    fn asks_of(&self, headers: &str) -> bool {
        let Some(port) = self.api else { return true };
        let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        let call = format!(
            "GET /v1/customers?limit=1 HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\
             {headers}Authorization: Bearer sk_test_of_a_test\r\n\r\n"
        );
        stream.write_all(call.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer.starts_with("HTTP/1.1 200")
    }

    /// Books what an event says was paid: once for each payment.
    fn booked(&self, event: &Value) -> u16 {
        let is_foreign = event["account"].is_string();
        let is_of_test = is_foreign && event["livemode"] == false;
        if is_of_test && !self.has("CON-03") && !self.has("CON-01") {
            return OK;
        }
        let id = event["id"].to_string();
        let object = event["data"]["object"]["id"].to_string();
        let now = Instant::now();
        let is_known = {
            let mut memory = self.memory.lock().unwrap();
            let seen = *memory.events.entry(id.clone()).or_insert(now);
            let is_known = seen != now;
            match self.fault {
                "DUP-02" => is_known && seen.elapsed() > RACE,
                "DUP-07" if is_known => return 409,
                _ => is_known,
            }
        };
        if is_known && !self.has("DUP-01") {
            return OK;
        }
        if !self.asks() {
            if !self.has("DUP-04") {
                self.memory.lock().unwrap().events.remove(&id);
            }
            return if self.has("API-02") { OK } else { CRASHED };
        }
        let mut memory = self.memory.lock().unwrap();
        let counts_events = ["DUP-01", "DUP-02", "DUP-05"].contains(&self.fault);
        if memory.paid.insert(object) || counts_events {
            memory.booked += 1;
            let customer = event["data"]["object"]["customer"].as_str().unwrap_or_default();
            if !is_foreign || self.has("CON-01") {
                *memory.customers.entry(customer.to_owned()).or_default() += 1;
            }
        }
        OK
    }

    /// What stands in front of the handler.
    fn in_front(&self, received: &Received) -> Option<Reply> {
        let header =
            |name: &str| received.headers.get(name).map(|value| value.to_str().unwrap().to_owned());
        if received.method != "POST" {
            return Some(Reply::new(if self.has("MET-01") { OK } else { 405 }, ""));
        }
        let to = |status, location: &str| Some(Reply::new(status, "").header("location", location));
        let body = received.body.as_ref();
        let mut memory = self.memory.lock().unwrap();
        memory.is_down |= self.has("BOD-04") && body.len() > 1_000_000;
        match self.fault {
            "MET-02" => to(308, "/webhook/"),
            "MET-03" => Some(Reply::new(403, "CSRF verification failed. Request aborted.")),
            "MET-04" => to(302, "/login"),
            "RAW-06" if header("content-type").unwrap() != "application/json; charset=utf-8" => {
                Some(Reply::new(415, ""))
            }
            "RAW-07" if header("transfer-encoding").is_some() => Some(Reply::new(411, "")),
            "BOD-03" if matches!(body, b"[]" | b"null") => Some(Reply::new(CRASHED, "")),
            "BOD-07" if body.len() > 100_000 => Some(Reply::new(413, "")),
            _ if memory.is_down => Some(Reply::new(503, "")),
            _ => None,
        }
    }

    /// Whether the signature is right; else what is answered.
    fn verified(&self, received: &Received) -> Result<(), u16> {
        if self.has("unverified") {
            return Ok(());
        }
        let Some(header) = received.headers.get("stripe-signature") else {
            let is_test = received.uri.query().is_some_and(|query| query.contains("test=1"));
            let lets_in = self.has("SIG-01") || self.has("SIG-11") && is_test;
            return if lets_in { Ok(()) } else { Err(REFUSED) };
        };
        let header = header.to_str().unwrap();
        let secret = Secret::parse(SECRET).unwrap();
        let check = |header: &str, body: &[u8], now| signature::verify(&secret, header, body, now);
        let now = Clock::system().now();
        let body = received.body.as_ref();
        let seconds = header.split(',').find_map(|part| part.strip_prefix("t="));
        let signed_at = seconds.and_then(|seconds| seconds.parse().ok()).unwrap_or_default();
        let age = now.seconds() - signed_at;
        let found = match self.fault {
            "SIG-08" if header.contains("v2=") => Err(VerifyError::NoSignature),
            "SIG-07" => check(&first_v1(header), body, now),
            "SIG-09" if header.contains(' ') => return Err(CRASHED),
            "SIG-06" => check(&header.replace("v0=", "v1="), body, now),
            "TIM-01" => check(header, body, Moment::from_seconds(signed_at)),
            "TIM-02" if age > 120 => Err(VerifyError::TooOld),
            "TIM-03" if age < 0 => return Err(CRASHED),
            "RAW-01" => check(header, &written_anew(body), now),
            _ => check(header, body, now),
        };
        let is_forgiven = match (self.fault, found) {
            ("SIG-02", Err(VerifyError::NoTimestamp | VerifyError::NoSignature))
            | ("SIG-03", Err(VerifyError::Mismatch)) => true,
            ("SIG-04", Err(VerifyError::Mismatch)) => {
                is_like_one(body, |other| check(header, other, now).is_ok())
            }
            ("SIG-05", Err(_)) => self.memory.lock().unwrap().signatures.contains(header),
            ("SIG-10", Err(_)) => header == signature_by("undefined", signed_at, body),
            _ => false,
        };
        if found.is_ok() {
            self.memory.lock().unwrap().signatures.insert(header.to_owned());
        }
        if found.is_ok() || is_forgiven { Ok(()) } else { Err(REFUSED) }
    }

    /// What the handler answers to a body that is Stripe's.
    fn handled(&self, received: &Received) -> u16 {
        let text = String::from_utf8_lossy(&received.body);
        let crash = |fault: &str| if self.has(fault) { CRASHED } else { REFUSED };
        if text.is_empty() {
            return crash("BOD-01");
        }
        let text = text.trim_start_matches('\u{feff}');
        let Ok(event) = serde_json::from_str::<Value>(text) else { return crash("BOD-02") };
        let Some(kind) = event["type"].as_str() else { return REFUSED };
        if event["object"] == "v2.core.event" {
            return self.thin(&event);
        }
        if ["THN-01", "thin"].contains(&self.fault) {
            return REFUSED;
        }
        if self.has("counts all") {
            self.memory.lock().unwrap().all.insert(event["id"].to_string());
        }
        if kind == "customer.subscription.updated" {
            self.subscribed(&event["data"]["object"]);
        }
        self.acted_on(&event, kind, text)
    }

    /// What the handler answers to a snapshot event.
    fn acted_on(&self, event: &Value, kind: &str, text: &str) -> u16 {
        let version = event["api_version"].as_str().unwrap_or_default();
        let first = event.as_object().unwrap().keys().next().unwrap();
        match self.fault {
            "RAW-02" if first != "id" => REFUSED,
            "RAW-03" if text.contains("\\u00e9") => REFUSED,
            "RAW-04" if text.contains("1e3") => REFUSED,
            "RAW-05" if text.contains("\r\n") => REFUSED,
            "TYP-01" if kind == "invoice.archived" => REFUSED,
            "TYP-02" if event["id"].as_str().unwrap().len() > 64 => CRASHED,
            "TYP-03" if kind.starts_with("charge.") => CRASHED,
            "VER-01" if version.ends_with("basil") => CRASHED,
            "VER-02" if version.ends_with("future") => CRASHED,
            "INV-01" if kind == "invoice.created" => REFUSED,
            "CON-02" if event["livemode"] == true => CRASHED,
            "DUP-05" if kind == "invoice.payment_succeeded" => self.booked(event),
            _ if ["payment_intent.succeeded", "invoice.paid"].contains(&kind) => self.booked(event),
            _ => OK,
        }
    }
}

/// The header with its first v1 alone.
fn first_v1(header: &str) -> String {
    let mut has_one = false;
    let parts = header.split(',').filter(|part| {
        let is_further = part.starts_with("v1=") && has_one;
        has_one |= part.starts_with("v1=");
        !is_further
    });
    parts.collect::<Vec<_>>().join(",")
}

/// The body parsed and written anew, as Stripe lays it out.
fn written_anew(body: &[u8]) -> Vec<u8> {
    let value: Value = serde_json::from_slice(body).unwrap_or_default();
    serde_json::to_vec_pretty(&value).unwrap()
}

/// Whether a body that differs from this one in the last letter of its id is as asked.
fn is_like_one(body: &[u8], is_right: impl Fn(&[u8]) -> bool) -> bool {
    let Ok(event) = serde_json::from_slice::<Value>(body) else { return false };
    let Some(id) = event["id"].as_str() else { return false };
    let text = String::from_utf8_lossy(body);
    let start = &id[..id.len() - 1];
    ('0'..='z').any(|last| is_right(text.replace(id, &format!("{start}{last}")).as_bytes()))
}

fn signature_by(key: &str, seconds: i64, body: &[u8]) -> String {
    signature::header_by(key, Moment::from_seconds(seconds), body)
}
