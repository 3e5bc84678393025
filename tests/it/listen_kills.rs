//! A `devtool listen` that is killed within a flood: what it has answered for is in the history, and the next one starts.
#![cfg(target_os = "linux")]

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use devtool::history::{Filter, Reader, Storage};

use crate::support::Devtool;
use crate::support::draw::Draw;
use crate::support::endpoint::Endpoint;
use crate::support::listening::{Listening, wait_until_gone};
use crate::support::stub;

const KILLS: usize = 30;
/// How many events are under way at a time.
const AT_A_TIME: usize = 64;
/// The most events that are answered before a kill.
const MOST_ANSWERED: usize = 400;
/// More events than are posted between two starts.
const APART: usize = 1_000_000;

/// The ids of events.
type Ids = BTreeSet<String>;

/// Posts events from a number on until the relay is gone, and keeps the ids of those that were answered.
fn flood(relay: String, first: usize, answered: Arc<Mutex<Ids>>) -> JoinHandle<()> {
    let post = async move {
        let http = crate::support::http_client().build().unwrap();
        let mut under_way = tokio::task::JoinSet::new();
        for number in first.. {
            let request = stub::request(&http, &relay, number, "invoice.paid");
            under_way.spawn(async move { (number, request.send().await) });
            if under_way.len() < AT_A_TIME {
                continue;
            }
            match under_way.join_next().await.unwrap().unwrap() {
                (number, Ok(_)) => drop(answered.lock().unwrap().insert(stub::id(number))),
                (_, Err(_)) => return,
            }
        }
    };
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(post);
    })
}

/// Starts a listen, floods it and kills it at some moment; returns how long it took to get ready.
fn killed_once(
    (devtool, number): (&Arc<Devtool>, usize),
    answered: &Arc<Mutex<Ids>>,
    draw: &mut Draw,
) -> Duration {
    let start = Instant::now();
    let mut listening = Listening::start_again(devtool);
    listening.wait_for_output("secret: ");
    let ready_after = start.elapsed();
    let relay = stub::relay(devtool);
    std::fs::remove_file(devtool.home().join("url")).unwrap();
    let before = answered.lock().unwrap().len();
    let flood = flood(relay, number * APART, Arc::clone(answered));
    let enough = before + draw.below(MOST_ANSWERED);
    while answered.lock().unwrap().len() < enough {
        std::thread::sleep(Duration::from_micros(100));
    }
    std::thread::sleep(Duration::from_micros(draw.below(5_000).try_into().unwrap()));
    let programs = listening.children();
    assert!(!programs.is_empty());
    listening.signal("KILL");
    listening.wait();
    flood.join().unwrap();
    programs.into_iter().for_each(wait_until_gone);
    ready_after
}

#[test]
#[cfg_attr(not(tests_without_sh), ignore = "slow")]
#[cfg_attr(tests_without_sh, ignore = "needs sh")]
fn a_listen_that_is_killed_in_a_flood_forgets_nothing_and_keeps_no_other_from_starting() {
    let seed = std::env::var("DEVTOOL_KILL_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = seed.unwrap_or_else(|| u64::from(std::process::id()) << 20 | 1);
    let mut draw = Draw(seed);
    let endpoint = Endpoint::accepting();
    // No event waits for its turn, so that one which was recorded too late would be found.
    let more = ["--no-catch-up", "--format", "compact", "--concurrency", &AT_A_TIME.to_string()];
    let devtool = Arc::new(stub::listen(endpoint.port(), &more));
    let answered = Arc::new(Mutex::new(Ids::new()));
    let mut slowest = Duration::ZERO;
    for number in 0..KILLS {
        slowest = slowest.max(killed_once((&devtool, number), &answered, &mut draw));
    }
    let mut last = Listening::start_again(&devtool);
    last.wait_for_output("secret: ");
    assert_eq!(last.interrupt(), 0);
    let arrived: Vec<String> = endpoint
        .received()
        .iter()
        .map(|one| one.event()["id"].as_str().unwrap().to_owned())
        .collect();
    let reader = Reader::open(&Storage::named(devtool.history())).unwrap();
    let recorded = reader.list(&Filter::default()).unwrap();
    let ids: Ids = recorded.iter().map(|entry| entry.event_id.clone()).collect();
    let answered = answered.lock().unwrap();
    eprintln!(
        "seed {seed}: {} answered, {} at the endpoint, {} recorded; ready within {slowest:?}",
        answered.len(),
        arrived.len(),
        recorded.len(),
    );
    assert_eq!(ids.len(), recorded.len(), "none is recorded twice");
    let unknown: Vec<&String> =
        answered.iter().chain(&arrived).filter(|id| !ids.contains(*id)).collect();
    assert!(unknown.is_empty(), "seed {seed}: {unknown:?}");
}
