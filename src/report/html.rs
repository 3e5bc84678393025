//! A run as one HTML file that needs nothing else: a timeline of steps, each with its request, its
//! signature, its answer, and what to do about it. Its one script copies and folds; the page says everything without it.

use askama::Template;

use super::alike::Firsts;
use super::api_calls::{self, CallView};
use super::layout::label;
use super::page::{self, StoryView};
use super::stories;
use super::text;
use crate::error::{Error, Result};
use crate::runner::{Plan, RunResult};
use crate::text::duration;

pub(super) const STYLE: &str = include_str!("../../templates/report.css");
const SCRIPT: &str = include_str!("../../templates/report.js");
/// The one script that the page's policy lets run, by its SHA-256 in base64 (a test compares them).
const SCRIPT_HASH: &str = "0MhDIdczfXIfv4/+j9nE8sru5mvuoBAG39C7iZdQwLk=";

#[derive(Template)]
#[template(path = "report.html")]
struct Page {
    style: &'static str,
    script: &'static str,
    script_hash: &'static str,
    title: String,
    verdict: &'static str,
    verdict_class: &'static str,
    sum: String,
    facts: Vec<(&'static str, String)>,
    stories: Vec<StoryView>,
    /// The API calls while no delivery was under way.
    calls_outside: Vec<CallView>,
    tool: String,
}

/// What is on a page.
pub(super) struct PageContent {
    pub(super) title: String,
    pub(super) verdict: &'static str,
    pub(super) verdict_class: &'static str,
    /// What it comes to, in one line.
    pub(super) sum: String,
    pub(super) facts: Vec<(&'static str, String)>,
    pub(super) stories: Vec<StoryView>,
    /// The API calls while no delivery was under way.
    pub(super) calls_outside: Vec<CallView>,
}

/// The whole file.
///
/// # Errors
/// The template has an error (a bug).
pub(super) fn run(plans: &[Plan], result: &RunResult) -> Result<String> {
    let verdict = result.verdict();
    let title = match plans {
        [only] => stories::name(only),
        several => format!("{} stories", several.len()),
    };
    let firsts = Firsts::of(result);
    let numbered = plans.iter().zip(&result.stories).enumerate();
    let view = |(number, (_, story))| page::story(number, plans, story, &firsts);
    let mut stories: Vec<StoryView> = numbered.map(view).collect();
    // Those that failed come first.
    stories.sort_by_key(|story| story.is_passed);
    page(PageContent {
        title,
        verdict: label(verdict),
        verdict_class: verdict.word(),
        sum: text::outcome(result),
        facts: facts(plans, result),
        stories,
        calls_outside: api_calls::outside_views(result),
    })
}

/// The page of that content.
pub(super) fn page(content: PageContent) -> Result<String> {
    let PageContent { title, verdict, verdict_class, sum, facts, stories, calls_outside } = content;
    let page = Page {
        style: STYLE,
        script: SCRIPT,
        script_hash: SCRIPT_HASH,
        title,
        verdict,
        verdict_class,
        sum,
        facts,
        stories,
        calls_outside,
        tool: concat!("devtool ", env!("CARGO_PKG_VERSION")).to_owned(),
    };
    page.render().map_err(|error| Error::bug(format!("the HTML report: {error}")))
}

fn facts(plans: &[Plan], result: &RunResult) -> Vec<(&'static str, String)> {
    let mut facts =
        vec![("started", result.started_at.rfc3339()), ("took", duration::short(result.duration))];
    if let Some(job) = plans.first().map(|plan| &plan.job) {
        facts.push(("endpoint", job.endpoint.to_string()));
        facts.push(("via", plans[0].way.word().to_owned()));
        facts.push(("seed", job.seed.0.to_string()));
        if job.retry.retries() > 0 {
            facts.push(("retries after", job.retry.to_string()));
        }
    }
    facts
}
