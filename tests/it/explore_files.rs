//! `--explore --report`: an exploration in files.

use std::process::Command;

use crate::support::Devtool;
use crate::support::ordered_app::{FLOW, Fault, app};

const STATE: [&str; 2] = ["--app-state", "GET /state/{{customer}}"];
const FILES: [&str; 6] = ["-o", "a.xml", "-o", "a.md", "-o", "a.html"];

/// The reports of an exploration, without what time decides.
fn written(devtool: &Devtool, port: u16, name: &str) -> String {
    let text = std::fs::read_to_string(devtool.directory().join(name)).unwrap();
    let time = regex_lite::Regex::new(r#" time="[0-9.]+"| in [0-9.]+ m?s\b|[0-9-]+T[0-9:.]+Z"#);
    let text =
        text.replace(&port.to_string(), "PORT").replace(env!("CARGO_PKG_VERSION"), "VERSION");
    time.unwrap().replace_all(&text, " TIME").into_owned()
}

fn explored(fault: Option<Fault>) -> (Devtool, u16) {
    let endpoint = app(fault);
    let devtool = Devtool::sending(&["scenario", "flow.toml", "--explore"], endpoint.port());
    let devtool = devtool.file("flow.toml", FLOW).args(&STATE).args(&FILES);
    let devtool = devtool.args(&["--budget", "20"]);
    devtool.rerun_with(&[]).code(i32::from(fault.is_some()));
    (devtool, endpoint.port())
}

#[test]
fn an_exploration_is_written_in_each_form() {
    let (devtool, port) = explored(Some(Fault::CreatedAfterUpdated));
    insta::assert_snapshot!("junit", written(&devtool, port, "a.xml"));
    insta::assert_snapshot!("markdown", written(&devtool, port, "a.md"));
    let page = written(&devtool, port, "a.html");
    let (_, main) = page.split_once("<body>").unwrap();
    insta::assert_snapshot!("html", main);
}

#[test]
fn an_exploration_that_finds_nothing_is_a_case_that_passes() {
    let (devtool, port) = explored(None);
    insta::assert_snapshot!("junit_passed", written(&devtool, port, "a.xml"));
}

#[test]
#[cfg_attr(tests_without_xmllint, ignore = "needs xmllint")]
fn the_junit_report_of_an_exploration_fits_its_schema() {
    for fault in [None, Some(Fault::LastWriteWins)] {
        let (devtool, _) = explored(fault);
        let schema = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/junit.xsd");
        let file = devtool.directory().join("a.xml");
        let mut lint = Command::new("xmllint");
        let output = lint.args(["--noout", "--schema", schema]).arg(file).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}
