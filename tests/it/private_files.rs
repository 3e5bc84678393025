//! Who may look into what devtool keeps, whatever the mask, and what devtool does with what somebody else has
//! put there.

use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;

use crate::support::endpoint::Endpoint;
use crate::support::listening::Listening;
use crate::support::{Devtool, Run, SECRET, stub, write_program};

const NOBODY: u32 = 65_534;

/// The command, with a mask that takes nothing away.
fn without_mask(command: &std::process::Command) -> std::process::Command {
    let mut shell = std::process::Command::new("sh");
    shell
        .args(["-c", "umask 000; exec \"$@\"", "sh"])
        .arg(command.get_program())
        .args(command.get_args())
        .env_clear()
        .envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    if let Some(directory) = command.get_current_dir() {
        shell.current_dir(directory);
    }
    shell
}

/// All below a directory that others may read, write or run.
fn open(directory: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut waiting = vec![directory.to_owned()];
    while let Some(path) = waiting.pop() {
        let metadata = path.symlink_metadata().unwrap();
        if metadata.mode() & 0o077 != 0 && !metadata.is_symlink() {
            found.push(format!("{:o} {}", metadata.mode() & 0o777, path.display()));
        }
        if metadata.is_dir() {
            waiting.extend(std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        }
    }
    found.sort();
    found
}

fn chmod(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

/// devtool's own directories that are there.
fn own(devtool: &Devtool) -> Vec<PathBuf> {
    let state = devtool.history().parent().unwrap().to_owned();
    [devtool.data(), state].into_iter().filter(|directory| directory.exists()).collect()
}

#[test]
#[cfg_attr(tests_without_sh, ignore = "needs sh")]
fn what_devtool_makes_is_closed_under_any_mask() {
    let endpoint = Endpoint::accepting();
    let port = endpoint.port().to_string();
    let devtool = Devtool::new(&["trigger", "invoice.paid", "--port", &port]);
    Run::of(without_mask(&devtool.command()).output().unwrap()).code(0);
    let elsewhere = devtool.with(&["--history", "new/mine.db"]);
    Run::of(without_mask(&elsewhere).output().unwrap()).code(0);
    chmod(&devtool.directory(), 0o777);
    let beside = devtool.with(&["--history", "mine.db"]);
    Run::of(without_mask(&beside).output().unwrap()).code(0);
    for directory in own(&devtool) {
        assert_eq!(open(&directory), [] as [&str; 0]);
    }
    assert_eq!(open(&devtool.directory()), [format!("777 {}", devtool.directory().display())]);
}

#[test]
fn what_an_older_devtool_left_open_is_closed() {
    let endpoint = Endpoint::accepting();
    let port = endpoint.port().to_string();
    let devtool = Devtool::new(&["trigger", "invoice.paid", "--port", &port]);
    devtool.run().code(0);
    let listen = devtool.history().with_file_name("listen");
    std::fs::create_dir(&listen).unwrap();
    std::fs::write(listen.join("x.lock"), "").unwrap();
    chmod(&listen.join("x.lock"), 0o666);
    let theirs = devtool.home().join("theirs");
    std::fs::create_dir(&theirs).unwrap();
    std::os::unix::fs::symlink(&theirs, devtool.data().join("link")).unwrap();
    for directory in own(&devtool).iter().chain([&listen, &theirs]) {
        chmod(directory, 0o777);
    }
    devtool.rerun(&["history"]).code(0);
    for directory in own(&devtool) {
        assert_eq!(open(&directory), [] as [&str; 0]);
    }
    assert_eq!(theirs.metadata().unwrap().mode() & 0o777, 0o777, "it is somebody else's");
}

/// A listen under a mask that takes nothing away, when it is ready.
fn listening() -> Listening {
    let devtool = stub::listen(9, &[]);
    let mut command = without_mask(&devtool.command());
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let listening = Listening::of(child, Arc::new(devtool));
    listening.wait_for_output("secret: ");
    listening
}

#[test]
#[cfg_attr(tests_without_sh, ignore = "needs sh")]
fn no_program_is_run_because_a_file_of_a_listen_names_it() {
    let mut listening = listening();
    let devtool = Arc::clone(&listening.devtool);
    let directory = devtool.history().with_file_name("listen");
    let files = bytes_of(&directory);
    assert_eq!(open(&directory), [] as [&str; 0], "{files:?}");
    let (file, text) = files.iter().find(|(_, text)| !text.is_empty()).unwrap();
    assert!(!text.contains("program"), "{text}");
    let evil = devtool.home().join("evil");
    let marker = devtool.home().join("was-run");
    write_program(&evil, &format!("#!/bin/sh\ntouch '{}'\n", marker.display()));
    let named =
        format!("{{\"program\": \"{}\", \"version\": \"1.52.0\", {}", evil.display(), &text[1..]);
    std::fs::write(file, named).unwrap();
    let run = devtool.rerun(&["trigger", "customer.created", "--via", "stripe", "--port", "9"]);
    assert!(run.stderr.contains("the stub knows no trigger customer.created"), "{}", run.stderr);
    assert!(!marker.exists());
    assert_eq!(listening.interrupt(), 0);
}

/// The files of a directory, and their text.
fn bytes_of(directory: &Path) -> Vec<(PathBuf, String)> {
    let files = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    files.map(|file| (file.clone(), std::fs::read_to_string(file).unwrap())).collect()
}

/// Whether the tests may give a file to another user.
fn gives(file: &Path) -> bool {
    std::os::unix::fs::chown(file, Some(NOBODY), None).is_ok()
}

#[test]
fn what_another_user_has_put_there_is_refused() {
    let devtool = Devtool::new(&["history"]);
    let said = |arguments: &[&str], file: &Path, what: &str| {
        let run = devtool.rerun(arguments).code(3);
        assert_eq!(
            run.stderr,
            format!(
                "error: cannot trust `{}`\n  cause: it belongs to another user (uid {NOBODY})\n  hint: delete it: \
                 devtool makes it anew, readable only by you\n",
                file.display()
            ),
            "{what}"
        );
    };
    let listen = devtool.history().with_file_name("listen");
    std::fs::create_dir_all(&listen).unwrap();
    for directory in [&listen, listen.parent().unwrap()] {
        chmod(directory, 0o700);
    }
    std::fs::write(devtool.history(), "").unwrap();
    if !gives(&devtool.history()) {
        return;
    }
    said(&["history"], &devtool.history(), "the history");
    for name in ["x.json", "x.lock"] {
        std::fs::write(listen.join("x.json"), "{}").unwrap();
        std::fs::write(listen.join("x.lock"), "").unwrap();
        assert!(gives(&listen.join(name)));
        said(&["listen", "--status"], &listen.join(name), name);
        std::fs::remove_file(listen.join(name)).unwrap();
    }
    std::fs::create_dir_all(devtool.data()).unwrap();
    let secret = devtool.data().join("webhook_secret");
    std::fs::write(&secret, SECRET).unwrap();
    assert!(gives(&secret));
    let run = devtool.rerun(&["secret"]).code(3);
    assert!(run.stderr.contains("it belongs to another user"), "{}", run.stderr);
    assert!(!run.stdout.contains("whsec_"), "{}", run.stdout);
}
