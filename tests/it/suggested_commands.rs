//! Every command that devtool or its documents suggest is one that can be typed.

use std::collections::BTreeMap;
use std::path::Path;

use clap::error::ErrorKind;

use crate::architecture::root;
use crate::docs::{typed, words};

/// What a placeholder may stand for.
const VALUES: [&str; 8] =
    ["5000", "SIG", "a", "http://127.0.0.1:5000/webhook", "1s", "1.40.0", "bash", ""];

/// The files below a folder.
fn files(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else {
            found.push(path);
        }
    }
}

/// What people read of devtool: its code, its reports, its documents.
fn texts() -> BTreeMap<String, String> {
    let mut found = vec![root().join("README.md")];
    for folder in [
        "src",
        "docs",
        "tests/it",
        "scenarios",
        "examples/flask",
        "examples/express",
        "examples/thin-flask",
        "examples/thin-express",
    ] {
        files(&root().join(folder), &mut found);
    }
    let is_read = |path: &std::path::PathBuf| {
        // What devtool takes for its own words before clap reads it is for `typed` to test.
        !path.ends_with("stripe-cli.md")
            && path
                .extension()
                .is_some_and(|end| ["rs", "snap", "md", "toml"].iter().any(|e| end == *e))
    };
    let name = |path: &Path| path.strip_prefix(root()).unwrap().to_string_lossy().into_owned();
    let text = |path: std::path::PathBuf| {
        let name = name(&path);
        let text = readable(&name, &std::fs::read_to_string(path).unwrap());
        (name, text)
    };
    found.into_iter().filter(is_read).map(text).collect()
}

fn is_a(name: &str, kind: &str) -> bool {
    Path::new(name).extension().is_some_and(|extension| extension == kind)
}

/// A file as people read it: code without comments, and its strings as they are printed.
fn readable(name: &str, text: &str) -> String {
    if !is_a(name, "rs") {
        return text.to_owned();
    }
    // Strings may go on in the next line.
    let mut parts = text.split("\\\n");
    let first = parts.next().unwrap_or_default().to_owned();
    let text = parts.fold(first, |whole, part| whole + part.trim_start());
    let is_comment = |line: &str| line.trim_start().starts_with("//");
    let lines: Vec<&str> = text.lines().filter(|line| !is_comment(line)).collect();
    lines.join("\n").replace("\\n", "\n")
}

/// The commands that stand between backticks.
fn ticked(name: &str, text: &str) -> Vec<String> {
    if name.starts_with("tests") && is_a(name, "rs") {
        return Vec::new();
    }
    let starts = text.match_indices("`devtool ").map(|(at, _)| &text[at + "`devtool ".len()..]);
    let ticked = starts.filter_map(|rest| rest.split_once('`')).map(|(command, _)| command);
    // A line of prose may end within one.
    ticked.map(|command| command.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

/// What begins like a command and is a sentence, or code.
const NO_COMMANDS: [&str; 3] = ["does", "=", "VERSION"];

/// The commands that stand on lines of their own: in reports, in the strings that they are made of, and in the
/// blocks of documents.
fn on_lines(name: &str, text: &str) -> Vec<String> {
    let (is_code, is_document) = (is_a(name, "rs"), is_a(name, "md"));
    // In a snapshot, a prompt stands before what was typed, not before what is suggested.
    let is_block = |line: &&str| match line.chars().next() {
        Some('$') => is_document,
        Some(' ') => true,
        _ => !is_document,
    };
    let lines = text.lines().filter(is_block).map(|line| line.trim_start_matches(['$', ' ']));
    let own = lines.filter_map(|line| line.strip_prefix("devtool "));
    let own = own.map(|line| line.split(if is_code { '"' } else { '\0' }).next().unwrap().trim());
    let is_command = |line: &&str| {
        let first = first_word(line);
        // Of a command that a test makes up nothing is known.
        !line.is_empty() && !NO_COMMANDS.contains(&first) && !is_placeholder(line)
    };
    own.filter(is_command).map(ToOwned::to_owned).collect()
}

fn first_word(line: &str) -> &str {
    line.split(' ').next().unwrap_or_default()
}

/// Whether a word stands for another one, or for several.
fn is_placeholder(word: &str) -> bool {
    let is_name = |c: char| c.is_ascii_uppercase() || c == '_' || c == '|';
    let is_argument = |c: char| c.is_ascii_lowercase() || c == '_';
    let inside = word.strip_prefix('{').and_then(|word| word.strip_suffix('}'));
    word == "…"
        || !word.is_empty() && word.chars().all(is_name)
        || inside.is_some_and(|inside| inside.chars().all(is_argument))
}

fn parses(words: &[String]) -> Result<(), clap::Error> {
    let words = std::iter::once("devtool").chain(words.iter().map(String::as_str));
    match devtool::cli::command().try_get_matches_from(words) {
        Err(error)
            if !matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) =>
        {
            Err(error)
        }
        _ => Ok(()),
    }
}

/// The words with one value or another in the place of each placeholder.
fn filled(words: &[String]) -> Vec<Vec<String>> {
    let Some((last, before)) = words.split_last() else { return vec![Vec::new()] };
    let with = |last: String| {
        move |mut words: Vec<String>| {
            words.extend((!last.is_empty()).then(|| last.clone()));
            words
        }
    };
    let lasts: Vec<String> = match last.split_once('=') {
        _ if is_placeholder(last) => VALUES.map(ToOwned::to_owned).to_vec(),
        Some((name, rest)) if is_placeholder(rest) => {
            VALUES.map(|v| format!("{name}={v}")).to_vec()
        }
        _ => vec![last.clone()],
    };
    let all = filled(before);
    lasts.into_iter().flat_map(|last| all.clone().into_iter().map(with(last))).collect()
}

/// Whether it can be typed.
fn can_be_typed(command: &str) -> Result<(), clap::Error> {
    let mut tried = filled(&words(typed(command))).into_iter().map(|words| parses(&words));
    let first = tried.next().unwrap();
    if first.is_err() && tried.any(|other| other.is_ok()) { Ok(()) } else { first }
}

/// Whether it names a command and says no more.
fn is_a_name(command: &str) -> bool {
    let definition = devtool::cli::command();
    let mut below = Some(&definition);
    for word in command.split(' ') {
        below = below.and_then(|above| above.find_subcommand(word));
    }
    below.is_some()
}

#[test]
fn every_command_between_backticks_can_be_typed() {
    let (mut wrong, mut count) = (Vec::new(), 0);
    for (name, text) in texts() {
        let commands = ticked(&name, &text);
        let is_new = |command: &&String| !is_a_name(command) && *command != "listen 5000";
        for command in commands.iter().filter(is_new) {
            count += 1;
            if let Err(error) = can_be_typed(command) {
                wrong.push(format!("{name}: devtool {command}\n{error}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count > 10, "only {count} commands were found");
}

#[test]
fn every_command_on_a_line_of_its_own_can_be_typed() {
    let (mut wrong, mut count) = (Vec::new(), 0);
    for (name, text) in texts() {
        for command in on_lines(&name, &text) {
            count += 1;
            if let Err(error) = can_be_typed(&command) {
                wrong.push(format!("{name}: devtool {command}\n{error}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count > 50, "only {count} commands were found");
}
