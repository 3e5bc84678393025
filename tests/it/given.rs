//! `devtool trigger` with `--from`, `--print` and `--curl`.

use std::process::Command;

use serde_json::json;

use crate::support::endpoint::Endpoint;
use crate::support::{Devtool, SECRET};

#[test]
fn what_is_printed_is_what_is_sent() {
    let endpoint = Endpoint::accepting();
    let devtool = Devtool::sending(&["trigger", "charge.succeeded"], endpoint.port());
    // Both in the same second: the event's moment is in its bytes.
    let mut printed = String::new();
    for _ in 0..20 {
        printed = devtool.rerun_with(&["--print"]).code(0).stdout;
        devtool.run().code(0);
        if endpoint.received().last().unwrap().body == printed.as_bytes() {
            break;
        }
    }
    assert_eq!(endpoint.received().last().unwrap().body, printed.as_bytes());
    assert!(printed.starts_with("{\n  \"id\": \"evt_") && printed.ends_with('}'), "{printed}");
}

#[test]
fn printing_needs_no_endpoint_and_sends_nothing() {
    // Nothing listens there: sending would end with 4.
    let devtool = Devtool::sending(&["trigger", "invoice.paid"], 9);
    devtool.rerun_with(&["--print"]).code(0);
    devtool.rerun_with(&["--curl"]).code(0);
    let run = devtool.rerun_with(&["--curl", "--print"]);
    assert_eq!(run.code, 2, "{}", run.stderr);
}

#[cfg(unix)]
#[test]
#[cfg_attr(any(tests_without_curl, tests_without_sh), ignore = "needs curl and sh")]
fn the_curl_command_sends_the_same_request() {
    let endpoint = Endpoint::accepting();
    let devtool = Devtool::sending(&["trigger", "invoice.paid"], endpoint.port())
        .args(&[
            "--path",
            "/it's?a=[1]&b=$(x)",
            "--header",
            "X-Empty:",
            "--header",
            "X-B: `b` \"c\"",
        ])
        .args(&["--set", "description=it's $HOME & \\ \"so\"\nnew ünï"]);
    let command = devtool.rerun_with(&["--curl"]).code(0).stdout;
    let status = Command::new("sh").args(["-ec", &command]).output().unwrap();
    assert!(status.status.success(), "{command}");
    let request = &endpoint.received()[0];
    assert_eq!(request.uri, "/it's?a=[1]&b=$(x)");
    let object = &request.event()["data"]["object"];
    assert_eq!(object["description"], "it's $HOME & \\ \"so\"\nnew ünï");
    assert_eq!(request.header("x-empty"), "");
    assert_eq!(request.header("x-b"), "`b` \"c\"");
    assert_eq!(request.header("user-agent"), "Stripe/1.0 (+https://stripe.com/docs/webhooks)");
    assert_eq!(request.header("content-type"), "application/json; charset=utf-8");
    let secret = devtool::config::Secret::parse(SECRET).unwrap();
    let now = devtool::protocol::Clock::system().now();
    let header = request.header("stripe-signature");
    devtool::protocol::signature::verify(&secret, header, &request.body, now).unwrap();
}

#[test]
fn the_curl_command_is_data_too() {
    let run = Devtool::sending(&["trigger", "invoice.paid", "--curl", "--format", "json"], 5_000);
    let json = run.run().code(0).json();
    assert_eq!(json["schema"], 1);
    assert_eq!(json["endpoint"], "http://127.0.0.1:5000/webhook");
    assert_eq!(json["event"], "invoice.paid");
    let body: serde_json::Value = serde_json::from_str(json["body"].as_str().unwrap()).unwrap();
    assert_eq!(body["id"], json["event_id"]);
    assert_eq!(json["headers"][4][0], "Stripe-Signature");
    assert!(json["command"].as_str().unwrap().starts_with("curl http://127.0.0.1:5000/webhook"));
}

#[test]
fn an_event_from_a_file_is_sent_with_an_id_of_its_own() {
    let endpoint = Endpoint::accepting();
    let event = json!({"id": "evt_1Given", "object": "event", "api_version": "2024-06-20",
        "created": 1, "type": "charge.failed", "data": {"object": {"id": "ch_mine", "object":
        "charge", "amount": 5, "metadata": {}}}, "livemode": false, "pending_webhooks": 0});
    let devtool = Devtool::sending(&["trigger", "--from", "event.json"], endpoint.port())
        .file("event.json", &event.to_string());
    devtool.run().code(0);
    devtool.rerun_with(&["--set", "amount=7", "--keep-id"]).code(0);
    let received = endpoint.received();
    let (fresh, kept) = (received[0].event(), received[1].event());
    assert!(fresh["id"] != "evt_1Given" && fresh["created"].as_i64().unwrap() > 1_700_000_000);
    assert_eq!(
        (&fresh["type"], &fresh["api_version"]),
        (&json!("charge.failed"), &json!("2024-06-20"))
    );
    assert_eq!(fresh["data"], event["data"]);
    assert_eq!((&kept["id"], &kept["created"]), (&json!("evt_1Given"), &json!(1)));
    assert_eq!(kept["data"]["object"]["amount"], 7);
}

#[test]
fn an_object_from_stdin_needs_the_type_of_an_event() {
    let endpoint = Endpoint::accepting();
    let object = "{\"id\": \"in_mine\", \"object\": \"invoice\"}";
    let devtool = Devtool::sending(&["trigger"], endpoint.port()).file("o.json", object);
    let mut command = devtool.with(&["--from", "-", "invoice.paid"]);
    let input = std::fs::File::open(devtool.directory().join("o.json")).unwrap();
    let run = crate::support::Run::of(command.stdin(input).output().unwrap()).code(0);
    assert!(run.stdout.contains("invoice.paid"), "{}", run.stdout);
    assert_eq!(endpoint.received()[0].event()["data"]["object"]["id"], "in_mine");
    let run = devtool.rerun_with(&["--from", "o.json"]).code(2);
    assert_eq!(
        run.stderr,
        format!(
            "error: `o.json` holds an object of type `invoice`, but no event type was given\n  hint: name the \
             event type:\n        devtool trigger EVENT --port {} --seed 42 --from o.json\n",
            endpoint.port()
        )
    );
    let run = devtool.rerun_with(&["--from", "o.json", "invoice.payd"]).code(2);
    assert!(run.stderr.contains("did you mean `invoice.paid`"), "{}", run.stderr);
}

#[test]
fn a_file_that_holds_no_event_says_why() {
    let devtool = Devtool::new(&["trigger"]).file("list.json", "{\"object\": \"list\"}");
    let devtool = devtool.file("broken.json", "{\n  oops");
    let run = devtool.rerun_with(&["--from", "list.json"]).code(3);
    assert!(
        run.stderr.contains("it holds a list: use one element of its `data`"),
        "{}",
        run.stderr
    );
    let run = devtool.rerun_with(&["--from", "broken.json"]).code(3);
    assert!(run.stderr.contains("line 2 column 3 is not JSON"), "{}", run.stderr);
    let run = devtool.rerun_with(&["--from", "nothing.json"]).code(3);
    assert!(run.stderr.contains("cannot read `nothing.json`"), "{}", run.stderr);
}
