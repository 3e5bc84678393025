//! `devtool doctor`.

use serde_json::Value;

use crate::support::endpoint::{Endpoint, Reply};
use crate::support::filters::filters;
use crate::support::{Devtool, Run, SECRET};

fn doctor(port: u16) -> Devtool {
    Devtool::new(&["doctor", "--offline", "--port", &port.to_string()])
        .env("STRIPE_WEBHOOK_SECRET", SECRET)
        .env("PATH", "/usr/bin:/bin")
}

/// The doctor's finding about the endpoint, and the exit code.
fn endpoint_finding(reply: Reply) -> (Value, i32) {
    let endpoint = Endpoint::new(move |_| reply.clone());
    let run = doctor(endpoint.port()).args(&["--format", "json"]).run();
    let request = &endpoint.received()[0];
    assert!(request.headers.get("stripe-signature").is_none());
    assert_eq!(request.name(), "payment_intent.created");
    let findings = run.json()["findings"].clone();
    let finding = findings.as_array().unwrap().iter().find(|f| f["name"] == "endpoint").unwrap();
    (finding.clone(), run.code)
}

#[test]
fn an_app_that_rejects_what_is_not_signed_is_well() {
    let endpoint = Endpoint::new(|_| Reply::new(400, "no signature"));
    let Run { stdout, code, .. } = doctor(endpoint.port()).run();
    assert_eq!(code, 0, "{stdout}");
    let _filters = filters();
    insta::assert_snapshot!(stdout);
}

#[test]
fn an_app_that_accepts_what_is_not_signed_is_broken() {
    let (finding, code) = endpoint_finding(Reply::new(200, ""));
    assert_eq!((&finding["health"], code), (&"broken".into(), 1));
    assert!(finding["fix"].as_str().unwrap().contains("verify the signature"), "{finding}");
}

#[test]
fn other_answers_have_their_own_words() {
    let (finding, code) = endpoint_finding(Reply::new(500, ""));
    assert_eq!((&finding["health"], code), (&"warning".into(), 0));
    let (finding, code) = endpoint_finding(Reply::new(404, ""));
    assert_eq!((&finding["health"], code), (&"broken".into(), 1));
    assert!(finding["fix"].as_str().unwrap().contains("--path"), "{finding}");
    // A signature check answers like that, and so does a login.
    for status in [401, 403] {
        let (finding, code) = endpoint_finding(Reply::new(status, ""));
        assert_eq!((&finding["health"], code), (&"warning".into(), 0));
        let seen = finding["seen"].as_str().unwrap();
        assert!(seen.ends_with(&format!(" answers {status} to an unsigned event")), "{finding}");
        assert!(finding["fix"].as_str().unwrap().contains("login or CSRF"), "{finding}");
    }
    let airplay = Reply::new(403, "").header("server", "AirTunes/775.3.1");
    let (finding, code) = endpoint_finding(airplay);
    assert_eq!((&finding["health"], code), (&"broken".into(), 1));
    assert!(finding["fix"].as_str().unwrap().contains("AirPlay"), "{finding}");
}

#[test]
#[cfg_attr(tests_without_git, ignore = "needs git")]
fn a_dotenv_that_git_would_commit_is_told() {
    let endpoint = Endpoint::new(|_| Reply::new(400, ""));
    let devtool = doctor(endpoint.port()).file(".env", "A=1\n");
    let mut git = std::process::Command::new("git");
    git.args(["init", "--quiet"]).arg(devtool.directory());
    assert!(git.status().unwrap().success());
    let run = devtool.run().code(0);
    assert!(run.stdout.contains("git would commit "), "{}", run.stdout);
    let run = devtool.file(".gitignore", ".env\n").run().code(0);
    assert!(run.stdout.contains(".env is ignored by git\n"), "{}", run.stdout);
}
