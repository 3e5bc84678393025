//! What answers mean: a table of known ones and of those that only look like them, row by row.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use devtool::delivery::{Circumstances, Endpoint, Outcome, Response, diagnosis};
use devtool::protocol::Moment;
use serde::Deserialize;
use serde_json::json;

use crate::support::endpoint::{Endpoint as App, Reply};
use crate::support::{Devtool, SECRET};

const CASES: &str = include_str!("data/answers.toml");
const TABLE: &str = include_str!("../../src/delivery/diagnosis/answers.toml");

#[derive(Deserialize)]
struct Cases {
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    id: String,
    from: String,
    status: u16,
    #[serde(default)]
    headers: Vec<(String, String)>,
    #[serde(default)]
    body: String,
    /// A page in a file of its own, in place of the body.
    file: Option<String>,
    #[serde(default)]
    second: bool,
    /// Whether Stripe made the event.
    #[serde(default)]
    stripes: bool,
    /// Whether the run has a local API.
    #[serde(default)]
    api: bool,
}

impl Case {
    fn body(&self) -> Vec<u8> {
        let Some(file) = &self.file else { return self.body.clone().into_bytes() };
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/data/answers");
        std::fs::read(folder.join(file)).unwrap()
    }

    fn diagnosis(&self) -> diagnosis::Diagnosis {
        let outcome = Outcome::Response(Response {
            status: self.status,
            headers: self.headers.clone(),
            body: self.body(),
            is_truncated: false,
            broke_off: None,
        });
        let circumstances = Circumstances {
            sent_at: Moment::of_http_date("Thu, 26 Nov 2026 10:00:00 GMT"),
            is_second: self.second,
            is_stripes: self.stripes,
            has_api: self.api,
            ..Circumstances::default()
        };
        let endpoint = Endpoint::parse("http://127.0.0.1:5000/webhook").unwrap();
        diagnosis::diagnose(&endpoint, &outcome, circumstances).unwrap()
    }
}

fn cases() -> Vec<Case> {
    toml::from_str::<Cases>(CASES).unwrap().case
}

#[test]
fn every_answer_has_its_cause() {
    let mut shown = String::new();
    let mut wrong = String::new();
    for case in cases() {
        let found = case.diagnosis();
        if found.id != case.id {
            let _ = writeln!(
                wrong,
                "{} {}: {} in place of {}",
                case.status, case.from, found.id, case.id
            );
        }
        let option = found.option.map(|option| format!("\n  + {option}")).unwrap_or_default();
        let _ = writeln!(
            shown,
            "{} {} ({})\n  {}\n  {}{option}",
            case.status, found.id, case.from, found.cause, found.fix
        );
    }
    assert!(wrong.is_empty(), "{wrong}");
    insta::assert_snapshot!(shown);
}

#[test]
fn every_row_of_the_table_has_an_answer() {
    let seen: BTreeSet<String> = cases().into_iter().map(|case| case.id).collect();
    let rows = TABLE.lines().filter_map(|line| line.strip_prefix("id = \""));
    let rows: BTreeSet<String> = rows.map(|id| id.trim_end_matches('"').to_owned()).collect();
    let missing: Vec<&String> = rows.difference(&seen).collect();
    assert!(missing.is_empty(), "{missing:?}");
    assert!(rows.len() >= 60, "{}", rows.len());
}

#[test]
fn redirects_are_told_apart() {
    let hint = |location: &str| {
        let outcome = Outcome::Response(Response {
            status: 307,
            headers: vec![("location".to_owned(), location.to_owned())],
            body: Vec::new(),
            is_truncated: false,
            broke_off: None,
        });
        let endpoint = Endpoint::parse("http://127.0.0.1:5000/webhook").unwrap();
        let found = diagnosis::diagnose(&endpoint, &outcome, Circumstances::default()).unwrap();
        format!("{} {}", found.id, found.hint())
    };
    let shown: Vec<String> = [
        "/webhook/",
        "/hooks?a=1&b=2",
        "/login?next=/webhook",
        "/api/auth/signin?callbackUrl=%2Fhook&error=x",
        "https://shop.example.com/webhook",
        "/",
        "https://127.0.0.1:5443/webhook",
        "http://127.0.0.1:5000/\u{1b}[2J",
    ]
    .map(hint)
    .into();
    insta::assert_snapshot!(shown.join("\n"));
}

/// A page as a front end answers it.
fn page(status: u16) -> Reply {
    Reply::new(status, "<!doctype html><title>My shop</title><h1>Welcome</h1><div id=root></div>")
        .header("content-type", "text/html; charset=utf-8")
}

#[test]
fn a_page_with_status_200_is_a_remark_and_fails_a_strict_run_only() {
    let app = App::new(|_| page(200));
    let run =
        |more: &[&str]| Devtool::sending(&["scenario", "payment"], app.port()).args(more).run();
    let text = run(&[]).code(0).stdout;
    let said = "remark: 9 events: the answer is an HTML page: is this path your handler's?\n";
    assert_eq!(text.matches("remark:").count(), 1, "{text}");
    assert!(text.contains(said) && !text.contains("<title>"), "{text}");
    let report = run(&["--format", "json"]).code(0).json();
    let message = "the answer is an HTML page: is this path your handler's?";
    let step = &report["steps"][0];
    assert_eq!(step["remarks"], json!([{"code": "html_page", "message": message}]));
    assert_eq!((&step["hint"], &step["diagnosis"]), (&json!(null), &json!(null)));
    let strict = run(&["--strict", "--format", "json"]).code(1).json();
    assert_eq!(
        (&strict["steps"][0]["verdict"], &strict["steps"][0]["hint"]),
        (&json!("fail"), &json!(message))
    );
}

#[test]
fn reports_of_every_form_have_the_remarks() {
    let app = App::new(|_| page(200));
    let names = ["markdown=r.md", "junit=r.xml", "html=r.html"];
    let reports = names.iter().flat_map(|name| ["--report", name]).collect::<Vec<_>>();
    let devtool = Devtool::sending(&["scenario", "payment"], app.port()).args(&reports);
    devtool.run().code(0);
    let count = |file: &str, said: &str| {
        let text = std::fs::read_to_string(devtool.directory().join(file)).unwrap();
        text.matches(said).count()
    };
    let said = "the answer is an HTML page: is this path your handler";
    assert_eq!(count("r.md", &format!("\nRemark: 9 events: {said}")), 1);
    assert_eq!(count("r.xml", &format!("<system-out>remark: {said}&apos;s? (html_page)")), 9);
    assert_eq!(count("r.html", &format!("<b>Remark</b> {said}&#39;s? <code>html_page</code>")), 9);
}

#[test]
fn a_second_delivery_that_fails_is_known_for_one() {
    let seen = std::sync::Mutex::new(BTreeSet::new());
    let app = App::new(move |request| {
        let is_new = seen.lock().unwrap().insert(request.event()["id"].to_string());
        let refused =
            Reply::new(500, "sqlite3.IntegrityError: UNIQUE constraint failed: events.id");
        if is_new { Reply::new(200, "") } else { refused }
    });
    let arguments = ["scenario", "payment", "--duplicate", "10%", "--format", "json"];
    let devtool = Devtool::sending(&arguments, app.port());
    let report = devtool.run().code(1).json();
    let failed = report["steps"].as_array().unwrap().iter().find(|step| step["verdict"] == "fail");
    assert_eq!(failed.unwrap()["diagnosis"]["id"], "database.second_delivery");
    let event = failed.unwrap()["event_id"].as_str().unwrap();
    let kept = devtool.command_of(&["history", "show", event, "--format", "json"]).output();
    let kept: serde_json::Value = serde_json::from_slice(&kept.unwrap().stdout).unwrap();
    assert_eq!(kept["delivery"]["diagnosis"]["id"], "database.second_delivery", "{kept}");
}

#[test]
fn the_api_version_that_a_library_expects_is_the_one_that_works() {
    let app = App::new(|request| match request.event()["api_version"].as_str().unwrap() {
        "2024-06-20" => Reply::new(200, ""),
        sent => Reply::new(
            400,
            &format!(
                "received event with API version {sent}, but stripe-go 79.0.0 expects API version 2024-06-20. We recommend that you create a WebhookEndpoint with this API version."
            ),
        ),
    });
    let devtool = Devtool::sending(&["trigger", "invoice.paid", "--format", "json"], app.port());
    let report = devtool.run().code(1).json();
    assert_eq!(report["steps"][0]["diagnosis"]["id"], "event.api_version");
    let hint = report["steps"][0]["hint"].as_str().unwrap();
    let command: Vec<&str> = hint.lines().last().unwrap().split(' ').collect();
    assert!(command.ends_with(&["--api-version", "2024-06-20"]), "{hint}");
    let again = devtool.command_of(&command[1..]).output().unwrap();
    assert!(again.status.success(), "{hint}");
}

#[test]
fn what_failed_in_one_way_is_told_once_in_markdown_and_by_its_text() {
    let app = App::new(|_| page(500));
    let devtool =
        Devtool::sending(&["scenario", "payment", "--report", "markdown=r.md"], app.port());
    devtool.run().code(1);
    let text = std::fs::read_to_string(devtool.directory().join("r.md")).unwrap();
    assert_eq!(text.matches("### ").count(), 1, "{text}");
    assert!(text.contains(" and 3 more: 500") && text.contains("My shop\nWelcome"), "{text}");
    assert!(!text.contains("<h1>"), "{text}");
}

/// What a report says of the diagnosis: the lines that hold one of these words.
fn lines_with(text: &str, words: &[&str]) -> String {
    let is_told = |line: &&str| words.iter().any(|word| line.contains(word));
    text.lines().filter(is_told).fold(String::new(), |told, line| told + line.trim() + "\n")
}

#[test]
fn what_failed_in_one_way_is_told_once_in_every_form() {
    let app = App::new(|request| match request.name().as_str() {
        "invoice.created" => Reply::new(404, ""),
        _ => Reply::new(400, "webhook had no valid signature"),
    });
    let names = ["markdown=r.md", "junit=r.xml", "html=r.html"];
    let reports = names.iter().flat_map(|name| ["--report", name]).collect::<Vec<_>>();
    let arguments = ["scenario", "payment", "--repeat", "2"];
    let devtool = Devtool::sending(&arguments, app.port()).args(&reports);
    let text = devtool.run().code(1).stdout;
    let read = |file: &str| std::fs::read_to_string(devtool.directory().join(file)).unwrap();
    let shown = [
        ("text", lines_with(&text, &["hint:"])),
        ("Markdown", lines_with(&read("r.md"), &["Cause:", "Fix:", "Hint:"])),
        ("JUnit", lines_with(&read("r.xml"), &["cause:", "fix:", "hint:", "failed as"])),
        ("HTML", lines_with(&read("r.html"), &["<b>Cause", "<b>Fix", "<b>Hint", "Failed as"])),
    ];
    let shown = shown.map(|(form, lines)| format!("{form}:\n{lines}"));
    insta::assert_snapshot!(shown.join("\n"));
}

#[test]
fn of_a_page_the_report_and_the_history_show_the_text() {
    let app = App::new(|_| page(500));
    let arguments = ["trigger", "invoice.paid", "--report", "html=r.html"];
    let devtool = Devtool::sending(&arguments, app.port());
    devtool.run().code(1);
    let report = std::fs::read_to_string(devtool.directory().join("r.html")).unwrap();
    let show = |more: &[&str]| {
        let output = devtool.command_of(&[&["history", "show", "1"], more].concat()).output();
        String::from_utf8(output.unwrap().stdout).unwrap()
    };
    let size = page(500).body.len();
    let note = format!("the text of an HTML page of {size} bytes; `--format json` has its markup");
    for shown in [report, show(&[])] {
        let text = shown.split_once(&note).unwrap_or_else(|| panic!("{shown}")).1;
        let (before, after) = text.split_once("My shop").unwrap_or_else(|| panic!("{text}"));
        assert!(before.trim().len() < 30 && after.trim().starts_with("Welcome"), "{text}");
        assert!(!text.contains("id=root"), "{text}");
    }
    let kept: serde_json::Value = serde_json::from_str(&show(&["--format", "json"])).unwrap();
    assert_eq!(kept["delivery"]["attempts"][0]["body"].as_str().unwrap().len(), size);
}

#[test]
fn a_report_for_ci_holds_whatever_an_answer_says() {
    let app = App::new(|_| Reply::new(500, "a\u{fffe}b\u{ffff}c \u{1}]]>&<"));
    let devtool =
        Devtool::sending(&["trigger", "invoice.paid", "--report", "junit=r.xml"], app.port());
    devtool.run().code(1);
    let text = std::fs::read_to_string(devtool.directory().join("r.xml")).unwrap();
    assert!(
        text.contains("a\u{fffd}b\u{fffd}c") && !text.contains(['\u{fffe}', '\u{ffff}', '\u{1}']),
        "{text}"
    );
}

#[test]
fn a_hint_names_once_where_the_secret_is() {
    let app = App::new(|_| Reply::new(400, "webhook had no valid signature"));
    let run = |name: &str, text: &str| {
        let devtool = Devtool::new(&["trigger", "invoice.paid", "--format", "json"])
            .args(&["--port", &app.port().to_string()])
            .file(name, text);
        devtool.run().code(1).json()["steps"][0]["hint"].as_str().unwrap().to_owned()
    };
    let hint = run(".env", &format!("STRIPE_WEBHOOK_SECRET={SECRET}\n"));
    assert_eq!(hint.matches(".env").count(), 1, "{hint}");
    assert!(
        hint.contains("(whsec_c0ff…): let the app read STRIPE_WEBHOOK_SECRET in .env"),
        "{hint}"
    );
    let hint = run("devtool.toml", &format!("secret = \"{SECRET}\"\n"));
    assert_eq!(hint.matches("devtool.toml").count(), 1, "{hint}");
}

#[test]
fn the_history_shows_what_an_outcome_means() {
    let app = App::new(|_| Reply::new(400, "webhook had no valid signature"));
    let devtool = Devtool::sending(&["trigger", "invoice.paid"], app.port());
    devtool.run().code(1);
    let show = |more: &[&str]| {
        let output =
            devtool.command_of(&[&["history", "show", "1"], more].concat()).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let text = show(&[]);
    assert!(text.contains("\n  hint: the app could not verify the signature"), "{text}");
    // The delivery may have been a route's, or signed with `--secret`.
    assert!(!text.contains("devtool signs with"), "{text}");
    let kept: serde_json::Value = serde_json::from_str(&show(&["--format", "json"])).unwrap();
    assert_eq!(kept["delivery"]["diagnosis"]["id"], "signature.other_secret");
}
