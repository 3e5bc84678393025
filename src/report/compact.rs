//! Results as a line for each thing and nothing else, for logs and for `grep`.

use crate::delivery::Outcome;
use crate::runner::StepResult;
use crate::text::{duration, escape};

/// `pass invoice.created evt_… 200 2.1ms`: verdict, type, id, status or failure, milliseconds.
pub(crate) fn line(step: &StepResult) -> String {
    let (status, latency) = match step.attempts.last() {
        None => ("-".to_owned(), "-".to_owned()),
        Some(attempt) => {
            let status = match &attempt.outcome {
                Outcome::Response(response) => response.status.to_string(),
                Outcome::None { why, .. } => why.word().to_owned(),
            };
            (status, format!("{:.1}ms", duration::milliseconds(attempt.latency)))
        }
    };
    format!(
        "{} {} {} {status} {latency}\n",
        step.verdict.word(),
        escape::name(&step.event),
        escape::name(&step.event_id)
    )
}

/// A name on each line.
pub(crate) fn names<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.flat_map(|name| [name, "\n"]).collect()
}
