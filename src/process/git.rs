//! What is asked of git.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use super::child::{Child, blocking};

/// How long git may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Whether a file lies in a git repository and is not ignored there. Without git, no.
pub fn would_be_committed(file: &Path) -> bool {
    let Some(name) = file.file_name() else { return false };
    let directory = file.parent().filter(|parent| !parent.as_os_str().is_empty());
    let mut git = Command::new("git");
    git.arg("-C").arg(directory.unwrap_or(Path::new(".")));
    git.args(["check-ignore", "--quiet", "--"]).arg(name);
    let done =
        blocking(async || Child::start(git, Stdio::null(), Stdio::null())?.output(PATIENCE).await);
    // 0: ignored; 1: not ignored; 128: no repository. A tracked file is never ignored.
    done.is_ok_and(|done| done.status.code() == Some(1))
}
