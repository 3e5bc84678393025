//! What the documents say is true: sessions print what they show, examples can be typed, links lead
//! somewhere.

use std::path::{Path, PathBuf};

use crate::support::{Devtool, SECRET};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn documents() -> Vec<PathBuf> {
    let mut found = Vec::new();
    for folder in ["", "docs", "catalog", "examples/flask", "examples/express"] {
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
    assert!(count >= 4, "only {count} sessions were found");
}

/// What of an example belongs to devtool and not to the shell.
fn typed(example: &str) -> &str {
    example.split(['>', '<', '|']).next().unwrap().trim()
}

/// The words of a command line, with single and double quotes.
fn words(command: &str) -> Vec<String> {
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

#[test]
fn examples_in_help_can_be_typed() {
    for command in devtool::cli::command().get_subcommands() {
        let help = command.get_after_long_help().unwrap().to_string();
        let examples = help.lines().filter_map(|line| line.strip_prefix("  devtool "));
        let examples: Vec<&str> = examples.collect();
        assert!(!examples.is_empty(), "{} shows no example", command.get_name());
        for example in examples {
            let words = words(typed(example));
            let words = std::iter::once("devtool").chain(words.iter().map(String::as_str));
            let parsed = devtool::cli::command().try_get_matches_from(words);
            assert!(parsed.is_ok(), "`devtool {example}` is no command line");
        }
    }
}

#[test]
fn commands_in_documents_can_be_typed() {
    for document in documents() {
        let text = std::fs::read_to_string(&document).unwrap();
        let lines = text.lines().filter_map(|line| line.strip_prefix("    devtool "));
        for line in lines {
            let words = words(typed(line));
            let words = std::iter::once("devtool").chain(words.iter().map(String::as_str));
            let parsed = devtool::cli::command().try_get_matches_from(words);
            assert!(parsed.is_ok(), "{}: `devtool {line}`", document.display());
        }
    }
}

#[test]
fn links_lead_somewhere() {
    for document in documents() {
        let text = std::fs::read_to_string(&document).unwrap();
        for target in text.split("](").skip(1).map(|rest| rest.split(')').next().unwrap()) {
            let is_local = !target.contains("://") && !target.starts_with('#');
            let path = document.parent().unwrap().join(target.split('#').next().unwrap());
            assert!(!is_local || path.exists(), "{}: {target}", document.display());
        }
    }
}

#[test]
fn the_changelog_begins_with_this_version() {
    let text = std::fs::read_to_string(root().join("CHANGELOG.md")).unwrap();
    let mut versions = text.lines().filter_map(|line| line.strip_prefix("## "));
    let newest = versions.find(|version| *version != "Unreleased").unwrap();
    assert_eq!(newest, env!("CARGO_PKG_VERSION"));
}

#[test]
fn the_guide_in_spanish_has_every_command_and_every_event_of_the_guide() {
    let guide = std::fs::read_to_string(root().join("docs/guia.es.md")).unwrap();
    for command in [
        "scenario payment",
        "trigger",
        "events",
        "secret",
        "demo",
        "doctor",
        "setup",
        "stripe",
        "sign",
        "verify",
        "login",
        "logout",
    ] {
        assert!(guide.contains(command), "{command}");
    }
    for scenario in ["payment", "billing"] {
        for step in devtool::scenario::library::find(scenario).unwrap().steps {
            assert!(guide.contains(&step.event), "{}", step.event);
        }
    }
}
