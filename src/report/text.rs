//! A run as text for people: a heading, a row per event, then what went wrong and the sum.

use std::ops::RangeInclusive;
use std::path::Path;

use super::failure;
use super::palette::Palette;
use crate::delivery::{Outcome, RetrySchedule};
use crate::run::{Plan, RunResult, StepResult, Verdict};
use crate::text::{duration, escape, width};

/// How text is laid out.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    /// The colours of the stream.
    pub palette: Palette,
    /// The columns of the terminal; without end where there is none.
    pub columns: usize,
}

/// The fewest columns that make an answer worth showing in its row, and the most that it gets.
const ANSWER_COLUMNS: RangeInclusive<usize> = 12..=80;
const STATUS_COLUMNS: usize = 7;
const LATENCY_COLUMNS: usize = 8;

/// What is sent where, and which secret signs it.
pub fn heading(plan: &Plan, working_directory: &Path, layout: Layout) -> String {
    let job = &plan.job;
    let name = job.name.as_deref().unwrap_or("trigger");
    let events = count(plan.events.len(), "event");
    let found = &job.secret;
    format!(
        "{} {events} to {} (local, seed {})\nsecret: {} ({})\n{}\n",
        layout.palette.heading(&format!("{name}:")),
        job.endpoint,
        job.seed.0,
        escape::line(&found.secret.hint()),
        escape::line(&found.source.describe(working_directory)),
        retries(&job.retry),
    )
}

/// The schedule of retries, where there are any.
fn retries(schedule: &RetrySchedule) -> String {
    match schedule.retries() {
        0 => String::new(),
        retries => format!("retries: {retries}, after {schedule}\n"),
    }
}

/// One event's row.
pub fn row(step: &StepResult, plan: &Plan, layout: Layout) -> String {
    let palette = layout.palette;
    let events = plan.events.iter().map(|event| width::of(&escape::line(&event.name)));
    let name_columns = events.max().unwrap_or(0);
    let index_columns = plan.events.len().to_string().len();
    let verdict = step.verdict();
    let (status, latency, answer) = columns(step);
    let mut left = format!(
        "  {}  {}  {}",
        palette.verdict(verdict, &width::pad(label(verdict), 4)),
        width::pad_left(&step.index.to_string(), index_columns),
        width::pad(&escape::line(&step.event), name_columns),
    );
    let fixed = 2 + 4 + 2 + index_columns + 2 + name_columns + 2 + STATUS_COLUMNS + 2;
    let fixed = fixed + LATENCY_COLUMNS + 2;
    let code = step.outcome().and_then(Outcome::response).map(|response| response.status);
    let status = match verdict {
        Verdict::Skipped => palette.dim(&width::pad(&status, STATUS_COLUMNS)),
        _ => palette.status(code, &width::pad(&status, STATUS_COLUMNS)),
    };
    left.push_str(&format!("  {status}  {}", width::pad_left(&latency, LATENCY_COLUMNS)));
    let room = layout.columns.saturating_sub(fixed).min(*ANSWER_COLUMNS.end());
    let answer = match earlier(step) {
        Some(earlier) => format!("{earlier} {answer}"),
        None => answer,
    };
    if ANSWER_COLUMNS.contains(&room) && !answer.is_empty() {
        left.push_str(&format!("  {}", palette.dim(&width::fit(&answer, room))));
    }
    format!("{}\n", left.trim_end())
}

/// What went wrong, event by event or together where it is the same, and the sum.
pub fn ending(result: &RunResult, plan: &Plan, layout: Layout) -> String {
    let failures = failure::blocks(&result.steps, layout);
    format!("\n{failures}{}", sum(result, plan, layout))
}

/// The last line.
fn sum(result: &RunResult, plan: &Plan, layout: Layout) -> String {
    let totals = result.totals();
    let verdict = result.verdict();
    let others = [
        (totals.rejected, "rejected"),
        (totals.failed, "without an answer"),
        (totals.skipped, "not sent"),
    ];
    let others = others.iter().filter(|(number, _)| *number > 0);
    let mut rest: Vec<String> = others.map(|(number, what)| format!("{number} {what}")).collect();
    if result.was_interrupted {
        rest.push("interrupted".to_owned());
    }
    let colon = if rest.is_empty() { "" } else { ": " };
    format!(
        "{} {} of {} accepted in {}{colon}{}\n",
        layout.palette.verdict(verdict, label(verdict)),
        totals.accepted,
        count(plan.events.len(), "event"),
        duration::short(result.duration),
        rest.join(", "),
    )
}

/// Status, latency and first words of the answer.
fn columns(step: &StepResult) -> (String, String, String) {
    let Some(attempt) = step.attempts.last() else {
        return ("-".to_owned(), String::new(), String::new());
    };
    let latency = duration::short(attempt.latency);
    match &attempt.outcome {
        Outcome::Response(response) => {
            // More than this is never shown in a row.
            let start = &response.body[..response.body.len().min(1_000)];
            let text = String::from_utf8_lossy(start);
            let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
            (response.status.to_string(), latency, escape::line(&words))
        }
        Outcome::None { why, error } => (why.word().to_owned(), latency, escape::line(error)),
    }
}

/// `after 500, 500:` where it took more than one attempt.
fn earlier(step: &StepResult) -> Option<String> {
    let (_, before) = step.attempts.split_last()?;
    let words = before.iter().map(|attempt| match &attempt.outcome {
        Outcome::Response(response) => response.status.to_string(),
        Outcome::None { why, .. } => why.word().to_owned(),
    });
    let words: Vec<String> = words.collect();
    (!words.is_empty()).then(|| format!("after {}:", words.join(", ")))
}

const fn label(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "PASS",
        Verdict::Fail => "FAIL",
        Verdict::Skipped => "SKIP",
    }
}

fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}
