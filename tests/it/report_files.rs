//! `--report`: what lies in the files, whatever became of the run.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::support::endpoint::{Endpoint, Reply};
use crate::support::raw::RawEndpoint;
use crate::support::{Devtool, SECRET};

/// A flow that has everything that a report can show.
const FLOW: &str = r#"
    [[step]]
    event = "invoice.created"
    [[step]]
    event = "invoice.paid"
    repeat = 2
    expect.body.json = { order = 17 }
    [[step]]
    event = "charge.failed"
    expect.status = 400
    [[check]]
    path = "/orders/{{invoice}}"
    expect.body.contains = "paid"
"#;

const REPORTS: [&str; 8] = [
    "--report",
    "json=out/report.json",
    "--report",
    "junit=out/report.xml",
    "--report",
    "html=out/report.html",
    "--report",
    "markdown=out/report.md",
];

/// An app that takes invoices, fails on charges with what no report may take as its own, and shows
/// orders that are open.
pub(crate) fn app() -> Endpoint {
    Endpoint::new(|request| match request.method.as_str() {
        "GET" => Reply::new(200, "open | <b>`"),
        _ if request.name().starts_with("charge") => {
            let page = format!(
                "</pre><script>alert(1)</script> ]]> \u{1b}[2J {SECRET} sk_test_abc123 & \u{0}"
            );
            Reply { body: page.into_bytes(), ..Reply::new(500, "") }
        }
        _ => Reply::new(200, r#"{"status":"success"}"#),
    })
}

/// Reports of the flow and of the payment scenario, with retries, and the directory that they lie in.
pub(crate) fn reports(endpoint: &Endpoint) -> (Devtool, PathBuf) {
    let devtool = Devtool::sending(&["scenario", "flow.toml", "payment"], endpoint.port())
        .args(&["--retry-schedule", "0s", "--header", "Authorization: Bearer hush"])
        .args(&REPORTS)
        .file("flow.toml", FLOW);
    devtool.run().code(1);
    let directory = devtool.directory().join("out");
    (devtool, directory)
}

/// Holds a report against the schema in docs/.
#[track_caller]
pub(crate) fn assert_valid(report: &Value) {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/report.schema.json");
    let schema = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let faults: Vec<String> = validator
        .iter_errors(report)
        .map(|fault| format!("{}: {fault}", fault.instance_path()))
        .collect();
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn reports_of_all_kinds_of_runs_fit_the_schema() {
    let endpoint = app();
    let (_devtool, directory) = reports(&endpoint);
    let text = std::fs::read_to_string(directory.join("report.json")).unwrap();
    assert_valid(&serde_json::from_str(&text).unwrap());
    let json = ["--format", "json"];
    let port = endpoint.port();
    for arguments in [
        &["trigger", "invoice.paid"][..],
        &["scenario", "payment", "--fail-fast"],
        &["scenario", "billing", "--order", "shuffle", "--concurrency", "3"],
        &["scenario", "billing", "--orders", "2", "--duplicate", "1"],
    ] {
        assert_valid(&Devtool::sending(arguments, port).args(&json).run().json());
    }
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    assert_valid(&Devtool::sending(&["trigger", "invoice.paid"], silent).args(&json).run().json());
    assert_valid(&Devtool::new(&["demo"]).args(&json).run().json());
    let binary = Endpoint::new(|_| Reply { body: vec![0xff, 0], ..Reply::new(200, "") });
    let devtool = Devtool::sending(&["trigger", "invoice.paid"], binary.port()).args(&json);
    assert_valid(&devtool.run().json());
    let page =
        Endpoint::new(|_| Reply::new(200, "<h1>Hi</h1>").header("content-type", "text/html"));
    let report = Devtool::sending(&["trigger", "invoice.paid"], page.port()).args(&json).run();
    assert_eq!(report.json()["steps"][0]["remarks"][0]["code"], "html_page");
    assert_valid(&report.json());
    let cut = RawEndpoint::answering(1, b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\ncut");
    let report = Devtool::sending(&["trigger", "invoice.paid"], cut.port).args(&json).run();
    assert_eq!(report.json()["steps"][0]["remarks"][0]["code"], "body_broke_off");
    assert_valid(&report.json());
}

#[test]
fn the_schema_finds_planted_faults() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/report.schema.json");
    let schema = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let report = Devtool::new(&["demo", "--format", "json"]).run().json();
    assert!(validator.is_valid(&report));
    for (pointer, value) in [
        ("/verdict", Value::from("maybe")),
        ("/steps/0/index", Value::from(0)),
        ("/steps/0/attempts/0/status", Value::Null),
        ("/stories/0/order", Value::from("random")),
        ("/totals/steps", Value::from(-1)),
    ] {
        let mut broken = report.clone();
        *broken.pointer_mut(pointer).unwrap() = value;
        assert!(!validator.is_valid(&broken), "{pointer}");
    }
}

#[test]
#[cfg_attr(tests_without_xmllint, ignore = "needs xmllint")]
fn the_junit_report_is_one_that_ci_systems_read() {
    let (_devtool, directory) = reports(&app());
    let file = directory.join("report.xml");
    let output = Command::new("xmllint")
        .args(["--noout", "--schema", concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/junit.xsd")])
        .arg(&file)
        .output()
        .expect("this test needs xmllint");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = std::fs::read_to_string(file).unwrap();
    let head =
        "<testsuites name=\"devtool\" tests=\"14\" skipped=\"0\" failures=\"6\" errors=\"0\"";
    assert!(text.contains(head), "{text}");
    assert!(
        text.contains("<testcase name=\"3 invoice.paid (again)\" classname=\"flow\""),
        "{text}"
    );
    assert!(text.contains("<failure message=\"answered 500\" type=\"response\">"), "{text}");
    assert!(text.contains("body order: expected 17, found nothing"), "{text}");
}

#[test]
#[cfg_attr(tests_without_xmllint, ignore = "needs xmllint")]
fn junit_is_well_formed_whatever_an_answer_holds() {
    let everything: Vec<u8> = (0..=255).collect();
    let bodies: [&[u8]; 7] = [
        &everything,
        b"]]> <![CDATA[ ]] > </failure> <!-- -- > &amp; &#0; &#x1b; &nope; <?xml?>",
        "\u{1b}[31m\u{85}\u{2028}\u{fffe}\u{ffff}\u{1fffe}\u{10ffff}\u{e000}".as_bytes(),
        b"\xed\xa0\x80\xed\xbf\xbf \xf4\x90\x80\x80 \xc0\x80",
        b"<html><title>]]>\x00\x0b\xff</title><h1>a\x1fb</h1></html>",
        b"{\"error\": \"\\u0000\\ud800 ]]>\"}",
        b"\xff\xfe<\x00]\x00]\x00>\x00",
    ];
    for (body, html) in bodies.iter().flat_map(|body| [(body, false), (body, true)]) {
        let body = body.to_vec();
        let app = Endpoint::new(move |request| {
            // Rejections, and answers that call for a remark.
            let status = if request.name() == "charge.succeeded" { 200 } else { 500 };
            let reply = Reply { body: body.clone(), ..Reply::new(status, "") };
            let kind = if html { "text/html" } else { "application/json" };
            reply.header("content-type", kind)
        });
        let scenario = "[[step]]\nevent = \"charge.succeeded\"\nexpect.body = \"x]]>\\u0001\"\n\
                        [[step]]\nevent = \"charge.succeeded\"\n[[step]]\nevent = \"a]]>.\\u0002\"\n\
                        object = \"charge\"\n[[step]]\nevent = \"invoice.paid\"\n";
        let devtool = Devtool::sending(&["scenario", "flow.toml", "-o", "report.xml"], app.port())
            .file("flow.toml", scenario);
        let run = devtool.run();
        assert_eq!(run.code, 1, "{}{}", run.stdout, run.stderr);
        let schema = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/junit.xsd");
        let output = Command::new("xmllint")
            .args(["--noout", "--schema", schema])
            .arg(devtool.directory().join("report.xml"))
            .output()
            .expect("this test needs xmllint");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn a_run_without_answers_has_errors_in_junit() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let again = ["--fail-fast", "--retry", "1", "--retry-schedule", "0s"];
    let devtool = Devtool::sending(&["scenario", "payment"], silent).args(&again).args(&REPORTS);
    devtool.run().code(4);
    let text = std::fs::read_to_string(devtool.directory().join("out/report.xml")).unwrap();
    assert!(text.contains("tests=\"9\" skipped=\"8\" failures=\"0\" errors=\"1\""), "{text}");
    assert!(text.contains("type=\"refused\""), "{text}");
}

#[test]
fn the_markdown_report_is_a_summary() {
    let (_devtool, directory) = reports(&app());
    let text = std::fs::read_to_string(directory.join("report.md")).unwrap();
    assert!(text.starts_with("## FAIL: `2 stories`\n\n0 of 2 stories, "), "{text}");
    assert!(text.contains("| FAIL | `flow` | 4 | 1 rejected, 2 unexpected | "), "{text}");
    assert!(
        text.contains("\n### `flow 4 charge.failed`: 500\n\n- `status`: expected `400`"),
        "{text}"
    );
    assert!(
        text.contains("- `body`: expected `\"paid\" in it`, found `\"open \\| <b>'\"`"),
        "{text}"
    );
    let devtool = Devtool::new(&["scenario", "payment"]);
    drop(devtool);
    let endpoint = Endpoint::accepting();
    let devtool = Devtool::sending(&["scenario", "payment"], endpoint.port()).args(&REPORTS);
    devtool.run().code(0);
    let text = std::fs::read_to_string(devtool.directory().join("out/report.md")).unwrap();
    assert!(text.starts_with("## PASS: `payment`\n\n9 of 9 events accepted in "), "{text}");
    assert!(text.contains("| PASS | 1 | `invoice.created` | 200 | "), "{text}");
}

#[test]
fn no_file_has_a_secret_in_it() {
    let (_devtool, directory) = reports(&app());
    for name in ["report.json", "report.xml", "report.html", "report.md"] {
        let text = std::fs::read_to_string(directory.join(name)).unwrap();
        for secret in ["hush", SECRET, "sk_test_abc123"] {
            assert!(!text.contains(secret), "{name} has {secret}");
        }
        assert!(!text.contains('\u{1b}'), "{name} has control characters");
    }
}

#[test]
fn the_html_report_is_one_file_without_scripts() {
    let (_devtool, directory) = reports(&app());
    let text = std::fs::read_to_string(directory.join("report.html")).unwrap();
    assert!(!text.contains("<script>alert"), "what an app answers is no part of the page");
    assert!(text.contains("&#60;script&#62;alert(1)&#60;/script&#62;"), "{text}");
    for outside in ["src=", "@import", "url(", "href=\"http"] {
        assert!(!text.contains(outside), "{outside}");
    }
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_has_its_reports() {
    let endpoint = Endpoint::new(|request| Reply {
        after: Duration::from_secs(if request.name() == "charge.pending" { 20 } else { 0 }),
        ..Reply::new(200, "")
    });
    let devtool = Devtool::sending(&["scenario", "payment"], endpoint.port()).args(&REPORTS);
    let child = devtool.command().stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    while endpoint.received().len() < 6 {
        std::thread::sleep(Duration::from_millis(5));
    }
    crate::support::interrupt(&child);
    crate::support::Run::of(child.wait_with_output().unwrap()).code(130);
    let directory = devtool.directory().join("out");
    let text = std::fs::read_to_string(directory.join("report.json")).unwrap();
    let report: Value = serde_json::from_str(&text).unwrap();
    assert_valid(&report);
    assert_eq!(report["interrupted"], true);
    let text = std::fs::read_to_string(directory.join("report.html")).unwrap();
    assert!(text.contains("interrupted"));
    let left: Vec<_> = std::fs::read_dir(&directory).unwrap().collect();
    assert_eq!(left.len(), 4, "no half-written file is left");
}

#[test]
fn a_report_replaces_an_older_one_and_its_directory_is_made() {
    let endpoint = Endpoint::accepting();
    let devtool = Devtool::sending(&["trigger", "invoice.paid"], endpoint.port())
        .args(&["--report", "json=a/b/report.json"])
        .file("a/b/report.json", "old");
    devtool.run().code(0);
    let file = devtool.directory().join("a/b/report.json");
    assert!(std::fs::read_to_string(file).unwrap().starts_with("{\n  \"schema\": 1,"));
}

#[test]
fn a_report_that_cannot_be_written_is_said_before_anything_is_sent() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    silent.set_nonblocking(true).unwrap();
    let port = silent.local_addr().unwrap().port();
    let devtool = Devtool::sending(&["trigger", "invoice.paid", "--report", "json=a"], port);
    let run = devtool.file("a/b", "").run().code(3);
    assert!(run.stderr.starts_with("error: cannot write `a`\n"), "{}", run.stderr);
    assert!(silent.accept().is_err(), "nobody came");
    for (value, said) in
        [("html", "FORMAT=PATH"), ("htm=a", "did you mean `html`?"), ("html=", "a path")]
    {
        let run = Devtool::new(&["scenario", "payment", "--report", value]).run().code(2);
        assert!(run.stderr.contains(said), "{}", run.stderr);
    }
}
