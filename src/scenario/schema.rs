//! The JSON schema of scenario files, by which editors complete, explain and check them.

use serde_json::{Map, Value, json};

use crate::event::Catalogue;

/// The file that lies beside scenarios.
pub const FILE_NAME: &str = "scenario.schema.json";

/// The line of a scenario file that names the schema beside it.
pub const LINE: &str = "#:schema ./scenario.schema.json\n";

/// A key: its name, what it sets, its form.
type Property = (&'static str, &'static str, Value);

/// The schema as it is written into a project: what [`text`] makes, which only a test does, since it takes a program
/// more room to make this than to have it.
pub const TEXT: &str = include_str!("../../docs/scenario.schema.json");

/// The schema, made of what devtool reads.
pub fn text() -> String {
    let title = "A scenario of devtool";
    let description = "Events to send in order, and what is expected of the app.";
    let mut schema = table(&root(), &["step"]);
    if let Value::Object(members) = &mut schema {
        members.insert("$schema".into(), "https://json-schema.org/draft/2020-12/schema".into());
        members.insert("title".into(), title.into());
        members.insert("description".into(), description.into());
        members.insert("$defs".into(), definitions());
    }
    format!("{schema:#}\n")
}

fn definitions() -> Value {
    let names: Vec<&str> = Catalogue::names().collect();
    json!({
        "event": {"anyOf": [{"enum": names}, {"type": "string", "minLength": 1}]},
        "duration": {"type": "string", "pattern": "^[0-9]"},
        "offset": {"type": "string", "pattern": "^[-+]?[0-9]+(s|m|h|d|mo)( [-+]?[0-9]+(s|m|h|d|mo))*$"},
        "text": text_expectation(&[]),
        "expect": table(&expect(false, true), &[]),
        "look": table(&expect(true, false), &[]),
    })
}

/// A table of these keys alone.
fn table(properties: &[Property], required: &[&str]) -> Value {
    let property = |(name, description, form): &Property| {
        let mut form = form.clone();
        if let Value::Object(members) = &mut form {
            members.insert("description".into(), (*description).into());
        }
        ((*name).to_owned(), form)
    };
    let properties: Map<String, Value> = properties.iter().map(property).collect();
    let mut table =
        json!({"type": "object", "properties": properties, "additionalProperties": false});
    if !required.is_empty() {
        table["required"] = json!(required);
    }
    table
}

/// A form, or a list of it.
fn some(form: &Value) -> Value {
    json!({"anyOf": [form, {"type": "array", "items": form}]})
}

/// A table of any keys whose values have a form.
fn of(form: &Value) -> Value {
    json!({"type": "object", "additionalProperties": form})
}

fn string() -> Value {
    json!({"type": "string"})
}

fn to(definition: &str) -> Value {
    json!({"$ref": format!("#/$defs/{definition}")})
}

fn root() -> Vec<Property> {
    let run = some(&string());
    let command = table(&[("run", "The program and its arguments", run)], &["run"]);
    let number = json!({"type": "integer", "minimum": 1});
    let numbers = json!({"type": "array", "items": number, "minItems": 1});
    vec![
        (
            "name",
            "What reports call the scenario; else the name of its file",
            json!({"type": "string", "minLength": 1, "maxLength": 100}),
        ),
        ("purpose", "What the scenario is about, in one line", string()),
        (
            "deliveries",
            "The numbers of the steps as they are delivered; one that is named twice is sent twice",
            json!({"anyOf": [number, numbers]}),
        ),
        ("story", "What all events are about", table(&story(), &[])),
        (
            "step",
            "The events, in their order",
            json!({"type": "array", "items": table(&step(), &["event"]), "minItems": 1}),
        ),
        (
            "check",
            "What has to be true of the app afterwards",
            json!({"type": "array", "items": check()}),
        ),
        ("setup", "A command before the first event", command.clone()),
        ("teardown", "A command in the end", command),
    ]
}

fn story() -> Vec<Property> {
    let amount = json!({"anyOf": [{"type": "integer", "minimum": 1, "maximum": 99_999_999}, {"type": "string"}]});
    let currency = json!({"type": "string", "pattern": "^[A-Za-z]{3}$"});
    vec![
        (
            "payment_method",
            "The type of the payment method",
            json!({"enum": ["card", "us_bank_account"]}),
        ),
        ("connect", "Whether the money goes on to a connected account", json!({"type": "boolean"})),
        ("guest", "Whether the customer bought without an account", json!({"type": "boolean"})),
        ("created", "When objects were created that no step creates", of(&to("offset"))),
        ("ids", "The ids of objects of your own", of(&string())),
        ("metadata", "The metadata of the story's objects", metadata()),
        ("amount", "The price, in the currency's smallest unit", amount),
        ("currency", "Three letters", currency),
        ("customer", "The customer's id", string()),
        ("email", "The customer's email address", string()),
    ]
}

fn metadata() -> Value {
    let entries = of(&string());
    let objects = crate::event::setting::WITH_METADATA;
    let properties = objects.map(|object| (object, "Metadata of the object", entries.clone()));
    table(&properties, &[])
}

fn step() -> Vec<Property> {
    let causes = json!({"enum": ["stripe", "request", "unkeyed_request", "page"]});
    let repeat = json!({"type": "integer", "minimum": 1, "maximum": 100});
    let day = json!({"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"});
    let account = json!({"type": "string", "pattern": "^acct_[A-Za-z0-9_]+$"});
    vec![
        ("event", "The event's type", to("event")),
        ("object", "The object, for a type that devtool does not know", string()),
        ("about", "Another object of the type: `invoice/second`", string()),
        ("state", "States of the object", some(&string())),
        (
            "was",
            "Earlier values by path, for a type that ends in `.updated`",
            json!({"type": "object"}),
        ),
        ("cause", "Who caused it", causes),
        ("at", "When it happened, counted from the end: `-5d 1h`", to("offset")),
        ("since", "The day of the API version from which on Stripe sends it", day),
        ("set", "Fields of the payload by path", json!({"type": "object"})),
        ("unset", "Paths that are removed from the payload", some(&string())),
        ("account", "The connected account that it comes from", account),
        ("delay", "How long to wait before it is sent", to("duration")),
        ("repeat", "How many times it is delivered", repeat),
        ("expect", "What is expected of the answer", to("expect")),
        ("save", "Values of the answer for later steps and checks, by name", of(&string())),
        ("api_fault", "What happens to calls of the local API meanwhile", some(&string())),
    ]
}

fn check() -> Value {
    let run = some(&string());
    let path = json!({"type": "string", "pattern": "^(/|\\{\\{)"});
    let url = json!({"type": "string", "pattern": "^https?://"});
    let mut check = table(
        &[
            ("path", "A path of the app", path),
            ("url", "A URL of this machine", url),
            (
                "method",
                "The request's method; else `GET`",
                json!({"type": "string", "pattern": "^[A-Za-z]+$"}),
            ),
            ("headers", "The request's headers", of(&string())),
            ("body", "The request's body; a table is sent as JSON", json!({})),
            ("run", "A program and its arguments in place of a request", run),
            ("within", "How long the app may take", to("duration")),
            ("expect", "What is expected of the answer, or of the output", to("look")),
        ],
        &[],
    );
    check["oneOf"] = json!([{"required": ["path"]}, {"required": ["url"]}, {"required": ["run"]}]);
    check
}

fn expect(is_of_check: bool, is_of_step: bool) -> Vec<Property> {
    let status = json!({"anyOf": [
        {"type": "integer", "minimum": 100, "maximum": 599},
        {"type": "string", "pattern": "^([1-5]xx|[1-5][0-9][0-9])$"},
    ]});
    let number = json!({"type": ["string", "number"]});
    let json = ("json", "Values of the JSON body by path", json!({"type": "object"}));
    let mut properties = vec![
        ("status", "The status, or one of a list; else any 2xx", some(&status)),
        ("max_latency", "How long the answer may take", to("duration")),
        ("body", "The body", text_expectation(&[json])),
        ("header", "Headers of the answer", of(&to("text"))),
        ("number", "Numbers of the JSON body by path: `>= 1`", of(&some(&number))),
    ];
    if is_of_step {
        let calls = json!({"type": "integer", "minimum": 0, "maximum": 10_000});
        properties.push((
            "api_calls",
            "Calls of the local API that the app has to make",
            some(&string()),
        ));
        properties.push(("max_api_calls", "How many calls it may make", calls));
    }
    if is_of_check {
        let code = json!({"type": "integer", "minimum": 0, "maximum": 255});
        properties.push(("exit_code", "How the command has to end", code));
    }
    properties
}

/// Text as it is, or what it is like.
fn text_expectation(more: &[Property]) -> Value {
    let mut properties = vec![
        ("equals", "The whole text", string()),
        ("contains", "Parts of the text", some(&string())),
        ("matches", "Regular expressions", some(&string())),
    ];
    properties.extend(more.iter().cloned());
    json!({"anyOf": [string(), table(&properties, &[])]})
}
