//! What the relay costs: the real Stripe CLI forwards to an endpoint by itself, and through the relay,
//! in turn, in one run.
//!
//!     cargo bench --bench relay [-- --rounds 5 --events 5000 --memory 100000]
//!
//! A fake of Stripe's servers pushes signed events of the usual size over the websocket. Each round has
//! events as fast as they go, and events at 100 a second with the time from the push to the endpoint.
//! The relay is a process of its own, with its history on, so that its time and memory can be read.
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
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use devtool::config::Secret;
use devtool::delivery::{Certificates, Endpoint, Hosts};
use devtool::event::{Clock, signature};
use devtool::history::{History, Limits, Place, Session};
use devtool::run::relay::{Company, Observer, Progress, Relay, Settings, Signing, Source, Target};
use support::stripe::FakeStripe;
use support::stripe::binary::RealStripe;
use support::stripe::state::ToSocket;
use tokio_util::sync::CancellationToken;

/// How large an event is, with what frames it.
const EVENT_BYTES: usize = 4_800;
/// The version of the Stripe CLI that is measured.
const STRIPE: &str = "1.52.0";

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, mode, port, file] = arguments.as_slice()
        && mode == "--be-the-relay"
    {
        return relay(port.parse().unwrap(), file);
    }
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

/// The relay's process: it prints its address and runs until its input ends.
fn relay(port: u16, file: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let target = Target {
            endpoint: Endpoint::usual().unwrap().with_port(port),
            hosts: Hosts::Loopback,
            certificates: Certificates::Checked,
            signing: Signing::With(Secret::parse("whsec_endpoints_own").unwrap()),
            headers: Vec::new(),
        };
        let clock = Clock::system();
        let place = Place { file: file.into(), limits: Limits::default() };
        let session = Session { command: "listen".into(), name: None, started_at: clock.now() };
        let history = History::open(place, session, clock).unwrap().history;
        let company = Company { clock, history, observer: Arc::new(Silent) };
        let relay = Relay::bind(&Settings::new(target), company).await.unwrap();
        let handle = relay.handle();
        println!("{}", handle.url(Source::Snapshot));
        let until = CancellationToken::new();
        let ended = until.clone();
        // The first line is the secret; the end of the input is the end of the relay.
        std::thread::spawn(move || {
            for line in std::io::stdin().lines().map_while(Result::ok) {
                handle.secrets().add(Secret::parse(&line).unwrap());
            }
            ended.cancel();
        });
        relay.serve(until).await.unwrap();
    });
}

struct Silent;

impl Observer for Silent {
    fn on(&self, _: Progress<'_>) {}
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
        let patience = Duration::from_secs(60);
        let guard = lock.lock().unwrap();
        let (mut guard, late) =
            changed.wait_timeout_while(guard, patience, |all| all.len() < count).unwrap();
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

/// `stripe listen`, ready.
struct Listen {
    child: Child,
    secret: String,
}

impl Listen {
    fn start(stripe: &RealStripe, fake: &FakeStripe, url: &str) -> Self {
        let arguments = ["listen", "--all-snapshot", "--skip-update", "--forward-to", url];
        let mut child = stripe
            .command(&arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        while !line.contains("Ready!") {
            line.clear();
            assert!(stderr.read_line(&mut line).unwrap() > 0, "stripe listen ended");
        }
        std::thread::spawn(move || std::io::copy(&mut stderr, &mut std::io::sink()));
        fake.wait_for_listeners(1);
        let secret = fake.state(|state| state.sockets[0].session.secret.clone());
        Self { child, secret }
    }

    fn end(mut self, fake: &FakeStripe) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        fake.wait_for_listeners(0);
        fake.state(|state| state.frames.clear());
    }
}

/// The relay's process.
struct RelayProcess {
    child: Child,
    url: String,
}

impl RelayProcess {
    fn start(port: u16, file: &std::path::Path) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--be-the-relay", &port.to_string(), file.to_str().unwrap()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut url = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut url).unwrap();
        Self { child, url: url.trim().to_owned() }
    }

    fn tell(&mut self, secret: &str) {
        writeln!(self.child.stdin.as_mut().unwrap(), "{secret}").unwrap();
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

impl Drop for RelayProcess {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
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
    /// Milliseconds from the push to the endpoint at 100 a second.
    latencies: Vec<f64>,
}

/// What stays the same over all rounds.
struct Setting {
    fake: FakeStripe,
    stripe: RealStripe,
    arrivals: Arrivals,
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

    /// Milliseconds from the push to the endpoint, evenly spaced.
    fn latencies(&self, secret: &str, count: usize) -> Vec<f64> {
        let mut pushed = HashMap::new();
        for (id, frame) in frames(self.numbers(count), count, secret) {
            std::thread::sleep(Duration::from_millis(10));
            pushed.insert(id, Instant::now());
            push(&self.fake, frame);
        }
        let arrived = self.arrivals.take(count);
        let of = |(id, at): (&String, &Instant)| (*at - pushed[id]).as_secs_f64() * 1_000.0;
        arrived.iter().map(of).collect()
    }

    fn measure(&self, way: &mut Way, secret: &str, events: usize) {
        // Warm: connections, pages, caches.
        self.rate(secret, 200);
        way.rates.push(self.rate(secret, events));
        way.latencies.extend(self.latencies(secret, 300));
    }
}

impl Plan {
    fn run(&self) {
        let arrivals = Arrivals::default();
        let port = arrivals.serve();
        let fake = FakeStripe::start();
        let stripe = RealStripe::new(STRIPE, &fake);
        let setting = Setting { fake, stripe, arrivals, next: std::cell::Cell::new(0) };
        let folder = tempfile::tempdir().unwrap();
        let endpoint = format!("http://127.0.0.1:{port}/webhook");
        let mut relay = RelayProcess::start(port, &folder.path().join("history.db"));
        let (mut bare, mut through) = (Way::default(), Way::default());
        for _ in 0..self.rounds {
            let listen = Listen::start(&setting.stripe, &setting.fake, &endpoint);
            setting.measure(&mut bare, &listen.secret.clone(), self.events);
            listen.end(&setting.fake);
            let listen = Listen::start(&setting.stripe, &setting.fake, &relay.url);
            relay.tell(&listen.secret);
            setting.measure(&mut through, &listen.secret.clone(), self.events);
            listen.end(&setting.fake);
        }
        report(&bare, &through);
        let events = self.rounds * (self.events + 500);
        let (_, peak) = relay.memory();
        let each = relay.time().as_secs_f64() * 1e6 / events as f64;
        println!("| relay, processor time for each event | | {each:.0} µs | |");
        println!("| relay, peak memory after {events} events | | {peak:.1} MiB | |");
        if self.memory > 0 {
            self.memory(&setting, &mut relay);
        }
    }

    /// How the relay's memory grows over many events.
    fn memory(&self, setting: &Setting, relay: &mut RelayProcess) {
        let listen = Listen::start(&setting.stripe, &setting.fake, &relay.url);
        relay.tell(&listen.secret);
        for part in 1..=10 {
            setting.rate(&listen.secret, self.memory / 10);
            setting.fake.state(|state| state.frames.clear());
            let (now, peak) = relay.memory();
            let passed = part * self.memory / 10;
            println!("| relay, memory after {passed} more | | {now:.1} MiB, at most {peak:.1} | |");
        }
        listen.end(&setting.fake);
    }
}

fn report(bare: &Way, through: &Way) {
    let at = |samples: &[f64], part: f64| {
        let mut sorted = samples.to_vec();
        sorted.sort_by(f64::total_cmp);
        sorted[((sorted.len() - 1) as f64 * part).round() as usize]
    };
    println!("| what | `stripe listen` | through the relay | |");
    println!("| --- | --- | --- | --- |");
    let (own, peer) = (at(&through.rates, 0.5), at(&bare.rates, 0.5));
    println!("| events a second, flat out | {peer:.0} | {own:.0} | {:.2} |", own / peer);
    for (name, part) in [("median", 0.5), ("p99", 0.99)] {
        let (own, peer) = (at(&through.latencies, part), at(&bare.latencies, part));
        println!(
            "| ms to the endpoint at 100/s, {name} | {peer:.2} | {own:.2} | +{:.2} |",
            own - peer
        );
    }
}
