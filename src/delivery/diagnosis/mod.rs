//! What an outcome most likely means, and what to do about it.
//!
//! An answer is judged by what it says to a reader, not by what it mentions: debug pages quote the request's
//! headers and the app's source. Nothing of this runs while all is accepted.

mod answers;
mod command;
mod likely;
mod no_answer;
mod page;
mod redirect;
mod said;
mod table;

use std::borrow::Cow;
use std::path::Path;

use super::endpoint::Endpoint;
use super::outcome::{Outcome, Response};
use super::probe::Findings;
use crate::config::{FoundSecret, SecretSource};
use crate::protocol::Moment;
use crate::text::command_line::CommandLine;
use crate::text::duration;
pub use command::EndpointOrigin;
pub use likely::{AddedOption, Diagnosis};
use said::Said;

/// How much of what an answer says is quoted, in characters.
const QUOTED: usize = 200;
/// How much of an answer a row of a list shows at most, in bytes.
const START: usize = 1_000;
/// The least difference between two clocks that is one.
const CLOCKS_AGREE: i64 = 30;

/// The way out where it is not known which secret signed the event.
const SECRET_UNKNOWN: &str = "give the app the secret of the endpoint (its route's, or that of `--secret`; else `devtool \
     secret` prints it), and restart the app";

/// What is known besides the outcome.
#[derive(Clone, Copy, Debug, Default)]
pub struct Circumstances<'c> {
    /// What a probe of the endpoint found.
    pub findings: Option<&'c Findings>,
    /// What signed the event.
    pub secret: Option<&'c FoundSecret>,
    /// When the event went out.
    pub sent_at: Option<Moment>,
    /// Whether the app accepted the same event before.
    pub is_second: bool,
}

/// What an outcome most likely means; `None` for an accepted event.
pub fn diagnose(
    endpoint: &Endpoint,
    outcome: &Outcome,
    with: Circumstances<'_>,
) -> Option<Diagnosis> {
    match outcome {
        Outcome::Response(response) if response.is_accepted() => None,
        Outcome::Response(response) => Some(rejected(endpoint, response, with)),
        Outcome::None { why, error } => {
            let findings = with.findings.cloned().unwrap_or_default();
            Some(no_answer::diagnose(endpoint, (*why, error), &findings))
        }
    }
}

/// What an answer says to a reader: the text of an HTML page; any other as it is.
pub fn text_of(response: &Response) -> Cow<'_, str> {
    page_text(response).map_or_else(|| response.text(), Cow::Owned)
}

/// The text of an HTML page: its title, headings and message. `None` for any other answer.
pub fn page_text(response: &Response) -> Option<String> {
    said::is_page(response).then(|| said::page_lines(response).join("\n"))
}

/// The same for a row of a list, which never shows more than its start.
pub fn start_of(response: &Response) -> Cow<'_, str> {
    if said::is_page(response) {
        return text_of(response);
    }
    String::from_utf8_lossy(&response.body[..response.body.len().min(START)])
}

fn rejected(endpoint: &Endpoint, response: &Response, with: Circumstances<'_>) -> Diagnosis {
    if matches!(response.status, 301..=303 | 307 | 308) {
        return redirect::diagnose(endpoint, response);
    }
    let said = Said::of(response);
    let Some((row, fit)) = table::find(response, &said, with.is_second) else {
        return Diagnosis::new(
            "unknown.status",
            "devtool does not know this answer",
            "see the app's log",
        );
    };
    let line = said.telling(fit.line.as_deref());
    let fill = |text: &str| {
        filled(text, &|name| match name {
            "path" => Some(endpoint.path().to_owned()),
            "port" => Some(endpoint.port().to_string()),
            "other_scheme" => Some(endpoint.other_scheme().to_string()),
            "status" => Some(response.status.to_string()),
            "word" => Some(fit.word.clone()),
            "said" => Some(line.map(|line| format!("`{}`", quoted(line))).unwrap_or_default()),
            "exception" => said.exception.as_deref().map(quoted),
            "secret" => Some(secret(with)),
            "secret_fix" => Some(with.secret.map_or_else(|| SECRET_UNKNOWN.to_owned(), secret_fix)),
            "clock" => Some(clock(ahead(response, with.sent_at))),
            "clock_fix" => Some(clock_fix(ahead(response, with.sent_at)).to_owned()),
            _ => None,
        })
    };
    let cause = fill(&row.cause);
    let option = row.option.as_deref().map(|option| {
        let (name, value) = option.split_once(' ').unwrap_or((option, ""));
        AddedOption { name: Cow::Borrowed(name), value: fill(value) }
    });
    let fix = fill(&row.fix);
    Diagnosis {
        id: Cow::Borrowed(&row.id),
        cause: cause.trim_end_matches([':', ' ']).to_owned(),
        fix: match &option {
            Some(option) => fix.replace("{option}", &option.to_string()),
            None => fix,
        },
        command: with.secret.and_then(secret_command).filter(|_| row.fix.contains("{secret_fix}")),
        option,
    }
}

/// The text with its placeholders filled; what is no placeholder stays.
fn filled(text: &str, value: &dyn Fn(&str) -> Option<String>) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let named = after.split_once('}').and_then(|(name, left)| Some((value(name)?, left)));
        rest = if let Some((value, left)) = named {
            out.push_str(&value);
            left
        } else {
            out.push('{');
            after
        };
    }
    out.push_str(rest);
    out
}

/// A line of an answer, short enough. What is in it stays as it is: a secret has to be known again.
fn quoted(line: &str) -> String {
    match line.char_indices().nth(QUOTED) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line.to_owned(),
    }
}

/// The secret that signed the event; where it was found only if [`secret_fix`] does not name that.
fn secret(with: Circumstances<'_>) -> String {
    const IT: &str = "the one that signed this event";
    let Some(found) = with.secret else { return IT.to_owned() };
    let hint = found.secret.hint();
    match &found.source {
        SecretSource::DotEnv { .. } | SecretSource::File(_) => format!("{IT} ({hint})"),
        source => format!("{IT} ({hint}, {})", place(source)),
    }
}

/// Where a secret was found, in few words.
fn place(source: &SecretSource) -> String {
    let directory = match source {
        SecretSource::DotEnv { file, .. } | SecretSource::File(file) => file.parent(),
        SecretSource::Own { .. } => return "devtool's own".to_owned(),
        SecretSource::Flag | SecretSource::Variable(_) | SecretSource::Run => None,
    };
    source.describe(directory.unwrap_or(Path::new("")))
}

/// How the app and devtool come to the same secret.
pub(crate) fn secret_fix(found: &FoundSecret) -> String {
    if let Some(other) = found.other_variable() {
        return format!(
            "{}. To sign with that one, put `{}` into devtool.toml",
            other.describe(),
            other.line()
        );
    }
    match &found.source {
        SecretSource::Flag => "give `--secret` the app's own".to_owned(),
        SecretSource::Variable(name) => {
            format!("start the app with the same {name}, or leave it out of devtool's environment")
        }
        SecretSource::DotEnv { .. } => format!(
            "let the app read {}, and restart the app: it reads its secret when it starts",
            place(&found.source)
        ),
        SecretSource::File(_) => format!(
            "put the app's own into {}, or give the app the one from there, and restart the app",
            place(&found.source)
        ),
        SecretSource::Own { .. } => {
            "`devtool secret --write` writes it to the app's .env, `devtool secret` prints it; then \
             restart the app"
                .to_owned()
        }
        SecretSource::Run => {
            "no app has it, as it is made for this run: give `--secret` the app's own".to_owned()
        }
    }
}

/// The command that brings devtool's own secret to the app.
pub(crate) fn secret_command(found: &FoundSecret) -> Option<CommandLine> {
    let is_own = matches!(found.source, SecretSource::Own { .. });
    let is_in_force = is_own && found.other_variable().is_none();
    is_in_force.then(|| CommandLine::new("secret").with_flag("--write"))
}

/// By how many seconds the app's clock is ahead, as far as its answer tells.
fn ahead(response: &Response, sent_at: Option<Moment>) -> Option<i64> {
    let app = response.header("date").and_then(Moment::of_http_date)?;
    Some(app.seconds() - sent_at?.seconds())
}

fn clock(ahead: Option<i64>) -> String {
    let Some(ahead) = ahead else {
        return "its clock and the one of this machine are too far apart (5 minutes are allowed by default)".to_owned();
    };
    let by = duration::short(std::time::Duration::from_secs(ahead.unsigned_abs()));
    if ahead.abs() < CLOCKS_AGREE {
        "its clock and the one of this machine agree".to_owned()
    } else if ahead > 0 {
        format!("the app's clock is {by} ahead of this machine's, as its Date header says")
    } else {
        format!("the app's clock is {by} behind this machine's, as its Date header says")
    }
}

fn clock_fix(ahead: Option<i64>) -> &'static str {
    if ahead.is_some_and(|ahead| ahead.abs() < CLOCKS_AGREE) {
        "verify an event when it comes, before it waits in a queue or a debugger, and let the tolerance be 300 seconds"
    } else {
        "set the clock of the machine, container or virtual machine that the app runs in (WSL 2: `wsl --shutdown` and \
         start it again)"
    }
}
