//! What is asked of git.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use super::Child;
use super::child::Output;
use super::inheritance::{self, Heir};
use super::search;

/// How long git may take.
const TIME_LIMIT: Duration = Duration::from_secs(5);

/// Whether a file lies in a git repository and is not ignored there. Without git, no.
pub(crate) fn would_be_committed(file: &Path) -> bool {
    is_ignored(file) == Some(false)
}

/// Whether git ignores a file; `None` without git, and outside of a repository.
pub(crate) fn is_ignored(file: &Path) -> Option<bool> {
    let name = file.file_name()?;
    let directory = file.parent().filter(|parent| !parent.as_os_str().is_empty());
    let program = search::first("git")?;
    let mut git = Command::new(program);
    inheritance::limit(&mut git, Heir::Git);
    git.arg("-C").arg(directory.unwrap_or(Path::new(".")));
    git.args(["check-ignore", "--quiet", "--"]).arg(name);
    // 128: no repository. A tracked file is never ignored.
    match run(git, Stdio::null()).ok()?.status.code() {
        Some(0) => Some(true),
        Some(1) => Some(false),
        _ => None,
    }
}

/// The files that git tracks in a directory and below it; `None` without git, and outside of a repository.
pub(crate) fn tracked(directory: &Path) -> Option<Vec<PathBuf>> {
    let program = search::first("git")?;
    let mut git = Command::new(program);
    inheritance::limit(&mut git, Heir::Git);
    git.arg("-C").arg(directory).args(["ls-files", "-z"]);
    let output = run(git, Stdio::piped()).ok().filter(|output| output.status.success())?;
    let names = String::from_utf8_lossy(&output.stdout).into_owned();
    Some(names.split('\0').filter(|name| !name.is_empty()).map(PathBuf::from).collect())
}

/// Runs it on a thread of its own, since this one may be a runtime's.
fn run(git: Command, stdout: Stdio) -> io::Result<Output> {
    let run = move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime
            .block_on(async { Child::start(git, stdout, Stdio::null())?.output(TIME_LIMIT).await })
    };
    let done = std::thread::Builder::new().spawn(run)?.join();
    done.unwrap_or_else(|_| Err(io::Error::other("it panicked")))
}
