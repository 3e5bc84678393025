//! How fast events are made: built, written and signed, on one core and without a network.
//!
//!     cargo bench --bench generate

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on has failed")]

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use devtool::config::Secret;
use devtool::event::id::Seed;
use devtool::event::plot::Plot;
use devtool::event::{Catalogue, Event, Scene, Story};
use devtool::protocol::{Moment, signature};

const TYPES: [&str; 3] = ["payment_intent.succeeded", "invoice.paid", "v1.customer.created"];

/// One event of its own story, as the endpoint gets it: the length of body and signature.
fn generate(catalogue: &Catalogue, name: &str, secret: &Secret, seed: u32) -> usize {
    let now = Moment::from_seconds(1_792_000_000);
    let event_type = catalogue.event_type(name, None).unwrap();
    let scene = Scene {
        name: name.to_owned(),
        about: event_type.object.clone(),
        states: Vec::new(),
        at: now,
        cause: None,
        event_type,
    };
    let plot = Plot::plain(name, Seed(seed), now);
    let story = Story::new(catalogue, plot, vec![scene]).unwrap();
    let event = Event::new(&story.payloads().unwrap()[0]);
    event.body.len() + signature::delivery_header(secret, now, &event.body).len()
}

fn benchmark(criterion: &mut Criterion) {
    let catalogue = Catalogue::embedded().unwrap();
    let secret = Secret::parse("whsec_0123456789abcdef0123456789abcdef").unwrap();
    let mut group = criterion.benchmark_group("generate and sign");
    group.throughput(Throughput::Elements(1));
    for name in TYPES {
        let mut seed = 0;
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                seed += 1;
                black_box(generate(&catalogue, name, &secret, seed))
            });
        });
    }
    group.finish();
}

criterion_group!(benches, benchmark);
criterion_main!(benches);
