//! The place by which other commands see a running listen: a file for each endpoint that says which
//! process it is and where its relay is.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::config::claim::{check, is_held, read};
use crate::config::{self, directories};
use crate::delivery::{Endpoint, Hosts};
use crate::error::{Error, Kind, Result};

/// What a running listen says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Running {
    /// Its process.
    pub pid: u32,
    /// The endpoint that it delivers to.
    pub endpoint: String,
    /// Where its relay takes events.
    pub relay: String,
    /// The account that it listens for, where it is known.
    pub account: Option<String>,
    /// The account's name.
    pub account_name: Option<String>,
    /// What may be shown of the API key that it uses, where it uses one.
    #[serde(default)]
    pub key: Option<String>,
    /// The file of its history, where it has one.
    pub history: Option<PathBuf>,
    /// When it began.
    pub started_at: String,
    /// The address of the local API that it has for Stripe, where it has one.
    #[serde(default)]
    pub offline: Option<String>,
}

/// The right to listen for an endpoint, as long as this is kept.
#[derive(Debug)]
pub(crate) struct Claim(config::FileClaim);

impl Claim {
    /// Takes the place of an endpoint, whichever name of this machine its URL has.
    ///
    /// # Errors
    /// Another listen has it, or the directory cannot be written.
    pub(crate) fn take(directory: &Path, endpoint: &Endpoint) -> Result<Self> {
        let file = directory.join(file_name(endpoint));
        check(&file)?;
        let claim = config::FileClaim::take(file.clone());
        let claim = claim.map_err(|source| unwritable(directory, source))?;
        claim.map(Self).ok_or_else(|| already_listening(endpoint, &file))
    }

    /// Tells others of this listen.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(crate) fn publish(&self, running: &Running) -> Result<()> {
        self.0.publish(running).map_err(|source| unwritable(self.0.file(), source))
    }
}

/// The error for a place that cannot be taken. One that belongs to another user is no mere lack of a place.
fn unwritable(path: &Path, source: io::Error) -> Error {
    let is_refused = source.kind() == io::ErrorKind::Other;
    let kind = if is_refused { Kind::Config } else { Kind::NoPlace };
    Error::new(kind, format!("cannot write `{}`", path.display())).caused_by(source).hinted(
        format!("`devtool listen` keeps a file there while it runs: {}", directories::MOVE_STATE),
    )
}

/// The listens that run.
///
/// # Errors
/// A file that says so belongs to another user.
pub(crate) fn all(directory: &Path) -> Result<Vec<Running>> {
    let Ok(entries) = std::fs::read_dir(directory) else { return Ok(Vec::new()) };
    let files = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let mut found = Vec::new();
    for file in files.filter(|file| file.extension().is_some_and(|end| end == "json")) {
        check(&file)?;
        found.extend(read::<Running>(&file).filter(|_| is_held(&file)));
    }
    found.sort_by(|a, b| a.endpoint.cmp(&b.endpoint));
    Ok(found)
}

/// The listen that runs for an endpoint: for its URL, or for another that means the same handler, as
/// `localhost` and `127.0.0.1` do.
///
/// # Errors
/// A file that says so belongs to another user.
pub(crate) async fn of(directory: &Path, endpoint: &Endpoint) -> Result<Option<Running>> {
    let file = directory.join(file_name(endpoint));
    let is_its_own = |running: &Running| {
        let other = Endpoint::parse(&running.endpoint);
        other.is_ok_and(|other| other.place() == endpoint.place()) && is_held(&file)
    };
    check(&file)?;
    let own = read::<Running>(&file).filter(is_its_own);
    if own.is_some() {
        return Ok(own);
    }
    let addresses = addresses(endpoint).await;
    for running in all(directory)? {
        let Ok(other) = Endpoint::parse(&running.endpoint) else { continue };
        if is_same_place(endpoint, &other) && meet(&addresses, &self::addresses(&other).await) {
            return Ok(Some(running));
        }
    }
    Ok(None)
}

/// Whether two URLs differ in nothing but their hosts.
fn is_same_place(one: &Endpoint, other: &Endpoint) -> bool {
    one.is_https() == other.is_https()
        && one.port() == other.port()
        && one.shown_path_and_query() == other.shown_path_and_query()
}

async fn addresses(endpoint: &Endpoint) -> Vec<SocketAddr> {
    // Whether the host is allowed is found out where something is sent.
    let resolved = endpoint.resolve(Hosts::Any).await.ok().and_then(std::result::Result::ok);
    resolved.unwrap_or_default()
}

fn meet(some: &[SocketAddr], others: &[SocketAddr]) -> bool {
    some.iter().any(|address| others.contains(address))
}

/// The error where another process has the file.
fn already_listening(endpoint: &Endpoint, file: &Path) -> Error {
    let running = read::<Running>(file);
    let running = running.map(|running| format!("{} (pid {})", running.endpoint, running.pid));
    let running = running.unwrap_or_else(|| endpoint.to_string());
    let message = format!("`devtool listen` is already running for {running}");
    Error::new(Kind::Config, message)
        .hinted("stop it with Ctrl-C, or use another `--port`; to see it:\ndevtool listen --status")
}

/// The name of an endpoint's file.
fn file_name(endpoint: &Endpoint) -> String {
    let place = endpoint.place();
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    let name: String = place.chars().map(plain).take(80).collect();
    // Two endpoints may look alike then.
    let sum = place.bytes().fold(5_381_u32, |sum, byte| sum.wrapping_mul(33) ^ u32::from(byte));
    format!("{name}-{sum:08x}.json")
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENDPOINT: &str = "http://127.0.0.1:5000/webhook";

    /// The listen that is found for a URL.
    fn found(place: &Path, url: &str) -> Option<Running> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(of(place, &Endpoint::parse(url).unwrap())).unwrap()
    }

    fn taken(place: &Path, url: &str) -> Result<Claim> {
        Claim::take(place, &Endpoint::parse(url).unwrap())
    }

    fn running() -> Running {
        Running {
            pid: 7,
            endpoint: ENDPOINT.to_owned(),
            relay: "http://127.0.0.1:1/snapshot".to_owned(),
            account: Some("acct_1".to_owned()),
            account_name: None,
            key: None,
            history: None,
            started_at: "2026-11-24T10:00:00.000Z".to_owned(),
            offline: None,
        }
    }

    #[test]
    fn a_place_is_taken_once_and_free_again_with_its_holder() {
        let directory = tempfile::tempdir().unwrap();
        let place = directory.path().join("listen");
        assert_eq!(all(&place).unwrap(), []);
        let claim = taken(&place, ENDPOINT).unwrap();
        claim.publish(&running()).unwrap();
        assert_eq!(all(&place).unwrap(), [running()]);
        for same in [
            ENDPOINT,
            "http://localhost:5000/webhook",
            "http://[::1]:5000/webhook",
            "http://app.localhost:5000/webhook",
        ] {
            assert_eq!(found(&place, same), Some(running()), "{same}");
        }
        for other in [
            "http://127.0.0.1:5000/other",
            "http://127.0.0.1:5000/webhook?a=1",
            "http://localhost:5001/webhook",
            "https://localhost:5000/webhook",
            "http://127.0.0.2:5000/webhook",
        ] {
            assert_eq!(found(&place, other), None, "{other}");
        }
        for same in [ENDPOINT, "http://localhost:5000/webhook", "http://[::1]:5000/webhook"] {
            assert_eq!(
                taken(&place, same).unwrap_err().to_string(),
                format!("`devtool listen` is already running for {ENDPOINT} (pid 7)")
            );
        }
        let _other = taken(&place, "http://127.0.0.1:5001/webhook").unwrap();
        drop(claim);
        assert_eq!(all(&place).unwrap(), []);
        taken(&place, ENDPOINT).unwrap();
    }

    #[test]
    fn what_a_killed_one_left_is_stale() {
        let directory = tempfile::tempdir().unwrap();
        let claim = taken(directory.path(), ENDPOINT).unwrap();
        claim.publish(&running()).unwrap();
        let file = claim.0.file().to_owned();
        drop(claim);
        std::fs::write(&file, serde_json::to_string(&running()).unwrap()).unwrap();
        assert_eq!(
            (all(directory.path()).unwrap(), found(directory.path(), ENDPOINT)),
            (vec![], None)
        );
        taken(directory.path(), ENDPOINT).unwrap();
    }
}
