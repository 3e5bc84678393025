//! The table of docs/audit.md: what five common handlers get.

use std::collections::BTreeSet;

use crate::audit::audited;
use crate::sdk::root;
use crate::support::asking::free_port;
use crate::support::audited as apps;

/// The handlers, as the rows of the table have them.
const HANDLERS: [&str; 5] = ["unverified", "RAW-01", "TYP-01", "DUP-01", "DUP-04"];
const PROBES: [&str; 4] =
    ["--app-state", "GET /state", "--only", "SIG,TIM,RAW,MET,TYP-01,TYP-02,VER,DUP,SPD-03,API"];

/// The probes that each row of the table names.
fn rows() -> Vec<BTreeSet<String>> {
    let text = std::fs::read_to_string(root().join("docs/audit.md")).unwrap();
    let (_, table) = text.split_once("| handler | findings |\n| --- | --- |\n").unwrap();
    let (table, _) = table.split_once("\n\n").unwrap();
    let id = regex_lite::Regex::new("[A-Z]{3}-[0-9]{2}").unwrap();
    let ids = |row: &str| id.find_iter(row).map(|found| found.as_str().to_owned()).collect();
    table.lines().map(ids).collect()
}

#[test]
fn each_common_handler_gets_the_findings_that_the_documentation_names() {
    let rows = rows();
    assert_eq!(rows.len(), HANDLERS.len());
    for (handler, named) in HANDLERS.into_iter().zip(rows) {
        let api = free_port();
        let endpoint = apps::asking(handler, Some(api));
        let with_api = ["--api", "--api-port", &api.to_string()];
        let report = audited(endpoint.port(), &[&PROBES[..], &with_api].concat());
        let probes = report["audit"]["probes"].as_array().unwrap().iter();
        let faults = probes.filter(|p| p["verdict"] == "fail" && p["severity"] != "info");
        let mut found = BTreeSet::new();
        for fault in faults {
            let id = fault["id"].as_str().unwrap().to_owned();
            let follows = fault["follows"].as_str().unwrap_or_default();
            assert!(named.contains(&id) || !follows.is_empty(), "{handler}: {id} is not named");
            found.insert(id);
        }
        assert!(named.is_subset(&found), "{handler}: {named:?} are named, {found:?} are found");
    }
}
