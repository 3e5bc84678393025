//! A run as Markdown, short enough for the summary of a CI job.

use super::alike::without_ids;
use super::api_calls;
use super::hint::{HintLine, Told};
use super::layout::{count, label, shortfall};
use super::stories;
use super::text;
use crate::delivery::{Outcome, diagnosis};
use crate::protocol::Moment;
use crate::runner::{CheckResult, Mismatch, Plan, RunResult, StepCall, StepResult, StoryResult};
use crate::text::{duration, escape, width};

/// How many failures are shown in full, and how much of their answers.
const FAILURES: usize = 20;
/// How many events of one failure are named.
const NAMES: usize = 6;
/// How many calls of the API are named.
const CALLS: usize = 200;
const BODY: usize = 1_500;

/// The whole text.
pub(super) fn run(plans: &[Plan], result: &RunResult) -> String {
    let mut out = format!("## {}: {}\n\n", label(result.verdict()), code(&title(plans)));
    out.push_str(&format!("{}.", cell(&text::outcome(result))));
    if let Some(job) = plans.first().map(|plan| &plan.job) {
        out.push_str(&format!(
            " Sent to {} ({}).",
            code(&job.endpoint.to_string()),
            cell(&super::through_stripe::way(&plans[0].way, job.seed.0))
        ));
    }
    out.push_str("\n\n");
    match (plans, result.stories.as_slice()) {
        ([_], [story]) => out.push_str(&steps(story)),
        (plans, stories) => out.push_str(&table(plans, stories)),
    }
    let stories = plans.iter().zip(&result.stories);
    let all = stories.flat_map(|(plan, story)| failures(plan, story, plans.len() > 1));
    let failures = together(all, result.started_at);
    failures.iter().take(FAILURES).for_each(|failure| out.push_str(&section(failure)));
    if failures.len() > FAILURES {
        out.push_str(&format!("\nand {} more.\n", failures.len() - FAILURES));
    }
    for remark in text::remarked(result) {
        out.push_str(&format!("\nRemark: {}\n", cell(&remark)));
    }
    out + &calls(result)
}

/// What the app asked the local API, event by event, folded up.
fn calls(result: &RunResult) -> String {
    let steps = result.stories.iter().flat_map(|story| &story.steps);
    let told = steps.flat_map(|step| step.api_calls.iter().flatten().map(move |call| (step, call)));
    let line = |(step, call): (&StepResult, &StepCall)| {
        let (event, call) = (format!("{} {}", step.index, step.event), api_calls::sentence(call));
        format!("- {}: {}\n", code(&event), code(&call))
    };
    let outside = api_calls::outside_sentences(result);
    let outside = outside.map(|call| format!("- outside of the deliveries: {}\n", code(&call)));
    let lines: Vec<String> = told.map(line).chain(outside).collect();
    if lines.is_empty() {
        return String::new();
    }
    let named: String = lines.iter().take(CALLS).map(String::as_str).collect();
    let more = match lines.len().saturating_sub(CALLS) {
        0 => String::new(),
        more => format!("\nand {more} more.\n"),
    };
    let all = count(lines.len(), "API call");
    format!("\n<details><summary>{all}</summary>\n\n{named}{more}\n</details>\n")
}

fn title(plans: &[Plan]) -> String {
    match plans {
        [only] => stories::name(only),
        several => format!("{} stories", several.len()),
    }
}

fn steps(story: &StoryResult) -> String {
    let mut out =
        "| | | event | answer | latency |\n| --- | ---: | --- | --- | ---: |\n".to_owned();
    for step in &story.steps {
        let (answer, latency) = step.attempts.last().map_or_else(
            || ("not sent".to_owned(), String::new()),
            |attempt| (answer(&attempt.outcome), duration::short(attempt.latency)),
        );
        let again = if step.is_copy { " again" } else { "" };
        let (verdict, event) = (label(step.verdict), code(&step.event));
        let index = step.index;
        let cause = step.caused_by.as_ref();
        let cause = cause.map(|by| format!(" caused by {}", code(&api_calls::cause(by))));
        let cause = cause.unwrap_or_default();
        // A number after `#` would be a link to an issue.
        let recorded = step.delivery().filter(|_| step.verdict.is_failure());
        let recorded = recorded.map(|id| format!(" (delivery {})", id.0)).unwrap_or_default();
        out.push_str(&format!(
            "| {verdict} | {index} | {event}{again}{cause}{recorded} | {answer} | {latency} |\n"
        ));
    }
    for check in &story.checks {
        let verdict = label(check.verdict);
        let answer = check.attempt.as_ref().map(|attempt| answer(&attempt.outcome));
        let answer = answer.or_else(|| check.ending()).unwrap_or_default();
        let name = code(&check.name());
        out.push_str(&format!("| {verdict} | | {name} | {answer} | |\n"));
    }
    out
}

fn table(plans: &[Plan], stories: &[StoryResult]) -> String {
    let mut out = "| | story | events | | took |\n| --- | --- | ---: | --- | ---: |\n".to_owned();
    for (plan, story) in plans.iter().zip(stories) {
        let totals = story.totals();
        out.push_str(&format!(
            "| {} | {} | {} | {} | {} |\n",
            label(totals.verdict()),
            code(&stories::name(plan)),
            totals.steps,
            shortfall(&totals).join(", "),
            duration::short(story.duration),
        ));
    }
    out
}

/// The names of what failed in one way, and what is to be said of it.
type Section = (Vec<String>, String);

/// Failures that are the same but for their names, and for the ids in them.
fn together(failures: impl Iterator<Item = (String, String)>, at: Moment) -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::new();
    let mut known: Vec<String> = Vec::new();
    for (name, said) in failures {
        let cause = without_ids(&said, at);
        if let Some(found) = known.iter().position(|other| *other == cause) {
            sections[found].0.push(name);
        } else {
            known.push(cause);
            sections.push((vec![name], said));
        }
    }
    sections
}

fn section((names, said): &Section) -> String {
    let shown: Vec<&str> = names.iter().take(NAMES).map(String::as_str).collect();
    let more = match names.len().saturating_sub(NAMES) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("\n### {}{more}: {said}", shown.join(", "))
}

fn failures(plan: &Plan, story: &StoryResult, are_several: bool) -> Vec<(String, String)> {
    let of = if are_several { format!("{} ", stories::name(plan)) } else { String::new() };
    let steps = story.steps.iter().filter(|step| step.verdict.is_failure());
    let checks = story.checks.iter().filter(|check| check.verdict.is_failure());
    steps.map(|s| of_step(&of, s)).chain(checks.map(|check| of_check(&of, check))).collect()
}

fn of_step(of: &str, step: &StepResult) -> (String, String) {
    let name = code(&format!("{of}{} {}", step.index, step.event));
    let what = step.outcome().map_or_else(|| "not sent".to_owned(), answer);
    let mut said = format!("{what}\n\n{}", mismatches(&step.mismatches));
    if let Some(Outcome::Response(response)) = step.outcome() {
        said.push_str(&fenced("text", &diagnosis::text_of(response)));
    }
    if let Some(told) = Told::of(step) {
        said.push_str(&self::told(told));
    }
    (name, said)
}

/// Cause and way out; commands in blocks of their own.
fn told(told: Told) -> String {
    let (cause, label) = match (told.cause, told.id) {
        (Some(cause), Some(id)) => (format!("Cause: {} ({})\n\n", cell(&cause), code(&id)), "Fix"),
        _ => (String::new(), "Hint"),
    };
    let lines = told.lines.into_iter();
    let text = |HintLine { text, is_command }: HintLine| {
        if is_command { format!("\n{}", fenced("sh", &text)) } else { format!("{}\n", cell(&text)) }
    };
    format!("{cause}{label}: {}\n", lines.map(text).collect::<String>().trim_end())
}

fn of_check(of: &str, check: &CheckResult) -> (String, String) {
    let name = code(&format!("{of}{}", check.name()));
    let outcome = check.attempt.as_ref().map(|attempt| &attempt.outcome);
    let command = check.command.as_ref().map(|command| cell(&command.ending()));
    let what = outcome.map(answer).or(command).unwrap_or_else(|| "not checked".to_owned());
    let body = outcome.and_then(Outcome::response);
    let body = body.map(|response| fenced("text", &diagnosis::text_of(response)));
    let mismatches = mismatches(&check.mismatches);
    (name, format!("{what}\n\n{mismatches}{}", body.unwrap_or_default()))
}

fn mismatches(mismatches: &[Mismatch]) -> String {
    let line = |m: &Mismatch| {
        let (what, expected, found) = (code(&m.what), code(&m.expected), code(&m.found));
        format!("- {what}: expected {expected}, found {found}\n")
    };
    let lines: String = mismatches.iter().map(line).collect();
    if lines.is_empty() { lines } else { format!("{lines}\n") }
}

fn answer(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Response(response) => response.status.to_string(),
        Outcome::None { why, error } => format!("{} ({})", why.word(), cell(error)),
    }
}

/// Text that no Markdown and no HTML comes of, but for what it has between backticks: that stays code, in which
/// nothing is escaped.
pub(super) fn cell(text: &str) -> String {
    let text = escape::line(text);
    if text.contains("``") || text.matches('`').count() % 2 == 1 {
        return plain(&text).replace('`', "\\`");
    }
    let parts = text.split('`').enumerate();
    parts.map(|(at, part)| if at % 2 == 1 { code(part) } else { plain(part) }).collect()
}

fn plain(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '&' => out.push_str("&amp;"),
            '|' | '*' | '_' | '[' | ']' | '\\' | '#' | '~' => out.extend(['\\', c]),
            _ => out.push(c),
        }
    }
    out
}

/// A word as code; a bar would end a table's cell.
pub(super) fn code(text: &str) -> String {
    format!("`{}`", escape::line(text).replace('`', "'").replace('|', "\\|"))
}

/// A block that the text itself cannot end.
pub(super) fn fenced(language: &str, text: &str) -> String {
    let text = width::fit(&escape::block(text.trim()), BODY);
    if text.is_empty() {
        return text;
    }
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}{language}\n{text}\n{fence}\n\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_stays_code_and_nothing_else_becomes_markup() {
        assert_eq!(
            cell("the `a_b<c|d` of *e_f* & <g>"),
            "the `a_b<c\\|d` of \\*e\\_f\\* &amp; &lt;g>"
        );
        assert_eq!(cell("an open ` and a_b"), "an open \\` and a\\_b");
        assert_eq!(cell("`it has `a_b``"), "\\`it has \\`a\\_b\\`\\`");
    }
}
