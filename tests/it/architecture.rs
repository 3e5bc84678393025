//! The rules of the house: the order of the modules, one home per crate, small files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const MOST_LINES: usize = 400;

/// The homes of the crates that only some modules may name.
const HOMES: &[(&str, &[&str])] = &[
    ("askama", &["report/audit_html.rs", "report/exploration_files.rs", "report/html.rs"]),
    ("axum", &["api/cli_socket.rs", "demo/mod.rs", "serve/bridge.rs"]),
    (
        "base64",
        &[
            "api/key.rs",
            "cli/clipboard.rs",
            "delivery/endpoint.rs",
            "delivery/request.rs",
            "report/audit_json.rs",
            "report/audit_sarif.rs",
            "report/curl_powershell.rs",
            "report/json.rs",
            "serve/message.rs",
            "text/redaction/needle.rs",
        ],
    ),
    ("bytes", &["api/", "delivery/", "history/", "relay/"]),
    ("clap", &["cli/"]),
    ("clap_complete", &["cli/completers.rs", "cli/completions.rs"]),
    ("colored", &["report/palette.rs"]),
    ("crossterm", &["cli/ui/keys.rs", "cli/ui/screen.rs"]),
    ("etcetera", &["config/directories.rs"]),
    ("flate2", &["delivery/transport.rs", "stripe_cli/unpack.rs"]),
    ("gethostname", &["config/device_name.rs"]),
    ("hmac", &["protocol/signature.rs"]),
    (
        "http_body_util",
        &[
            "api/cli_socket.rs",
            "api/server.rs",
            "delivery/connections.rs",
            "delivery/transport.rs",
            "relay/visit.rs",
        ],
    ),
    (
        "hyper",
        &[
            "api/cli_socket.rs",
            "api/host.rs",
            "api/server.rs",
            "delivery/",
            "protocol/headers.rs",
            "relay/",
        ],
    ),
    ("hyper_rustls", &["delivery/certificates.rs", "delivery/connections.rs"]),
    ("hyper_util", &["api/server.rs", "delivery/connections.rs", "relay/server.rs"]),
    ("indicatif", &["cli/progress.rs", "cli/transfer.rs"]),
    ("jiff", &["protocol/moment.rs"]),
    ("percent_encoding", &["api/parameters.rs", "delivery/endpoint.rs", "delivery/hidden.rs"]),
    ("quick_junit", &["report/audit_junit.rs", "report/exploration_files.rs", "report/junit.rs"]),
    ("rand", &["config/secret.rs", "event/id.rs"]),
    ("ratatui_core", &["cli/ui/screen.rs", "inspector/view/"]),
    ("ratatui_crossterm", &["cli/ui/screen.rs"]),
    ("regex_lite", &["scenario/expectation.rs"]),
    ("reqwest", &["stripe_cli/download.rs"]),
    ("rpassword", &["cli/login.rs"]),
    ("rusqlite", &["api/state/", "history/"]),
    ("rustix", &["config/private/unix.rs", "process/"]),
    (
        "rustls",
        &["delivery/certificates.rs", "delivery/exchange_error.rs", "stripe_cli/download.rs"],
    ),
    ("semver", &["cli/listen.rs", "cli/setup/mod.rs", "stripe_cli/"]),
    ("sha2", &["protocol/signature.rs", "stripe_cli/verify.rs"]),
    ("strsim", &["text/suggestion.rs"]),
    ("tar", &["stripe_cli/unpack.rs"]),
    ("tempfile", &["config/", "stripe_cli/install.rs"]),
    ("terminal_size", &["cli/out.rs"]),
    (
        "toml",
        &[
            "audit/catalogue.rs",
            "audit/forms.rs",
            "config/file.rs",
            "config/from_toml.rs",
            "delivery/diagnosis/answers.rs",
            "scenario/document.rs",
        ],
    ),
    ("tower_service", &["delivery/connections.rs"]),
    ("unicode_width", &["text/width.rs"]),
    ("url", &["delivery/endpoint.rs", "delivery/hidden.rs"]),
    ("which", &["process/search.rs"]),
    ("win32job", &["process/group/windows.rs"]),
    ("winapi_util", &["history/watched.rs"]),
    ("zip", &["stripe_cli/unpack.rs"]),
];

pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// All Rust files below a folder, by their path from it.
pub(crate) fn files(folder: &Path) -> BTreeMap<String, String> {
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
pub(crate) fn code(text: &str) -> impl Iterator<Item = &str> {
    let product = text.split("\n#[cfg(test)]").next().unwrap_or_default();
    product.lines().filter(|line| !line.trim_start().starts_with("//"))
}

/// The modules in the order of lib.rs, ground floor first.
fn floors() -> Vec<String> {
    let lib = std::fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let modules = lib
        .lines()
        .filter_map(|line| line.split_once("mod ").filter(|(before, _)| before.starts_with("pub")));
    let modules = modules.map(|(_, name)| name);
    modules.map(|name| name.trim_end_matches(';').to_owned()).collect()
}

#[test]
fn a_module_uses_only_those_declared_before_it() {
    let floors = floors();
    assert!(floors.len() >= 9, "{floors:?}");
    for (file, text) in files(&root().join("src")) {
        let module = file.split(['/', '.']).next().unwrap();
        let Some(own) = floors.iter().position(|floor| floor == module) else { continue };
        let text = code(&text).collect::<Vec<_>>().join("\n");
        for used in used_modules(&text) {
            let floor = floors.iter().position(|floor| *floor == used);
            let is_below = floor.is_none_or(|floor| floor <= own);
            assert!(is_below, "src/{file} uses `{used}`, which is above it");
        }
        let climbs = text.contains("super::super::super") && !file.contains("/mod.rs");
        assert!(!climbs, "src/{file} climbs out of its room by `super`");
    }
}

/// The modules of the crate that a text names: `crate::x`, and each of `crate::{x::…, y::…}`.
fn used_modules(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices("crate::") {
        let rest = &text[at + "crate::".len()..];
        match rest.strip_prefix('{') {
            None => found.push(first_word(rest)),
            Some(list) => {
                let mut depth = 0;
                for part in list.split_inclusive(['{', '}', ',']) {
                    if depth == 0 {
                        found.push(first_word(part.trim_start()));
                    }
                    match part.chars().last() {
                        Some('{') => depth += 1,
                        Some('}') if depth == 0 => break,
                        Some('}') => depth -= 1,
                        _ => {}
                    }
                }
            }
        }
    }
    // Between a closing brace and the comma after it stands nothing.
    found.retain(|name| !name.is_empty());
    found
}

fn first_word(text: &str) -> String {
    text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

#[test]
fn used_modules_are_found_in_every_form() {
    let text = "use crate::a::X;\nuse crate::{b, c::{Y, d::Z}, e};\nlet x = crate::f::g();";
    assert_eq!(used_modules(text), ["a", "b", "c", "e", "f"]);
}

#[test]
fn every_dependency_has_a_home_or_is_everywhere() {
    const EVERYWHERE: [&str; 5] = ["serde", "serde_json", "thiserror", "tokio", "tokio-util"];
    let manifest = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let (_, dependencies) = manifest.split_once("\n[dependencies]\n").unwrap();
    let (dependencies, _) = dependencies.split_once("\n[dev-dependencies]").unwrap();
    for line in dependencies.lines().filter(|line| line.contains(" = ")) {
        let name = line.split(' ').next().unwrap();
        let has_home = HOMES.iter().any(|(home, _)| *home == name.replace('-', "_"));
        assert!(has_home || EVERYWHERE.contains(&name), "`{name}` has no home in HOMES");
    }
}

#[test]
fn every_crate_has_its_home() {
    // A room's tests.rs is as free as the tests at the end of a file.
    let all = files(&root().join("src"));
    for (file, text) in all.iter().filter(|(file, _)| !file.ends_with("/tests.rs")) {
        for (name, homes) in HOMES {
            let at_home = homes.iter().any(|home| file.starts_with(home));
            let names_it = code(text).any(|line| names_crate(line, name));
            assert!(at_home || !names_it, "src/{file} names `{name}`; its home is {homes:?}");
        }
    }
}

/// Whether a line names the crate: `axum::…` or `use axum;`, but not `self::axum_like::…`.
fn names_crate(line: &str, name: &str) -> bool {
    let whole = [format!("use {name};"), format!("use {name} as")];
    if whole.iter().any(|form| line.contains(form)) {
        return true;
    }
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
