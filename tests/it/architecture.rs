//! The rules of the house: the order of the modules, one home per crate, small files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const MOST_LINES: usize = 400;

/// The homes of the crates that only some modules may name.
const HOMES: &[(&str, &[&str])] = &[
    ("axum", &["run/demo.rs"]),
    ("base64", &["report/json.rs"]),
    ("clap", &["cli/"]),
    ("clap_complete", &["cli/completions.rs"]),
    ("clap_mangen", &["cli/man.rs"]),
    ("colored", &["report/palette.rs"]),
    ("etcetera", &["config/directories.rs"]),
    ("hmac", &["event/signature.rs"]),
    ("hyper", &["delivery/client.rs"]),
    ("indicatif", &["cli/progress.rs"]),
    ("jiff", &["event/moment.rs"]),
    ("rand", &["config/secret.rs", "event/id.rs"]),
    ("reqwest", &["delivery/client.rs"]),
    ("sha2", &["event/signature.rs"]),
    ("strsim", &["text/suggestion.rs"]),
    ("tempfile", &["config/"]),
    ("terminal_size", &["cli/out.rs"]),
    ("toml", &["config/file.rs"]),
    ("unicode_width", &["text/width.rs"]),
    ("url", &["delivery/endpoint.rs"]),
    ("which", &["stripe_cli/find.rs"]),
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// All Rust files below a folder, by their path from it.
fn files(folder: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(folder).unwrap().to_string_lossy().replace('\\', "/");
                found.insert(name, std::fs::read_to_string(&path).unwrap());
            }
        }
    }
    found
}

/// The lines of code, without comments and without the tests at the end.
fn code(text: &str) -> impl Iterator<Item = &str> {
    let product = text.split("\n#[cfg(test)]").next().unwrap_or_default();
    product.lines().filter(|line| !line.trim_start().starts_with("//"))
}

/// The modules in the order of lib.rs, ground floor first.
fn floors() -> Vec<String> {
    let lib = std::fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let modules = lib.lines().filter_map(|line| line.strip_prefix("pub mod "));
    modules.map(|name| name.trim_end_matches(';').to_owned()).collect()
}

#[test]
fn a_module_uses_only_those_declared_before_it() {
    let floors = floors();
    assert!(floors.len() >= 9, "{floors:?}");
    for (file, text) in files(&root().join("src")) {
        let module = file.split(['/', '.']).next().unwrap();
        let Some(own) = floors.iter().position(|floor| floor == module) else { continue };
        for (number, line) in code(&text).enumerate() {
            for above in &floors[own + 1..] {
                let uses = line.contains(&format!("crate::{above}::"))
                    || line.contains(&format!("crate::{above};"))
                    || line.contains(&format!("crate::{{{above}"));
                assert!(!uses, "src/{file}:{}: uses `{above}`, which is above it", number + 1);
            }
        }
    }
}

#[test]
fn every_crate_has_its_home() {
    for (file, text) in files(&root().join("src")) {
        for (name, homes) in HOMES {
            let at_home = homes.iter().any(|home| file.starts_with(home));
            let names_it = code(&text).any(|line| names_crate(line, name));
            assert!(at_home || !names_it, "src/{file} names `{name}`; its home is {homes:?}");
        }
    }
}

/// Whether a line names the crate in a path: `axum::…`, but not `self::axum_like::…`.
fn names_crate(line: &str, name: &str) -> bool {
    line.match_indices(&format!("{name}::")).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':' || c == '.')
    })
}

#[test]
fn every_home_is_lived_in() {
    let files = files(&root().join("src"));
    for (name, homes) in HOMES {
        for home in *homes {
            let lived_in = files.iter().any(|(file, text)| {
                file.starts_with(home) && code(text).any(|line| names_crate(line, name))
            });
            assert!(lived_in, "`{name}` does not live in {home} any more");
        }
    }
}

#[test]
fn files_are_small_and_begin_with_what_they_are() {
    for folder in ["src", "tests/it"] {
        for (file, text) in files(&root().join(folder)) {
            let lines = text.lines().count();
            assert!(lines <= MOST_LINES, "{folder}/{file} has {lines} lines");
            assert!(text.starts_with("//! "), "{folder}/{file} does not say what it is");
        }
    }
}

#[test]
fn nothing_is_left_half_done() {
    // Written in two parts, so that this file does not hold them.
    let marks =
        [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("X", "XX"), concat!("#[ig", "nore]")];
    for folder in ["src", "tests"] {
        for (file, text) in files(&root().join(folder)) {
            for mark in marks {
                assert!(!text.contains(mark), "{folder}/{file} has `{mark}`");
            }
        }
    }
}

#[test]
fn every_dependency_says_why_it_is_there() {
    let manifest = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let start = manifest.find("[dependencies]").unwrap();
    let end = manifest.find("[profile.release]").unwrap();
    let mut before = "";
    for line in manifest[start..end].lines().filter(|line| !line.is_empty()) {
        let is_dependency = line.contains(" = ");
        assert!(!is_dependency || before.starts_with("# "), "no reason given: {line}");
        before = line;
    }
}
