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
mod signer;
mod table;

use std::borrow::Cow;

use super::endpoint::Endpoint;
use super::outcome::{Outcome, Response};
use super::probe::Findings;
use crate::protocol::Moment;
use crate::text::duration;
use answers::KnownAnswer;
pub use command::EndpointOrigin;
pub use likely::{AddedOption, Diagnosis};
use said::Said;
pub use signer::Signer;
pub(crate) use signer::{secret_command, secret_fix};

/// How much of what an answer says is quoted, in characters.
const QUOTED: usize = 200;
/// How much of an answer a row of a list shows at most, in bytes.
const START: usize = 1_000;
/// The least difference between two clocks that is one.
const CLOCKS_AGREE: i64 = 30;

/// What is known besides the outcome.
#[derive(Clone, Copy, Debug, Default)]
pub struct Circumstances<'c> {
    /// What a probe of the endpoint found.
    pub findings: Option<&'c Findings>,
    /// What signed the event.
    pub signer: Signer<'c>,
    /// Whether Stripe made the event, not devtool.
    pub is_stripes: bool,
    /// Whether the run has a local API.
    pub has_api: bool,
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
            "secret" => Some(with.signer.shown()),
            "secret_fix" => Some(with.signer.fix()),
            "secret_missing_fix" => Some(with.signer.fix_without()),
            "clock" => Some(clock(ahead(response, with.sent_at))),
            "clock_fix" => Some(clock_fix(ahead(response, with.sent_at)).to_owned()),
            _ => None,
        })
    };
    let (row_cause, row_fix, row_option) = told(row, with);
    let cause = fill(row_cause);
    let option = row_option.map(|option| {
        let (name, value) = option.split_once(' ').unwrap_or((option, ""));
        AddedOption { name: Cow::Borrowed(name), value: fill(value) }
    });
    let fix = fill(row_fix);
    Diagnosis {
        id: Cow::Borrowed(&row.id),
        cause: cause.trim_end_matches([':', ' ']).to_owned(),
        fix: match &option {
            Some(option) => fix.replace("{option}", &option.to_string()),
            None => fix,
        },
        command: with.signer.command().filter(|_| row_fix.contains("{secret_")),
        option,
    }
}

/// The cause, the way out and its option, as they are where that event is from.
fn told<'r>(row: &'r KnownAnswer, with: Circumstances<'_>) -> (&'r str, &'r str, Option<&'r str>) {
    let of_stripe = row.of_stripe.as_ref().filter(|_| with.is_stripes);
    let in_place = of_stripe.or(row.with_api.as_ref().filter(|_| with.has_api));
    let (cause, fix) = in_place.map_or((&row.cause, &row.fix), |told| (&told.cause, &told.fix));
    let has_option = in_place.is_none() || fix.contains("{option}");
    (cause, fix, row.option.as_deref().filter(|_| has_option))
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
