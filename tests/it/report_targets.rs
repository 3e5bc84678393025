//! `--report` to what is no plain file: links, pipes, devices, and what must not be written.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _, symlink};
use std::process::{Command, Stdio};

use crate::support::endpoint::Endpoint;
use crate::support::{Devtool, Run};

/// How a JSON report begins.
const REPORT: &str = "{\n  \"schema\": 1,";

/// A run that writes its report to that path, and nothing else.
fn reporting(endpoint: &Endpoint, path: &str) -> Devtool {
    let report = format!("json={path}");
    Devtool::sending(&["trigger", "invoice.paid", "--quiet", "--report", &report], endpoint.port())
}

#[track_caller]
fn assert_is_report(text: &str) {
    assert!(text.starts_with(REPORT) && text.ends_with("}\n"), "{text}");
    assert_eq!(text.matches(REPORT).count(), 1, "{text}");
}

#[test]
fn a_link_stays_and_what_it_leads_to_is_replaced() {
    let endpoint = Endpoint::accepting();
    let devtool = reporting(&endpoint, "latest.json").file("kept/report.json", "old");
    let directory = devtool.directory();
    symlink("kept/report.json", directory.join("second.json")).unwrap();
    symlink("second.json", directory.join("latest.json")).unwrap();
    let reader = fs::File::open(directory.join("kept/report.json")).unwrap();
    devtool.run().code(0);
    for link in ["latest.json", "second.json"] {
        assert!(directory.join(link).is_symlink(), "{link}");
    }
    assert_is_report(&fs::read_to_string(directory.join("kept/report.json")).unwrap());
    assert_eq!(std::io::read_to_string(reader).unwrap(), "old", "it is replaced, not overwritten");
}

#[test]
fn a_link_to_nothing_leads_to_a_new_file() {
    let endpoint = Endpoint::accepting();
    let devtool = reporting(&endpoint, "latest.json");
    symlink("new/report.json", devtool.directory().join("latest.json")).unwrap();
    devtool.run().code(0);
    assert!(devtool.directory().join("latest.json").is_symlink());
    assert_is_report(&fs::read_to_string(devtool.directory().join("new/report.json")).unwrap());
}

#[test]
#[cfg(target_os = "linux")]
fn a_pipe_that_nobody_reads_any_more_is_no_error() {
    let endpoint = Endpoint::accepting();
    let devtool = reporting(&endpoint, "/dev/stdout");
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let done = devtool.command().stdout(writer).stderr(Stdio::piped()).output().unwrap();
    let stderr = String::from_utf8_lossy(&done.stderr);
    assert_eq!((done.status.code(), stderr.as_ref()), (Some(0), ""));
}

#[test]
fn an_old_report_keeps_its_mode() {
    let endpoint = Endpoint::accepting();
    let devtool = reporting(&endpoint, "report.json").file("report.json", "old");
    let file = devtool.directory().join("report.json");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
    devtool.run().code(0);
    assert_is_report(&fs::read_to_string(&file).unwrap());
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640);
}

#[test]
fn a_read_only_file_is_an_error_before_anything_is_sent() {
    let endpoint = Endpoint::accepting().left_alone();
    let devtool = reporting(endpoint, "report.json").file("report.json", "old");
    let file = devtool.directory().join("report.json");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o444)).unwrap();
    let run = devtool.run().code(3);
    insta::assert_snapshot!(run.stderr, @r"
    error: cannot write `report.json`
      cause: it is read-only
      hint: check that you may write to it and to its directory
    ");
    assert_eq!(fs::read_to_string(&file).unwrap(), "old");
    assert_eq!(endpoint.received().len(), 0);
}

#[test]
#[cfg_attr(tests_without_sh, ignore = "needs sh")]
fn a_pipe_is_written_to() {
    let endpoint = Endpoint::accepting();
    let devtool = reporting(&endpoint, "pipe");
    let pipe = devtool.directory().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let reader = {
        let pipe = pipe.clone();
        std::thread::spawn(move || fs::read_to_string(pipe).unwrap())
    };
    devtool.run().code(0);
    assert!(fs::symlink_metadata(&pipe).unwrap().file_type().is_fifo());
    assert_is_report(&reader.join().unwrap());
}

#[test]
fn stdout_is_written_to_by_each_of_its_names() {
    let endpoint = Endpoint::accepting();
    for name in ["/dev/fd/1", "to-stdout"] {
        let devtool = reporting(&endpoint, name);
        let link = devtool.directory().join("to-stdout");
        symlink("/dev/stdout", &link).unwrap();
        let run = devtool.run().code(0);
        assert_is_report(&run.stdout);
        assert!(link.is_symlink());
    }
}

#[test]
fn a_report_to_stdout_and_the_result_both_lie_in_the_file_that_stdout_is() {
    let endpoint = Endpoint::accepting();
    let arguments = ["trigger", "invoice.paid", "--report", "json=/dev/fd/1"];
    let devtool = Devtool::sending(&arguments, endpoint.port());
    let file = devtool.directory().join("out");
    let out = fs::File::create(&file).unwrap();
    Run::of(devtool.command().stdout(out).stderr(Stdio::piped()).output().unwrap()).code(0);
    let text = fs::read_to_string(&file).unwrap();
    let (before, report) = text.split_at(text.find(REPORT).unwrap());
    let end = report.find("\n}\n").unwrap() + 3;
    let rest = format!("{before}{}", &report[end..]);
    let alone = Devtool::sending(&["trigger", "invoice.paid"], endpoint.port()).run().stdout;
    assert_eq!(rest.lines().count(), alone.lines().count(), "{text}");
}

#[test]
#[cfg_attr(tests_without_bash, ignore = "needs bash")]
fn a_process_substitution_gets_the_report() {
    let endpoint = Endpoint::accepting();
    let devtool = reporting(&endpoint, "unused");
    let program = devtool.command();
    let mut bash = Command::new("bash");
    bash.args(["-c", "\"$0\" trigger invoice.paid --quiet --port \"$1\" --report json=>(cat >&2)"])
        .arg(program.get_program())
        .arg(endpoint.port().to_string())
        .current_dir(devtool.directory())
        .envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
    assert_is_report(&Run::of(bash.output().unwrap()).code(0).stderr);
}

/// In a mount namespace of its own, where the machine's own devices are out of reach.
#[cfg(target_os = "linux")]
#[test]
#[cfg_attr(tests_without_util_linux, ignore = "needs util-linux")]
fn a_device_stays_a_device() {
    let endpoint = Endpoint::accepting();
    let devtool = reporting(&endpoint, "dev/null");
    fs::create_dir(devtool.directory().join("dev")).unwrap();
    let program = devtool.command();
    let mut unshare = Command::new("unshare");
    unshare
        .args(["-rm", "sh", "-c"])
        .arg(
            "mount -t tmpfs none dev && touch dev/null && mount --bind /dev/null dev/null && \
              \"$@\" && stat -c %F dev/null",
        )
        .arg("sh")
        .arg(program.get_program())
        .args(program.get_args())
        .current_dir(devtool.directory())
        .envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let run = Run::of(unshare.output().unwrap());
    if run.stderr.contains("unshare failed") {
        return; // a system that gives no namespaces to its users
    }
    assert_eq!(run.code(0).stdout, "character special file\n");
}

#[test]
fn a_socket_and_a_directory_are_errors() {
    let endpoint = Endpoint::accepting().left_alone();
    let devtool = reporting(endpoint, "socket");
    let socket = devtool.directory().join("socket");
    let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    assert!(devtool.run().code(3).stderr.starts_with("error: cannot write `socket`\n"));
    assert!(fs::symlink_metadata(&socket).unwrap().file_type().is_socket());
    let run = reporting(endpoint, ".").run().code(3);
    assert!(run.stderr.starts_with("error: cannot write `.`\n"), "{}", run.stderr);
}
