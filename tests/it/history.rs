//! The history: what is recorded, found again, and sent again.

use crate::support::endpoint::{Endpoint, Reply};
use crate::support::{Devtool, SECRET};

/// A run of `trigger`, accepted.
fn trigger(endpoint: &Endpoint) -> Devtool {
    Devtool::sending(&["trigger", "invoice.paid"], endpoint.port())
}

#[test]
fn a_history_that_cannot_be_opened_stops_nothing() {
    let endpoint = Endpoint::accepting();
    let devtool = trigger(&endpoint).file("taken", "");
    let run = devtool.rerun_with(&["--history", "taken/history.db"]).code(0);
    assert!(run.stderr.contains("warning: this run is not recorded: cannot use"), "{}", run.stderr);
    assert!(run.stdout.starts_with("PASS invoice.paid to http://127.0.0.1:"), "{}", run.stdout);
}

#[test]
fn nothing_is_recorded_where_that_is_asked_for() {
    let endpoint = Endpoint::accepting();
    let devtool = trigger(&endpoint);
    let file = devtool.history();
    devtool.rerun_with(&["--no-history"]).code(0);
    assert!(!file.exists());
    devtool.run().code(0);
    assert!(file.exists());
}

/// A home whose history has an accepted payment, a rejected event and one that nobody took: 11
/// deliveries.
pub(crate) fn recorded() -> Devtool {
    let accepting = Endpoint::accepting();
    let devtool = Devtool::sending(&["scenario", "payment"], accepting.port());
    devtool.run().code(0);
    let rejecting = Endpoint::new(|_| Reply::new(500, "out\nof order").header("x-why", "tired"));
    let port = rejecting.port().to_string();
    let seed = ["--seed", "7", "--port", &port];
    devtool.rerun(&[&["trigger", "invoice.paid"], &seed[..]].concat()).code(1);
    drop(rejecting);
    let again = ["--retry", "1", "--retry-schedule", "0s"];
    devtool.rerun(&[&["trigger", "charge.failed"], &seed[..], &again].concat()).code(4);
    devtool
}

/// The numbers in a list.
fn numbers(devtool: &Devtool, filter: &[&str]) -> Vec<i64> {
    let arguments = [&["history", "--format", "json"], filter].concat();
    let list = devtool.rerun(&arguments).code(0).json();
    assert_eq!(list["schema"], 1);
    let number = |delivery: &serde_json::Value| delivery["id"].as_i64().unwrap();
    list["deliveries"].as_array().unwrap().iter().map(number).collect()
}

#[test]
fn what_was_sent_is_listed_with_what_came_of_it() {
    let devtool = recorded();
    let run = devtool.rerun(&["history", "--last", "3"]).code(0);
    let rows: Vec<Vec<&str>> =
        run.stdout.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(rows.len(), 4, "{}", run.stdout);
    assert_eq!((rows[1][0], rows[1][3], rows[1][5]), ("9", "transfer.created", "200"));
    assert_eq!((rows[2][3], rows[2][5]), ("invoice.paid", "500"));
    assert!(run.stdout.lines().nth(2).unwrap().ends_with("  out of order"), "{}", run.stdout);
    assert_eq!((rows[3][3], rows[3][5]), ("charge.failed", "refused"));
    let compact = devtool.rerun(&["history", "--failed", "--format", "compact"]).code(0).stdout;
    let compact: Vec<&str> = compact.lines().collect();
    assert!(compact[0].starts_with("10 rejected invoice.paid evt_"), "{compact:?}");
    assert!(compact[1].starts_with("11 unanswered charge.failed evt_"), "{compact:?}");
    assert!(compact[1].contains(" refused "), "{compact:?}");
}

#[test]
fn filters_narrow_the_list() {
    let devtool = recorded();
    for (filter, expected) in [
        (&["--type", "invoice.*"][..], vec![1, 10]),
        (&["--type", "charge.failed", "--failed"], vec![11]),
        (&["--failed"], vec![10, 11]),
        (&["--undelivered"], vec![11]),
        (&["--status", "5xx"], vec![10]),
        (&["--status", "200", "--last", "2"], vec![8, 9]),
        (&["--session", "2"], vec![10]),
        (&["--grep", "of order"], vec![10]),
        (&["--grep", "\"transfer.created\""], vec![9]),
        (&["--since", "1h", "--last", "1"], vec![11]),
        (&["--type", "no.such.type"], vec![]),
    ] {
        assert_eq!(numbers(&devtool, filter), expected, "{filter:?}");
    }
    let run = devtool.rerun(&["history", "--type", "no.such.type"]).code(0);
    assert_eq!((run.stdout.as_str(), run.stderr.as_str()), ("", "no matching deliveries\n"));
    devtool.rerun(&["history", "--status", "high"]).code(2);
}

#[test]
fn a_type_that_nothing_has_is_told_its_like() {
    let devtool = recorded();
    let said = |of: &str| devtool.rerun(&["history", "--type", of]).code(0).stderr;
    insta::assert_snapshot!(said("invoce.paid"), @"no matching deliveries; did you mean `invoice.paid`, `invoice.updated` or `invoice.overpaid`?");
    insta::assert_snapshot!(said("charge"), @"no matching deliveries; did you mean `charge.*`?");
    insta::assert_snapshot!(said("payout.paid"), @"no matching deliveries");
    insta::assert_snapshot!(said("payout.*"), @"no matching deliveries");
}

#[cfg(unix)]
#[test]
#[cfg_attr(any(tests_without_curl, tests_without_sh), ignore = "needs curl and sh")]
fn a_delivery_can_be_sent_again_with_curl() {
    let endpoint = Endpoint::accepting();
    let devtool = trigger(&endpoint);
    devtool.run().code(0);
    let command = devtool.rerun(&["history", "show", "1", "--curl"]).code(0).stdout;
    let mut shell = std::process::Command::new("sh");
    let output = shell.args(["-c", &format!("{} --silent", command.trim_end())]).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let received = endpoint.received();
    assert_eq!(received.len(), 2);
    assert_eq!(received[0].body, received[1].body);
    let secret = devtool::config::Secret::parse(SECRET).unwrap();
    let verified = devtool::protocol::signature::verify(
        &secret,
        received[1].header("stripe-signature"),
        &received[1].body,
        devtool::protocol::Clock::system().now(),
    );
    assert_eq!(verified, Ok(()));
}

#[test]
fn exports_can_be_read() {
    let devtool = recorded();
    let lines = devtool.rerun(&["history", "export"]).code(0).stdout;
    let lines: Vec<serde_json::Value> =
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 11);
    assert_eq!(lines[10]["attempts"][0]["outcome"], "refused");
    let filtered = devtool.rerun(&["history", "export", "--failed"]).code(0).stdout;
    assert_eq!(filtered.lines().count(), 2);
    let archive = devtool.rerun(&["history", "export", "--format", "har"]).code(0).json();
    assert_eq!(archive["log"]["version"], "1.2");
    let entries = archive["log"]["entries"].as_array().unwrap();
    assert_eq!(entries.len(), 12, "an entry for each attempt");
    // The last delivery has two attempts.
    for (entry, line) in entries.iter().zip(&lines) {
        assert_eq!(entry["request"]["postData"]["text"], line["body"]);
        assert_eq!(entry["_event_id"], line["event_id"]);
    }
    assert_eq!(entries[9]["response"]["status"], 500);
    assert_eq!(entries[9]["response"]["content"]["text"], "out\nof order");
    assert_eq!(entries[10]["response"]["status"], 0);
}

#[test]
fn an_export_leaves_out_what_is_pruned_meanwhile_and_says_so() {
    let devtool = recorded();
    // As between the look at which deliveries there are and the look at one of them.
    let file = rusqlite::Connection::open(devtool.history()).unwrap();
    file.execute("DELETE FROM content WHERE delivery = 3", []).unwrap();
    for (format, is_whole) in [("jsonl", false), ("har", true)] {
        let run = devtool.rerun(&["history", "export", "--format", format]).code(0);
        assert_eq!(run.stderr, "warning: 1 delivery left out: pruned during the export\n");
        if is_whole {
            assert_eq!(run.json()["log"]["entries"].as_array().unwrap().len(), 11);
        } else {
            assert_eq!(run.stdout.lines().count(), 10);
        }
    }
}

#[test]
fn pruning_removes_the_oldest_and_keeps_the_last() {
    let devtool = recorded();
    let run = devtool.rerun(&["history", "prune"]).code(0);
    assert!(
        run.stdout.starts_with("removed 0 deliveries; 11 deliveries left in "),
        "{}",
        run.stdout
    );
    let pruned = devtool.rerun(&["history", "prune", "--keep", "0s", "--format", "json"]).code(0);
    assert_eq!((&pruned.json()["removed"], &pruned.json()["left"]), (&10.into(), &1.into()));
    assert_eq!(numbers(&devtool, &[]), [11]);
    let again = ["--retry", "1", "--retry-schedule", "0s"];
    devtool.rerun_with(&[&again[..], &["--no-history"]].concat()).code(4);
    devtool.rerun_with(&again).code(4);
    assert_eq!(numbers(&devtool, &[])[..2], [11, 12], "numbers go on");
}

#[test]
fn without_a_history_there_is_nothing_to_list_and_nothing_is_made() {
    let devtool = Devtool::new(&["history"]);
    let run = devtool.run().code(0);
    assert_eq!(run.stderr, "no matching deliveries\n");
    assert_eq!(numbers(&devtool, &[]), [] as [i64; 0]);
    devtool.rerun(&["history", "prune"]).code(0);
    assert!(!devtool.home().join(".local").exists());
}

#[test]
fn the_file_can_be_elsewhere() {
    let endpoint = Endpoint::accepting();
    let devtool = trigger(&endpoint).file(
        "devtool.toml",
        "[history]\nfile = \"mine.db\"\nkeep = \"1d\"\nmax_size = \"10MB\"\n",
    );
    devtool.run().code(0);
    assert!(devtool.directory().join("mine.db").exists());
    assert!(!devtool.history().exists());
    assert_eq!(numbers(&devtool, &[]), [1]);
    devtool.rerun_with(&["--history", "other.db"]).code(0);
    assert_eq!(numbers(&devtool, &["--history", "other.db"]), [1]);
}

#[test]
fn what_has_become_of_the_usual_file_is_set_aside() {
    let endpoint = Endpoint::accepting();
    let devtool = trigger(&endpoint);
    devtool.run().code(0);
    // What the log holds would mend it.
    std::fs::remove_file(devtool.history().with_extension("db-wal")).unwrap();
    std::fs::write(devtool.history(), "no database".repeat(1_000)).unwrap();
    let run = devtool.run().code(0);
    let said = "warning: the history file was damaged: devtool moved it to `";
    assert!(run.stderr.contains(said), "{}", run.stderr);
    assert_eq!(numbers(&devtool, &[]), [1]);
    let kept = run.stderr.split('`').nth(1).unwrap();
    assert!(std::fs::read_to_string(kept).unwrap().starts_with("no database"));
}

/// Everything of the history's files as bytes.
fn bytes(devtool: &Devtool) -> Vec<u8> {
    let file = devtool.history();
    let files = std::fs::read_dir(file.parent().unwrap()).unwrap();
    files.flat_map(|entry| std::fs::read(entry.unwrap().path()).unwrap()).collect()
}

#[test]
fn no_secret_is_ever_in_the_files() {
    let answer = format!("Invalid signature for {SECRET}");
    let endpoint = Endpoint::new(move |_| Reply::new(400, &answer).header("x-echo", SECRET));
    let devtool = trigger(&endpoint)
        .args(&["--header", "Authorization: Bearer hush_a", "--header", "Cookie: sid=hush_b"])
        .args(&["--header", "X-Key: sk_test_hush_c", "--header", "X-Plain: seen"]);
    devtool.run().code(1);
    let all = bytes(&devtool);
    let has = |text: &str| all.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(has("X-Plain: seen") && has("Stripe-Signature: t=") && has("(redacted)"));
    for secret in [SECRET, "hush_a", "hush_b", "hush_c"] {
        assert!(!has(secret), "{secret}");
    }
    assert_eq!(endpoint.received()[0].header("authorization"), "Bearer hush_a", "but it was sent");
}

#[cfg(target_os = "linux")]
#[test]
#[cfg_attr(tests_without_util_linux, ignore = "needs util-linux")]
fn a_full_disk_is_said_once_and_stops_nothing() {
    let endpoint = Endpoint::accepting();
    let devtool = Devtool::sending(&["scenario", "payment"], endpoint.port());
    let program = devtool.command();
    let mut limited = std::process::Command::new("prlimit");
    limited
        .args(["--fsize=150000", "env", "--ignore-signal=XFSZ"])
        .arg(program.get_program())
        .args(program.get_args())
        .current_dir(devtool.directory())
        .env_clear()
        .envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let run = crate::support::Run::of(limited.output().unwrap()).code(0);
    assert_eq!(endpoint.received().len(), 9);
    assert_eq!(run.stderr.matches("warning: ").count(), 1, "{}", run.stderr);
    let said = ["the history is incomplete: ", "this run is not recorded: "];
    assert!(said.iter().any(|said| run.stderr.contains(said)), "{}", run.stderr);
    // With room again, the file is as good as before.
    devtool.run().code(0);
    assert!(numbers(&devtool, &[]).len() >= 9);
}

#[cfg(unix)]
#[test]
fn what_was_under_way_when_devtool_was_killed_is_listed() {
    let (tell, told) = std::sync::mpsc::channel();
    let endpoint = Endpoint::new(move |_| {
        let _ = tell.send(());
        Reply { after: std::time::Duration::from_secs(600), ..Reply::new(200, "") }
    });
    let devtool = trigger(&endpoint);
    let mut child = devtool.command().stdout(std::process::Stdio::null()).spawn().unwrap();
    told.recv().unwrap();
    // It has been handed to the writer before it was sent; the commit is a matter of moments.
    let start = std::time::Instant::now();
    while numbers(&devtool, &[]).is_empty() {
        assert!(start.elapsed() < std::time::Duration::from_secs(30), "it is not recorded");
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(numbers(&devtool, &["--undelivered"]), [1]);
    assert_eq!(numbers(&devtool, &["--failed"]), [] as [i64; 0]);
    let list = devtool.rerun(&["history"]).code(0).stdout;
    assert!(list.contains("  open"), "{list}");
}

#[test]
fn several_runs_at_once_are_all_recorded() {
    let endpoint = Endpoint::accepting();
    let devtool = Devtool::sending(&["scenario", "payment"], endpoint.port());
    let children: Vec<_> = (0..4)
        .map(|_| devtool.command().stdout(std::process::Stdio::null()).spawn().unwrap())
        .collect();
    for mut child in children {
        assert_eq!(child.wait().unwrap().code(), Some(0));
    }
    assert_eq!(numbers(&devtool, &[]).len(), 36);
    for session in ["1", "2", "3", "4"] {
        assert_eq!(numbers(&devtool, &["--session", session, "--status", "2xx"]).len(), 9);
    }
}

#[test]
fn a_file_that_is_damaged_inside_is_set_aside_and_the_run_is_recorded() {
    let devtool = recorded();
    devtool.rerun(&["history", "prune"]).code(0);
    let file = devtool.history();
    let mut bytes = std::fs::read(&file).unwrap();
    // The first page says that it is a database, and names its tables.
    bytes[16_384..].fill(0x55);
    std::fs::write(&file, &bytes).unwrap();
    let endpoint = Endpoint::accepting();
    let port = endpoint.port().to_string();
    let run = devtool.rerun(&["trigger", "invoice.paid", "--port", &port]).code(0);
    let said = "the history is incomplete: the file was damaged; devtool moved it to `";
    assert!(run.stderr.contains(said), "{}", run.stderr);
    assert_eq!(numbers(&devtool, &[]), [1]);
    let aside = run.stderr.split('`').nth(1).unwrap();
    assert_eq!(std::fs::read(aside).unwrap(), bytes);
}
