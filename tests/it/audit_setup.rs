//! What `devtool audit` finds in the setup around the endpoint: the app that it starts, the connection, the code, and what
//! the endpoint is subscribed to.

use std::process::Command;

use serde_json::Value;

use crate::sdk::root;
use crate::support::endpoint::{Endpoint, Reply};
use crate::support::stripe::binary::{VERSIONS, devtool};
use crate::support::stripe::{FakeStripe, KEY};
use crate::support::{Devtool, SECRET, audited, tls};

/// A port that nobody has.
fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// The only probe of a report.
fn only(report: &Value) -> &Value {
    let probes = report["audit"]["probes"].as_array().unwrap();
    assert_eq!(probes.len(), 1, "{report}");
    &probes[0]
}

const JSON: [&str; 5] = ["audit", "--format", "json", "--fail-on", "never"];

#[test]
#[cfg_attr(tests_without_python3, ignore = "needs python3")]
fn what_is_known_in_memory_alone_is_found_by_a_restart() {
    for (remembers_in, verdict) in [("file", "pass"), ("memory", "fail")] {
        let port = free_port();
        let devtool = Devtool::sending(&JSON, port);
        let script = root().join("tests/frameworks/ledger.py");
        let file = devtool.directory().join("booked.json");
        let app = ["python3", script.to_str().unwrap(), &port.to_string(), file.to_str().unwrap()];
        let state = ["--only", "DUP-03", "--app-state", "GET /state", "--"];
        let run = devtool.args(&[&state[..], &app, &[remembers_in]].concat()).run().code(0);
        let report = run.json();
        assert_eq!(only(&report)["verdict"], verdict, "{remembers_in}: {report}");
        std::net::TcpListener::bind(("127.0.0.1", port)).expect("the app has ended");
    }
}

#[test]
#[cfg_attr(tests_without_python3, ignore = "needs python3")]
fn an_app_that_does_not_start_says_why() {
    let devtool = Devtool::sending(&["audit", "--only", "SIG-01"], free_port());
    let app = ["--", "python3", "-c", "import sys; sys.exit('no database')"];
    insta::assert_snapshot!(devtool.args(&app).run().code(4).stderr, @r"
    error: the app ended: no database
      hint: start it by itself, and let it listen at the endpoint's port
    ");
}

#[test]
fn an_app_is_not_started_beside_another_one() {
    let endpoint = audited::endpoint("").left_alone();
    let devtool = Devtool::sending(&["audit", "--only", "SIG-01"], endpoint.port());
    insta::assert_snapshot!(devtool.args(&["--", "devtool"]).run().code(2).stderr, @r"
    error: something listens at the endpoint already, before the app is started
      hint: end it, or leave out the command behind `--`
    ");
}

/// An address of this machine that is not its own to itself; none without a network.
fn outer_address() -> Option<std::net::IpAddr> {
    let socket = std::net::UdpSocket::bind("0.0.0.0:0").unwrap();
    // Nothing is sent.
    socket.connect("192.0.2.1:9").ok()?;
    Some(socket.local_addr().unwrap().ip())
}

#[test]
fn another_machine_is_loaded_with_consent_alone() {
    let Some(address) = outer_address() else { return };
    let endpoint = Endpoint::at("0.0.0.0:0", Box::new(|_| Reply::new(200, "")));
    let url = format!("http://{address}:{}/webhook", endpoint.port());
    let verdict = |more: &[&str]| {
        let arguments = ["--url", &url, "--only", "SPD-01", "--allow-remote"];
        let devtool = Devtool::new(&[&JSON[..], &arguments, more].concat());
        let report = devtool.env("STRIPE_WEBHOOK_SECRET", SECRET).run().code(0).json();
        (only(&report)["verdict"].clone(), only(&report)["make_testable"].clone(), endpoint.count())
    };
    let (refused, way, before) = verdict(&[]);
    assert_eq!((refused.as_str(), before), (Some("not_tested"), 1), "one plain event");
    assert!(way.as_str().unwrap().contains("--yes"), "{way}");
    let (tested, _, after) = verdict(&["--yes"]);
    assert_eq!(tested, "pass");
    assert!(after >= 100, "{after}");
}

#[test]
fn a_certificate_that_stripe_does_not_accept_is_found() {
    let url = format!("https://localhost:{}/webhook", tls::accepting());
    let devtool = Devtool::new(&JSON).args(&["--only", "NET-01", "--url", &url]);
    let report = devtool.rerun_with(&["--skip-verify"]).code(0).json();
    let seen = "as Stripe connects, there is no answer: the certificate is not one that this system trusts";
    assert_eq!(
        (&only(&report)["verdict"], &only(&report)["seen"][0]),
        (&"fail".into(), &seen.into())
    );
}

/// Only there the system's certificates are what a variable says.
#[test]
#[cfg(target_os = "linux")]
fn a_certificate_that_is_trusted_and_lasts_passes() {
    let url = format!("https://localhost:{}/webhook", tls::accepting());
    let certificate = root().join("tests/it/support/tls/certificate.pem");
    let devtool = Devtool::new(&JSON).args(&["--only", "NET-01", "--url", &url]);
    let report = devtool.env("SSL_CERT_FILE", certificate.to_str().unwrap()).run().code(0).json();
    assert_eq!(only(&report)["verdict"], "pass", "{report}");
    let note = only(&report)["notes"][0].as_str().unwrap();
    assert!(note.starts_with("the certificate expires 2126-11-02 (in "), "{note}");
}

#[test]
#[cfg(target_os = "linux")]
#[cfg_attr(tests_without_openssl, ignore = "needs openssl")]
fn a_certificate_that_soon_expires_is_found() {
    let directory = tempfile::tempdir().unwrap();
    let [certificate, key] = ["certificate.pem", "key.pem"].map(|name| directory.path().join(name));
    let output = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"])
        .args(["-days", "10", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"])
        .args(["-addext", "basicConstraints=critical,CA:FALSE"])
        .arg("-keyout")
        .arg(&key)
        .arg("-out")
        .arg(&certificate)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let port = tls::accepting_with(&certificate, &key);
    let url = format!("https://localhost:{port}/webhook");
    let devtool = Devtool::new(&JSON).args(&["--only", "NET-01", "--url", &url]);
    let report = devtool.env("SSL_CERT_FILE", certificate.to_str().unwrap()).run().code(0).json();
    let probe = only(&report);
    assert_eq!((&probe["verdict"], &probe["severity"]), (&"fail".into(), &"medium".into()));
    let seen = probe["seen"][0].as_str().unwrap();
    assert!(seen.starts_with("the certificate expires ") && seen.contains("(in 9 days)"), "{seen}");
}

#[test]
#[cfg_attr(tests_without_git, ignore = "needs git")]
fn secrets_in_the_code_are_found() {
    let endpoint = audited::endpoint("");
    let drawn = "whsec_0123456789abcdefABCDEF0123456789";
    let devtool = Devtool::sending(&JSON, endpoint.port())
        .args(&["--only", "CFG-01"])
        .file("app.py", &format!("import os\nSECRET = '{drawn}'\n"))
        .file("client.js", "const secret = import.meta.env.VITE_STRIPE_WEBHOOK_SECRET\n")
        .file("untracked.py", &format!("SECRET = '{drawn}'\n"));
    let git = |arguments: &[&str]| {
        let mut git = Command::new("git");
        let status = git.args(arguments).current_dir(devtool.directory()).status().unwrap();
        assert!(status.success());
    };
    git(&["init", "--quiet"]);
    let report = devtool.rerun_with(&[]).code(0).json();
    assert_eq!(only(&report)["verdict"], "pass", "nothing is tracked: {report}");
    git(&["add", "app.py", "client.js"]);
    let report = devtool.rerun_with(&[]).code(0).json();
    let seen = serde_json::json!([
        "app.py:2: a secret that begins with whsec_",
        "client.js:1: VITE_STRIPE_WEBHOOK_SECRET, which bundlers put into the code for browsers",
    ]);
    assert_eq!(only(&report)["seen"], seen);
    assert!(!report.to_string().contains(drawn));
}

/// What is found with these types in the file of `--enabled-events`.
fn subscribed(types: &str) -> Value {
    let endpoint = audited::endpoint("");
    let options =
        ["--only", "CFG-02", "--app-state", "GET /state", "--enabled-events", "types.txt"];
    let devtool = Devtool::sending(&JSON, endpoint.port()).args(&options).file("types.txt", types);
    let report = devtool.run().code(0).json();
    let probe = only(&report);
    serde_json::json!([probe["verdict"], probe["severity"], probe["seen"]])
}

#[test]
fn what_is_handled_is_held_against_what_is_subscribed() {
    let both = "payment_intent.succeeded\ninvoice.paid\n";
    assert_eq!(subscribed(both), serde_json::json!(["pass", "medium", []]));
    let seen = ["handled and not subscribed: payment_intent.succeeded"];
    assert_eq!(subscribed("invoice.paid\n"), serde_json::json!(["fail", "medium", seen]));
    let seen = ["subscribed and not handled: charge.updated"];
    let more = format!("{both}charge.updated\n");
    assert_eq!(subscribed(&more), serde_json::json!(["fail", "info", seen]));
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn what_stripe_sends_is_asked_of_stripe() {
    let (fake, endpoint) = (FakeStripe::start(), audited::endpoint(""));
    let port = endpoint.port().to_string();
    let asked = ["--enabled-events", "stripe", "--only", "CFG-02", "--app-state", "GET /state"];
    let run = devtool(&JSON, VERSIONS[0])
        .args(&asked)
        .args(&["--port", &port])
        .env("DEVTOOL_STRIPE_API_BASE", &fake.url())
        .env("STRIPE_API_KEY", KEY)
        .env("STRIPE_WEBHOOK_SECRET", SECRET)
        .run();
    let report = run.code(0).json();
    let seen = serde_json::json!(["subscribed and not handled: charge.updated"]);
    assert_eq!(only(&report)["seen"], seen, "{report}");
}

#[test]
fn a_file_without_event_types_is_an_error() {
    let options = ["audit", "--enabled-events", "types.txt"];
    let devtool = Devtool::sending(&options, 9).file("types.txt", "{}");
    let error = devtool.run().code(3).stderr;
    assert!(error.contains("types.txt` names no event type\n  hint: write a type"), "{error}");
}
