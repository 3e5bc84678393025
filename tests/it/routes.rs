//! `[[route]]` of devtool.toml: types with an endpoint and a secret of their own, in every command that sends.

use devtool::config::Secret;
use devtool::protocol::{Clock, signature};

use crate::support::endpoint::{Endpoint, Received, Reply};
use crate::support::{Devtool, SECRET, verified};

const INVOICES: &str = "whsec_invoices";

/// An endpoint that only takes what is signed with that secret.
fn verifying(secret: &'static str) -> Endpoint {
    Endpoint::new(move |request| {
        let status = if verified(request, secret) { 200 } else { 400 };
        Reply::new(status, "so it is")
    })
}

/// devtool in a project whose invoices go to an endpoint of their own.
fn devtool(arguments: &[&str], main: &Endpoint, invoices: &Endpoint) -> Devtool {
    let toml = format!(
        "url = \"http://{}/webhook\"\n[[route]]\nevents = \"invoice.*\"\nurl = \"http://{}/invoices\"\n\
         secret = \"{INVOICES}\"\n",
        main.address, invoices.address
    );
    let devtool = Devtool::new(arguments).file("devtool.toml", &toml);
    devtool.env("STRIPE_WEBHOOK_SECRET", SECRET)
}

fn uris(endpoint: &Endpoint) -> Vec<String> {
    endpoint.received().iter().map(|one: &Received| one.uri.to_string()).collect()
}

/// Whether a curl command is signed with that secret.
fn is_signed_with(command: &str, secret: &str) -> bool {
    let header = command.lines().find_map(|line| line.split("Stripe-Signature: ").nth(1));
    let header = header.unwrap().split('\'').next().unwrap();
    let body = command.split("--data-raw '").nth(1).unwrap().trim_end();
    let body = body.strip_suffix('\'').unwrap().replace("'\\''", "'");
    let secret = Secret::parse(secret).unwrap();
    signature::verify(&secret, header, body.as_bytes(), Clock::system().now()).is_ok()
}

#[test]
fn a_scenario_sends_each_type_to_its_endpoint_signed_with_its_secret() {
    let (main, invoices) = (verifying(SECRET), verifying(INVOICES));
    let devtool = devtool(&["scenario", "billing", "--seed", "42"], &main, &invoices);
    let run = devtool.run().code(0);
    let lines: Vec<&str> = run.stdout.lines().take(2).collect();
    let (main_url, invoices_url) = (
        format!("http://{}/webhook", main.address),
        format!("http://{}/invoices", invoices.address),
    );
    let count = main.received().len() + invoices.received().len();
    let heading = format!(
        "billing: {count} events to {main_url} and by 1 route of devtool.toml (local, seed 42)"
    );
    assert_eq!(lines, [heading, format!("invoice.* to {invoices_url}")]);
    assert!(invoices.names().iter().all(|name| name.starts_with("invoice.")));
    assert!(main.names().iter().all(|name| !name.starts_with("invoice.")));
    let report = devtool.rerun_with(&["--format", "json"]).code(0).json();
    for step in report["steps"].as_array().unwrap() {
        let is_invoice = step["event"].as_str().unwrap().starts_with("invoice.");
        let expected = if is_invoice { &invoices_url } else { &main_url };
        assert_eq!(step["endpoint"], **expected, "{step:#}");
    }
}

#[test]
fn an_endpoint_that_is_typed_or_in_the_environment_gets_everything() {
    let (main, invoices, typed) = (verifying(SECRET), verifying(INVOICES), verifying(SECRET));
    let (port, url) = (typed.port().to_string(), format!("http://{}/typed", typed.address));
    let trigger = ["trigger", "invoice.paid", "--format", "json"];
    for more in [&["--port", &port][..], &["--url", &url], &["--path", "/other"]] {
        let run = devtool(&trigger, &main, &invoices).args(more).run().code(0).json();
        assert!(!run["steps"][0]["endpoint"].as_str().unwrap().contains("/invoices"), "{run:#}");
    }
    for (variable, value) in [("DEVTOOL_PORT", &port), ("DEVTOOL_URL", &url)] {
        let run = devtool(&trigger, &main, &invoices).env(variable, value).run().code(0).json();
        assert_eq!(run["steps"][0]["attempts"][0]["status"], 200);
    }
    assert_eq!(uris(&main), ["/other"]);
    assert_eq!(uris(&typed), ["/webhook", "/typed", "/webhook", "/typed"]);
    let run = devtool(&["scenario", "payment"], &main, &invoices).run().code(0);
    assert!(run.stdout.contains("1 route"), "{}", run.stdout);
}

#[test]
fn a_replay_goes_back_to_the_route_signed_with_its_secret() {
    let (main, invoices) = (verifying(SECRET), verifying(INVOICES));
    let devtool = devtool(&["trigger", "invoice.paid"], &main, &invoices);
    devtool.run().code(0);
    devtool.rerun(&["trigger", "charge.failed"]).code(0);
    let report =
        devtool.rerun(&["replay", "--last", "2", "--yes", "--format", "json"]).code(0).json();
    assert_eq!((uris(&main).len(), uris(&invoices).len()), (2, 2));
    assert_eq!(report["steps"][0]["endpoint"], format!("http://{}/invoices", invoices.address));
    assert_eq!(report["steps"][1]["endpoint"], format!("http://{}/webhook", main.address));
    let text = devtool.rerun(&["replay", "1", "2"]).code(0).stdout;
    let own = format!(
        "secret: {}… (devtool.toml) for http://{}/invoices\n",
        &INVOICES[..8],
        invoices.address
    );
    assert!(text.contains(&own), "{text}");
    let usual =
        format!("(STRIPE_WEBHOOK_SECRET in the environment) for http://{}/webhook\n", main.address);
    assert!(text.contains(&usual), "{text}");
    let text = devtool.rerun(&["replay", "1"]).code(0).stdout;
    assert!(
        text.starts_with(&format!("PASS invoice.paid to http://{}/", invoices.address)),
        "{text}"
    );
    // Elsewhere it is the secret of there.
    let typed = verifying(SECRET);
    devtool.rerun(&["replay", "1", "--port", &typed.port().to_string()]).code(0);
}

#[test]
fn curl_commands_lead_to_the_route_and_have_its_secret() {
    let (main, invoices) = (Endpoint::accepting(), verifying(INVOICES));
    let devtool = devtool(&["trigger", "invoice.paid"], &main, &invoices);
    devtool.run().code(0);
    devtool.rerun(&["trigger", "charge.failed"]).code(0);
    let (invoice, charge) = (INVOICES, SECRET);
    for (arguments, secret, path) in [
        (&["trigger", "invoice.paid", "--curl"][..], invoice, "/invoices"),
        (&["trigger", "charge.failed", "--curl"], charge, "/webhook"),
        (&["history", "show", "1", "--curl"], invoice, "/invoices"),
        (&["history", "show", "2", "--curl"], charge, "/webhook"),
        (
            &["history", "show", "1", "--curl", "--secret", "whsec_typed"],
            "whsec_typed",
            "/invoices",
        ),
    ] {
        let command = devtool.rerun(arguments).code(0).stdout;
        assert!(command.lines().next().unwrap().contains(path), "{command}");
        assert!(is_signed_with(&command, secret), "{arguments:?}: {command}");
    }
}

#[test]
fn a_route_that_cannot_be_posted_to_is_an_error_of_the_file() {
    let toml = "[[route]]\nevents = \"invoice.*\"\nurl = \"ftp://127.0.0.1/\"\n";
    let devtool = Devtool::new(&["trigger", "charge.failed"]).file("devtool.toml", toml);
    let run = devtool.env("STRIPE_WEBHOOK_SECRET", SECRET).run().code(3);
    assert!(run.stderr.contains("devtool.toml"), "{}", run.stderr);
    let said = "`url` of the `[[route]]` for `invoice.*`: the scheme is `ftp`, not http or https";
    assert!(run.stderr.contains(said), "{}", run.stderr);
}

#[test]
#[cfg(unix)]
#[cfg_attr(tests_without_sh, ignore = "needs sh")]
fn the_listen_of_a_run_has_the_routes_too() {
    let (main, invoices) = (Endpoint::accepting(), verifying(INVOICES));
    let stub = crate::support::triggering::TriggeringStub::start();
    let toml = format!(
        "url = \"http://{}/webhook\"\n[[route]]\nevents = \"invoice.*\"\nurl = \"http://{}/invoices\"\n\
         secret = \"{INVOICES}\"\n",
        main.address, invoices.address
    );
    let devtool = stub.devtool(&[], main.port()).file("devtool.toml", &toml);
    let run = devtool.rerun(&["trigger", "invoice.paid", "--via", "stripe", "--format", "json"]);
    let report = run.code(0).json();
    assert_eq!(report["steps"][0]["endpoint"], format!("http://{}/invoices", invoices.address));
    assert_eq!(invoices.names(), ["invoice.paid"]);
    // What comes along has no route.
    assert!(main.names().iter().all(|name| !name.starts_with("invoice.")));
}
