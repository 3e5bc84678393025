//! What the documents say is true: sessions print what they show, examples can be typed, links lead
//! somewhere.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::support::endpoint::Endpoint;
use crate::support::{Devtool, SECRET};

pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn documents() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let examples =
        ["flask", "express", "thin-flask", "thin-express"].map(|app| format!("examples/{app}"));
    let folders = ["", "docs", "docs/guides", "docs/reference", "catalog"]
        .map(str::to_owned)
        .into_iter()
        .chain(examples);
    for folder in folders {
        for entry in std::fs::read_dir(root().join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "md") {
                found.push(path);
            }
        }
    }
    found
}

/// The blocks of a document in a language: command and what follows it.
fn sessions(text: &str) -> Vec<(String, String)> {
    let blocks = text.split("```console\n").skip(1);
    let block = |block: &str| {
        let (session, _) = block.split_once("\n```").unwrap();
        let (command, output) = session.strip_prefix("$ ").unwrap().split_once('\n').unwrap();
        (command.to_owned(), format!("{output}\n"))
    };
    blocks.map(block).collect()
}

/// A session's text with what differs from run to run made equal.
fn comparable(text: &str) -> String {
    let line = |line: &str| {
        let line = crate::support::filters::filtered(line).trim_end().to_owned();
        let line = line.split(", seed ").next().unwrap().to_owned();
        if line.starts_with("secret: ") { "secret".to_owned() } else { line }
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn sessions_print_what_they_show() {
    let serving = crate::demo::Serving::start(
        &Devtool::new(&["demo", "--serve", "--port", "0"]).env("STRIPE_WEBHOOK_SECRET", SECRET),
    );
    let port = serving.port().to_string();
    let mut count = 0;
    for document in documents() {
        for (command, shown) in sessions(&std::fs::read_to_string(&document).unwrap()) {
            let words = words(&command);
            let words: Vec<&str> =
                words[1..].iter().map(|w| if w == "5000" { &port } else { w.as_str() }).collect();
            let devtool = Devtool::new(&words).env("STRIPE_WEBHOOK_SECRET", SECRET);
            let sends = ["scenario", "trigger"].contains(&words[0]) && words.len() > 1;
            let devtool = if sends && !words.contains(&"--port") {
                devtool.args(&["--port", &port])
            } else {
                devtool
            };
            let printed = devtool.run().stdout.replace(&port, "5000");
            assert_eq!(comparable(&printed), comparable(&shown), "{command}");
            count += 1;
        }
    }
    assert!(count >= 7, "only {count} sessions were found");
}

/// What of an example belongs to devtool and not to the shell.
pub(crate) fn typed(example: &str) -> &str {
    example.split(['>', '<', '|']).next().unwrap().trim()
}

/// The words of a command line, with single and double quotes.
pub(crate) fn words(command: &str) -> Vec<String> {
    let (mut words, mut quote) = (vec![String::new()], None);
    for c in command.chars() {
        match quote {
            Some(open) if c == open => quote = None,
            None if c == '\'' || c == '"' => quote = Some(c),
            None if c == ' ' => words.push(String::new()),
            _ => words.last_mut().unwrap().push(c),
        }
    }
    words
}

/// The commands of a text that have this in front, in a document or in help.
fn commands<'t>(text: &'t str, in_front: &'static str) -> impl Iterator<Item = &'t str> {
    text.lines().filter_map(move |line| line.strip_prefix(in_front))
}

#[track_caller]
pub(crate) fn assert_parses(example: &str) {
    let words = words(typed(example));
    let words = std::iter::once("devtool").chain(words.iter().map(String::as_str));
    let parsed = devtool::cli::command().try_get_matches_from(words);
    assert!(parsed.is_ok(), "`devtool {example}` is no command line");
}

/// The examples in the help of a command and of those below it.
fn examples(command: &clap::Command) -> Vec<String> {
    let help = command.get_after_long_help().map(ToString::to_string).unwrap_or_default();
    let own: Vec<String> = commands(&help, "  devtool ").map(ToOwned::to_owned).collect();
    assert!(!own.is_empty(), "{} shows no example", command.get_name());
    own.into_iter().chain(command.get_subcommands().flat_map(examples)).collect()
}

fn all_examples() -> Vec<String> {
    devtool::cli::command().get_subcommands().flat_map(examples).collect()
}

#[test]
fn examples_in_help_can_be_typed() {
    for example in all_examples() {
        assert_parses(&example);
    }
}

/// Examples that need the Stripe CLI or the network, or do not end by themselves.
const NOT_RUN: [&str; 11] = [
    "api",
    "demo --serve",
    "doctor",
    "listen",
    "login",
    "logout",
    "scenario checkout.toml --watch",
    "self",
    "setup",
    "stripe",
    "ui",
];

fn is_run(example: &str) -> bool {
    let is_offline = ["doctor --offline", "listen --status"].contains(&example);
    let starts = |with: &str| {
        example.strip_prefix(with).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
    };
    is_offline || !NOT_RUN.into_iter().any(starts)
}

/// A project with the files and the deliveries that examples speak of.
fn project(event: &str, port: u16) -> Devtool {
    let scenario = "[[step]]\nevent = \"invoice.paid\"\n";
    let project = Devtool::new(&["scenario", "payment", "--repeat", "2"])
        .env("STRIPE_WEBHOOK_SECRET", SECRET)
        .env("DEVTOOL_PORT", &port.to_string())
        .env("SHELL", "/bin/bash")
        .file("event.json", event)
        .file("body.txt", event)
        .file("checkout.toml", scenario)
        .file("scenarios/own.toml", scenario);
    project.run().code(0);
    project
}

#[test]
fn examples_in_help_do_what_they_say() {
    let endpoint = Endpoint::accepting();
    let event = Devtool::new(&["trigger", "invoice.paid", "--print"]).run().code(0).stdout;
    for example in all_examples().iter().filter(|example| is_run(example)) {
        let project = project(&event, endpoint.port());
        let recorded = project.rerun(&["history", "--format", "json"]).json();
        let id = recorded["deliveries"][0]["event_id"].as_str().unwrap();
        let port = endpoint.port().to_string();
        let known = |word: &String| match word.as_str() {
            "5000" | "5001" => port.clone(),
            "http://localhost:3000/stripe" => format!("http://localhost:{port}/stripe"),
            word if word.starts_with("evt_") => id.to_owned(),
            word => word.to_owned(),
        };
        let words: Vec<String> = words(typed(example)).iter().map(known).collect();
        // Nobody can be asked whether to send several deliveries again.
        let yes = (words[0] == "replay").then(|| "--yes".to_owned());
        let words: Vec<String> = words.into_iter().chain(yes).collect();
        let run = project.rerun(&words.iter().map(String::as_str).collect::<Vec<_>>());
        // The signatures in the examples of `verify` are not those of our body, and our endpoint takes
        // unsigned events, as the doctor and the audit say.
        let is_shown = words.iter().any(|word| word == "--list" || word == "--explain");
        let fails = ["audit", "doctor", "verify"].contains(&words[0].as_str()) && !is_shown;
        // It shows no state that an exploration could compare.
        let is_refused = words.iter().any(|word| word == "--explore");
        let expected = if is_refused { 2 } else { i32::from(fails) };
        assert_eq!(run.code, expected, "devtool {example}: {}{}", run.stdout, run.stderr);
    }
}

#[test]
fn commands_in_documents_can_be_typed() {
    for document in documents() {
        let text = std::fs::read_to_string(&document).unwrap();
        commands(&text, "    devtool ").for_each(assert_parses);
    }
}

/// The targets of a document's links.
pub(crate) fn links(text: &str) -> impl Iterator<Item = &str> {
    text.split("](").skip(1).map(|rest| rest.split(')').next().unwrap())
}

/// The anchors of a document's headings, as GitHub makes them.
fn anchors(text: &str) -> Vec<String> {
    let anchor = |heading: &str| {
        let kept = |c: &char| c.is_alphanumeric() || [' ', '-', '_'].contains(c);
        heading.to_lowercase().chars().filter(kept).collect::<String>().replace(' ', "-")
    };
    let headings = text.lines().filter(|line| line.starts_with('#'));
    headings.map(|line| anchor(line.trim_start_matches('#').trim())).collect()
}

#[test]
fn links_lead_somewhere() {
    for document in documents() {
        let text = std::fs::read_to_string(&document).unwrap();
        for target in links(&text).filter(|target| !target.contains("://")) {
            let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
            let path = match file {
                "" => document.clone(),
                file => document.parent().unwrap().join(file),
            };
            assert!(path.exists(), "{}: {target}", document.display());
            if !anchor.is_empty() {
                let anchors = anchors(&std::fs::read_to_string(&path).unwrap());
                let is_there = anchors.iter().any(|known| known == anchor);
                assert!(is_there, "{}: {target} is none of {anchors:?}", document.display());
            }
        }
    }
}

#[test]
fn every_chapter_is_in_the_table_of_contents() {
    let chapters = root().join("docs");
    let contents = std::fs::read_to_string(chapters.join("README.md")).unwrap();
    let linked: BTreeSet<&str> = links(&contents).collect();
    for document in documents().iter().filter(|document| document.parent() == Some(&chapters)) {
        let name = document.file_name().unwrap().to_str().unwrap();
        assert!(
            ["README.md", "SUMMARY.md"].contains(&name) || linked.contains(name),
            "docs/README.md lacks {name}"
        );
    }
}

#[test]
fn the_table_of_contents_has_every_command() {
    let contents = std::fs::read_to_string(root().join("docs/README.md")).unwrap();
    for command in
        devtool::cli::command().get_subcommands().filter(|command| !command.is_hide_set())
    {
        let name = command.get_name();
        assert!(contents.contains(&format!("`{name}`")), "docs/README.md lacks `{name}`");
    }
}

#[test]
fn the_readme_is_two_screens_and_names_the_test_command_of_ci() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    assert!(readme.lines().count() <= 90, "{} lines", readme.lines().count());
    let ci = std::fs::read_to_string(root().join(".ci/run")).unwrap();
    assert!(readme.lines().any(|line| line == "    cargo test"));
    assert!(ci.lines().any(|line| line.trim().starts_with("cargo test")));
}

#[test]
fn the_changelog_begins_with_this_version() {
    let text = std::fs::read_to_string(root().join("CHANGELOG.md")).unwrap();
    let mut versions = text.lines().filter_map(|line| line.strip_prefix("## "));
    let newest = versions.find(|version| *version != "Unreleased").unwrap();
    assert_eq!(newest, env!("CARGO_PKG_VERSION"));
}

fn guide_in_spanish() -> String {
    std::fs::read_to_string(root().join("docs/guia.es.md")).unwrap()
}

#[test]
fn the_guide_in_spanish_shows_every_command() {
    let guide = guide_in_spanish();
    let sessions = sessions(&guide);
    let run = sessions.iter().filter_map(|(command, _)| command.strip_prefix("devtool "));
    let shown: BTreeSet<&str> = commands(&guide, "    devtool ")
        .chain(run)
        .map(|line| line.split(' ').next().unwrap())
        .collect();
    let definition = devtool::cli::command();
    let visible = definition.get_subcommands().filter(|command| !command.is_hide_set());
    let expected: BTreeSet<&str> = visible.map(clap::Command::get_name).collect();
    assert_eq!(shown, expected);
}

#[test]
fn the_guide_in_spanish_tells_the_payment_in_its_order() {
    let guide = guide_in_spanish();
    let (_, table) = guide.split_once("\n| orden | evento |").unwrap();
    let rows = table.lines().skip(2).take_while(|line| line.starts_with('|'));
    let told: Vec<&str> = rows.map(|row| row.split(" | ").nth(1).unwrap()).collect();
    let payment = devtool::scenario::library::find("payment").unwrap();
    let steps: Vec<&str> = payment.steps.iter().map(|step| step.event.as_str()).collect();
    assert_eq!(told, steps);
}

#[test]
fn the_guide_in_spanish_names_the_other_events() {
    let guide = guide_in_spanish();
    let payment = devtool::scenario::library::find("payment").unwrap();
    for step in devtool::scenario::library::find("billing").unwrap().steps {
        let is_known = payment.steps.iter().any(|known| known.event == step.event);
        assert!(is_known || guide.contains(&format!("`{}`", step.event)), "{}", step.event);
    }
}
