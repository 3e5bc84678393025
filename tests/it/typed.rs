//! What fingers type: the Stripe CLI's options and commands, ports without their option, names in another case.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use crate::docs::assert_parses;
use crate::suggestions::suggested;
use crate::support::endpoint::Endpoint;
use crate::support::{Devtool, Run, SECRET, stub};

/// Each command line with the error and the exit code that it ends with.
fn errors(devtool: &Devtool, lines: &[&[&str]]) -> String {
    let mut told = String::new();
    for line in lines {
        let run = devtool.rerun(line);
        assert_eq!(run.stdout, "", "{line:?}");
        for command in suggested(&run.stderr) {
            assert_parses(command.strip_prefix("devtool ").unwrap());
        }
        told.push_str(&format!("$ devtool {}\n{}[{}]\n", line.join(" "), run.stderr, run.code));
    }
    told
}

#[test]
fn options_of_the_stripe_cli_are_answered_with_the_word_for_them() {
    let lines: &[&[&str]] = &[
        &["listen", "--print-secret"],
        &["listen", "-a"],
        &["listen", "--load-from-webhooks-api", "--forward-to", "localhost:5000/x"],
        &["listen", "--events-from", "@self"],
        &["listen", "--forward-thin-connect-to", "localhost:5000/x", "-e", "invoice.paid"],
        &["listen", "--live"],
        &["listen", "--api-key", "sk_test_51HxTheKeyThatNobodyShouldSee", "-p", "5000"],
        &["listen", "--log-level", "debug", "--port", "5000"],
        &["demo", "-p", "abc"],
        &["scenario", "payment", "--log-level", "debug"],
        &["listen", "-sZ"],
        &["listen", "-jlZ"],
        &["listen", "--skip-update=zzz"],
        &["-qvz"],
        &["listen", "--print-json=yes"],
        &["listen", "--device-name=laptop"],
        &["listen", "--config", "config.toml"],
        &["listen", "-p", "my-project"],
        &["trigger", "invoice.paid", "--override", "invoice:lines[0][metadata][a]=1", "-p", "5000"],
        &[
            "trigger",
            "invoice.paid",
            "--add=invoice:description=it's",
            "--remove",
            "invoice:number",
        ],
        &["trigger", "invoice.paid", "--override", "invoice:lines[0].amount=7"],
        &["trigger", "invoice.paid", "--override"],
        &["trigger", "invoice.paid", "--override", "--port", "5000"],
        &["trigger", "invoice.paid", "--headers"],
        &["trigger", "invoice.paid", "--skip", "invoice", "--secret", "whsec_hidden"],
        &["trigger", "invoice.paid", "--raw", "{}"],
        &["trigger", "invoice.paid", "--edit"],
        &["login", "--new-session"],
        &["trigger", "invoice.paid", "-x"],
    ];
    insta::assert_snapshot!("options", errors(&Devtool::new(&[]), lines));
}

#[test]
fn commands_of_others_are_answered_with_what_to_type() {
    let lines: &[&[&str]] = &[
        &["resend", "evt_1"],
        &["events", "resend", "evt_1"],
        &["events", "retrieve", "evt_1"],
        &["fixtures", "a fixture.json"],
        &["logs", "tail", "--filter-http-method", "POST", "--api-key", "sk_test_hidden"],
        &["get", "/v1/account"],
        &["whoami"],
        &["install"],
        &["status"],
        &["send", "invoice.paid", "--port", "5000"],
        &["send", "invoice.paid", "--header", "X-A: b", "--port", "5000"],
        &["emit", "invoice.paid", "--set", "description=x", "-q", "--account", "acct_1"],
        &["run", "payment"],
        &["run", "payment", "--secret", "whsec_12345678"],
        &["events", "resend", "evt_1", "--secret=whsec_12345678", "-H", "X-A: b"],
        &["list"],
        &["triger", "invoice.paid"],
        &["history", "sho"],
        &["history", "lisen"],
        &["replay"],
    ];
    insta::assert_snapshot!("commands", errors(&Devtool::new(&[]), lines));
}

#[test]
fn words_that_may_mean_several_things_are_answered_with_what_to_type() {
    let devtool = Devtool::new(&[]).file("fixture.json", r#"{"fixtures": []}"#);
    let lines: &[&[&str]] = &[
        &["listen", "flask", "run"],
        &["listen", "--port", "5000", "npm", "run dev"],
        &["listen", "npm", "run", "dev", "--", "--port", "3000"],
        &["listen", "invoice.paid", "charge.succeeded", "5000"],
        &["listen", "npm", "start", "--secret", "whsec_12345678"],
        &["listen", "flask", "run", "--debug"],
        &["listen", "--debug", "flask"],
        &["listen", "invoice.*"],
        &["listen", "invoice.paid,charge.*", "customer.created"],
        &["listen", "invoice.paid", "./app"],
        &["trigger", "invoice.paid", "charge.succeeded"],
        &["trigger", "invoice", "payed"],
        &["trigger", "shop", "opened"],
        &["trigger", "./fixture.json"],
        &["trigger", "INVOICE.PAID"],
        &["trigger", "invoice_paid"],
        &["trigger", "invoice.paid", "0"],
    ];
    insta::assert_snapshot!("words", errors(&devtool, lines));
}

#[cfg(target_os = "linux")]
#[test]
fn a_word_that_is_no_text_is_named_as_far_as_it_is() {
    use std::os::unix::ffi::OsStrExt as _;
    let devtool = Devtool::new(&["listen"]);
    let mut command = devtool.command();
    let run = Run::of(command.arg(std::ffi::OsStr::from_bytes(b"caf\xe9")).output().unwrap());
    assert!(run.code(2).stderr.starts_with("error: unexpected argument `caf\u{fffd}`\n"));
}

#[test]
fn fields_are_named_by_the_place_that_they_have_now() {
    let set = |event: &'static str, setting: &'static str| ["trigger", event, "--set", setting];
    let lines = [
        set("invoice.paid", "subscription=sub_1"),
        set("invoice.paid", "data.object.subscription=sub_1"),
        set("invoice.paid", "payment_intent=pi_1"),
        set("invoice.paid", "lines.data[0].price.id=price_1"),
        set("customer.subscription.updated", "current_period_end=5"),
        set("invoice.paid", "invoice:description=x"),
        set("invoice.paid", "metadata[order]=7"),
        ["trigger", "invoice.paid", "--unset", "invoice:description"],
    ];
    let lines: Vec<&[&str]> = lines.iter().map(<[&str; 4]>::as_slice).collect();
    insta::assert_snapshot!("fields", errors(&Devtool::new(&[]), &lines));
    let file = "[[step]]\nevent = \"invoice.paid\"\n[step.set]\nsubscription = \"sub_1\"\n";
    let devtool = Devtool::new(&["scenario", "old.toml", "--check"]).file("old.toml", file);
    insta::assert_snapshot!(devtool.run().code(3).stderr, @r#"
    error: old.toml:4:1: `set.subscription` of step 1: the event has no field `subscription`: since 2025-03-31 it is `parent.subscription_details.subscription`
      4 | subscription = "sub_1"
        | ^^^^^^^^^^^^^^^^^^^^^^
      hint: see what a scenario file can say:
            devtool help scenario-files
    "#);
    let earlier = Devtool::new(&["trigger", "invoice.paid", "--set", "subscription=sub_1"])
        .args(&["--api-version", "2025-02-24.acacia", "--print"]);
    assert_eq!(earlier.run().code(0).json()["data"]["object"]["subscription"], "sub_1");
}

#[cfg(unix)]
#[test]
#[cfg_attr(tests_without_sh, ignore = "needs sh")]
fn event_types_that_cannot_be_meant_are_not_listened_for() {
    let listen = stub::devtool(&[], &[stub::KNOWS_ITS_ACCOUNT]);
    let with = |option: &'static str, value: &'static str| ["listen", option, value];
    let lines = [
        with("--events", "invoice.paid customer.created"),
        with("--events", "Invoice.Paid"),
        with("--events", ""),
        with("--events", "v1.billing.meter.no_meter_found"),
        with("--thin-events", "v1.billing.meter.no_meter_fond*"),
        with("-e", "invoices.*"),
    ];
    let lines: Vec<&[&str]> = lines.iter().map(<[&str; 3]>::as_slice).collect();
    insta::assert_snapshot!("types", errors(&listen, &lines));
}

#[test]
fn ports_urls_and_types_in_two_words_just_work() {
    let endpoint = Endpoint::accepting();
    let port = endpoint.port().to_string();
    let url = format!("localhost:{port}/hook");
    let devtool = Devtool::new(&[]).env("STRIPE_WEBHOOK_SECRET", SECRET);
    let object = r#"{"id": "in_1", "object": "invoice"}"#;
    let devtool = devtool.file("invoice.json", object);
    for line in [
        &["scenario", "refund-full", &port, "-q"][..],
        &["trigger", "charge", "pending", &url, "-H", "X-Tenant: acme"],
        &["trigger", "invoice.paid", "-p", &port],
        &["trigger", "invoice.paid", "invoice.json", &port],
        &["trigger", "invoice.paid", "--stripe-account", "acct_1", "--headers", "A: 1, B:2", &port],
    ] {
        devtool.rerun(line).code(0);
    }
    let received = endpoint.received();
    let [.., pending, paid, own, connected] = &received[..] else { panic!("{}", received.len()) };
    assert_eq!((pending.uri.path(), pending.header("x-tenant")), ("/hook", "acme"));
    assert_eq!(pending.event()["type"], "charge.pending");
    assert_eq!(paid.event()["type"], "invoice.paid");
    assert_eq!(own.event()["data"]["object"]["id"], "in_1");
    assert_eq!(connected.event()["account"], "acct_1");
    assert_eq!((connected.header("a"), connected.header("b")), ("1", "2"));
    assert!(received.len() > 5);
    for line in [&["history", "2"][..], &["history", "show", "2"]] {
        assert!(devtool.rerun(line).code(0).stdout.starts_with("PASS delivery 2: "));
    }
    let last = devtool.rerun(&["history", "show"]).code(0).stdout;
    assert!(last.starts_with(&format!("PASS delivery {}: invoice.paid", received.len())), "{last}");
}

#[test]
fn a_report_whose_ending_says_its_format_needs_no_other_word() {
    let endpoint = Endpoint::accepting();
    let devtool = Devtool::sending(&["trigger", "invoice.paid"], endpoint.port());
    devtool.rerun_with(&["-o", "a.xml", "-o", "b.html", "-o", "c.md"]).code(0);
    devtool.rerun_with(&["-od.JSON"]).code(0);
    for (name, start) in
        [("a.xml", "<?xml"), ("b.html", "<!doctype html>"), ("c.md", "#"), ("d.JSON", "{")]
    {
        let text = std::fs::read_to_string(devtool.directory().join(name)).unwrap();
        assert!(text.to_lowercase().starts_with(start), "{name}: {text}");
    }
    let error = devtool.rerun_with(&["-o", "report.txt"]).code(2).stderr;
    assert!(error.contains("expected FORMAT=PATH, such as html=report.html"), "{error}");
}

#[test]
fn the_version_is_a_word_too() {
    let devtool = Devtool::new(&[]);
    let version = devtool.rerun(&["--version"]).code(0).stdout;
    for word in ["version", "-V", "-v"] {
        assert_eq!(devtool.rerun(&[word]).code(0).stdout, version);
    }
    for line in [
        &["--version", "listen"][..],
        &["-V", "listen", "--skip-update"],
        &["--version", "setup", "--check"],
        &["-q", "-V", "trigger", "invoice.paid", "5000"],
    ] {
        assert_eq!(devtool.rerun(line).code(0).stdout, version, "{line:?}");
    }
}

#[test]
fn help_is_shown_whatever_else_is_typed() {
    let devtool = Devtool::new(&[]);
    for (line, asked) in [
        (&["trigger", "--override", "a:b=c", "-h"][..], ["trigger", "-h"]),
        (&["listen", "flask", "--help"], ["listen", "--help"]),
        (&["-q", "listen", "-h", "--skip-update=x", "--", "app"], ["listen", "-h"]),
    ] {
        let help = devtool.rerun(&asked).code(0).stdout;
        assert!(help.contains(&format!("Usage: devtool {}", asked[0])), "{help}");
        assert_eq!(devtool.rerun(line).code(0).stdout, help, "{line:?}");
    }
    let of_listen = devtool.rerun(&["listen", "--help"]).stdout;
    assert_eq!(devtool.rerun(&["--help", "listen"]).stdout, of_listen);
    devtool.rerun(&["triger", "--help"]).code(2);
    let show = devtool.rerun(&["history", "show", "--help"]).code(0).stdout;
    for line in [&["history", "12", "--help"][..], &["history", "--help", "evt_1"]] {
        assert_eq!(devtool.rerun(line).code(0).stdout, show, "{line:?}");
    }
    for (line, instead) in [
        (&["resend", "--help"][..], "devtool replay --help"),
        (&["fixtures", "-h"], "devtool stripe fixtures -h"),
        (&["install", "--help"], "devtool setup"),
    ] {
        assert_eq!(suggested(&devtool.rerun(line).code(2).stderr), [instead], "{line:?}");
    }
}

#[cfg(unix)]
#[test]
#[cfg_attr(tests_without_sh, ignore = "needs sh")]
fn the_stripe_cli_gets_its_words_without_a_separator() {
    let echo = "#!/bin/sh\nprintf '%s|' \"$@\"\n";
    let devtool = Devtool::new(&[]).program("stripe", echo);
    for (line, expected) in [
        (&["stripe", "version"][..], "version|"),
        (&["stripe", "--version"], "--version|"),
        (&["stripe", "listen", "--help"], "listen|--help|"),
        (&["stripe", "-p", "shop", "listen", "-q"], "-p|shop|listen|-q|"),
        (&["stripe", "listen", "5000", "--", "-x"], "listen|5000|--|-x|"),
        (&["stripe", "--", "--help"], "--help|"),
        (&["stripe", "events", "resend", "evt_1"], "events|resend|evt_1|"),
    ] {
        assert_eq!(devtool.rerun(line).code(0).stdout, expected, "{line:?}");
    }
    let help = devtool.rerun(&["stripe", "--help"]).code(0).stdout;
    assert!(help.contains("Usage: devtool stripe"), "{help}");
}

#[cfg(unix)]
#[test]
#[cfg_attr(tests_without_sh, ignore = "needs sh")]
fn a_listen_takes_a_port_and_the_stripe_clis_options() {
    let app = Endpoint::accepting();
    let port = app.port().to_string();
    let url = format!("localhost:{port}/hook");
    let cases = [stub::KNOWS_ITS_ACCOUNT, stub::LISTENS];
    for (line, passed_on) in [
        (&["listen", &port, "--skip-update", "--all-snapshot", "-j"][..], "listen "),
        (&["listen", "-f", &url, "-e", "invoice.paid", "-l", "-H", "A: 1", "-js"], "--latest"),
    ] {
        let devtool = stub::devtool(line, &cases).env("STRIPE_WEBHOOK_SECRET", SECRET);
        let mut command = devtool.command();
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let relay = stub::relay(&devtool);
        let typed = std::fs::read_to_string(devtool.home().join("arguments")).unwrap();
        assert!(typed.contains(passed_on), "{typed}");
        stub::post(&relay, [(1, "invoice.paid")].into_iter());
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let (ready, row) = (lines.next().unwrap().unwrap(), lines.next().unwrap().unwrap());
        assert!(ready.contains(r#""type":"ready""#), "{ready}");
        crate::support::signal(child.id(), "TERM");
        assert_eq!(child.wait().unwrap().code(), Some(0));
        let row: serde_json::Value = serde_json::from_str(&row).unwrap();
        assert_eq!(row["event"], "invoice.paid");
    }
}
