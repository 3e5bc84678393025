//! `--api`: a local Stripe API for the time of a run, for handlers that ask Stripe.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use crate::support::asking::{ask, free_port, take_usual_port};
use crate::support::endpoint::{Endpoint, Reply};
use crate::support::filters::filters;
use crate::support::listening::{Listening, listen};
use crate::support::stripe::FakeStripe;
use crate::support::stripe::binary::VERSIONS;
use crate::support::{Devtool, SECRET};

/// A handler that fetches each event, and accepts it where that is what it got.
fn fetching(port: u16) -> Endpoint {
    Endpoint::new(move |request| {
        let event = request.event();
        let (status, fetched) =
            ask(port, &format!("GET /v1/events/{}", event["id"].as_str().unwrap()));
        match (status, fetched == event) {
            (200, true) => Reply::new(200, "ok"),
            _ => Reply::new(500, &format!("the API answered {status}: {fetched}")),
        }
    })
}

pub(crate) fn with_api(arguments: &[&str], endpoint: &Endpoint, api: u16) -> Devtool {
    Devtool::sending(arguments, endpoint.port()).args(&["--api", "--api-port", &api.to_string()])
}

#[test]
fn a_run_with_an_api_serves_what_it_sends_and_says_where() {
    let _filters = filters();
    let api = free_port();
    let endpoint = fetching(api);
    let run = with_api(&["scenario", "checkout"], &endpoint, api).run().code(0);
    insta::assert_snapshot!("scenario", run.whole());
    assert_eq!(ask(api, "GET /v1/customers").0, 0, "the API is up after the run");
}

#[test]
fn an_event_of_ones_own_and_one_that_is_replayed_can_be_fetched() {
    let api = free_port();
    let endpoint = fetching(api);
    let event = r#"{"id": "evt_1", "object": "event", "type": "invoice.paid", "created": 1790000000,
        "data": {"object": {"id": "in_1", "object": "invoice"}}}"#;
    let devtool = with_api(&["trigger", "--from", "event.json", "--keep-id"], &endpoint, api);
    let devtool = devtool.file("event.json", event);
    devtool.run().code(0);
    let (port, api) = (endpoint.port().to_string(), api.to_string());
    let replay = ["replay", "--last", "1", "--port", &port, "--api", "--api-port", &api];
    devtool.rerun(&replay).code(0);
    assert_eq!(endpoint.count(), 2);
}

#[test]
fn each_story_of_a_run_is_served() {
    let api = free_port();
    let endpoint = Endpoint::new(move |request| {
        let object = &request.event()["data"]["object"];
        let customer = object["customer"].as_str().unwrap_or("cus_none");
        let (status, _) = ask(api, &format!("GET /v1/customers/{customer}"));
        Reply::new(if status == 200 || object["customer"].is_null() { 200 } else { 500 }, "")
    });
    with_api(&["scenario", "payment", "billing", "--repeat", "2"], &endpoint, api).run().code(0);
}

#[test]
fn a_port_that_was_named_is_needed_and_the_usual_one_gives_way() {
    let _filters = filters();
    let endpoint = Endpoint::accepting();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let run = with_api(&["trigger", "invoice.paid"], &endpoint, port).run().code(3);
    let words = run.stderr.lines().filter(|line| !line.starts_with("  cause: "));
    let said = words.collect::<Vec<_>>().join("\n");
    insta::assert_snapshot!(said.replace(&port.to_string(), "PORT"), @r"
    error: cannot open port PORT for the local Stripe API
      hint: another program has it: choose another one with --api-port
    ");
    let file = format!("[api]\nport = {port}\n");
    let of_file = Devtool::sending(&["trigger", "invoice.paid", "--api"], endpoint.port());
    let of_file = of_file.file("devtool.toml", &file);
    assert_eq!(of_file.run().code(3).stderr, run.stderr);
    of_file.rerun_with(&["--api-port", "0"]).code(0);
    take_usual_port();
    let run =
        Devtool::sending(&["trigger", "invoice.paid", "--api"], endpoint.port()).run().code(0);
    insta::assert_snapshot!(run.stderr, @"warning: another program has port 12111: the local Stripe API is at http://127.0.0.1:PORT");
    assert!(run.stdout.contains("\napi: http://127.0.0.1:12"), "{}", run.stdout);
}

#[test]
fn the_api_is_said_beside_a_result_that_has_no_heading() {
    let _filters = filters();
    let endpoint = Endpoint::accepting();
    let arguments = ["trigger", "invoice.paid", "--api-port", "0", "--format", "compact"];
    let run = Devtool::sending(&arguments, endpoint.port()).env("DEVTOOL_API", "1").run().code(0);
    insta::assert_snapshot!(run.stderr, @"api: http://127.0.0.1:PORT (this run's Stripe API)");
}

#[test]
fn what_is_about_the_api_needs_it() {
    let run = Devtool::new(&["trigger", "invoice.paid", "--api-port", "1"]).run().code(2);
    insta::assert_snapshot!(run.stderr, @r"
    error: the argument '--api-port' needs '--api'

    Usage: devtool trigger [OPTIONS] [EVENT]

    For more information, try '--help'.
    ");
    let run =
        Devtool::new(&["trigger", "invoice.paid", "--api", "--api-port", "0", "--via", "stripe"])
            .env("STRIPE_WEBHOOK_SECRET", SECRET)
            .run();
    insta::assert_snapshot!(run.whole(), @r"
    exit code: 2
    ----- stdout -----

    ----- stderr -----
    error: `--api` cannot go through Stripe: the local API serves the objects of devtool's own events
      hint: `--via local` sends it without Stripe
    ");
}

#[test]
fn the_demo_has_an_api_too() {
    let _filters = filters();
    let run = Devtool::new(&["demo", "--api", "--api-port", "0"]).run().code(0);
    insta::assert_snapshot!(run.stdout.lines().nth(2).unwrap(), @"api: http://127.0.0.1:PORT (this run's Stripe API)");
}

#[test]
fn an_answer_that_shows_that_the_handler_asked_stripe_leads_to_the_api() {
    let _filters = filters();
    let endpoint =
        Endpoint::new(|_| Reply::new(500, "InvalidRequestError: No such customer: 'cus_1'"));
    let devtool = Devtool::sending(&["trigger", "invoice.paid"], endpoint.port());
    insta::assert_snapshot!("asked_stripe", devtool.run().code(1).stdout);
    let run = devtool.rerun_with(&["--api-port", "0", "--api"]).code(1);
    let hint = run.stdout.lines().find(|line| line.contains("hint:")).unwrap();
    insta::assert_snapshot!(hint, @"  hint: the handler asked Stripe's API for an object that the events of this run do not know: `InvalidRequestError: No such customer: 'cus_1'`. Where the report shows no call below the event, point the app's Stripe library at the local API; else ask for what the event names");
    let replay = ["replay", "1", "--port", &endpoint.port().to_string()];
    let run = devtool.rerun(&replay).code(1);
    let command = run.stdout.lines().find(|line| line.contains("devtool ")).unwrap();
    insta::assert_snapshot!(command, @"        devtool replay 1 --port PORT --api");
}

/// An endpoint that fetches each event from where its environment says.
const ASKING: &str = r#"
import http.server, json, os, sys, urllib.request
class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        event = json.loads(self.rfile.read(int(self.headers["content-length"])))
        url = os.environ["STRIPE_API_BASE"] + "/v1/events/" + event["id"]
        key = "Bearer " + os.environ["STRIPE_SECRET_KEY"]
        asked = urllib.request.Request(url, headers={"Authorization": key})
        fetched = json.load(urllib.request.urlopen(asked))
        print("same" if fetched == event else "another", os.environ["STRIPE_API_KEY"][:8], flush=True)
        self.send_response(200)
        self.end_headers()
    def log_message(self, *_):
        pass
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"#;

#[test]
#[cfg_attr(any(tests_without_node, tests_without_python3), ignore = "needs node and python3")]
fn the_app_of_a_listen_with_an_api_is_pointed_at_it() {
    let (fake, port) = (FakeStripe::start(), free_port());
    let number = port.to_string();
    let app = ["--api", "--api-port", "0", "--", "python3", "-c", ASKING, &number];
    let devtool = listen(&fake, VERSIONS[0], port, &app);
    let mut listening = Listening::ready(&fake, devtool);
    listening.wait_for_output("api: http://127.0.0.1:");
    listening.wait_for_output("the app is up after ");
    fake.happen("customer.created");
    listening.wait_for_output("app | same sk_test_");
    listening.wait_for_output(" 200 ");
    assert_eq!(listening.interrupt(), 0);
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn what_the_app_asks_stands_below_the_row_of_a_listen() {
    let (fake, api) = (FakeStripe::start(), free_port());
    let endpoint = fetching(api);
    let number = api.to_string();
    for format in ["text", "json"] {
        let more = ["--api", "--api-port", &number, "--format", format];
        let devtool = listen(&fake, VERSIONS[0], endpoint.port(), &more);
        let mut listening = Listening::ready(&fake, devtool);
        let id = fake.happen("customer.created");
        listening.wait_for_output("/v1/events/evt_");
        assert_eq!(listening.interrupt(), 0);
        let shown = listening.stdout();
        let row = shown.iter().position(|line| line.contains("customer.created")).unwrap();
        if format == "text" {
            let call = format!("          GET /v1/events/{id}  200  ");
            assert!(shown[row + 1].starts_with(&call), "{shown:#?}");
            continue;
        }
        let row: serde_json::Value = serde_json::from_str(&shown[row]).unwrap();
        let call = &row["api_calls"][0];
        assert_eq!(
            (&call["method"], &call["path"], &call["status"], &call["under_way"]),
            (&"GET".into(), &format!("/v1/events/{id}").into(), &200.into(), &1.into())
        );
    }
}

/// The status of an answer to a request as it stands.
fn status(port: u16, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    // The answer may come before the whole request was sent.
    let _ = stream.write_all(request);
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).unwrap();
    String::from_utf8_lossy(&answer[9..]).into_owned()
}

#[test]
fn a_request_for_another_host_and_one_that_is_too_large_are_refused() {
    let api = free_port();
    let endpoint = Endpoint::new(move |_| {
        let head = |host: &str, length: usize| {
            format!(
                "POST /v1/customers HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer sk_test_1\r\n\
                 Content-Length: {length}\r\nConnection: close\r\n\r\n"
            )
        };
        let body =
            |length: usize| [head("localhost", length).into_bytes(), vec![b'a'; length]].concat();
        let most = 1024 * 1024;
        let evil = status(api, head("evil.example", 0).as_bytes());
        let said = [evil, status(api, &body(most)), status(api, &body(most + 1))].join(" ");
        Reply::new(if said == "403 400 413" { 200 } else { 500 }, &said)
    });
    with_api(&["trigger", "invoice.paid"], &endpoint, api).run().code(0);
}
