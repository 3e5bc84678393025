//! Checked-in files that devtool makes. `UPDATE_GENERATED=1` writes them anew.

use std::path::Path;

use serde_json::Value;

use crate::support::Devtool;

#[track_caller]
fn assert_current(file: &str, arguments: &[&str]) {
    assert_text(file, &Devtool::new(arguments).run().code(0).stdout);
}

#[track_caller]
pub(crate) fn assert_text(file: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    if std::env::var_os("UPDATE_GENERATED").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == text, "{file} is stale: run `UPDATE_GENERATED=1 cargo test generated`");
}

#[test]
fn completions_are_current() {
    for (shell, file) in [
        ("bash", "devtool.bash"),
        ("zsh", "_devtool"),
        ("fish", "devtool.fish"),
        ("powershell", "_devtool.ps1"),
        ("elvish", "devtool.elv"),
    ] {
        assert_current(&format!("completions/{file}"), &["completions", shell]);
    }
}

#[test]
fn manual_pages_are_current() {
    assert_current("docs/man/devtool.1", &["man"]);
    for page in ["devtool.toml", "scenario-files"] {
        let file = if page == "devtool.toml" { page } else { "devtool-scenario-files" };
        assert_current(&format!("docs/man/{file}.5"), &["man", page]);
    }
    for command in devtool::cli::command().get_subcommands().filter(|one| !one.is_hide_set()) {
        let name = command.get_name();
        assert_current(&format!("docs/man/devtool-{name}.1"), &["man", name]);
        for below in command.get_subcommands().filter(|below| !below.is_hide_set()) {
            let below = below.get_name();
            assert_current(&format!("docs/man/devtool-{name}-{below}.1"), &["man", name, below]);
        }
    }
}

/// The names that the types of the helper for Node know.
#[test]
fn names_for_node_are_current() {
    let union = |name: &str, arguments: &[&str]| {
        let names = Devtool::new(arguments).args(&["--format", "compact"]).run().code(0).stdout;
        let names: Vec<String> = names.lines().map(|one| format!("  | \"{one}\"")).collect();
        format!("export type {name} =\n{};\n", names.join("\n"))
    };
    let heading = "// Made of devtool's catalogue: `UPDATE_GENERATED=1 cargo test generated`.\n\n";
    let types = union("EventName", &["events"]) + "\n" + &union("ScenarioName", &["scenario"]);
    assert_text("integrations/node/names.d.ts", &format!("{heading}{types}"));
}

/// All pages that are checked in.
fn pages() -> Vec<std::path::PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/man");
    std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect()
}

#[test]
fn manual_pages_have_the_usual_sections() {
    for page in pages().iter().filter(|page| page.extension().is_some_and(|one| one == "1")) {
        let text = std::fs::read_to_string(page).unwrap();
        for section in [
            "NAME",
            "SYNOPSIS",
            "OPTIONS",
            "EXIT STATUS",
            "ENVIRONMENT",
            "FILES",
            "EXAMPLES",
            "SEE ALSO",
        ] {
            assert!(text.contains(&format!("\n.SH {section}\n")), "{page:?} lacks {section}");
        }
    }
}

#[test]
fn manual_pages_name_pages_that_are_there() {
    let pages = pages();
    let named = regex_lite::Regex::new(r"(devtool[a-z.\\-]*)\(([15])\)").unwrap();
    for page in &pages {
        let text = std::fs::read_to_string(page).unwrap();
        for found in named.captures_iter(&text) {
            let file = format!("{}.{}", found[1].replace('\\', ""), &found[2]);
            assert!(pages.iter().any(|page| page.ends_with(&file)), "{page:?} names {file}");
        }
    }
}

#[test]
#[cfg_attr(tests_without_mandoc, ignore = "needs mandoc")]
fn manual_pages_are_well_formed() {
    let mut lint = std::process::Command::new("mandoc");
    let output = lint.args(["-T", "lint", "-W", "warning"]).args(pages()).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    // The pages have no date, as it would change what is generated.
    let faults: Vec<&str> = said.lines().filter(|line| !line.contains("missing date")).collect();
    assert!(faults.is_empty(), "{faults:#?}");
}

/// The probes as a chapter of the documents.
fn chapter(probes: &Value) -> String {
    let mut out = String::from("# The probes of `devtool audit`\n\n");
    out.push_str("[audit.md](audit.md) says how to use them. This chapter is made of the probes: `devtool audit --list`.\n");
    let mut group = String::new();
    for probe in probes.as_array().unwrap() {
        let text = |name: &str| probe[name].as_str().unwrap_or_default().to_owned();
        if text("group") != group {
            group = text("group");
            out.push_str(&format!("\n## {group}: {}\n", text("group_name")));
        }
        out.push_str(&format!("\n### {}: {}\n\n", text("id"), text("title")));
        out.push_str(&format!("- severity: {}\n", text("severity")));
        for name in ["sends", "correct", "why"] {
            out.push_str(&format!("- {name}: {}\n", text(name)));
        }
        out.push_str(&format!("- fix: {}\n", probe["fix"]["generic"].as_str().unwrap()));
        for (framework, fix) in probe["fix"]["frameworks"].as_object().unwrap() {
            out.push_str(&format!("- fix ({framework}): `{}`\n", fix.as_str().unwrap()));
        }
    }
    out
}

#[test]
fn the_chapter_of_the_probes_is_current() {
    let listed = Devtool::new(&["audit", "--list", "--format", "json"]).run().code(0).json();
    assert_text("docs/audit-probes.md", &chapter(&listed["probes"]));
}
