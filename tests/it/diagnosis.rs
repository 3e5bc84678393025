//! What answers mean: a table of known ones and of those that only look like them, row by row.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use devtool::delivery::{Circumstances, Endpoint, Outcome, Response, diagnosis};
use devtool::protocol::Moment;
use serde::Deserialize;

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
    #[serde(default)]
    second: bool,
}

impl Case {
    fn diagnosis(&self) -> diagnosis::Diagnosis {
        let outcome = Outcome::Response(Response {
            status: self.status,
            headers: self.headers.clone(),
            body: self.body.clone().into_bytes(),
            is_truncated: false,
            broke_off: None,
        });
        let circumstances = Circumstances {
            sent_at: Moment::of_http_date("Thu, 26 Nov 2026 10:00:00 GMT"),
            is_second: self.second,
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
