//! The schemas of scenario files and of devtool.toml: current, and as strict as devtool. `UPDATE_GENERATED=1` writes
//! them anew.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};

use crate::support::Devtool;

/// Both schemas: the file in docs/, and the text that the code makes.
fn schemas() -> [(&'static str, String); 2] {
    [
        ("scenario.schema.json", devtool::scenario::schema::text()),
        ("devtool.schema.json", devtool::config::schema::text()),
    ]
}

#[test]
fn schemas_are_current() {
    for (file, text) in schemas() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(file);
        if std::env::var_os("UPDATE_GENERATED").is_some() {
            std::fs::write(&path, &text).unwrap();
        }
        let found = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(found == text, "{file} is stale: run `UPDATE_GENERATED=1 cargo test schemas`");
    }
}

fn validator(at: usize) -> jsonschema::Validator {
    let schema = serde_json::from_str(&schemas()[at].1).unwrap();
    jsonschema::validator_for(&schema).unwrap()
}

/// A TOML file as JSON.
fn document(text: &str) -> Value {
    serde_json::to_value(toml::from_str::<toml::Value>(text).unwrap()).unwrap()
}

#[test]
fn every_scenario_that_devtool_has_fits_the_schema() {
    let validator = validator(0);
    for folder in ["scenarios", "examples"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_none_or(|extension| extension != "toml") {
                continue;
            }
            let errors: Vec<String> = validator
                .iter_errors(&document(&std::fs::read_to_string(&path).unwrap()))
                .map(|error| format!("{}: {error}", error.instance_path()))
                .collect();
            assert!(errors.is_empty(), "{}: {errors:#?}", path.display());
        }
    }
}

/// What is wrong in a file whatever its events are: devtool and the schema say so.
const BAD_SCENARIOS: &[&str] = &[
    "purpose = \"p\"\n",
    "purpos = \"p\"\n[[step]]\nevent = \"invoice.paid\"\n",
    "step = []\n",
    "deliveries = []\n[[step]]\nevent = \"invoice.paid\"\n",
    "[[step]]\nat = \"-1d\"\n",
    "[[step]]\nevnt = \"invoice.paid\"\n",
    "[[step]]\nevent = 5\n",
    "[[step]]\nevent = \"invoice.paid\"\nat = \"yesterday\"\n",
    "[[step]]\nevent = \"invoice.paid\"\nrepeat = 0\n",
    "[[step]]\nevent = \"invoice.paid\"\ncause = \"me\"\n",
    "[[step]]\nevent = \"invoice.paid\"\naccount = \"cus_1\"\n",
    "[[step]]\nevent = \"invoice.paid\"\nexpect.stauts = 200\n",
    "[[step]]\nevent = \"invoice.paid\"\nexpect.status = [200, \"2x\"]\n",
    "[[step]]\nevent = \"invoice.paid\"\nexpect.exit_code = 1\n",
    "[[step]]\nevent = \"invoice.paid\"\n[[check]]\nexpect.status = 200\n",
    "[[step]]\nevent = \"invoice.paid\"\n[[check]]\npath = \"orders\"\n",
    "[[step]]\nevent = \"invoice.paid\"\n[[check]]\npath = \"/\"\nexpect.max_api_calls = 1\n",
    "[story]\npayment_method = \"cash\"\n[[step]]\nevent = \"invoice.paid\"\n",
    "[story]\nmetadata = { invoice = { a = \"b\" } }\n[[step]]\nevent = \"invoice.paid\"\n",
    "[setup]\npath = \"/\"\n[[step]]\nevent = \"invoice.paid\"\n",
];

#[test]
fn the_schema_finds_what_devtool_finds_in_scenarios() {
    let validator = validator(0);
    for text in BAD_SCENARIOS {
        assert!(!validator.is_valid(&document(text)), "{text}");
        let devtool = Devtool::new(&["scenario", "--check", "bad.toml"]).file("bad.toml", text);
        devtool.run().code(3);
    }
}

/// The keys that devtool names as those that a table has.
fn valid_keys(stderr: &str) -> BTreeSet<String> {
    let (_, keys) = stderr.split_once("valid keys are ").unwrap_or_else(|| panic!("{stderr}"));
    let keys = keys.lines().next().unwrap().split(", ");
    keys.map(|key| key.trim_matches('`').to_owned()).collect()
}

#[test]
fn the_schema_has_the_keys_that_devtool_knows() {
    let schema: Value = serde_json::from_str(&schemas()[0].1).unwrap();
    let step = "[[step]]\nevent = \"invoice.paid\"\n";
    let check = "[[check]]\npath = \"/\"\n";
    for (pointer, text) in [
        ("", format!("qqq = 1\n{step}")),
        ("/properties/story", format!("[story]\nqqq = 1\n{step}")),
        ("/properties/step/items", format!("{step}qqq = 1\n")),
        ("/properties/check/items", format!("{step}{check}qqq = 1\n")),
        ("/properties/setup", format!("{step}[setup]\nrun = \"a\"\nqqq = 1\n")),
        ("/$defs/expect", format!("{step}expect.qqq = 1\n")),
        ("/$defs/look", format!("{step}[[check]]\nrun = \"a\"\nexpect.qqq = 1\n")),
        ("/$defs/text/anyOf/1", format!("{step}expect.header.a.qqq = 1\n")),
        ("/$defs/expect/properties/body/anyOf/1", format!("{step}expect.body.qqq = 1\n")),
    ] {
        let devtool = Devtool::new(&["scenario", "--check", "a.toml"]).file("a.toml", &text);
        let known = valid_keys(&devtool.run().code(3).stderr);
        let properties = schema.pointer(&format!("{pointer}/properties"));
        let keys: BTreeSet<String> =
            properties.unwrap().as_object().unwrap().keys().cloned().collect();
        assert_eq!(keys, known, "{pointer}");
    }
}

#[test]
fn the_schema_has_the_keys_of_devtool_toml() {
    let schema: Value = serde_json::from_str(&schemas()[1].1).unwrap();
    for (pointer, text) in [
        ("", "qqq = 1\n".to_owned()),
        ("/properties/stripe", "[stripe]\nqqq = 1\n".to_owned()),
        ("/properties/api", "[api]\nqqq = 1\n".to_owned()),
        ("/properties/audit", "[audit]\nqqq = 1\n".to_owned()),
        ("/properties/history", "[history]\nqqq = 1\n".to_owned()),
        ("/properties/route/items", "[[route]]\nqqq = 1\n".to_owned()),
    ] {
        let devtool = Devtool::new(&["trigger", "invoice.paid"]).file("devtool.toml", &text);
        let stderr = devtool.run().code(3).stderr;
        let properties = schema.pointer(&format!("{pointer}/properties"));
        let keys: BTreeSet<String> =
            properties.unwrap().as_object().unwrap().keys().cloned().collect();
        // A table of one key is told without a list.
        let known = match keys.len() {
            1 => keys.iter().filter(|key| stderr.contains(&format!("`{key}`"))).cloned().collect(),
            _ => valid_keys(&stderr),
        };
        assert_eq!(keys, known, "{pointer}");
    }
}

#[test]
fn the_schema_of_devtool_toml_tells_good_files_from_bad_ones() {
    let validator = validator(1);
    let guide = std::fs::read_to_string("docs/configuration.md").unwrap();
    let (_, rest) = guide.split_once("```toml\n").unwrap();
    let good = rest.split_once("```").unwrap().0;
    assert!(validator.is_valid(&document(good)), "{good}");
    for (key, value) in [
        ("url", json!("ftp://x")),
        ("timeout", json!(30)),
        ("timeout", json!("soon")),
        ("api_version", json!("latest")),
        ("secret", json!("two words")),
        ("prot", json!(5000)),
        ("route", json!([{"events": "invoice.*"}])),
        ("stripe", json!({"account": "cus_1"})),
        ("api", json!({"port": 70_000})),
    ] {
        let mut bad = document(good);
        bad[key] = value;
        assert!(!validator.is_valid(&bad), "{key}");
    }
}
