//! Whether the app asked the local API for what a step expects.

use super::mismatch::Mismatch;
use super::step_call::StepCall;
use crate::protocol::CallPattern;
use crate::scenario::{Expectation, Values};

/// What stands for calls that nobody knows.
const UNKNOWN: &str = "unknown: the local API does not answer any more";
/// How many calls a mismatch names.
const SHOWN: usize = 5;

/// What of the calls is not as expected; nothing is where they are not known.
pub(super) fn mismatches(
    expect: &Expectation,
    calls: Option<&[StepCall]>,
    values: &Values,
) -> Vec<Mismatch> {
    let mut found = Vec::new();
    for expected in &expect.api_calls {
        let pattern = values.fill(expected).and_then(|filled| filled.parse::<CallPattern>());
        let is_made = |pattern: &CallPattern| {
            let mut calls = calls.into_iter().flatten();
            calls.any(|told| pattern.fits(&told.call.method, &told.call.path))
        };
        if !pattern.as_ref().is_ok_and(is_made) {
            let expected = pattern.map_or_else(|_| expected.clone(), |p| p.to_string());
            found.push(Mismatch {
                what: "api_calls".to_owned(),
                expected,
                found: found_calls(calls),
            });
        }
    }
    if let Some(most) = expect.max_api_calls.filter(|most| is_more(calls, *most)) {
        let (what, expected) = ("max_api_calls".to_owned(), format!("at most {most}"));
        let count = calls.map(|calls| format!("{}: ", calls.len())).unwrap_or_default();
        found.push(Mismatch { what, expected, found: count + &found_calls(calls) });
    }
    found
}

/// Whether there are more calls than that, or it is not known.
fn is_more(calls: Option<&[StepCall]>, most: u32) -> bool {
    calls.is_none_or(|calls| calls.len() > most as usize)
}

fn found_calls(calls: Option<&[StepCall]>) -> String {
    calls.map_or_else(|| UNKNOWN.to_owned(), shown)
}

fn shown(calls: &[StepCall]) -> String {
    let named = calls.iter().take(SHOWN);
    let mut named: Vec<String> =
        named.map(|told| format!("{} {}", told.call.method, told.call.path)).collect();
    match calls.len().saturating_sub(SHOWN) {
        0 if calls.is_empty() => "no call".to_owned(),
        0 => named.join(", "),
        more => {
            named.push(format!("{more} more"));
            named.join(", ")
        }
    }
}
