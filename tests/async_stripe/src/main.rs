//! Verifies and parses webhook deliveries with async-stripe-webhook.
//!
//! Reads JSON lines from stdin, `{"header": "<Stripe-Signature>", "body": "<raw body>", "secret": "whsec_..."}`,
//! and prints what it cannot read of what the library knows, the types that it does not know, also not about
//! such an object, and how many it read. Exit code 1 if there was any that it could not read.

use std::collections::BTreeSet;
use std::io::BufRead as _;
use std::process::ExitCode;

use serde_json::Value;
use stripe_webhook::{Event, EventObject, Webhook};

fn main() -> ExitCode {
    let (mut read, mut findings, mut unknown) = (0, 0, BTreeSet::new());
    for line in std::io::stdin().lock().lines() {
        let line: Value = serde_json::from_str(&line.unwrap()).unwrap();
        let text = |name: &str| line[name].as_str().unwrap();
        let name = || serde_json::from_str::<Value>(text("body")).unwrap()["type"].to_string();
        match parse(text("body"), text("header"), text("secret")) {
            Ok(true) => read += 1,
            Ok(false) => {
                unknown.insert(name());
            }
            Err(error) => {
                println!("{}: {error}", name());
                findings += 1;
            }
        }
    }
    unknown.iter().for_each(|name| println!("unknown type: {name}"));
    println!("parsed {read} events, {findings} findings");
    if findings == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// What the library says where it does not know the type of an event, or of the object that it is about.
const UNKNOWN: [&str; 2] = ["unknown event type", "data.object.object: unknown variant"];

/// Whether the library knows the event's type; by both of its ways of reading.
fn parse(body: &str, header: &str, secret: &str) -> Result<bool, String> {
    if let Err(error) = serde_json::from_str::<Event>(body) {
        let error = error.to_string();
        return if UNKNOWN.iter().any(|known| error.contains(known)) {
            Ok(false)
        } else {
            Err(error)
        };
    }
    let event =
        Webhook::construct_event(body, header, secret).map_err(|error| error.to_string())?;
    match event.data.object {
        EventObject::Unknown(_) => Err("its object is unknown".to_owned()),
        _ => Ok(true),
    }
}
