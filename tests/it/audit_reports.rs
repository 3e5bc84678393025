//! What `devtool audit` shows, writes and ends with.

use std::process::Command;

use serde_json::Value;

use crate::sdk;
use crate::support::endpoint::Endpoint;
use crate::support::filters::filters;
use crate::support::{Devtool, SECRET, audited};

/// A few probes, of which some find faults.
const FEW: [&str; 2] = ["--only", "SIG-01,SIG-03,SIG-11,TIM,BOD-01,TYP-05,DUP-01"];

/// Holds a report against docs/audit.schema.json.
pub(crate) fn assert_valid(report: &Value) {
    let schema = include_str!("../../docs/audit.schema.json");
    let validator = jsonschema::validator_for(&serde_json::from_str(schema).unwrap()).unwrap();
    let faults: Vec<String> = validator
        .iter_errors(report)
        .map(|fault| format!("{}: {fault}", fault.instance_path()))
        .collect();
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn an_audit_is_a_table_and_its_findings() {
    let _filters = filters();
    let endpoint = Endpoint::accepting();
    let run = Devtool::sending(&["audit"], endpoint.port()).args(&FEW).run();
    insta::assert_snapshot!(run.whole());
}

#[test]
fn an_audit_of_an_endpoint_that_rejects_all_says_why_it_says_nothing() {
    let _filters = filters();
    let endpoint = audited::endpoint("MET-04");
    let run = Devtool::sending(&["audit"], endpoint.port()).args(&FEW).run();
    insta::assert_snapshot!(run.whole());
}

#[test]
fn an_audit_with_nothing_there_ends_as_a_run_does() {
    let _filters = filters();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    insta::assert_snapshot!(Devtool::sending(&["audit"], port).run().code(4).whole());
}

#[test]
fn a_probe_explains_itself() {
    insta::assert_snapshot!(Devtool::new(&["audit", "--explain", "tim-01"]).run().code(0).whole());
}

#[test]
fn a_severity_decides_what_an_audit_ends_with() {
    let run = |more: &[&str]| {
        let endpoint = audited::endpoint("BOD-01");
        Devtool::sending(&["audit", "--only", "BOD-01"], endpoint.port()).args(more).run().code
    };
    assert_eq!(run(&[]), 0, "the fault is low");
    assert_eq!(run(&["--fail-on", "low"]), 1);
    assert_eq!(run(&["--fail-on", "never"]), 0);
}

#[test]
fn a_finding_of_the_baseline_does_not_count() {
    let endpoint = Endpoint::accepting();
    let arguments = ["audit", "--only", "SIG-01,SIG-03", "--baseline", "known.json"];
    let devtool = Devtool::sending(&arguments, endpoint.port());
    assert!(devtool.run().code(3).stderr.contains("--update-baseline"), "there is none yet");
    devtool.rerun_with(&["--update-baseline"]).code(0);
    assert!(devtool.run().code(0).stdout.contains("(critical, known)"));
    let other = devtool.rerun_with(&["--only", "SIG-01,SIG-03,SIG-10"]);
    other.code(1);
}

#[test]
fn the_baseline_of_the_configuration_is_written_too() {
    let endpoint = Endpoint::accepting();
    let devtool = Devtool::sending(&["audit", "--only", "SIG-01"], endpoint.port());
    let refused = devtool.rerun_with(&["--update-baseline"]).code(2);
    insta::assert_snapshot!(refused.stderr, @r"
    error: `--update-baseline` needs a file to write
      hint: name it with `--baseline FILE`, or as `baseline` in `[audit]` of devtool.toml
    ");
    let devtool = devtool.file("devtool.toml", "[audit]\nbaseline = \"known.json\"\n");
    devtool.rerun_with(&["--update-baseline"]).code(0);
    assert!(devtool.run().code(0).stdout.contains("(critical, known)"));
}

#[test]
fn what_is_named_wrongly_is_named() {
    let refused = |toml: &str| {
        Devtool::sending(&["audit"], 9).file("devtool.toml", toml).run().code(3).stderr
    };
    insta::assert_snapshot!(refused("[audit]\nevent = \"nothing.at_all\"\n"), @r"
    error: devtool.toml: `[audit] event`: unknown event `nothing.at_all`
      hint: list the event types:
            devtool events
    ");
    insta::assert_snapshot!(refused("[audit]\nskip = [\"SIGX\"]\n"), @r"
    error: devtool.toml: `[audit] skip`: `SIGX`: did you mean `SIG`?
    ");
    let refused = Devtool::sending(&["audit", "--event", "nothing.at_all"], 9).run().code(2);
    insta::assert_snapshot!(refused.stderr, @r"
    error: unknown event `nothing.at_all`
      hint: list the event types:
            devtool events
    ");
}

#[test]
fn the_same_seed_sends_the_same() {
    let bodies = || {
        let endpoint = Endpoint::accepting();
        let arguments = ["audit", "--only", "SIG-01", "--format", "json"];
        let report = Devtool::sending(&arguments, endpoint.port()).run().code(1).json();
        let probe = &report["audit"]["probes"][0];
        (probe["again"].to_string().replace(&endpoint.port().to_string(), ""), ids(&endpoint))
    };
    assert_eq!(bodies(), bodies());
}

fn ids(endpoint: &Endpoint) -> Vec<Value> {
    endpoint.received().iter().map(|received| received.event()["id"].clone()).collect()
}

#[test]
fn an_audit_is_written_in_every_form() {
    let endpoint = Endpoint::accepting();
    let devtool = Devtool::sending(&["audit", "--source", "app.py:42"], endpoint.port())
        .args(&FEW)
        .args(&["-o", "a.json", "-o", "a.xml", "-o", "a.sarif", "-o", "a.html", "-o", "a.md"]);
    devtool.run().code(1);
    let written = |name: &str| std::fs::read_to_string(devtool.directory().join(name)).unwrap();
    let json: Value = serde_json::from_str(&written("a.json")).unwrap();
    assert_valid(&json);
    let probe = &json["audit"]["probes"][0];
    assert_eq!((&probe["id"], &probe["verdict"]), (&"SIG-01".into(), &"fail".into()));
    assert!(probe["evidence"][0]["request"]["body_base64"].is_string());
    let sarif: Value = serde_json::from_str(&written("a.sarif")).unwrap();
    let result = &sarif["runs"][0]["results"][0];
    assert_eq!((&result["ruleId"], &result["level"]), (&"SIG-01".into(), &"error".into()));
    assert_eq!(result["locations"][0]["physicalLocation"]["region"]["startLine"], 42);
    assert_eq!(result["webResponse"]["statusCode"], 200);
    assert!(written("a.html").contains("<table class=\"matrix\">"));
    for name in ["a.json", "a.xml", "a.sarif", "a.html", "a.md"] {
        assert!(!written(name).contains(SECRET), "{name} has the secret");
    }
    let _filters = filters();
    insta::assert_snapshot!("markdown", written("a.md"));
    let time = regex_lite::Regex::new(r#" time="[0-9.]+""#).unwrap();
    insta::assert_snapshot!("junit", time.replace_all(&written("a.xml"), r#" time="T""#));
}

#[test]
#[cfg_attr(tests_without_xmllint, ignore = "needs xmllint")]
fn the_junit_report_of_an_audit_fits_its_schema() {
    let endpoint = Endpoint::accepting();
    let devtool = Devtool::sending(&["audit", "-o", "a.xml"], endpoint.port()).args(&FEW);
    devtool.run().code(1);
    let schema = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/junit.xsd");
    let output = Command::new("xmllint")
        .args(["--noout", "--schema", schema])
        .arg(devtool.directory().join("a.xml"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Microsoft's validator, which knows the published schema.
#[test]
#[cfg(unix)]
#[cfg_attr(not(tests_without_node), ignore = "slow")]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn the_sarif_report_fits_its_schema() {
    use std::os::unix::fs::PermissionsExt as _;
    let endpoint = Endpoint::accepting();
    let devtool = Devtool::sending(&["audit", "-o", "a.sarif"], endpoint.port());
    devtool.run().code(1);
    let home = sdk::install("sarif", "tests/sarif", &[]);
    // Its own script would do that, and scripts are not run.
    for package in std::fs::read_dir(home.join("node_modules/@microsoft")).unwrap() {
        let program = package.unwrap().path().join("Sarif.Multitool");
        if program.is_file() {
            let mode = std::fs::Permissions::from_mode(0o755);
            std::fs::set_permissions(program, mode).unwrap();
        }
    }
    let mut validator = Command::new(home.join("node_modules/.bin/sarif-multitool"));
    let file = devtool.directory().join("a.sarif");
    let said = sdk::succeed(validator.arg("validate").arg(file), "sarif-multitool");
    assert!(said.contains("Analysis completed successfully"), "{said}");
    assert!(!said.contains("error "), "{said}");
}

#[test]
fn sarif_is_not_of_a_run() {
    let run = Devtool::sending(&["trigger", "invoice.paid", "-o", "a.sarif"], 9).run().code(2);
    assert!(run.stderr.contains("devtool audit"), "{}", run.stderr);
}
