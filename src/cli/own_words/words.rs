//! Words where devtool has options: a port or a URL, a file, an event's type in two words, a delivery's number.

use std::ffi::{OsStr, OsString};

use super::line::{Line, LinePart};
use super::table::{self, CommandInstead, CommandRow};
use crate::error::{Error, Kind, Result};
use crate::event::{Catalogue, thin};
use crate::text::{pattern, suggestion};

/// The command line with options in place of such words.
///
/// # Errors
/// Says what to type where that is not certain.
pub(super) fn replace(line: Line, definition: &clap::Command) -> Result<Line> {
    match line.command().as_str() {
        _ if asks_for_help(&line, definition) => Ok(of_help(line)),
        "" => of_root(line, definition),
        "listen" => of_listen(with_endpoint(line)),
        "trigger" => of_trigger(with_endpoint(line)),
        "scenario" => Ok(with_endpoint(line)),
        "history" => Ok(of_history(line)),
        "events" => of_table(line, table::EVENTS, definition),
        _ => Ok(line),
    }
}

/// The words.
fn words(line: &Line) -> Vec<String> {
    line.words().map(|word| word.to_string_lossy().into_owned()).collect()
}

/// The line without its words.
fn without_words(line: Line) -> Line {
    let is_option = |part: &LinePart| matches!(part, LinePart::Option(_));
    Line { parts: line.parts.into_iter().filter(is_option).collect(), ..line }
}

/// Whether a command that has commands of its own is given `help` in the place of one.
fn asks_for_help(line: &Line, definition: &clap::Command) -> bool {
    let is_above = !line.command.is_empty() && line.definition(definition).has_subcommands();
    is_above && line.words().next().is_some_and(|word| word == "help")
}

/// `history help show` is `help history show`.
fn of_help(line: Line) -> Line {
    let asked = line.command.iter().map(OsString::from);
    let asked = asked.chain(line.words().skip(1).map(OsString::from)).collect();
    Line { command: vec!["help".to_owned()], rest: asked, ..without_words(line) }
}

/// `version` is an option of devtool's; other words may be commands of others.
fn of_root(mut line: Line, definition: &clap::Command) -> Result<Line> {
    if words(&line) == ["version"] {
        line.parts.retain(|part| matches!(part, LinePart::Option(_)));
        line.parts.push(LinePart::option("--version", None));
        return Ok(line);
    }
    of_table(line, table::COMMANDS, definition)
}

fn of_table(line: Line, table: &[CommandRow], definition: &clap::Command) -> Result<Line> {
    let first = words(&line).first().cloned().unwrap_or_default();
    let Some(row) = table::command(table, &first) else { return Ok(line) };
    let typed: Vec<String> = line.command.iter().cloned().chain([first]).collect();
    let message = format!("devtool has no command `{}`", typed.join(" "));
    let error = Error::new(Kind::Usage, message);
    Err(match row.instead {
        CommandInstead::Alone(command) => error.hinted(row.hint).suggesting(command),
        CommandInstead::Stripe => line.of_stripe().suggested(error, row.hint),
        CommandInstead::WithRest(command) => {
            let mut parts = line.parts.clone();
            let word = parts.iter().position(|part| matches!(part, LinePart::Word(_)));
            word.map(|at| parts.remove(at));
            let typed = Line { command: vec![command.to_owned()], parts, ..line }.written();
            // Which of its options take values, that command alone knows.
            Line::read(&typed, definition).suggested(error, row.hint)
        }
    })
}

/// `5000` is `--port 5000`, `http://localhost:5000/webhook` and `localhost:5000/webhook` are `--url …`.
fn with_endpoint(line: Line) -> Line {
    let option = |part: LinePart| {
        match &part {
            LinePart::Word(word) => {
                endpoint(word).map(|name| LinePart::option(name, Some(word.clone())))
            }
            LinePart::Option(_) => None,
        }
        .unwrap_or(part)
    };
    Line { parts: line.parts.into_iter().map(option).collect(), ..line }
}

/// The option whose value a word is, where it can be nothing else.
fn endpoint(word: &OsStr) -> Option<&'static str> {
    let text = word.to_str()?;
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if is_number(text) {
        return Some("--port");
    }
    if text.starts_with("http://") || text.starts_with("https://") {
        return Some("--url");
    }
    let (host, rest) = text.rsplit_once(']').map_or_else(
        || text.split_once(':'),
        |(host, rest)| rest.strip_prefix(':').map(|rest| (host, rest)),
    )?;
    let port = rest.split(['/', '?']).next().unwrap_or_default();
    (!host.is_empty() && !host.contains(['/', '\\']) && is_number(port)).then_some("--url")
}

/// What `listen` has words for: an app, without the `--` in front of it, or event types.
fn of_listen(line: Line) -> Result<Line> {
    let words = words(&line);
    let Some(first) = words.first() else { return Ok(line) };
    let error = Error::new(Kind::Usage, format!("unexpected argument `{first}`"));
    if words.iter().all(|word| is_type(word)) {
        let types = words.join(",");
        let mut own = without_words(line.clone());
        own.parts.push(LinePart::option("--events", Some(types.into())));
        return Err(own.suggested(error, "name event types with `--events`:"));
    }
    // Options that nobody knows are the app's, as is a `--` that was typed.
    let (app, parts): (Vec<_>, Vec<_>) = line.parts.iter().cloned().partition(is_of_app);
    if let Some(LinePart::Option(_)) = app.first() {
        return Ok(line);
    }
    let app = app.into_iter().flat_map(LinePart::written).chain(line.rest.iter().cloned());
    let rest = std::iter::once("--".into()).chain(app).collect();
    let own = Line { parts, rest, ..line.clone() };
    Err(own.suggested(error, "put the command that starts your app after `--`:"))
}

fn is_of_app(part: &LinePart) -> bool {
    match part {
        LinePart::Option(typed) => {
            !typed.is_known && table::option("listen", &typed.name).is_none()
        }
        LinePart::Word(_) => true,
    }
}

/// What `trigger` has words for: one event's type, or the file of an event.
fn of_trigger(mut line: Line) -> Result<Line> {
    let is_file = |word: &OsStr| {
        let ending = std::path::Path::new(word).extension();
        ending.is_some_and(|ending| ending.eq_ignore_ascii_case("json"))
    };
    if !line.has(&["--from"]) {
        for part in &mut line.parts {
            let file = match part {
                LinePart::Word(word) if is_file(word) => word.clone(),
                _ => continue,
            };
            *part = LinePart::option("--from", Some(file));
        }
    }
    let words = words(&line);
    if words.len() < 2 {
        return Ok(line);
    }
    let joined = words.join(".");
    if let Some(name) = same(&joined) {
        let mut line = without_words(line);
        line.parts.insert(0, LinePart::Word(name.into()));
        return Ok(line);
    }
    let error = Error::new(Kind::Usage, format!("unexpected argument `{}`", words[1]));
    if words.iter().all(|word| is_type(word)) {
        return Err(error.hinted("`trigger` sends one event: run it once for each"));
    }
    let near = suggestion::near(&joined, Catalogue::names());
    Err(match suggestion::did_you_mean(&near) {
        Some(meant) => error.hinted(meant),
        None => error.hinted("`trigger` sends one event; `devtool events` lists the event types"),
    })
}

/// `history 12` and `history evt_…` show that delivery.
fn of_history(mut line: Line) -> Line {
    if let [word] = &words(&line)[..]
        && (word.bytes().all(|b| b.is_ascii_digit()) || word.starts_with("evt_"))
    {
        line.command.push("show".to_owned());
    }
    line
}

/// Every event type's name.
fn names() -> impl Iterator<Item = &'static str> {
    Catalogue::names().chain(thin::names().into_iter().flatten())
}

/// Whether a word names event types: several between commas, or patterns of them, too.
fn is_type(word: &str) -> bool {
    word.split(',').all(|one| names().any(|name| pattern::fits(one, name)))
}

/// The type of that name, whatever stands between its words.
fn same(joined: &str) -> Option<&'static str> {
    names().find(|name| suggestion::is_same(name, joined))
}
