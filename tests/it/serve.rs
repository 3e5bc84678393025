//! `devtool serve --stdio`: commands and the app's answers, as lines of JSON.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use serde_json::{Value, json};

use crate::support::{Devtool, SECRET};

/// A test suite that talks to devtool.
struct Suite {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: BufReader<ChildStdout>,
    /// It has the home.
    _devtool: Devtool,
}

impl Suite {
    fn start() -> Self {
        let devtool = Devtool::new(&["serve", "--stdio"]).env("STRIPE_WEBHOOK_SECRET", SECRET);
        let mut command = devtool.command();
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let stdin = child.stdin.take();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let mut suite = Self { child, stdin, stdout, _devtool: devtool };
        let version = env!("CARGO_PKG_VERSION");
        assert_eq!(suite.hear(), json!({"devtool": version, "protocol": 1}));
        suite
    }

    fn say(&mut self, line: &Value) {
        self.say_text(&line.to_string());
    }

    fn say_text(&mut self, line: &str) {
        writeln!(self.stdin.as_mut().unwrap(), "{line}").unwrap();
    }

    fn hear(&mut self) -> Value {
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        serde_json::from_str(&line).expect(&line)
    }

    /// The end of a command, whose requests are all answered like this.
    fn answered(&mut self, answer: impl Fn(&Value) -> Value) -> (Value, Vec<Value>) {
        let mut requests = Vec::new();
        loop {
            let heard = self.hear();
            if heard.get("request").is_none() {
                return (heard, requests);
            }
            let mut answer = answer(&heard);
            answer["answer"] = heard["request"].clone();
            self.say(&answer);
            requests.push(heard);
        }
    }

    fn end(mut self) -> i32 {
        drop(self.stdin.take());
        self.child.wait().unwrap().code().unwrap()
    }
}

#[test]
fn the_suite_is_the_app() {
    let mut suite = Suite::start();
    suite.say(&json!({"id": 1, "run": ["scenario", "payment", "--path", "/hook"], "app": true}));
    let (done, requests) =
        suite.answered(|_| json!({"status": 200, "body": "{\"status\":\"success\"}"}));
    assert_eq!(done["id"], 1);
    assert_eq!(done["exit_code"], 0);
    assert_eq!(done["report"]["verdict"], "pass");
    assert_eq!(requests.len(), done["report"]["steps"].as_array().unwrap().len());
    for request in &requests {
        assert_eq!((&request["method"], &request["path"]), (&json!("POST"), &json!("/hook")));
        let header = |name: &str| {
            let mut headers = request["headers"].as_array().unwrap().iter();
            headers.find(|header| header[0] == name).unwrap()[1].as_str().unwrap().to_owned()
        };
        let secret = devtool::config::Secret::parse(SECRET).unwrap();
        let body = request["body"].as_str().unwrap();
        let now = devtool::protocol::Clock::system().now();
        let signature = header("stripe-signature");
        devtool::protocol::signature::verify(&secret, &signature, body.as_bytes(), now).unwrap();
    }
    assert_eq!(suite.end(), 0);
}

#[test]
fn one_process_runs_many_commands() {
    let mut suite = Suite::start();
    for id in 1..=5 {
        suite.say(&json!({"id": id, "run": ["trigger", "invoice.paid"], "app": true}));
        let (done, requests) = suite.answered(|_| json!({"status": 204}));
        assert_eq!(
            (&done["id"], done["exit_code"].as_i64(), requests.len()),
            (&json!(id), Some(0), 1)
        );
    }
}

#[test]
fn an_answer_of_the_app_is_judged_and_explained() {
    let mut suite = Suite::start();
    suite.say(&json!({"id": 1, "run": ["trigger", "invoice.paid"], "app": true}));
    let (done, _) = suite.answered(|_| json!({"status": 404, "body_base64": "/w=="}));
    assert_eq!(done["exit_code"], 1);
    let hint = done["report"]["steps"][0]["hint"].as_str().unwrap();
    assert!(hint.contains("/webhook"), "{hint}");
}

#[test]
fn other_commands_print_what_they_always_do() {
    let mut suite = Suite::start();
    suite.say(&json!({"id": 1, "run": ["events", "invoice.paid"]}));
    let (done, _) = suite.answered(|_| json!({}));
    assert_eq!(done["exit_code"], 0, "{done}");
    suite.say(&json!({"id": 2, "run": ["events", "--format", "compact"]}));
    let (done, _) = suite.answered(|_| json!({}));
    assert!(done["output"].as_str().unwrap().contains("\ninvoice.paid\n"));
}

#[test]
fn what_is_wrong_is_said_and_the_next_command_runs() {
    let mut suite = Suite::start();
    let mut said = Vec::new();
    for line in [
        "nonsense".to_owned(),
        json!({"id": 1}).to_string(),
        json!({"id": 1, "run": ["events"], "speed": 9}).to_string(),
        json!({"answer": 7, "status": 200}).to_string(),
        json!({"id": 2, "run": ["listen"]}).to_string(),
        json!({"id": 3, "run": ["scenario", "paymant"], "app": true}).to_string(),
        json!({"id": 4, "run": ["trigger", "--frob"], "app": true}).to_string(),
        json!({"id": 5, "run": ["scenario", "--help"]}).to_string(),
    ] {
        suite.say_text(&line);
        said.push(format!("{line}\n  {}", suite.hear()));
    }
    insta::assert_snapshot!("wrong", said.join("\n"));
    suite.say(&json!({"id": 9, "run": ["trigger", "invoice.paid"], "app": true}));
    assert_eq!(suite.answered(|_| json!({"status": 200})).0["exit_code"], 0);
}

#[test]
fn one_command_runs_at_a_time() {
    let mut suite = Suite::start();
    suite.say(&json!({"id": 1, "run": ["trigger", "invoice.paid"], "app": true}));
    let request = suite.hear();
    suite.say(&json!({"id": 2, "run": ["events"]}));
    let refused = suite.hear();
    assert_eq!((&refused["id"], refused["exit_code"].as_i64()), (&json!(2), Some(2)));
    suite.say(&json!({"answer": request["request"], "status": 200}));
    assert_eq!(suite.hear()["id"], 1);
}

#[test]
fn it_ends_with_stdin_also_while_a_request_waits() {
    let mut suite = Suite::start();
    suite.say(&json!({"id": 1, "run": ["trigger", "invoice.paid"], "app": true}));
    suite.hear();
    assert_eq!(suite.end(), 0);
}
