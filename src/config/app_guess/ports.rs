//! The port of a project's app.

use std::path::Path;

use serde_json::Value;

use super::guess::Guess;
use super::sources::SourceFile;
use crate::config::env_files;
use crate::config::reading::{self, InputKind};

/// Ports of databases and queues, which compose files publish, too.
const OF_OTHERS: [u16; 9] = [1433, 3306, 5432, 5672, 6379, 8025, 9092, 9200, 27017];

/// Where people set a port comes before what the code says, and that before what a framework does by default.
pub(super) fn find(directory: &Path, sources: &[SourceFile]) -> Option<Guess<u16>> {
    let read = |name: &str| reading::text(&directory.join(name), InputKind::Text).ok();
    of_environment(directory)
        .or_else(|| of_package(&read("package.json")?))
        .or_else(|| of_words(&read("Procfile")?, "Procfile"))
        .or_else(|| of_compose(&read))
        .or_else(|| sources.iter().find_map(of_source))
        .or_else(|| of_framework(directory, &read, sources))
}

fn of_environment(directory: &Path) -> Option<Guess<u16>> {
    let values = env_files::values(directory, "PORT").ok()?;
    let (file, value) = values.into_iter().find(|(_, value)| number(value).is_some())?;
    let origin = file.file_name()?.to_string_lossy().into_owned();
    Some(Guess::new(number(&value)?, origin))
}

/// The scripts of package.json that start the app.
fn of_package(text: &str) -> Option<Guess<u16>> {
    let package: Value = serde_json::from_str(text).ok()?;
    let scripts =
        ["dev", "start", "serve"].into_iter().filter_map(|name| package["scripts"][name].as_str());
    scripts.into_iter().find_map(|script| of_words(script, "package.json"))
}

/// A port in a command line: `-p 3000`, `--port=3000`, `PORT=3000`, `:3000`.
fn of_words(text: &str, origin: &str) -> Option<Guess<u16>> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let at = |(index, word): (usize, &&str)| {
        let value = match *word {
            "-p" | "--port" | "-P" => *words.get(index + 1)?,
            word => ["--port=", "PORT=", "-p"]
                .iter()
                .find_map(|start| word.strip_prefix(start))
                .or_else(|| Some(word.rsplit_once(':')?.1))?,
        };
        number(value)
    };
    words.iter().enumerate().find_map(at).map(|port| Guess::new(port, origin))
}

/// A port that a compose file publishes: `- "3000:80"`.
fn of_compose(read: &impl Fn(&str) -> Option<String>) -> Option<Guess<u16>> {
    let names = ["compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml"];
    names.into_iter().find_map(|name| {
        let text = read(name)?;
        let published = |line: &str| {
            let entry = line.trim().strip_prefix("- ")?.trim_matches(['"', '\'']);
            let parts: Vec<&str> = entry.split(':').collect();
            let host = match parts[..] {
                [host, inside] | [_, host, inside] if number(inside).is_some() => number(host)?,
                _ => return None,
            };
            (!OF_OTHERS.contains(&host)).then_some(host)
        };
        text.lines().find_map(published).map(|port| Guess::new(port, name))
    })
}

/// What stands before a port in code.
const IN_CODE: [&str; 9] = [
    ".listen(",
    "port=",
    "PORT ||",
    "PORT ??",
    "PORT\", ",
    "PORT', ",
    "ListenAndServe(\":",
    "port: ",
    "PORT\") or ",
];

fn of_source(source: &SourceFile) -> Option<Guess<u16>> {
    let after = |line: &str| {
        IN_CODE.iter().find_map(|before| {
            let rest = line.split(before).nth(1)?;
            let digits = rest.trim_start_matches([' ', '"', '\'']);
            let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
            number(&digits[..end]).filter(|port| *port >= 1_000)
        })
    };
    let line = source.text.lines().filter(|line| line.len() < 300).find_map(after)?;
    Some(Guess::new(line, source.name.clone()))
}

/// The port that a framework listens on where nobody says another.
fn of_framework(
    directory: &Path,
    read: &impl Fn(&str) -> Option<String>,
    sources: &[SourceFile],
) -> Option<Guess<u16>> {
    let is_there = |name: &str| directory.join(name).exists();
    let says = |name: &str, word: &str| read(name).is_some_and(|text| text.contains(word));
    if is_there("manage.py") {
        return Some(Guess::new(8000, "manage.py, as of Django"));
    }
    if is_there("bin/rails") || is_there("config/routes.rb") {
        return Some(Guess::new(3000, "config/routes.rb, as of Rails"));
    }
    if is_there("artisan") {
        return Some(Guess::new(8000, "artisan, as of Laravel"));
    }
    if says("package.json", "\"next\"") {
        return Some(Guess::new(3000, "package.json, as of Next"));
    }
    let flask = sources.iter().find(|source| source.text.contains("Flask("))?;
    Some(Guess::new(5000, format!("{}, as of Flask", flask.name)))
}

fn number(text: &str) -> Option<u16> {
    text.trim().parse().ok().filter(|port| *port > 0)
}
