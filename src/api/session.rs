//! The place by which runs see a running `devtool api`: a file that says where it is and what opens its control path.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::config::claim::{check, is_held, read};
use crate::config::{FileClaim, directories};
use crate::error::{Error, Kind, Result};

/// The name of the file.
const FILE: &str = "running.json";

/// What a running `devtool api` says of itself.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RunningApi {
    /// Its process.
    pub pid: u32,
    /// Its port of the loopback address.
    pub port: u16,
    /// What opens its control path.
    pub token: String,
    /// When it began.
    pub started_at: String,
}

impl RunningApi {
    /// The address that apps are pointed at.
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

impl fmt::Debug for RunningApi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunningApi")
            .field("pid", &self.pid)
            .field("port", &self.port)
            .finish_non_exhaustive()
    }
}

/// Where a running `devtool api` is seen.
///
/// # Errors
/// There is no state directory.
pub(crate) fn place() -> Result<PathBuf> {
    Ok(directories::state()?.join("api"))
}

/// Takes the place, and says there what runs; `None` where another one has it.
///
/// # Errors
/// The directory cannot be written, or a file in it belongs to another user.
pub(crate) fn publish(directory: &Path, running: &RunningApi) -> Result<Option<FileClaim>> {
    let file = directory.join(FILE);
    check(&file)?;
    let unwritable = |source: io::Error| {
        Error::new(Kind::NoPlace, format!("cannot write `{}`", directory.display()))
            .caused_by(source)
            .hinted(directories::MOVE_STATE)
    };
    let Some(claim) = FileClaim::take(file).map_err(unwritable)? else { return Ok(None) };
    claim.publish(running).map_err(unwritable)?;
    Ok(Some(claim))
}

/// The `devtool api` that runs. It costs a look at a file where none does.
///
/// # Errors
/// A file that says so belongs to another user.
pub(crate) fn find(directory: &Path) -> Result<Option<RunningApi>> {
    let file = directory.join(FILE);
    let Some(running) = read(&file) else { return Ok(None) };
    check(&file)?;
    Ok(Some(running).filter(|_| is_held(&file)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_found_while_it_runs_and_its_token_is_not_shown() {
        let directory = tempfile::tempdir().unwrap();
        let place = directory.path().join("api");
        assert_eq!(find(&place).unwrap(), None);
        let running = |pid| RunningApi {
            pid,
            port: 12111,
            token: "0123".to_owned(),
            started_at: String::new(),
        };
        let claim = publish(&place, &running(1)).unwrap().unwrap();
        assert!(publish(&place, &running(2)).unwrap().is_none());
        assert_eq!(find(&place).unwrap(), Some(running(1)));
        assert!(!format!("{:?}", running(1)).contains("0123"));
        drop(claim);
        std::fs::write(place.join(FILE), serde_json::to_string(&running(1)).unwrap()).unwrap();
        assert_eq!(find(&place).unwrap(), None, "it is stale");
    }
}
