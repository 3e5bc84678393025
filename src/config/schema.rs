//! The JSON schema of devtool.toml, by which editors complete, explain and check it.

use serde_json::{Value, json};

/// The file that lies beside devtool.toml.
pub const FILE_NAME: &str = "devtool.schema.json";

/// The line of devtool.toml that names the schema beside it.
pub const LINE: &str = "#:schema ./devtool.schema.json\n";

/// The schema as it is written into a project: what [`text`] makes, which only a test does, since it takes a program
/// more room to make this than to have it.
pub const TEXT: &str = include_str!("../../docs/devtool.schema.json");

/// The schema, made of what devtool reads.
pub fn text() -> String {
    let schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "devtool.toml",
        "description": "What devtool uses in this project where the command line and the environment say nothing.",
        "type": "object",
        "properties": {
            "url": text_of("The endpoint", "^https?://"),
            "secret": text_of("The signing secret itself; `secret_env` keeps it out of this file", "^\\S+$"),
            "secret_env": text_of("The variable that holds the signing secret", "^[A-Za-z0-9_]+$"),
            "timeout": duration("How long to wait for each answer: `30s`"),
            "api_version": text_of("The API version of events", API_VERSION),
            "stripe": stripe(),
            "api": table(&json!({"port": {
                "type": "integer", "minimum": 0, "maximum": 65_535,
                "description": "The port of the local Stripe API; 0 for a free one",
            }})),
            "audit": audit(),
            "history": table(&json!({
                "file": {"type": "string", "description": "The history's file, within the project"},
                "keep": duration("How long deliveries are kept: `30d`"),
                "max_size": text_of("How large the history may become: `1GB`", "^[0-9]"),
            })),
            "route": {"type": "array", "items": route()},
        },
        "additionalProperties": false,
    });
    format!("{schema:#}\n")
}

const API_VERSION: &str = "^[0-9]{4}-[0-9]{2}-[0-9]{2}(\\.[a-z]+)?$";

fn text_of(description: &str, pattern: &str) -> Value {
    json!({"type": "string", "pattern": pattern, "description": description})
}

fn duration(description: &str) -> Value {
    text_of(description, "^[0-9]+(\\.[0-9]+)?(ms|s|m|h|d)$")
}

fn table(properties: &Value) -> Value {
    json!({"type": "object", "properties": properties, "additionalProperties": false})
}

fn stripe() -> Value {
    table(&json!({
        "account": text_of("The only account that devtool may use", "^acct_"),
        "project": {"type": "string", "description": "The Stripe CLI project"},
        "mirror": text_of("Where `devtool setup` offers to download from", "^https?://"),
    }))
}

fn audit() -> Value {
    let names = |description: &str| json!({"type": "array", "items": {"type": "string"}, "description": description});
    table(&json!({
        "event": {"type": "string", "description": "The type of the events that an audit sends"},
        "only": names("The probes and groups that run"),
        "skip": names("The probes and groups that do not run"),
        "fail_on": {"type": "string", "description": "The severity from which on a finding counts"},
        "baseline": {"type": "string", "description": "The JSON report whose findings are known"},
        "source": {"type": "string", "description": "Where the handler is, for SARIF: `app.py:42`"},
        "pedantic": {"type": "boolean", "description": "Whether what is only worth knowing is shown"},
    }))
}

fn route() -> Value {
    let mut route = table(&json!({
        "events": {"type": "string", "description": "Event types, as a pattern: `invoice.*`"},
        "url": text_of("Where the events go", "^https?://"),
        "secret": text_of("The signing secret of that endpoint, where it has its own", "^\\S+$"),
    }));
    route["required"] = json!(["events", "url"]);
    route
}
