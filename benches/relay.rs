//! What the relay costs: the real Stripe CLI forwards to an endpoint by itself, and as the child of
//! `devtool listen`, in turn, in one run.
//!
//!     cargo bench --bench relay [-- --rounds 5 --events 5000 --memory 100000]
//!
//! A fake of Stripe's servers pushes signed events of the usual size over the websocket. Each round has
//! events as fast as they go, and events at 500 and at 100 a second, with the time from the push to the
//! endpoint. Every event has to arrive: a run that loses one ends there.
//! devtool records, signs anew and shows each event, as it usually does; its time and memory are those of
//! its own process, without the Stripe CLI.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a measurement ends where something is wrong, and prints"
)]

#[path = "../tests/it/support/mod.rs"]
#[allow(dead_code, unused_imports, reason = "the tests' stand-ins, of which this needs a few")]
mod support;

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use devtool::config::Secret;
use devtool::protocol::{Clock, signature};
use support::stripe::FakeStripe;
use support::stripe::binary::RealStripe;
use support::stripe::state::ToSocket;
use support::{Devtool, listening};

/// How large an event is, with what frames it.
const EVENT_BYTES: usize = 4_800;
/// The version of the Stripe CLI that is measured.
const STRIPE: &str = "1.52.0";

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let number = |name: &str, usual: usize| {
        let at = arguments.iter().position(|argument| argument == name);
        at.map_or(usual, |at| arguments[at + 1].parse().unwrap())
    };
    let plan = Plan {
        rounds: number("--rounds", 5),
        events: number("--events", 5_000),
        memory: number("--memory", 0),
    };
    plan.run();
}

/// The endpoint: answers at once, and keeps when each event came.
#[derive(Clone, Default)]
struct Arrivals(Arc<(Mutex<HashMap<String, Instant>>, Condvar)>);

impl Arrivals {
    fn serve(&self) -> u16 {
        let (tell, told) = std::sync::mpsc::channel();
        let arrivals = self.clone();
        std::thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
                tell.send(listener.local_addr().unwrap().port()).unwrap();
                let app = Router::new().fallback(arrived).with_state(arrivals);
                axum::serve(listener, app).await.unwrap();
            });
        });
        told.recv().unwrap()
    }

    /// Waits for that many, and empties the list.
    fn take(&self, count: usize) -> HashMap<String, Instant> {
        let (lock, changed) = &*self.0;
        let time_limit = Duration::from_secs(60);
        let guard = lock.lock().unwrap();
        let (mut guard, late) =
            changed.wait_timeout_while(guard, time_limit, |all| all.len() < count).unwrap();
        assert!(!late.timed_out(), "{} of {count} events arrived", guard.len());
        std::mem::take(&mut *guard)
    }
}

async fn arrived(State(arrivals): State<Arrivals>, body: Bytes) -> &'static str {
    let now = Instant::now();
    // The id stands at the start: `{"id": "evt_…"`.
    let id = std::str::from_utf8(&body[8..20]).unwrap().to_owned();
    let (lock, changed) = &*arrivals.0;
    lock.lock().unwrap().insert(id, now);
    changed.notify_one();
    "ok"
}

/// Passes each connection's bytes on to that port, and reads, checks and keeps nothing: the least that anything
/// between the Stripe CLI and the endpoint can cost.
fn passing_on(to: u16) -> u16 {
    let (tell, told) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            tell.send(listener.local_addr().unwrap().port()).unwrap();
            loop {
                let (mut from, _) = listener.accept().await.unwrap();
                tokio::spawn(async move {
                    let mut to = tokio::net::TcpStream::connect(("127.0.0.1", to)).await.unwrap();
                    let _ = (from.set_nodelay(true), to.set_nodelay(true));
                    let _ = tokio::io::copy_bidirectional(&mut from, &mut to).await;
                });
            }
        });
    });
    told.recv().unwrap()
}

/// `stripe listen`, by itself or as devtool's child, ready.
struct Listen {
    child: Child,
    secret: String,
    /// Its home, which goes with it.
    _devtool: Option<Devtool>,
}

impl Listen {
    fn bare(setting: &Setting, port: u16) -> Self {
        let url = format!("http://127.0.0.1:{port}/webhook");
        let arguments = ["listen", "--all-snapshot", "--skip-update", "--forward-to", &url];
        Self::start(setting, setting.stripe.command(&arguments), None, "Ready!")
    }

    fn devtools(setting: &Setting) -> Self {
        // In this format the heading, which says that it is ready, goes to stderr.
        let more = ["--no-catch-up", "--format", "compact"];
        let devtool = listening::listen(&setting.fake, STRIPE, setting.port, &more);
        Self::start(setting, devtool.command(), Some(devtool), "secret: ")
    }

    fn start(
        setting: &Setting,
        mut command: Command,
        devtool: Option<Devtool>,
        ready: &str,
    ) -> Self {
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        while !line.contains(ready) {
            line.clear();
            assert!(stderr.read_line(&mut line).unwrap() > 0, "the listen ended");
        }
        std::thread::spawn(move || std::io::copy(&mut stderr, &mut std::io::sink()));
        setting.fake.wait_for_listeners(1);
        let secret = setting.fake.state(|state| state.sockets[0].session.secret.clone());
        Self { child, secret, _devtool: devtool }
    }

    fn end(mut self, fake: &FakeStripe) {
        support::interrupt(&self.child);
        self.child.wait().unwrap();
        fake.wait_for_listeners(0);
        fake.state(|state| state.frames.clear());
    }

    /// Processor time so far.
    fn time(&self) -> Duration {
        let path = format!("/proc/{}/stat", self.child.id());
        let text = std::fs::read_to_string(path).unwrap_or_default();
        let after_name = text.rsplit(") ").next().unwrap_or_default();
        let ticks = after_name.split(' ').skip(11).take(2).filter_map(|n| n.parse::<u64>().ok());
        Duration::from_millis(ticks.sum::<u64>() * 10)
    }

    /// Memory now and at most, in MiB.
    fn memory(&self) -> (f64, f64) {
        let path = format!("/proc/{}/status", self.child.id());
        let text = std::fs::read_to_string(path).unwrap_or_default();
        let of = |name: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or("0");
            line.split_whitespace().next().unwrap().parse::<f64>().unwrap() / 1_024.0
        };
        (of("VmRSS:"), of("VmHWM:"))
    }
}

/// Frames of events with ids of their own, as Stripe sends them.
fn frames(start: usize, count: usize, secret: &str) -> Vec<(String, String)> {
    let (secret, now) = (Secret::parse(secret).unwrap(), Clock::system().now());
    let filling = "x".repeat(EVENT_BYTES);
    let frame = |number: usize| {
        let id = format!("evt_{number:08}");
        let payload = format!(
            "{{\"id\": \"{id}\", \"object\": \"event\", \"created\": {}, \"data\": {{\"object\": \
             {{\"x\": \"{filling}\"}}}}, \"type\": \"invoice.paid\"}}",
            now.seconds()
        );
        let signature = signature::header(&secret, now, payload.as_bytes());
        let frame = serde_json::json!({
            "type": "webhook_event",
            "endpoint": {"api_version": null},
            "event_payload": payload,
            "http_headers": {
                "Accept": "*/*; q=0.5, application/xml",
                "Cache-Control": "no-cache",
                "Content-Type": "application/json; charset=utf-8",
                "Stripe-Signature": signature,
                "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
            },
            "webhook_conversation_id": format!("wc_{number}"),
            "webhook_id": "wh_1",
        });
        (id, frame.to_string())
    };
    (start..start + count).map(frame).collect()
}

fn push(fake: &FakeStripe, frame: String) {
    fake.state(|state| {
        let _ = state.sockets[0].sender.send(ToSocket::Text(frame));
    });
}

/// What is measured.
struct Plan {
    rounds: usize,
    events: usize,
    memory: usize,
}

/// Each round's figures of one way.
#[derive(Default)]
struct Way {
    /// Events a second, flat out.
    rates: Vec<f64>,
    /// Events a second that arrived when 500 were pushed.
    steady: Vec<f64>,
    /// Milliseconds from the push to the endpoint at 100 a second.
    latencies: Vec<f64>,
}

/// What stays the same over all rounds.
struct Setting {
    fake: FakeStripe,
    stripe: RealStripe,
    arrivals: Arrivals,
    port: u16,
    next: std::cell::Cell<usize>,
}

impl Setting {
    fn numbers(&self, count: usize) -> usize {
        self.next.replace(self.next.get() + count)
    }

    /// Events a second, all at once.
    fn rate(&self, secret: &str, count: usize) -> f64 {
        let frames = frames(self.numbers(count), count, secret);
        let start = Instant::now();
        for (_, frame) in frames {
            push(&self.fake, frame);
        }
        let arrived = self.arrivals.take(count);
        let last = arrived.values().max().unwrap();
        count as f64 / (*last - start).as_secs_f64()
    }

    /// Pushes evenly spaced events; returns how many arrived a second, and the milliseconds from the push
    /// to the endpoint.
    fn paced(&self, secret: &str, count: usize, per_second: u32) -> (f64, Vec<f64>) {
        let mut pushed = HashMap::new();
        let frames = frames(self.numbers(count), count, secret);
        let start = Instant::now();
        for (number, (id, frame)) in (0..).zip(frames) {
            let due = start + Duration::from_secs(1) * number / per_second;
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
            pushed.insert(id, Instant::now());
            push(&self.fake, frame);
        }
        let arrived = self.arrivals.take(count);
        let last = arrived.values().max().unwrap();
        let of = |(id, at): (&String, &Instant)| (*at - pushed[id]).as_secs_f64() * 1_000.0;
        let rate = (count - 1) as f64 / (*last - start).as_secs_f64();
        (rate, arrived.iter().map(of).collect())
    }

    /// Returns the processor time that each event took, in microseconds, flat out.
    fn measure(&self, way: &mut Way, listen: &Listen, events: usize) -> f64 {
        // Warm: connections, pages, caches.
        self.rate(&listen.secret, 200);
        let before = listen.time();
        way.rates.push(self.rate(&listen.secret, events));
        let took = listen.time().saturating_sub(before);
        way.steady.push(self.paced(&listen.secret, 1_000, 500).0);
        // What is left of the load ends meanwhile.
        self.paced(&listen.secret, 100, 100);
        way.latencies.extend(self.paced(&listen.secret, 300, 100).1);
        took.as_secs_f64() * 1e6 / events as f64
    }
}

impl Plan {
    fn run(&self) {
        let arrivals = Arrivals::default();
        let port = arrivals.serve();
        let fake = FakeStripe::start();
        let stripe = RealStripe::new(STRIPE, &fake);
        let setting = Setting { fake, stripe, arrivals, port, next: std::cell::Cell::new(0) };
        let passing_on = passing_on(port);
        let (mut bare, mut passed, mut through) = <(Way, Way, Way)>::default();
        let mut each = Vec::new();
        for _ in 0..self.rounds {
            for (way, port) in [(&mut bare, port), (&mut passed, passing_on)] {
                let listen = Listen::bare(&setting, port);
                setting.measure(way, &listen, self.events);
                listen.end(&setting.fake);
            }
            let listen = Listen::devtools(&setting);
            each.push(setting.measure(&mut through, &listen, self.events));
            listen.end(&setting.fake);
        }
        report(&bare, &through);
        let (floor, peer) = (part(&passed.rates, 0.5), part(&bare.rates, 0.5));
        println!(
            "| the same, bytes only passed on | {peer:.0} | {floor:.0} | {:.2} |",
            floor / peer
        );
        let each = part(&each, 0.5);
        println!("| devtool's processor time for each event, flat out | | {each:.0} µs | |");
        if self.memory > 0 {
            self.memory(&setting);
        }
    }

    /// How devtool's memory grows over many events.
    fn memory(&self, setting: &Setting) {
        let listen = Listen::devtools(setting);
        for tenth in 1..=10 {
            setting.rate(&listen.secret, self.memory / 10);
            setting.fake.state(|state| state.frames.clear());
            let (now, peak) = listen.memory();
            let passed = tenth * self.memory / 10;
            println!("| memory after {passed} events | | {now:.1} MiB, at most {peak:.1} | |");
        }
        listen.end(&setting.fake);
    }
}

fn part(samples: &[f64], part: f64) -> f64 {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[((sorted.len() - 1) as f64 * part).round() as usize]
}

fn report(bare: &Way, through: &Way) {
    println!("| what | `stripe listen` | `devtool listen` | |");
    println!("| --- | --- | --- | --- |");
    let (own, peer) = (part(&through.rates, 0.5), part(&bare.rates, 0.5));
    println!("| events a second, flat out | {peer:.0} | {own:.0} | {:.2} |", own / peer);
    let (own, peer) = (part(&through.steady, 0.5), part(&bare.steady, 0.5));
    println!("| events a second, 500 pushed | {peer:.0} | {own:.0} | {:.2} |", own / peer);
    for (name, at) in [("median", 0.5), ("p99", 0.99)] {
        let (own, peer) = (part(&through.latencies, at), part(&bare.latencies, at));
        println!(
            "| ms to the endpoint at 100/s, {name} | {peer:.2} | {own:.2} | +{:.2} |",
            own - peer
        );
    }
}
