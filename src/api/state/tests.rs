//! Tests of the file, and of objects that are handed in.

use std::path::PathBuf;

use rusqlite::Connection;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::*;
use crate::api::request::{ApiRequest, RequestHeaders};
use crate::api::{Api, GivenObjects};
use crate::event::id::Seed;

const SECOND: i64 = 1_792_000_000;

/// An API whose state a file keeps.
fn kept(file: &Path) -> Api {
    let api = Api::new();
    api.draw_from(Seed(7));
    let recollection = api.recall(StateFile::open(file, Making::Yes).unwrap()).unwrap();
    api.keep(recollection).unwrap();
    api
}

fn place() -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("new/state.db");
    (directory, file)
}

fn ask(api: &Api, call: &str) -> Value {
    let (method, path) = call.split_once(' ').unwrap();
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let authorization = Some("Bearer sk_test_1".to_owned());
    let request = ApiRequest {
        method: method.to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        headers: RequestHeaders { authorization, ..RequestHeaders::default() },
        second: SECOND,
        ..ApiRequest::default()
    };
    serde_json::from_slice(&api.answer(&request).body).unwrap()
}

/// What an API shows of its customers and events.
fn shown(api: &Api) -> Vec<Value> {
    ["customers?limit=100", "products", "subscriptions", "invoices", "events?limit=100"]
        .map(|list| ask(api, &format!("GET /v1/{list}")))
        .to_vec()
}

fn error(file: &Path) -> String {
    let error = StateFile::open(file, Making::Yes).unwrap_err();
    format!("{error}: {}", error.with_root_cause())
}

#[test]
fn what_calls_have_made_is_there_again_as_it_was_and_nothing_comes_twice() {
    let (_directory, file) = place();
    let api = kept(&file);
    let mut ids = Vec::new();
    for name in ["Ada", "Bea", "Cleo"] {
        let customer = ask(&api, &format!("POST /v1/customers?name={name}"));
        ids.push(customer["id"].as_str().unwrap().to_owned());
    }
    ask(&api, &format!("POST /v1/customers/{}?description=new", ids[0]));
    ask(&api, &format!("DELETE /v1/customers/{}", ids[1]));
    ask(&api, "POST /v1/products?id=gold&name=Gold");
    ask(&api, "DELETE /v1/products/gold");
    ask(&api, "POST /v1/products?name=Silver");
    ask(&api, "POST /v1/products?id=gold&name=Gold+again");
    let price = "unit_amount=500&currency=usd&recurring[interval]=month&product=gold";
    let price = ask(&api, &format!("POST /v1/prices?{price}"));
    let price = price["id"].as_str().unwrap();
    ask(&api, &format!("POST /v1/payment_methods/pm_card_visa/attach?customer={}", ids[0]));
    let items = format!("customer={}&items[0][price]={price}&trial_period_days=30", ids[0]);
    let subscription = ask(&api, &format!("POST /v1/subscriptions?{items}"));
    assert_eq!(subscription["status"], "trialing", "{subscription}");
    api.advance("2d".parse().unwrap(), SECOND).unwrap();
    let before = shown(&api);
    drop(api);
    let again = kept(&file);
    assert_eq!(shown(&again), before);
    assert_eq!(again.second(0), 2 * 86_400);
    let deleted = ask(&again, &format!("GET /v1/customers/{}", ids[1]));
    assert_eq!(deleted["deleted"], true, "{deleted}");
    let next = ask(&again, "POST /v1/customers?name=Dora");
    assert!(!ids.contains(&next["id"].as_str().unwrap().to_owned()), "{next}");
    // The end of the trial and the renewal come due, as they would have.
    let happened = again.advance("1mo".parse().unwrap(), SECOND).unwrap();
    assert!(happened["happened"].as_u64().unwrap() >= 3, "{happened}");
    let events = ask(&again, "GET /v1/events?limit=100");
    let ids: Vec<&Value> = events["data"].as_array().unwrap().iter().map(|e| &e["id"]).collect();
    let unique: std::collections::HashSet<_> = ids.iter().map(ToString::to_string).collect();
    assert_eq!(unique.len(), ids.len());
}

#[test]
fn webhook_endpoints_keep_their_secrets_and_keys_their_answers() {
    let (_directory, file) = place();
    let api = kept(&file);
    let url = "url=http%3A%2F%2F127.0.0.1%3A9%2F&enabled_events[]=*";
    let made = ask(&api, &format!("POST /v1/webhook_endpoints?{url}"));
    drop(api);
    let again = kept(&file);
    let found = again.store().webhooks(&None, "customer.created");
    assert_eq!(Value::from(found[0].secret.reveal()), made["secret"]);
    assert_eq!(again.store().calls.seed, Seed(7));
}

#[test]
fn what_is_forgotten_is_forgotten_in_the_file() {
    let (_directory, file) = place();
    let api = kept(&file);
    for _ in 0..crate::api::call_state::MOST_MADE + 5 {
        ask(&api, "POST /v1/products?name=Mug");
    }
    let count = |api: &Api| api.store().objects(&None).unwrap().every().count();
    let before = count(&api);
    drop(api);
    assert_eq!(count(&kept(&file)), before);
}

#[test]
fn a_file_is_for_one_and_others_files_are_left_alone() {
    let (directory, file) = place();
    let api = kept(&file);
    assert!(error(&file).starts_with("another process has the state"), "{}", error(&file));
    drop(api);
    drop(kept(&file));
    let version = |version: i64| {
        let connection = Connection::open(&file).unwrap();
        connection.pragma_update(None, "user_version", version).unwrap();
    };
    version(2);
    assert!(error(&file).contains("a newer devtool wrote it (form 2; this one supports 1)"));
    version(1);
    let other = directory.path().join("other.db");
    Connection::open(&other).unwrap().execute_batch("CREATE TABLE a (x)").unwrap();
    let bytes = std::fs::read(&other).unwrap();
    assert!(error(&other).contains("it is a database of another program"), "{}", error(&other));
    assert_eq!(std::fs::read(&other).unwrap(), bytes);
    std::fs::write(&other, "no database").unwrap();
    assert!(error(&other).contains("it is no database"));
    assert!(error(directory.path()).contains("it is not a regular file"));
    let missing = StateFile::open(&directory.path().join("none.db"), Making::No).unwrap_err();
    assert!(missing.to_string().starts_with("there is no state of a local API"), "{missing}");
    assert!(!directory.path().join("none.db").exists());
}

#[test]
fn what_is_written_is_in_the_file_before_anything_is_closed() {
    let (directory, file) = place();
    let api = kept(&file);
    let customer = ask(&api, "POST /v1/customers?name=Ada");
    // As a process that is killed leaves it.
    let copy = directory.path().join("copy.db");
    std::fs::copy(&file, &copy).unwrap();
    let log = |file: &Path| PathBuf::from(format!("{}-wal", file.display()));
    std::fs::copy(log(&file), log(&copy)).unwrap();
    let found =
        ask(&kept(&copy), &format!("GET /v1/customers/{}", customer["id"].as_str().unwrap()));
    assert_eq!(found, customer);
}

#[test]
fn a_test_clock_that_was_on_its_way_gets_there_the_next_time() {
    let (_directory, file) = place();
    let api = kept(&file);
    let text = |value: &Value, name: &str| value[name].as_str().unwrap().to_owned();
    let clock = ask(&api, "POST /v1/test_helpers/test_clocks?frozen_time=1700000000");
    let clock = text(&clock, "id");
    let customer = ask(&api, &format!("POST /v1/customers?test_clock={clock}"));
    let price = "unit_amount=500&currency=usd&recurring[interval]=month&product_data[name]=Mug";
    let price = text(&ask(&api, &format!("POST /v1/prices?{price}")), "id");
    let terms = "collection_method=send_invoice&days_until_due=7";
    let body = format!("customer={}&items[0][price]={price}&{terms}", text(&customer, "id"));
    let made = text(&ask(&api, &format!("POST /v1/subscriptions?{body}")), "id");
    // As far as a process gets that is killed right after its answer.
    let path = format!("/v1/test_helpers/test_clocks/{clock}");
    let request = ApiRequest {
        method: "POST".to_owned(),
        path: format!("{path}/advance"),
        query: "frozen_time=1704000000".to_owned(),
        second: SECOND,
        ..ApiRequest::default()
    };
    let answer = crate::api::serve::answer(&mut api.store(), &request);
    assert_eq!(answer.status, 200, "{answer:?}");
    api.commit(&mut api.store(), None).unwrap();
    drop(api);
    let again = kept(&file);
    assert_eq!(ask(&again, &format!("GET {path}"))["status"], "advancing");
    again.let_clocks_go_on(SECOND);
    let arrived = ask(&again, &format!("GET {path}"));
    assert_eq!(
        (&arrived["status"], &arrived["frozen_time"]),
        (&json!("ready"), &json!(1_704_000_000))
    );
    let invoices = ask(&again, &format!("GET /v1/invoices?subscription={made}"));
    assert_eq!(invoices["data"].as_array().unwrap().len(), 2, "{invoices}");
    drop(again);
    assert_eq!(ask(&kept(&file), &format!("GET {path}")), arrived);
}

#[test]
fn events_that_the_history_has_too_keep_their_order_and_stay_when_that_is_another() {
    let (_directory, file) = place();
    let api = kept(&file);
    for name in ["Ada", "Bea"] {
        ask(&api, &format!("POST /v1/customers?name={name}"));
    }
    let before = ask(&api, "GET /v1/events");
    assert_eq!(before["data"].as_array().unwrap().len(), 2, "{before}");
    // As deliveries that overlap are recorded.
    let bodies: Vec<_> = api.store().events(&None).map(|event| event.body.clone()).collect();
    drop(api);
    let again = Api::new();
    let read = again.recall(StateFile::open(&file, Making::Yes).unwrap()).unwrap();
    for body in &bodies {
        again.sent(body);
    }
    again.keep(read).unwrap();
    assert_eq!(ask(&again, "GET /v1/events"), before);
    again.clear_untold();
    assert_eq!(ask(&again, "GET /v1/events"), before);
}

#[test]
fn what_cannot_be_kept_is_no_success() {
    let (_directory, file) = place();
    let api = kept(&file);
    let spoilt = StateFile::open(&file.with_extension("other"), Making::Yes).unwrap();
    spoilt.connection.execute_batch("DROP TABLE object").unwrap();
    drop(api);
    let api = Api::new();
    let read = api.recall(StateFile::open(&file, Making::Yes).unwrap()).unwrap();
    api.keep(read).unwrap();
    api.spoil(spoilt);
    let answer = ask(&api, "POST /v1/customers?name=Ada");
    let message = answer["error"]["message"].as_str().unwrap();
    assert!(message.starts_with("devtool: this is done, but it cannot be kept"), "{message}");
}

#[test]
fn exported_objects_may_be_handed_in_and_are_the_same_again() {
    let api = Api::new();
    let customer = ask(&api, "POST /v1/customers?name=Ada")["id"].as_str().unwrap().to_owned();
    ask(&api, "POST /v1/products?name=Mug");
    let fund = format!("POST /v1/test_helpers/customers/{customer}/fund_cash_balance");
    ask(&api, &format!("{fund}?amount=1000&currency=usd"));
    let url = "url=http%3A%2F%2F127.0.0.1%3A9%2F&enabled_events[]=*";
    ask(&api, &format!("POST /v1/webhook_endpoints?{url}"));
    let (objects, is_all) = api.exported(0);
    assert!(is_all && objects.len() >= 3, "{objects:?}");
    let other = Api::new();
    let text = serde_json::to_vec(&objects).unwrap();
    let taken = other.take_in(GivenObjects::parse(&text).unwrap()).unwrap();
    assert_eq!((taken.new, taken.known), (objects.len(), 0));
    assert_eq!(other.exported(0), (objects, true));
    assert_eq!(shown(&other)[..2], shown(&api)[..2]);
    let cash = ask(&other, &format!("GET /v1/customers/{customer}/cash_balance"));
    assert_eq!(cash["available"], json!({"usd": 1000}));
    assert_eq!(other.store().webhooks(&None, "a"), api.store().webhooks(&None, "a"));
    let again = other.take_in(GivenObjects::parse(&text).unwrap()).unwrap();
    assert_eq!((again.new, again.known), (0, taken.new));
}

#[test]
fn what_a_change_has_put_into_an_object_is_exported_once() {
    let api = Api::new();
    let customer = ask(&api, "POST /v1/customers?name=Ada");
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let customer = text(&customer["id"]);
    let invoice = ask(&api, &format!("POST /v1/invoices?customer={customer}&currency=usd"));
    let add = format!("POST /v1/invoices/{}/add_lines", text(&invoice["id"]));
    let lines = "lines[0][amount]=700&lines[0][description]=Mug&lines[1][amount]=900\
                 &lines[1][description]=Cup";
    let invoice = ask(&api, &format!("{add}?{lines}"));
    let ids = |api: &Api| {
        let objects = api.exported(0).0;
        objects.iter().map(|own| text(&own["id"])).collect::<std::collections::BTreeSet<_>>()
    };
    let there = ids(&api);
    for line in invoice["lines"]["data"].as_array().unwrap() {
        assert!(there.contains(line["id"].as_str().unwrap()), "{line}");
    }
    let other = Api::new();
    let file = serde_json::to_vec(&api.exported(0).0).unwrap();
    other.take_in(GivenObjects::parse(&file).unwrap()).unwrap();
    assert_eq!(ids(&other), there);
}

#[test]
fn what_is_handed_in_or_recalled_stays_packed_while_lists_and_searches_look_into_it() {
    let (_directory, file) = place();
    let customers = (0..30).map(|number| {
        json!({
            "id": format!("cus_{number}"), "object": "customer", "created": number / 2,
            "email": format!("{}@a.example", number % 3), "name": null, "customer_account": null,
            "metadata": {"plan": "a"},
        })
    });
    let text = serde_json::to_vec(&customers.collect::<Vec<_>>()).unwrap();
    let first = kept(&file);
    first.take_in(GivenObjects::parse(&text).unwrap()).unwrap();
    let packed = |api: &Api| {
        let store = api.store();
        store.objects(&None).unwrap().all("customer").filter(|state| state.is_packed()).count()
    };
    let ids = |api: &Api, call: &str| {
        let found = ask(api, call)["data"].as_array().unwrap().clone();
        found.iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let asked = [
        ("customers?email=1%40a.example&limit=3", ["cus_28", "cus_25", "cus_22"]),
        ("customers?created[lt]=2&limit=3", ["cus_3", "cus_2", "cus_1"]),
        ("customers/search?query=email~'2%40'&limit=3", ["cus_29", "cus_26", "cus_23"]),
    ];
    for (list, found) in &asked {
        assert_eq!(ids(&first, &format!("GET /v1/{list}")), found, "{list}");
    }
    assert_eq!(packed(&first), 30);
    // One that a call changes is whole, and found by what it is now.
    ask(&first, "POST /v1/customers/cus_0?email=new%40a.example");
    assert_eq!(ids(&first, "GET /v1/customers?email=new%40a.example"), ["cus_0"]);
    assert!(
        !ids(&first, "GET /v1/customers?email=0%40a.example&limit=100")
            .contains(&"cus_0".to_owned())
    );
    assert_eq!(packed(&first), 29);
    let exported = first.exported(0);
    drop(first);
    let second = kept(&file);
    assert_eq!(second.exported(0), exported);
    assert_eq!(packed(&second), 30);
    ask(&second, "DELETE /v1/customers/cus_28");
    let found = ids(&second, "GET /v1/customers?email=1%40a.example&limit=2");
    assert_eq!(found, ["cus_25", "cus_22"]);
}

#[test]
fn what_is_no_object_is_refused_with_its_place() {
    let why = |value: Value| GivenObjects::parse(value.to_string().as_bytes()).unwrap_err();
    let ada = json!({"id": "cus_1", "object": "customer"});
    assert_eq!(why(json!(3)), "it is neither an object nor a list of objects");
    assert_eq!(why(json!([ada, 3])), "[1] is no object");
    assert_eq!(why(json!({"object": "customer"})), "the object has no `id`, which is a text");
    assert_eq!(why(json!([{"id": "a"}])), "[0] has no `object`, which is a text");
    let list = |data: Value| json!({"object": "list", "data": data});
    assert_eq!(why(list(json!([ada, ada]))), "data[1] is the customer `cus_1`, and so is data[0]");
    assert_eq!(why(list(json!(1))), "the list has no `data`, which is a list");
    let event = json!([{"id": "evt_1", "object": "event"}]);
    assert_eq!(why(event), "[0] is an event: objects are taken, not events");
    let gone = json!([{"id": "cus_1", "object": "customer", "deleted": true}]);
    assert_eq!(why(gone), "[0] is deleted");
    let broken = GivenObjects::parse(b"[{]").unwrap_err();
    assert_eq!(broken, "key must be a string at line 1 column 3");
}
