//! Nothing listens where events are to go: said in one line, before anything is sent.

use std::io::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

use crate::support::Devtool;
use crate::support::asking::free_port;
use crate::support::endpoint::{Endpoint, Reply};
use crate::support::filters::filters;
use crate::support::raw::RawEndpoint;
#[cfg(unix)]
use crate::support::terminal::Terminal;

#[test]
fn nothing_listening_is_one_line_before_anything_is_sent() {
    let _filters = filters();
    let port = free_port();
    for arguments in [&["scenario", "payment"][..], &["trigger", "invoice.paid"]] {
        let devtool = Devtool::sending(arguments, port);
        insta::allow_duplicates! {
            insta::assert_snapshot!(devtool.run().whole(), @"
            exit code: 4
            ----- stdout -----

            ----- stderr -----
            error: nothing listens on 127.0.0.1:PORT
              hint: start your app, or set its port with `--port`
            ");
        }
        assert_eq!(devtool.rerun_with(&["--format", "compact"]).code(4).stdout, "");
        let recorded = devtool.rerun(&["history", "--format", "compact"]).code(0);
        assert_eq!(recorded.stdout, "", "nothing is recorded");
    }
}

#[test]
fn a_replay_finds_nothing_listening_either() {
    let endpoint = Endpoint::accepting();
    let devtool = Devtool::sending(&["scenario", "payment"], endpoint.port());
    devtool.run().code(0);
    drop(endpoint);
    let run = devtool.rerun(&["replay", "--last", "2", "--yes"]).code(4);
    assert!(run.stderr.starts_with("error: nothing listens on 127.0.0.1:"), "{}", run.stderr);
    assert_eq!(run.stdout, "");
}

#[test]
fn reports_are_written_with_every_step_skipped_for_that_reason() {
    let devtool = Devtool::sending(&["scenario", "payment", "--format", "json"], free_port())
        .args(&["--report", "r.xml", "--report", "r.html", "--report", "r.md"]);
    let report = devtool.run().code(4).json();
    assert_eq!((&report["verdict"], &report["interrupted"]), (&"fail".into(), &false.into()));
    assert_eq!(report["totals"]["skipped"], 9);
    for step in report["steps"].as_array().unwrap() {
        assert_eq!(
            (&step["verdict"], &step["attempts"]),
            (&"skipped".into(), &Value::Array(vec![]))
        );
        assert_eq!(
            (&step["delivery"], &step["diagnosis"]["id"]),
            (&Value::Null, &"connection.refused".into())
        );
        assert!(step["hint"].as_str().unwrap().starts_with("nothing listens on "), "{step}");
    }
    let read = |name| std::fs::read_to_string(devtool.directory().join(name)).unwrap();
    let junit = read("r.xml");
    assert!(junit.contains("tests=\"9\" skipped=\"9\" failures=\"0\" errors=\"0\""), "{junit}");
    assert_eq!(junit.matches("cause: nothing listens on 127.0.0.1:").count(), 9, "{junit}");
    for page in [read("r.html"), read("r.md")] {
        assert!(page.contains("9 not sent (nothing listens on 127.0.0.1:"), "{page}");
    }
}

#[test]
fn with_retries_it_is_sent_as_nobody_may_be_there_at_first() {
    let devtool = Devtool::sending(&["trigger", "invoice.paid", "--format", "json"], free_port());
    let report = devtool.args(&["--retry", "1", "--retry-schedule", "0s"]).run().code(4).json();
    let attempts = report["steps"][0]["attempts"].as_array().unwrap();
    assert_eq!(attempts.len(), 2);
    assert!(attempts.iter().all(|attempt| attempt["outcome"] == "refused"), "{report}");
}

#[test]
fn where_one_of_two_endpoints_is_there_the_events_are_sent() {
    let main = Endpoint::accepting();
    let toml = format!(
        "url = \"http://{}/webhook\"\n[[route]]\nevents = \"invoice.*\"\nurl = \"http://127.0.0.1:{}/invoices\"\n",
        main.address,
        free_port()
    );
    let devtool =
        Devtool::new(&["scenario", "payment", "--format", "json"]).file("devtool.toml", &toml);
    let report = devtool.run().code(1).json();
    assert_eq!(
        (&report["totals"]["failed"], &report["totals"]["accepted"]),
        (&1.into(), &8.into())
    );
    assert_eq!(report["steps"][0]["attempts"][0]["outcome"], "refused");
}

#[test]
fn the_first_event_takes_the_connection_that_found_the_app() {
    let connections = std::sync::Arc::new(AtomicUsize::new(0));
    let counted = std::sync::Arc::clone(&connections);
    let endpoint = RawEndpoint::new(1, move |_, stream| {
        counted.fetch_add(1, Ordering::SeqCst);
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").unwrap();
    });
    Devtool::sending(&["trigger", "invoice.paid"], endpoint.port).run().code(0);
    endpoint.join();
    assert_eq!(connections.load(Ordering::SeqCst), 1);
}

#[test]
#[cfg(unix)]
fn a_setup_may_start_the_app_and_a_teardown_runs_all_the_same() {
    let file = "[setup]\nrun = [\"touch\", \"set-up\"]\n[teardown]\nrun = [\"touch\", \"torn-down\"]\n\
                [[step]]\nevent = \"invoice.paid\"\n[[step]]\nevent = \"charge.succeeded\"\n";
    let devtool = Devtool::sending(&["scenario", "flow.toml"], free_port()).file("flow.toml", file);
    let run = devtool.run().code(4);
    assert!(run.stderr.contains("error: nothing listens on 127.0.0.1:"), "{}", run.stderr);
    assert!(!run.stdout.contains("refused"), "{}", run.stdout);
    for made in ["set-up", "torn-down"] {
        assert!(devtool.directory().join(made).exists(), "{made}\n{}", run.stdout);
    }
}

#[test]
fn who_waits_for_the_app_gives_up_in_time() {
    let devtool = Devtool::sending(&["trigger", "invoice.paid"], free_port());
    let run = devtool.args(&["--wait-for-app", "120ms"]).run().code(4);
    assert!(run.stderr.starts_with("error: nothing listens on 127.0.0.1:"), "{}", run.stderr);
}

#[test]
#[cfg(unix)]
#[cfg_attr(tests_without_util_linux, ignore = "needs util-linux")]
fn an_app_that_is_still_starting_is_waited_for() {
    let port = free_port();
    let devtool = Devtool::sending(&["scenario", "payment", "--wait-for-app", "60s"], port)
        .env("TERM", "xterm");
    let mut terminal = Terminal::start_sized(&devtool, 24, 100);
    terminal.wait_for("waiting for the app on 127.0.0.1:");
    let endpoint = Endpoint::at(&format!("127.0.0.1:{port}"), Box::new(|_| Reply::new(200, "")));
    terminal.wait_for("9 of 9 events accepted");
    assert_eq!(endpoint.names().len(), 9);
    assert_eq!(terminal.finish().1, 0);
}
