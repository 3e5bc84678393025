//! A run as text for people: a heading, a row per event, then what went wrong and the sum.

use std::ops::RangeInclusive;
use std::path::Path;

use super::layout::{Layout, count, count_of, label, shortfall};
use super::{api_calls, exploration, failure, stories, through_stripe};
use crate::delivery::{EventTarget, Outcome, RetrySchedule, Route, diagnosis};
use crate::runner::plan::{Origin, Way};
use crate::runner::{CheckResult, Plan, RunResult, StepResult, Verdict};
use crate::text::{duration, escape, width};

/// The fewest columns that make an answer worth showing in its row, and the most that it gets.
const ANSWER_COLUMNS: RangeInclusive<usize> = 12..=80;
const STATUS_COLUMNS: usize = 7;
const LATENCY_COLUMNS: usize = 8;

/// What is sent where, which secret signs it, and where the local API is.
pub(crate) fn heading(
    plans: &[Plan],
    (working_directory, api): (&Path, Option<&str>),
    layout: Layout,
) -> String {
    let Some(job) = plans.first().map(|plan| &plan.job) else { return String::new() };
    let is_replay = plans.iter().any(|plan| plan.origin == Origin::Recorded);
    let name = match plans {
        [only] => stories::name(only),
        _ if is_replay => "replay".to_owned(),
        several => count_of(several.len(), "story", "stories"),
    };
    let (target, how) = match plans.len() {
        several if is_replay && several > 1 => (count(several, "endpoint"), "replay".to_owned()),
        _ if is_replay => (job.endpoint.to_string(), "replay".to_owned()),
        _ => (job.endpoint.to_string(), through_stripe::way(&plans[0].way, job.seed.0)),
    };
    let events = plans.iter().map(|plan| plan.sendings.len()).sum();
    let routes = routes(&plans[0]);
    let by_routes = match routes.len() {
        0 => String::new(),
        some => format!(" and by {} of devtool.toml", count(some, "route")),
    };
    format!(
        "{} {} to {target}{by_routes} ({how})\n{}{}{}{}{}\n",
        layout.palette.heading(&format!("{name}:")),
        count(events, "event"),
        routes.iter().map(route).collect::<String>(),
        secrets(plans, working_directory),
        // What Stripe sends, it is not told of.
        api.filter(|_| plans[0].way == Way::Local)
            .map(|api| format!("api: {api}\n"))
            .unwrap_or_default(),
        retries(&job.retry),
        plans.first().map_or("", |plan| through_stripe::remark(&plan.way)),
    )
}

/// Which secret signs; for each endpoint, where they have not all the same.
fn secrets(plans: &[Plan], working_directory: &Path) -> String {
    let line = |plan: &Plan, of: &str| {
        let found = &plan.job.secret;
        let (hint, place) = (found.secret.hint(), found.source.describe(working_directory));
        format!("secret: {} ({}){of}\n", escape::line(&hint), escape::line(&place))
    };
    let is_one = |pair: &[Plan]| pair[0].job.secret.secret == pair[1].job.secret.secret;
    if plans.windows(2).all(is_one) {
        return plans.first().map(|plan| line(plan, "")).unwrap_or_default();
    }
    plans.iter().map(|plan| line(plan, &format!(" for {}", plan.job.endpoint))).collect()
}

/// The routes that are in force; a listen that runs already has its own.
fn routes(plan: &Plan) -> &[Route<EventTarget>] {
    match &plan.way {
        Way::Stripe { listen: Some(_), .. } => &[],
        _ => &plan.job.routes,
    }
}

/// As the heading of a listen has it.
fn route(route: &Route<EventTarget>) -> String {
    format!("{} to {}\n", escape::line(&route.pattern), route.target.endpoint)
}

/// The schedule of retries, where there are any.
fn retries(schedule: &RetrySchedule) -> String {
    match schedule.retries() {
        0 => String::new(),
        retries => format!("retries: {retries}, after {schedule}\n"),
    }
}

/// Whether one line says all of a run: one event that passed at its first attempt, with nothing beside it.
pub(crate) fn is_one_line(step: &StepResult, plan: &Plan) -> bool {
    let is_alone = plan.sendings.len() == 1 && plan.job.scenario.checks.is_empty();
    is_alone
        && step.verdict == Verdict::Pass
        && step.attempts.len() == 1
        && step.stripe.is_none()
        && step.api_calls.is_none()
        && step.remarks().next().is_none()
}

/// `PASS invoice.paid to http://127.0.0.1:5000/webhook  200  4.2 ms  evt_… (#12)`
pub(crate) fn one_line(step: &StepResult, layout: Layout) -> String {
    let palette = layout.palette;
    let (status, latency, _) = columns(step);
    let code = step.outcome().and_then(Outcome::response).map(|response| response.status);
    let number = step.delivery().map(|id| format!(" (#{})", id.0)).unwrap_or_default();
    let id = format!("{}{number}", escape::name(&step.event_id));
    let what = format!("{} to {}", escape::line(&step.event), escape::line(&step.endpoint));
    let columns = "PASS ".len() + width::of(&format!("{what}  {status}  {latency}  {id}"));
    let id = if columns > layout.columns { number.trim_start().to_owned() } else { id };
    let line = format!(
        "{} {what}  {}  {latency}  {}",
        palette.verdict(step.verdict, label(step.verdict)),
        palette.status(code, &status),
        palette.dim(&id),
    );
    format!("{}\n", line.trim_end())
}

/// One event's row.
pub(crate) fn row(step: &StepResult, plan: &Plan, layout: Layout) -> String {
    let palette = layout.palette;
    let events = plan
        .sendings
        .iter()
        .map(|sending| width::of(&named(&plan.events[sending.step].name, sending.is_copy)));
    let name_columns = events.max().unwrap_or(0);
    let index_columns = plan.sendings.len().to_string().len();
    let verdict = step.verdict;
    let (status, latency, answer) = columns(step);
    let mut left = format!(
        "  {}  {}  {}",
        palette.verdict(verdict, &width::pad(label(verdict), 4)),
        width::pad_left(&step.index.to_string(), index_columns),
        width::pad(&named(&step.event, step.is_copy), name_columns),
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

/// One check's row.
pub(crate) fn check(check: &CheckResult, layout: Layout) -> String {
    let palette = layout.palette;
    let mut row = format!(
        "  {}  {}",
        palette.verdict(check.verdict, &width::pad(label(check.verdict), 4)),
        escape::line(&check.name()),
    );
    if let (Some(ending), Some(duration)) = (check.ending(), check.duration()) {
        let response = check.attempt.as_ref().and_then(|attempt| attempt.outcome.response());
        let status = response.map(|response| response.status);
        let duration = duration::short(duration);
        row.push_str(&format!("  {}  {duration}", palette.status(status, &ending)));
    }
    format!("{row}\n")
}

/// An event's name; one that was sent before is marked.
fn named(event: &str, is_copy: bool) -> String {
    let mark = if is_copy { " (again)" } else { "" };
    format!("{}{mark}", escape::line(event))
}

/// What went wrong, event by event or together where it is the same, and the sum.
pub(crate) fn ending(plans: &[Plan], result: &RunResult, layout: Layout) -> String {
    let failures = failure::blocks(plans, result, layout);
    let beside = through_stripe::ending(result, layout) + &api_calls::ending(result, layout);
    let smallest = exploration::smallest(result, plans, layout);
    let smallest = smallest.trim_start_matches('\n');
    let smallest = if smallest.is_empty() { String::new() } else { format!("{smallest}\n") };
    format!("\n{beside}{failures}{smallest}{}{}", remarks(result, layout), sum(result, layout))
}

/// What is no failure but worth a word.
fn remarks(result: &RunResult, layout: Layout) -> String {
    let label = layout.palette.hint("remark:");
    let line = |text: String| format!("{label} {}\n", escape::line(&text));
    remarked(result).map(line).collect()
}

/// Each remark once, with how many events it is about.
pub(super) fn remarked(result: &RunResult) -> impl Iterator<Item = String> {
    let mut about: Vec<(String, usize)> = Vec::new();
    for remark in result.stories.iter().flat_map(|story| &story.steps).flat_map(StepResult::remarks)
    {
        match about.iter_mut().find(|(message, _)| *message == remark.message) {
            Some((_, events)) => *events += 1,
            None => about.push((remark.message, 1)),
        }
    }
    about.into_iter().map(|(message, events)| format!("{}: {message}", count(events, "event")))
}

/// The last line.
fn sum(result: &RunResult, layout: Layout) -> String {
    let verdict = result.verdict();
    format!("{} {}\n", layout.palette.verdict(verdict, label(verdict)), outcome(result))
}

/// What a run comes to, in one line.
pub(crate) fn outcome(result: &RunResult) -> String {
    let totals = result.totals();
    let mut rest = shortfall(&totals);
    if result.was_interrupted {
        rest.push("interrupted".to_owned());
    }
    let colon = if rest.is_empty() { "" } else { ": " };
    let passed = result.stories.iter().filter(|story| story.totals().verdict() == Verdict::Pass);
    let stories = match result.stories.len() {
        1 => String::new(),
        all => format!("{} of {}, ", passed.count(), count_of(all, "story", "stories")),
    };
    // What is expected of an answer may be another status than 2xx.
    let (met, how) = if totals.passed == totals.accepted || totals.passed < totals.steps {
        (totals.accepted, "accepted")
    } else {
        (totals.passed, "as expected")
    };
    let checks = match totals.checks {
        0 => String::new(),
        all => format!(", {} of {}", totals.passed_checks, count(all, "check")),
    };
    format!(
        "{stories}{met} of {} {how}{checks} in {}{colon}{}",
        count(totals.steps, "event"),
        duration::short(result.duration),
        rest.join(", "),
    ) + &why_nothing_was_sent(result)
}

/// The reason that all events have in common.
fn why_nothing_was_sent(result: &RunResult) -> String {
    let step = result.stories.iter().flat_map(|story| &story.steps).next();
    let found = step.filter(|step| step.attempts.is_empty());
    let found = found.and_then(|step| step.diagnosis.as_ref());
    found.map(|found| format!(" ({})", escape::line(&found.cause))).unwrap_or_default()
}

/// Status, latency and first words of the answer.
fn columns(step: &StepResult) -> (String, String, String) {
    let Some(attempt) = step.attempts.last() else {
        return ("-".to_owned(), String::new(), String::new());
    };
    let latency = duration::short(attempt.latency);
    match &attempt.outcome {
        Outcome::Response(response) => {
            let text = diagnosis::start_of(response);
            let remark = response.remark().map(|remark| format!("({})", remark.message));
            let words = remark.as_deref().into_iter().chain(text.split_whitespace());
            let words = words.collect::<Vec<_>>().join(" ");
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
