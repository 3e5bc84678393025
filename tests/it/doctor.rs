//! `devtool doctor`.

use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;

use serde_json::Value;

use crate::support::endpoint::{Endpoint, Received, Reply};
use crate::support::filters::filters;
use crate::support::{Devtool, SECRET, verified};

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
    assert_eq!(request.name(), "devtool.ping");
    let findings = run.json()["findings"].clone();
    let finding = findings.as_array().unwrap().iter().find(|f| f["name"] == "endpoint").unwrap();
    (finding.clone(), run.code)
}

#[test]
fn an_app_that_rejects_what_is_not_signed_is_well() {
    let endpoint = app_with(SECRET);
    let doctor = doctor(endpoint.port());
    let run = doctor.run().code(0);
    let _filters = filters();
    insta::assert_snapshot!(run.stdout);
    let names: Vec<String> = endpoint.received().iter().map(Received::name).collect();
    assert_eq!(names, ["devtool.ping", "devtool.ping"]);
    assert!(!doctor.history().exists(), "neither is recorded");
}

#[test]
fn a_history_that_is_named_from_the_working_directory_can_be_made() {
    let run = Devtool::new(&["doctor", "--offline", "--no-send", "--port", "9"])
        .env("DEVTOOL_HISTORY", "my.db")
        .run()
        .code(1);
    assert!(run.stdout.contains("good      history     my.db\n"), "{}", run.stdout);
}

/// An app that verifies with that secret.
fn app_with(secret: &'static str) -> Endpoint {
    Endpoint::new(move |received| {
        if received.headers.get("stripe-signature").is_none() {
            Reply::new(400, "no stripe-signature header")
        } else if verified(received, secret) {
            Reply::new(200, "")
        } else {
            Reply::new(400, "No signatures found matching the expected signature for payload")
        }
    })
}

const APPS: &str = "whsec_a99a99a99a99a99a99a99a99";

#[test]
fn an_app_with_another_secret_is_found() {
    let _filters = filters();
    let endpoint = app_with(APPS);
    let run = doctor(endpoint.port()).run().code(1);
    insta::assert_snapshot!("another_secret", run.whole());
    // The secret in .env.local is the app's, and the one in .env is not.
    let port = endpoint.port().to_string();
    let run = Devtool::new(&["doctor", "--offline", "--port", &port])
        .file(".env", &format!("STRIPE_WEBHOOK_SECRET={SECRET}\n"))
        .file(".env.local", &format!("STRIPE_WEBHOOK_SECRET={APPS}\n"))
        .env("PATH", "")
        .run()
        .code(0);
    insta::assert_snapshot!("env_local", run.whole());
    let run = Devtool::new(&["doctor", "--offline", "--port", &port])
        .file(".env", &format!("STRIPE_WEBHOOK_SIGNING_SECRET={APPS}\nSTRIPE_WEBHOOK_SECRET=\n"))
        .env("PATH", "")
        .run();
    let own = regex_lite::Regex::new("whsec_[0-9a-f]{4}…").unwrap();
    let shown = run.whole().replace("whsec_a99a…", "APPS");
    insta::assert_snapshot!(
        "another_variable",
        own.replace_all(&shown, "OWN").replace("APPS", "whsec_a99a…")
    );
}

/// What the doctor finds of the signature.
fn signature_finding(
    script: impl Fn(&Received) -> Reply + Send + Sync + 'static,
) -> (Value, String, String, i32) {
    let endpoint = Endpoint::new(script);
    let run = doctor(endpoint.port()).args(&["--format", "json"]).run();
    let findings = run.json()["findings"].as_array().unwrap().clone();
    let finding = findings.into_iter().find(|f| f["name"] == "signature").unwrap();
    let text = |name: &str| finding[name].as_str().unwrap().to_owned();
    (finding["health"].clone(), text("seen"), text("fix"), run.code)
}

#[test]
fn the_way_out_of_another_secret_is_that_of_where_devtools_is_from() {
    let endpoint = app_with(APPS);
    let port = endpoint.port().to_string();
    let doctor = |more: &[&str]| {
        Devtool::new(&["doctor", "--offline", "--port", &port]).env("PATH", "").args(more)
    };
    let fix = |doctor: Devtool| {
        let text = doctor.run().code(1).stdout;
        let (_, after) = text.split_once("the app has another secret than ").unwrap();
        after.lines().nth(1).unwrap().trim().to_owned()
    };
    assert_eq!(fix(doctor(&["--secret", SECRET])), "fix: give `--secret` the app's own");
    let start = "fix: start the app with the same STRIPE_WEBHOOK_SECRET, or leave it out of devtool's environment";
    assert_eq!(fix(doctor(&[]).env("STRIPE_WEBHOOK_SECRET", SECRET)), start);
    let settings = doctor(&[]).file("devtool.toml", &format!("secret = \"{SECRET}\"\n"));
    let text = fix(settings);
    assert!(text.contains("devtool.toml") && !text.contains("`devtool secret`"), "{text}");
}

#[test]
fn the_same_refusal_for_both_events_is_told_as_what_it_may_be() {
    let finding = |reply: Reply| {
        let (health, _, fix, _) = signature_finding(move |_| reply.clone());
        (health, fix)
    };
    let (health, fix) = finding(Reply::new(403, "Forbidden"));
    assert_eq!(health, "broken");
    assert!(fix.contains("or a login or CSRF check refuses both"), "{fix}");
    let (health, fix) = finding(Reply::new(400, "bad"));
    assert_eq!(health, "broken");
    assert!(fix.starts_with("the app has another secret, or verifies a parsed body"), "{fix}");
}

#[test]
fn the_same_status_with_other_bodies_is_no_proof_that_the_signature_is_right() {
    for (status, other) in [(400, "verifies a parsed body"), (500, "it fails before it looks at")] {
        let count = AtomicUsize::new(0);
        let (health, seen, fix, code) = signature_finding(move |_| {
            let number = count.fetch_add(1, Relaxed);
            let body =
                format!(r#"{{"timestamp":"2026-11-26T10:00:0{number}Z","status":{status}}}"#);
            Reply::new(status, &body).header("content-type", "application/json")
        });
        assert_eq!((health, code), ("broken".into(), 1), "{seen}");
        let said = "refuses an event signed with whsec_c0ff… as it refuses an unsigned one";
        assert_eq!(seen, format!("{said} ({status})"));
        assert!(fix.starts_with(&format!("the app has another secret, or {other}")), "{fix}");
        assert!(fix.contains(". Or it refuses every type that it does not know: "), "{fix}");
    }
}

#[test]
fn an_app_that_refuses_types_that_it_does_not_know_is_not_said_to_have_another_secret() {
    let endpoint = Endpoint::new(|received| {
        let is_signed = received.headers.get("stripe-signature").is_some();
        if is_signed { Reply::new(422, "unexpected event type") } else { Reply::new(400, "") }
    });
    let run = doctor(endpoint.port()).run().code(0);
    let row = "warning   signature   refuses an event of a type that it does not know (422)\n";
    assert!(run.stdout.contains(row), "{}", run.stdout);
}

#[test]
fn routes_are_looked_at_with_their_own_secrets_and_without_sending_nothing_is_sent() {
    let (main, invoices) = (app_with(SECRET), app_with(APPS));
    let settings = format!(
        "url = \"http://127.0.0.1:{}/webhook\"\n[[route]]\nevents = \"invoice.*\"\n\
         url = \"http://127.0.0.1:{}/invoices\"\nsecret = \"{APPS}\"\n",
        main.port(),
        invoices.port()
    );
    let doctor = Devtool::new(&["doctor", "--offline"])
        .env("STRIPE_WEBHOOK_SECRET", SECRET)
        .env("PATH", "")
        .file("devtool.toml", &settings);
    let _filters = filters();
    insta::assert_snapshot!("routes", doctor.run().code(0).whole());
    assert_eq!((main.received().len(), invoices.received().len()), (2, 2));
    let silent = doctor.rerun_with(&["--no-send"]).code(0);
    assert!(silent.stdout.contains("nothing was sent (--no-send)"), "{}", silent.stdout);
    assert_eq!((main.received().len(), invoices.received().len()), (2, 2));
}

#[test]
fn a_broken_devtool_toml_is_a_finding_and_quiet_prints_problems_only() {
    let endpoint = app_with(SECRET);
    let doctor = doctor(endpoint.port()).file("devtool.toml", "timeuot = \"1s\"\n");
    let _filters = filters();
    let run = doctor.rerun_with(&["-q"]).code(1);
    insta::assert_snapshot!("broken_settings", run.whole());
}

#[test]
fn an_app_that_accepts_what_is_not_signed_is_broken() {
    let (finding, code) = endpoint_finding(Reply::new(200, ""));
    assert_eq!((&finding["health"], code), (&"broken".into(), 1));
    assert!(finding["fix"].as_str().unwrap().contains("verify the signature"), "{finding}");
}

#[test]
fn other_answers_have_their_own_words() {
    // The same refusal with a signature and without makes the signature a problem.
    let (finding, code) = endpoint_finding(Reply::new(500, ""));
    assert_eq!((&finding["health"], code), (&"warning".into(), 1));
    let (finding, code) = endpoint_finding(Reply::new(404, ""));
    assert_eq!((&finding["health"], code), (&"broken".into(), 1));
    assert!(finding["fix"].as_str().unwrap().contains("--path"), "{finding}");
    // A signature check answers like that, and so does a login.
    for status in [401, 403] {
        let (finding, code) = endpoint_finding(Reply::new(status, ""));
        assert_eq!((&finding["health"], code), (&"warning".into(), 1));
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
    let endpoint = app_with(SECRET);
    let devtool = doctor(endpoint.port()).file(".env", "A=1\n");
    let mut git = std::process::Command::new("git");
    git.args(["init", "--quiet"]).arg(devtool.directory());
    assert!(git.status().unwrap().success());
    let run = devtool.run().code(0);
    assert!(run.stdout.contains("git would commit .env\n"), "{}", run.stdout);
    let run = devtool.file(".gitignore", ".env\n").run().code(0);
    assert!(run.stdout.contains("  .env is ignored by git\n"), "{}", run.stdout);
}
