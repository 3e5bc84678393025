//! `devtool api --data`, `--objects` and `export`: what calls have made is there again, also after a kill.

use std::process::Stdio;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::support::Devtool;
use crate::support::asking::{ask, ask_with, free_port};
use crate::support::listening::Listening;
use crate::support::running_api::RunningApi;

/// One that keeps its state in a file of its home; the file's name.
fn kept(more: &[&str]) -> RunningApi {
    RunningApi::start(&[&["--data", "state.db"], more].concat())
}

fn again(before: &RunningApi, more: &[&str]) -> RunningApi {
    let port = free_port();
    let port_text = port.to_string();
    let words = [&["api", "--api-port", &port_text, "--data", "state.db"], more].concat();
    let words: Vec<String> = words.iter().map(ToString::to_string).collect();
    let mut command = before.devtool.command_of(&words);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let process = Listening::of(child, Arc::clone(&before.devtool));
    process.wait_for_output("127.0.0.1:");
    RunningApi { devtool: Arc::clone(&before.devtool), process, port }
}

#[test]
fn what_was_answered_is_there_again_after_a_kill() {
    let mut first = kept(&[]);
    let (status, ada) =
        ask_with(first.port, "POST /v1/customers?name=Ada", "Idempotency-Key: k\r\n");
    assert_eq!(status, 200, "{ada}");
    first.process.signal("KILL");
    first.process.wait();
    let mut second = again(&first, &[]);
    second.process.wait_for_output("data: state.db (1 object)");
    let id = ada["id"].as_str().unwrap();
    assert_eq!(ask(second.port, &format!("GET /v1/customers/{id}")).1, ada);
    let key = "Idempotency-Key: k\r\n";
    assert_eq!(ask_with(second.port, "POST /v1/customers?name=Ada", key).1, ada);
    let (status, _) = ask_with(second.port, "POST /v1/customers?name=Bea", key);
    assert_eq!(status, 400);
    let (_, bea) = ask(second.port, "POST /v1/customers?name=Bea");
    assert_ne!(bea["id"], ada["id"]);
    let (_, events) = ask(second.port, "GET /v1/events");
    let names = events["data"].as_array().unwrap().iter().map(|event| &event["request"]["id"]);
    let requests: Vec<&Value> = names.collect();
    assert_eq!(requests.len(), 2, "{events}");
    assert_ne!(requests[0], requests[1]);
    second.end();
}

#[test]
fn a_file_that_is_in_use_or_another_programs_is_refused() {
    let mut running = kept(&[]);
    let refused = |words: &[&str]| running.devtool.rerun(words).code(3).stderr;
    let second = refused(&["api", "--api-port", "0", "--data", "state.db"]);
    assert!(second.contains("another process has the state"), "{second}");
    let export = refused(&["api", "export", "--data", "state.db"]);
    assert!(export.contains("another process has the state"), "{export}");
    let missing = refused(&["api", "export", "--data", "none.db"]);
    assert!(missing.contains("there is no state of a local API in"), "{missing}");
    running.end();
    let devtool = Devtool::new(&["api", "--api-port", "0", "--data", "notes.txt"]);
    let run = devtool.file("notes.txt", &"my notes ".repeat(20)).run().code(3);
    assert!(run.stderr.contains("is not a state of the local API"), "{}", run.stderr);
}

#[test]
fn objects_of_a_file_are_there_from_the_start_and_what_is_exported_is_taken_again() {
    let ada = json!({"id": "cus_ada", "object": "customer", "name": "Ada", "created": 7});
    let list = json!({"object": "list", "data": [ada], "has_more": false});
    let port = free_port();
    let words = ["api", "--api-port", &port.to_string(), "--objects", "objects.json"];
    let devtool = Devtool::new(&words).file("objects.json", &list.to_string());
    let mut first = RunningApi::of(&Arc::new(devtool), port);
    first.process.wait_for_output("objects: objects.json (1 object)");
    assert_eq!(ask(port, "GET /v1/customers/cus_ada").1["name"], "Ada");
    let (status, _) = ask(port, "POST /v1/customers/cus_ada?name=Ada+L");
    assert_eq!(status, 200);
    ask(port, "POST /v1/products?name=Mug");
    let exported = first.devtool.rerun(&["api", "export"]).code(0).stdout;
    assert!(exported.contains(r#""name":"Ada L""#), "{exported}");
    first.end();
    std::fs::write(first.devtool.directory().join("again.json"), &exported).unwrap();
    let mut second = again(&first, &["--objects", "again.json"]);
    assert_eq!(second.devtool.rerun(&["api", "export"]).code(0).stdout, exported);
    second.end();
    let of_file = second.devtool.rerun(&["api", "export", "--data", "state.db"]).code(0);
    assert_eq!(of_file.stdout, exported);
}

#[test]
fn what_is_no_object_is_said_with_its_place() {
    let devtool = Devtool::new(&["api", "--api-port", "0", "--objects", "objects.json"]);
    let run = devtool.file("objects.json", r#"[{"object": "customer"}]"#).run().code(3);
    insta::assert_snapshot!(run.stderr, @r"
    error: cannot take the objects of `objects.json`
      cause: [0] has no `id`, which is a text
      hint: it holds an object, a list of objects, or a list as Stripe answers one
    ");
    let none = Devtool::new(&["api", "export"]).run().code(4);
    assert!(none.stderr.contains("no `devtool api` is running"), "{}", none.stderr);
}
