//! Failures as annotations of GitHub Actions: commands that its runner reads out of a job's output.

use std::borrow::Cow;

use super::alike::{Failure, groups};
use super::failure::{headline, who};
use super::layout::count;
use super::stories;
use crate::runner::{CheckResult, CommandResult, Mismatch, Plan, RunResult};
use crate::text::escape;

/// GitHub shows no more errors of a step.
const MOST: usize = 10;

/// A line for each failure; events that failed in the same way share one.
pub(crate) fn annotations(plans: &[Plan], result: &RunResult) -> String {
    let mut all: Vec<String> = groups(result).iter().map(|group| of_group(group, plans)).collect();
    for (plan, story) in plans.iter().zip(&result.stories) {
        let failed = story.checks.iter().filter(|check| check.verdict.is_failure());
        all.extend(failed.map(|check| of_check(check, plan)));
    }
    if all.is_empty() && !result.was_interrupted {
        all.extend(why_nothing_was_sent(plans, result));
    }
    let more = all.len().saturating_sub(MOST);
    if more > 0 {
        all.truncate(MOST - 1);
        all.push(line(None, "devtool", &format!("{} more", count(more + 1, "failure"))));
    }
    all.concat()
}

fn of_group(group: &[Failure<'_>], plans: &[Plan]) -> String {
    let Failure { story, step } = group[0];
    let plan = &plans[story];
    let what = step.outcome().map_or_else(|| "not sent".to_owned(), headline);
    let mismatches = step.mismatches.iter().map(mismatch);
    let lines: Vec<String> =
        std::iter::once(what).chain(mismatches).chain(step.hint.clone()).collect();
    let name = match plans {
        [only] => format!("{}: ", stories::name(only)),
        _ => String::new(),
    };
    line(Some(plan), &format!("{name}{}", who(group, plans)), &lines.join("\n"))
}

fn of_check(check: &CheckResult, plan: &Plan) -> String {
    let outcome = check.attempt.as_ref().map(|attempt| &attempt.outcome);
    let what = outcome.map_or_else(|| "not checked".to_owned(), headline);
    let what = check.command.as_ref().map_or(what, CommandResult::ending);
    let lines: Vec<String> =
        std::iter::once(what).chain(check.mismatches.iter().map(mismatch)).collect();
    let title = format!("{}: {}", stories::name(plan), check.name());
    line(Some(plan), &title, &lines.join("\n"))
}

fn mismatch(mismatch: &Mismatch) -> String {
    let Mismatch { what, expected, found } = mismatch;
    format!("{what}: expected {expected}, found {found}")
}

fn why_nothing_was_sent(plans: &[Plan], result: &RunResult) -> Option<String> {
    let step = result.stories.iter().flat_map(|story| &story.steps).next()?;
    let hint = step.hint.as_ref().filter(|_| step.attempts.is_empty())?;
    Some(line(plans.first(), "nothing was sent", hint))
}

/// `::error file=checkout.toml,title=…::…`
fn line(plan: Option<&Plan>, title: &str, message: &str) -> String {
    let file = plan.and_then(|plan| plan.job.scenario.file.as_ref());
    let file = file.filter(|file| file.is_relative());
    let file = file.map(|file| format!("file={},", property(&file.to_string_lossy())));
    let (title, message) = (property(title), data(&escape::block(message)));
    format!("::error {}title={title}::{message}\n", file.unwrap_or_default())
}

/// A text that somebody else may have written, in which the runner finds no command: those begin a line with `::`, or
/// stand anywhere after `##[`. What replaces that means the same in JSON.
pub(crate) fn without_commands(text: &str) -> Cow<'_, str> {
    if !text.contains("::") && !text.contains("##[") {
        return Cow::Borrowed(text);
    }
    let line = |line: &str| {
        let rest = line.trim_start();
        let indent = &line[..line.len() - rest.len()];
        let rest = rest.strip_prefix("::").map(|rest| format!("\\u003a:{rest}"));
        rest.map_or_else(|| line.to_owned(), |rest| format!("{indent}{rest}"))
    };
    let lines: String = text.split_inclusive('\n').map(line).collect();
    lines.replace("##[", "\\u0023#[").into()
}

/// As the runner reads the text of a command (`actions/toolkit`, command.ts).
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The same for a value before it.
fn property(text: &str) -> String {
    data(&escape::line(text)).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_holds_a_command() {
        insta::assert_snapshot!(
            without_commands("a::b\n  ::add-mask::x\n::error::y\nz ##[endgroup]\n###[a]"),
            @r"
        a::b
          \u003a:add-mask::x
        \u003a:error::y
        z \u0023#[endgroup]
        #\u0023#[a]
        "
        );
        assert!(matches!(without_commands("plain: text # [1]"), Cow::Borrowed(_)));
    }
}
