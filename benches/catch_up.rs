//! How fast `devtool listen` brings what was missed: from its Ready line to the last event at the endpoint.
//!
//!     cargo bench --bench catch_up [-- --rounds 5 --events 6000]
//!
//! A fake of Stripe's servers lists events of the usual size that were never pushed; the real Stripe CLI asks for
//! them. Every event has to arrive: a run that loses one ends there.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::cast_precision_loss,
    reason = "a measurement ends where something is wrong, and prints"
)]

#[path = "../tests/it/support/mod.rs"]
#[allow(dead_code, unused_imports, reason = "the tests' stand-ins, of which this needs a few")]
mod support;

use std::time::Instant;

use support::endpoint::Endpoint;
use support::listening::{Listening, listen};
use support::stripe::FakeStripe;
use support::stripe::events::New;

/// How large the object of an event is.
const OBJECT_BYTES: usize = 4_500;
/// The version of the Stripe CLI that is measured.
const STRIPE: &str = "1.52.0";

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let number = |name: &str, usual: usize| {
        let at = arguments.iter().position(|argument| argument == name);
        at.map_or(usual, |at| arguments[at + 1].parse().unwrap())
    };
    let (rounds, events) = (number("--rounds", 5), number("--events", 6_000));
    let mut rates: Vec<f64> = (0..rounds).map(|_| rate(events)).collect();
    rates.sort_by(f64::total_cmp);
    println!("| what | a second |\n| --- | --- |");
    println!("| missed events brought, of {events} | {:.0} |", rates[rates.len() / 2]);
}

/// Missed events that arrive in a second.
fn rate(count: usize) -> f64 {
    let (fake, endpoint) = (FakeStripe::start(), Endpoint::accepting());
    let object = serde_json::json!({"object": "customer", "x": "x".repeat(OBJECT_BYTES)});
    for _ in 0..count {
        // Old enough not to be under way any more.
        let created = support::stripe::state::now() - 60;
        let new = New { created, ..New::of("customer.created", &object) };
        fake.state(|state| state.event(new));
    }
    let more = ["--since", "1h", "--format", "compact"];
    let mut listening = Listening::start(listen(&fake, STRIPE, endpoint.port(), &more));
    listening.wait_for_output("secret: ");
    let start = Instant::now();
    listening.wait_for_rows(" 200 ", count);
    let seconds = start.elapsed().as_secs_f64();
    #[cfg(target_os = "linux")]
    println!("memory at most {} MiB", support::listening::memory(listening.child.id(), "VmHWM:"));
    assert_eq!(listening.interrupt(), 0);
    assert_eq!(endpoint.received().len(), count);
    count as f64 / seconds
}
