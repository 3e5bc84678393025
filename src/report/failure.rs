//! The events that were not accepted: what came back, and what it most likely means.

use super::text::Layout;
use crate::delivery::{Outcome, Response};
use crate::run::{StepResult, Verdict};
use crate::text::{escape, width};

/// The response headers that help to find a cause.
const HEADERS_THAT_MATTER: [&str; 7] =
    ["allow", "content-type", "location", "retry-after", "server", "via", "www-authenticate"];
/// How much of a body is shown, and of each of its lines.
const BODY_LINES: usize = 12;
const BODY_COLUMNS: usize = 400;

/// A block for each failure; events that failed in the same way share one.
pub fn blocks(steps: &[StepResult], layout: Layout) -> String {
    let mut groups: Vec<Vec<&StepResult>> = Vec::new();
    for step in steps.iter().filter(|step| step.verdict() == Verdict::Fail) {
        match groups.iter_mut().find(|group| is_alike(group[0], step)) {
            Some(group) => group.push(step),
            None => groups.push(vec![step]),
        }
    }
    groups.iter().map(|group| block(group, layout)).collect()
}

/// Whether two failures are the same but for the event.
fn is_alike(a: &StepResult, b: &StepResult) -> bool {
    let same_answer = match (a.outcome(), b.outcome()) {
        (Some(Outcome::Response(a)), Some(Outcome::Response(b))) => {
            a.status == b.status && a.body == b.body && telling_headers(a) == telling_headers(b)
        }
        (a, b) => a == b,
    };
    same_answer && a.hint == b.hint
}

fn block(group: &[&StepResult], layout: Layout) -> String {
    let first = group[0];
    let mut out = String::new();
    if let Some(outcome) = first.outcome() {
        let what = format!("{}: {}", who(group), headline(outcome));
        out.push_str(&format!("{}\n", layout.palette.heading(&what)));
        if let Outcome::Response(response) = outcome {
            out.push_str(&answer(response, layout));
        }
    }
    if let Some(hint) = &first.hint {
        let label = layout.palette.hint("hint:");
        out.push_str(&format!(
            "  {label} {}\n",
            width::wrap(&escape::line(hint), 8, layout.columns)
        ));
    }
    out.push('\n');
    out
}

/// `5 charge.pending` or `events 1-3, 7`.
fn who(group: &[&StepResult]) -> String {
    if let [only] = group {
        return format!("{} {}", only.index, escape::line(&only.event));
    }
    let mut ranges: Vec<(usize, usize)> = Vec::new();
    for step in group {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == step.index => *last = step.index,
            _ => ranges.push((step.index, step.index)),
        }
    }
    let range = |(first, last): &(usize, usize)| {
        if first == last { first.to_string() } else { format!("{first}-{last}") }
    };
    format!("events {}", ranges.iter().map(range).collect::<Vec<_>>().join(", "))
}

fn headline(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Response(response) => {
            let reason = reason(response.status);
            format!("{} {reason}", response.status).trim_end().to_owned()
        }
        Outcome::None { error, .. } => format!("no answer ({})", escape::line(error)),
    }
}

/// The usual words of the statuses that a webhook handler is likely to give.
const fn reason(status: u16) -> &'static str {
    match status {
        301 => "Moved Permanently",
        302 => "Found",
        303 => "See Other",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        413 => "Content Too Large",
        415 => "Unsupported Media Type",
        422 => "Unprocessable Content",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "",
    }
}

fn telling_headers(response: &Response) -> Vec<(&str, &str)> {
    let matters = |name: &str| HEADERS_THAT_MATTER.contains(&name);
    let headers = response.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    headers.filter(|(name, _)| matters(name)).collect()
}

fn answer(response: &Response, layout: Layout) -> String {
    let mut out = String::new();
    let room = layout.columns.saturating_sub(2).clamp(20, BODY_COLUMNS);
    for (name, value) in telling_headers(response) {
        let line = format!("{name}: {}", escape::line(value));
        out.push_str(&format!("  {}\n", layout.palette.dim(&width::fit(&line, room))));
    }
    let text = escape::block(response.text().trim());
    let lines: Vec<&str> = text.lines().collect();
    for line in lines.iter().take(BODY_LINES) {
        out.push_str(&format!("  {}\n", width::fit(line, room)));
    }
    if lines.len() > BODY_LINES || response.is_truncated {
        let size = response.body.len();
        let more = if response.is_truncated { " and more" } else { "" };
        let note =
            format!("… ({} lines, {size} bytes{more}; `--format json` has them)", lines.len());
        out.push_str(&format!("  {}\n", layout.palette.dim(&note)));
    }
    out
}
