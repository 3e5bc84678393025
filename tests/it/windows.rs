//! devtool built for Windows, and run under Wine, in a root of Debian's unstable suite (tests/windows).
#![cfg(target_os = "linux")]

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::packages::root;
use crate::sdk::scratch;

/// What the script ends with where this machine cannot test it.
const CANNOT: i32 = 77;

/// The root: one that is named, or one that is made here and kept.
fn debian() -> PathBuf {
    std::env::var_os("DEVTOOL_TESTS_WINDOWS_ROOT")
        .map_or_else(|| scratch("windows").join("root"), PathBuf::from)
}

#[test]
#[ignore = "slow"]
fn it_is_built_for_windows_and_right_under_wine() {
    let mut script = Command::new(root().join("tests/windows/try.sh"));
    let output = script.arg(debian()).stdin(Stdio::null()).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (said, errors) = (text(&output.stdout), text(&output.stderr));
    if output.status.code() == Some(CANNOT) {
        // Past what keeps the output of a test that passes: nobody may take this for a test of Windows.
        let reason = said.lines().last().unwrap_or_default();
        let _ = writeln!(std::io::stderr(), "NOT TESTED: devtool for Windows: {reason}");
        return;
    }
    assert!(output.status.success(), "{said}\n{errors}");
    assert!(said.ends_with("devtool is right under Wine\n"), "{said}\n{errors}");
}
