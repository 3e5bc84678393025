//! The place by which other commands see a running listen: a file for each endpoint that says which
//! process it is and where its relay is, beside one that the process holds locked. The lock goes with the
//! process, whatever ends it, so a stale file is known as such.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::config::{directories, files, private};
use crate::delivery::{Endpoint, Hosts};
use crate::error::{Error, Kind, Result};

/// How long to wait for another process that looks who is there, and how often: it needs microseconds.
const PROBE_WAIT: Duration = Duration::from_millis(2);
const PROBE_WAITS: u32 = 500;

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
}

/// The right to listen for an endpoint, as long as this is kept.
#[derive(Debug)]
pub(crate) struct Claim {
    file: PathBuf,
    /// Locked.
    _lock: File,
}

impl Claim {
    /// Takes the place of an endpoint, whichever name of this machine its URL has.
    ///
    /// # Errors
    /// Another listen has it, or the directory cannot be written.
    pub(crate) fn take(directory: &Path, endpoint: &Endpoint) -> Result<Self> {
        let unwritable = |source: io::Error| unwritable(directory, source);
        private::directory(directory).map_err(unwritable)?;
        let file = directory.join(file_name(endpoint));
        check(&file)?;
        let lock = open_lock(&file).map_err(unwritable)?;
        if lock_whole(&lock).map_err(unwritable)? {
            return Ok(Self { file, _lock: lock });
        }
        Err(already_listening(endpoint, &file))
    }

    /// Tells others of this listen.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(crate) fn publish(&self, running: &Running) -> Result<()> {
        let text = serde_json::to_string(running).map_err(Error::bug)?;
        // Whole or not at all, for those who read it meanwhile.
        files::replace(&self.file, &text).map_err(|source| unwritable(&self.file, source))
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        // What is left is known to be stale all the same. The file of the lock stays, since another
        // may be about to lock it.
        let _ = std::fs::remove_file(&self.file);
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

/// Whether files that say that a listen runs are devtool's own.
///
/// # Errors
/// Another user has put one of them there.
fn check(file: &Path) -> Result<()> {
    for file in [file, &file.with_extension("lock")] {
        private::check(file).map_err(|source| private::untrusted(file, source))?;
    }
    Ok(())
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
        found.extend(read(&file).filter(|_| is_held(&file)));
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
    let own = read(&file).filter(is_its_own);
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

fn read(file: &Path) -> Option<Running> {
    serde_json::from_str(&std::fs::read_to_string(file).ok()?).ok()
}

/// The error where another process has the file.
fn already_listening(endpoint: &Endpoint, file: &Path) -> Error {
    let running = read(file).map(|running| format!("{} (pid {})", running.endpoint, running.pid));
    let running = running.unwrap_or_else(|| endpoint.to_string());
    let message = format!("`devtool listen` is already running for {running}");
    Error::new(Kind::Config, message)
        .hinted("stop it with Ctrl-C, or use another `--port`; to see it:\ndevtool listen --status")
}

/// Whether the process that wrote the file is still there.
fn is_held(file: &Path) -> bool {
    let lock = OpenOptions::new().read(true).open(file.with_extension("lock"));
    lock.is_ok_and(|lock| matches!(lock.try_lock_shared(), Err(TryLockError::WouldBlock)))
}

/// Takes the lock, unless another listen has it. One that only looks who is there has it, too, for a moment,
/// but shares it: that one is waited for.
fn lock_whole(lock: &File) -> io::Result<bool> {
    for _ in 0..PROBE_WAITS {
        match lock.try_lock() {
            Ok(()) => return Ok(true),
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(source)) => return Err(source),
        }
        match lock.try_lock_shared() {
            Ok(()) => lock.unlock()?,
            Err(TryLockError::WouldBlock) => return Ok(false),
            Err(TryLockError::Error(source)) => return Err(source),
        }
        std::thread::sleep(PROBE_WAIT);
    }
    Ok(false)
}

fn open_lock(file: &Path) -> io::Result<File> {
    let lock = file.with_extension("lock");
    private::new_file().truncate(false).open(lock)
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
    fn one_that_only_looks_keeps_nobody_from_a_place() {
        let directory = tempfile::tempdir().unwrap();
        let claim = taken(directory.path(), ENDPOINT).unwrap();
        let lock = claim.file.with_extension("lock");
        drop(claim);
        let looking = File::open(lock).unwrap();
        looking.lock_shared().unwrap();
        let gone = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(50));
            drop(looking);
        });
        taken(directory.path(), ENDPOINT).unwrap();
        gone.join().unwrap();
    }

    #[test]
    fn what_a_killed_one_left_is_stale() {
        let directory = tempfile::tempdir().unwrap();
        let claim = taken(directory.path(), ENDPOINT).unwrap();
        claim.publish(&running()).unwrap();
        let file = claim.file.clone();
        drop(claim);
        std::fs::write(&file, serde_json::to_string(&running()).unwrap()).unwrap();
        assert_eq!(
            (all(directory.path()).unwrap(), found(directory.path(), ENDPOINT)),
            (vec![], None)
        );
        taken(directory.path(), ENDPOINT).unwrap();
    }
}
