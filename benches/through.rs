//! What a scenario through Stripe costs beside the `stripe trigger` calls that it makes.
//!
//!     cargo bench --bench through [-- --rounds 5]
//!
//! With a `devtool listen` running, each round runs the triggers of the payment scenario by themselves, and
//! then the scenario. A fake of Stripe's servers takes its time for each call, 100 ms (Stripe takes longer),
//! and then none at all.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a measurement ends where something is wrong, and prints"
)]

#[path = "../tests/it/support/mod.rs"]
#[allow(dead_code, unused_imports, reason = "the tests' stand-ins, of which this needs a few")]
mod support;

use std::time::{Duration, Instant};

use support::endpoint::Endpoint;
use support::listening::{Listening, listen};
use support::stripe::binary::RealStripe;
use support::stripe::{FakeStripe, Fault};

/// The version of the Stripe CLI that is measured.
const STRIPE: &str = "1.52.0";

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let at = arguments.iter().position(|argument| argument == "--rounds");
    let rounds = at.map_or(5, |at| arguments[at + 1].parse().unwrap());
    let (fake, endpoint) = (FakeStripe::start(), Endpoint::accepting());
    let stripe = RealStripe::new(STRIPE, &fake);
    let listening = Listening::ready(&fake, listen(&fake, STRIPE, endpoint.port(), &[]));
    let port = endpoint.port().to_string();
    let scenario = ["scenario", "payment", "--format", "json", "--port", &port];
    let report = listening.devtool.rerun(&scenario).code(0).json();
    let commands: Vec<String> = report["steps"].as_array().unwrap().iter().map(command).collect();
    println!("| what | the triggers by themselves | the scenario | |");
    println!("| --- | --- | --- | --- |");
    for milliseconds in [100, 0] {
        fake.fail("/v1/", Fault::Slow(Duration::from_millis(milliseconds)));
        let (mut alone, mut together) = (Vec::new(), Vec::new());
        for _ in 0..rounds {
            let start = Instant::now();
            for command in &commands {
                stripe.run(&command.split(' ').skip(1).collect::<Vec<_>>()).code(0);
            }
            alone.push(start.elapsed().as_secs_f64());
            let start = Instant::now();
            listening.devtool.rerun(&scenario).code(0);
            together.push(start.elapsed().as_secs_f64());
        }
        fake.heal();
        let (alone, together) = (median(alone), median(together));
        let ratio = together / alone;
        println!("| {milliseconds} ms a call | {alone:.2} s | {together:.2} s | {ratio:.2} |");
    }
}

/// `stripe trigger …` of a step.
fn command(step: &serde_json::Value) -> String {
    step["command"].as_str().unwrap().to_owned()
}

fn median(mut seconds: Vec<f64>) -> f64 {
    seconds.sort_by(f64::total_cmp);
    seconds[seconds.len() / 2]
}
