//! Waits for the app that devtool runs to accept connections, and tells what it waits for.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use super::reporter::Reporter;
use super::update::{AppUpdate, ListenUpdate};
use crate::delivery::Endpoint;
use crate::delivery::endpoint::is_this_machine;
use crate::process::ports;

/// How often the endpoint is tried at first …
const LOOK: Duration = Duration::from_millis(50);
/// … and how often when it takes longer.
const LATER_LOOK: Duration = Duration::from_millis(500);
/// How long one connection may take.
const TIME_LIMIT: Duration = Duration::from_millis(500);
/// After how long it is said what is waited for.
const SOON: Duration = Duration::from_secs(2);

/// Returns when the app, which descends from that process, accepts connections.
pub(super) async fn is_up(endpoint: &Endpoint, root: Option<u32>, reporter: &Reporter) {
    let start = Instant::now();
    let mut is_told = false;
    let mut known = BTreeSet::<SocketAddr>::new();
    while !accepts(endpoint).await {
        if start.elapsed() < SOON {
            sleep(LOOK).await;
            continue;
        }
        let elsewhere = elsewhere(endpoint, root).await;
        // An app may open one port after the other.
        let known_before = known.len();
        known.extend(&elsewhere);
        if known.len() > known_before || !is_told {
            is_told = true;
            let endpoint = endpoint.clone();
            reporter.emit(ListenUpdate::App(AppUpdate::Waiting { endpoint, elsewhere }));
        }
        sleep(LATER_LOOK).await;
    }
    reporter.emit(ListenUpdate::App(AppUpdate::Up(start.elapsed())));
}

async fn accepts(endpoint: &Endpoint) -> bool {
    let connected = timeout(TIME_LIMIT, TcpStream::connect((endpoint.host(), endpoint.port())));
    matches!(connected.await, Ok(Ok(_)))
}

/// Where the app listens in place of the endpoint. One on another machine, or behind https, may have something
/// in front of it that knows the app's own address.
async fn elsewhere(endpoint: &Endpoint, root: Option<u32>) -> Vec<SocketAddr> {
    let (Some(root), false) = (root, endpoint.is_https()) else { return Vec::new() };
    let address = endpoint.host().parse::<IpAddr>().ok();
    if !address.map_or(endpoint.host() == "localhost", is_this_machine) {
        return Vec::new();
    }
    let found = tokio::task::spawn_blocking(move || ports::listening(root)).await;
    let mut found = found.ok().flatten().unwrap_or_default();
    // What has just begun to listen there will be found by the next look.
    found.retain(|found| found.port() != endpoint.port() || !is_there(found.ip(), address));
    found
}

/// Whether who listens on an address is reached at the endpoint's, or at `localhost` where that is none.
fn is_there(listens: IpAddr, endpoint: Option<IpAddr>) -> bool {
    listens.is_unspecified() || endpoint.is_none_or(|endpoint| endpoint == listens)
}
