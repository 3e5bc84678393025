//! What a killed run leaves is in devtool's own place, closed to others, and cleared by the next run.
#![cfg(unix)]

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::support::Devtool;
use crate::support::endpoint::Endpoint;
use crate::support::stub::{self, KNOWS_ITS_ACCOUNT, LISTENS};

/// Causes nothing, and does not end.
const HANGS: &str = "trigger*) touch \"$HOME/triggering\"; exec sleep 300 ;;\n";

fn directories(place: &Path) -> Vec<std::path::PathBuf> {
    let Ok(entries) = std::fs::read_dir(place) else { return Vec::new() };
    entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect()
}

#[test]
#[cfg_attr(tests_without_sh, ignore = "needs sh")]
fn a_killed_run_through_stripe_leaves_what_the_next_one_clears() {
    let port = Endpoint::accepting().left_alone().port().to_string();
    let arguments = ["trigger", "customer.created", "--via", "stripe", "--port", &port];
    let devtool = stub::devtool(&arguments, &[KNOWS_ITS_ACCOUNT, LISTENS, HANGS]);
    let temporary = devtool.home().join("tmp");
    std::fs::create_dir(&temporary).unwrap();
    let devtool: Devtool = devtool.env("TMPDIR", temporary.to_str().unwrap());
    let (mark, place) =
        (devtool.home().join("triggering"), devtool.home().join(".local/state/devtool/scratch"));
    let mut first = Vec::new();
    for round in 0..3 {
        let mut command = devtool.command();
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let end = Instant::now() + Duration::from_secs(60);
        while !mark.exists() {
            assert!(Instant::now() < end, "no trigger was run");
            std::thread::sleep(Duration::from_millis(5));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        std::fs::remove_file(&mark).unwrap();
        let left = directories(&place);
        if round == 0 {
            first.clone_from(&left);
        }
        assert_eq!(left.len(), first.len(), "what earlier ones left is gone: {left:?}");
        for directory in &left {
            let mode = std::fs::metadata(directory).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o700, "{}", directory.display());
        }
    }
    assert!(!first.is_empty() && first.iter().all(|directory| !directory.exists()));
    assert_eq!(std::fs::read_dir(temporary).unwrap().count(), 0);
}
