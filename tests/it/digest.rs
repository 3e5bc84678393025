//! The catalogue against the digest of the official library that it follows (`catalog/library.txt`), and the
//! tool that brings both up to date.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use devtool::event::Catalogue;
use serde_json::Value;

use crate::sdk;

fn catalog() -> PathBuf {
    sdk::root().join("catalog")
}

/// The lines of the digest that begin with a word, without it.
fn digest(word: &str) -> Vec<String> {
    let text = std::fs::read_to_string(catalog().join("library.txt")).unwrap();
    let start = format!("{word} ");
    text.lines().filter_map(|line| line.strip_prefix(&start)).map(str::to_owned).collect()
}

/// The files of a folder, and of those in it.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// The fields of an object's first state, and those that only other states have.
fn fields(object: &str) -> (BTreeSet<String>, BTreeSet<String>) {
    let text = std::fs::read_to_string(catalog().join(format!("objects/{object}.json"))).unwrap();
    let file: Value = serde_json::from_str(&text).unwrap();
    let base = file["base"].as_object().unwrap().keys().cloned().collect();
    let states = file["states"].as_object().into_iter().flat_map(|states| states.values());
    let paths = states.flat_map(|changes| changes.as_object().unwrap().keys());
    let names = paths.map(|path| path.split(['.', '[']).next().unwrap().to_owned()).collect();
    (base, names)
}

#[test]
fn the_catalogue_has_the_types_of_the_digest() {
    assert_eq!(digest("api_version"), [Catalogue::api_version()]);
    assert_eq!(digest("type"), Catalogue::names().collect::<Vec<_>>());
    let catalogue = Catalogue::embedded().unwrap();
    let thin: BTreeMap<String, String> = digest("thin")
        .into_iter()
        .map(|line| match line.split_once(' ') {
            Some((name, about)) => (name.to_owned(), about.to_owned()),
            None => (line, String::new()),
        })
        .collect();
    let own = catalogue.thin_types().unwrap().into_iter();
    let own: BTreeMap<String, String> =
        own.map(|(name, entry)| (name.to_owned(), entry.object)).collect();
    assert_eq!(own, thin);
}

/// Where the catalogue and the library differ.
fn differs() -> Value {
    let text = std::fs::read_to_string(catalog().join("library_differs.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// What is wrong with an object, whose fields the digest lists; a `?` is behind one that may be null or
/// left out.
fn problems(differs: &Value, object: &str, listed: &[&str]) -> Vec<String> {
    let named = |what: &str| -> BTreeSet<String> {
        let names = differs[what][object].as_array().into_iter().flatten();
        names.map(|name| name.as_str().unwrap().to_owned()).collect()
    };
    let (base, others) = fields(object);
    let (extra, left_out) = (named("extra"), named("left_out"));
    let nullable: BTreeSet<String> =
        listed.iter().filter_map(|field| field.strip_suffix('?')).map(str::to_owned).collect();
    let all: BTreeSet<String> = listed.iter().map(|field| field.replace('?', "")).collect();
    let known: BTreeSet<String> = &all | &extra;
    let said = |fields: BTreeSet<String>, what: &'static str| {
        fields.into_iter().map(move |field| format!("{object}.{field}: {what}"))
    };
    let unknown = said(&(&base | &others) - &known, "not in the library");
    let mut needed = &all - &left_out;
    // Of what is deleted only.
    needed.remove("deleted");
    let missing = said(&needed - &base, "not in the catalogue");
    let no_longer = said(&left_out - &(&nullable - &base), "not left out, or not to be left out");
    unknown.chain(missing).chain(no_longer).collect()
}

#[test]
fn the_catalogues_objects_have_the_fields_of_the_digest() {
    let (differs, mut found) = (differs(), Vec::new());
    let mut seen = BTreeSet::new();
    for line in digest("object") {
        let mut words = line.split(' ');
        let object = words.next().unwrap();
        found.extend(problems(&differs, object, &words.collect::<Vec<_>>()));
        seen.insert(object.to_owned());
    }
    assert_eq!(found, Vec::<String>::new());
    assert_eq!(seen, Catalogue::objects().map(str::to_owned).collect());
}

/// What the tool writes waits for somebody who fills it in.
#[test]
fn nothing_in_the_catalogue_is_still_to_be_filled_in() {
    for file in files(&catalog()) {
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(!text.contains("FILL IN"), "{}", file.display());
    }
}

/// Runs the tool on a copy of the catalogue; whether it found nothing, and what it printed.
fn tool(catalogue: &Path, arguments: &[&str]) -> (bool, String) {
    let mut command = Command::new(sdk::python());
    command.arg(sdk::root().join("tools/catalogue.py")).args(arguments);
    let output = command.arg("--catalog").arg(catalogue).output().unwrap();
    let code = output.status.code();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let errors = text(output.stderr);
    assert!(matches!(code, Some(0 | 1)) && !errors.contains("Traceback"), "{errors}");
    (code == Some(0), text(output.stdout))
}

fn copy(from: &Path, to: &Path) {
    for file in files(from) {
        let place = to.join(file.strip_prefix(from).unwrap());
        std::fs::create_dir_all(place.parent().unwrap()).unwrap();
        std::fs::copy(file, place).unwrap();
    }
}

#[test]
#[cfg_attr(not(tests_without_python3), ignore = "slow")]
#[cfg_attr(tests_without_python3, ignore = "needs python3")]
fn the_tool_finds_no_difference_to_the_libraries_that_the_catalogue_follows() {
    let current = digest("stripe").remove(0);
    for version in [current.as_str(), "15.6.2", "14.4.2", "12.5.2", "11.6.1"] {
        let (found_nothing, output) = tool(&catalog(), &[version]);
        assert!(found_nothing && output.ends_with("\n0 differences\n"), "{version}: {output}");
    }
}

#[test]
#[cfg_attr(not(tests_without_python3), ignore = "slow")]
#[cfg_attr(tests_without_python3, ignore = "needs python3")]
fn what_calls_take_is_what_the_library_says() {
    let mut command = Command::new(sdk::python());
    command.arg(sdk::root().join("tools/parameters.py")).arg("--check");
    let output = command.output().unwrap();
    assert!(output.status.success() && output.stdout.is_empty(), "{output:?}");
}

/// As if the catalogue were still that of dahlia, and without some of what came since.
#[test]
#[cfg_attr(not(tests_without_python3), ignore = "slow")]
#[cfg_attr(tests_without_python3, ignore = "needs python3")]
fn the_tool_names_what_a_version_brings_and_writes_skeletons_and_the_shape_before() {
    let place = tempfile::tempdir().unwrap();
    let at = |name: &str| place.path().join(name);
    let text = |name: &str| std::fs::read_to_string(at(name)).unwrap();
    copy(&catalog(), place.path());
    std::fs::write(at("api_version.txt"), "2026-08-26.dahlia\n").unwrap();
    std::fs::write(at("library.txt"), "stripe 15.6.2\n").unwrap();
    std::fs::remove_file(at("shapes/dahlia.json")).unwrap();
    std::fs::remove_file(at("objects/apps.install.json")).unwrap();
    let apps = text("events/apps.json");
    let (created, rest) =
        (apps.find("  \"apps.install.created\"").unwrap(), apps.find("  \"apps.install.deleted\""));
    std::fs::write(at("events/apps.json"), [&apps[..created], &apps[rest.unwrap()..]].concat())
        .unwrap();
    let (found_nothing, output) = tool(place.path(), &["16.1.0", "--write"]);
    assert!(!found_nothing);
    for line in [
        "  + apps.install.created",
        "  + v1.invoice.paid",
        "  + product.tax_details: object or null",
        "  ~ reserve.release.reason: - bulk_hold_expiry, + hold_expired",
    ] {
        assert!(output.lines().any(|found| found == line), "{line}: {output}");
    }
    let shape: Value = serde_json::from_str(&text("shapes/dahlia.json")).unwrap();
    assert_eq!(shape["objects"]["subscription_item"]["drop"], serde_json::json!(["current_trial"]));
    assert!(shape["without"].as_array().unwrap().contains(&"apps.install".into()));
    let types: Value = serde_json::from_str(&text("events/apps.json")).unwrap();
    assert_eq!(types["apps.install.created"]["description"], "FILL IN: what it tells");
    let install: Value = serde_json::from_str(&text("objects/apps.install.json")).unwrap();
    assert_eq!(install["base"]["object"], "apps.install");
    assert_eq!(install["base"]["livemode"], "FILL IN: boolean");
    assert_eq!(text("api_version.txt"), "2026-10-28.endive\n");
    // The library's types and objects are those of the checked-in digest.
    let of_version =
        |digest: &str| digest.lines().filter(|line| !line.starts_with("stripe ")).count();
    let checked_in = std::fs::read_to_string(catalog().join("library.txt")).unwrap();
    assert_eq!(of_version(&text("library.txt")), of_version(&checked_in));
}
