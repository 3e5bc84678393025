//! An exploration in the forms of reports.

use askama::Template;
use quick_junit::{NonSuccessKind, Property, Report, TestCase, TestCaseStatus, TestSuite};

use super::exploration::{json, outcome, shown_by, sides, verdict};
use super::exploration_value::again;
use super::files::ReportFormat;
use super::html::STYLE;
use super::junit::allowed;
use super::layout::label;
use super::markdown::{cell, code, fenced};
use super::stories;
use crate::error::{Error, Result};
use crate::runner::Plan;
use crate::runner::explore::Exploration;
use crate::text::escape;

/// The report in a form.
///
/// # Errors
/// The form cannot be made (a bug).
pub(crate) fn render(
    format: ReportFormat,
    exploration: &Exploration,
    plan: &Plan,
) -> Result<String> {
    Ok(match format {
        ReportFormat::Json => json(exploration, plan),
        ReportFormat::Junit => junit(exploration, plan)?,
        ReportFormat::Html => html(exploration, plan)?,
        ReportFormat::Markdown => markdown(exploration, plan),
        ReportFormat::Sarif => return Err(Error::bug("an exploration is no audit")),
    })
}

/// What is wrong, by a name.
struct Finding {
    name: String,
    works: Vec<String>,
    breaks: Vec<String>,
    problems: Vec<String>,
    repeat: String,
}

impl Finding {
    /// What works beside what breaks.
    fn rows(&self) -> Vec<(&str, &str)> {
        let rows = self.works.len().max(self.breaks.len());
        (0..rows).map(|row| (cell_of(&self.works, row), cell_of(&self.breaks, row))).collect()
    }
}

fn cell_of(side: &[String], row: usize) -> &str {
    side.get(row).map_or("", String::as_str)
}

/// What differs; also the story's own order, where that is no good.
fn findings(exploration: &Exploration, plan: &Plan) -> Vec<Finding> {
    let lines = |lines: &[String]| lines.iter().map(|line| escape::line(line)).collect();
    let in_order = exploration.in_order.iter().map(|in_order| Finding {
        name: "the events in their own order".to_owned(),
        works: Vec::new(),
        breaks: Vec::new(),
        problems: lines(&in_order.problems),
        repeat: String::new(),
    });
    let found = exploration.found.iter().map(|found| {
        let (works, breaks) = sides(found, &exploration.events);
        Finding {
            name: escape::line(&found.sentence(&exploration.events)),
            works,
            breaks,
            problems: lines(&found.problems),
            repeat: escape::line(&again(found, plan).to_string()),
        }
    });
    in_order.chain(found).collect()
}

/// A suite with a case for each difference; where there is none, one that passes.
fn junit(exploration: &Exploration, plan: &Plan) -> Result<String> {
    let mut report = Report::new("devtool");
    report.set_time(exploration.duration);
    let name = stories::name(plan);
    let mut suite = TestSuite::new(allowed(&name));
    suite.set_time(exploration.duration);
    suite.add_properties([
        Property::new("endpoint", allowed(&plan.job.endpoint.to_string())),
        Property::new("seed", plan.job.seed.0.to_string()),
        Property::new("runs", exploration.runs.to_string()),
    ]);
    let mut cases: Vec<TestCase> = findings(exploration, plan).iter().map(case).collect();
    if cases.is_empty() {
        let mut status = TestCaseStatus::success();
        if exploration.was_interrupted {
            status = TestCaseStatus::non_success(NonSuccessKind::Error);
            status.set_message("interrupted");
        }
        let mut case = TestCase::new("no order makes a difference", status);
        case.set_system_out(allowed(&outcome(exploration)));
        cases.push(case);
    }
    for case in &mut cases {
        case.set_classname(allowed(&name));
    }
    suite.add_test_cases(cases);
    report.add_test_suite(suite);
    let text = report.to_string();
    let text = text.map_err(|error| Error::bug(format!("the JUnit report: {error}")))?;
    Ok(escape::block(&text))
}

fn case(finding: &Finding) -> TestCase {
    let mut failed = TestCaseStatus::non_success(NonSuccessKind::Failure);
    failed.set_message(allowed(finding.problems.first().map_or("", String::as_str)));
    failed.set_type("exploration");
    let sides = match finding.breaks.len() {
        0 => Vec::new(),
        _ => vec![
            format!("works: {}", finding.works.join(", ")),
            format!("breaks: {}", finding.breaks.join(", ")),
            format!("repeat: {}", finding.repeat),
        ],
    };
    let lines = finding.problems.iter().chain(&sides).cloned().collect::<Vec<_>>();
    failed.set_description(allowed(&lines.join("\n")));
    TestCase::new(allowed(&finding.name), failed)
}

#[derive(Template)]
#[template(path = "exploration.html")]
struct ExplorationPage {
    style: &'static str,
    title: String,
    verdict: &'static str,
    verdict_class: &'static str,
    sum: String,
    facts: Vec<(&'static str, String)>,
    findings: Vec<Finding>,
    tool: &'static str,
}

fn html(exploration: &Exploration, plan: &Plan) -> Result<String> {
    let verdict = verdict(exploration);
    let shown = shown_by(plan);
    let shown =
        shown.lines().filter_map(|line| Some(("state", line.strip_prefix("state: ")?.to_owned())));
    let facts = [
        ("started", exploration.started_at.rfc3339()),
        ("endpoint", plan.job.endpoint.to_string()),
        ("seed", plan.job.seed.0.to_string()),
    ];
    let page = ExplorationPage {
        style: STYLE,
        title: format!("{}, explored", stories::name(plan)),
        verdict: label(verdict),
        verdict_class: verdict.word(),
        sum: outcome(exploration),
        facts: facts.into_iter().chain(shown).collect(),
        findings: findings(exploration, plan),
        tool: concat!("devtool ", env!("CARGO_PKG_VERSION")),
    };
    page.render().map_err(|error| Error::bug(format!("the HTML report: {error}")))
}

fn markdown(exploration: &Exploration, plan: &Plan) -> String {
    let mut out = format!(
        "## {}: {}, explored\n\n{}. Sent to {} (seed {}).\n",
        label(verdict(exploration)),
        code(&stories::name(plan)),
        cell(&outcome(exploration)),
        code(&plan.job.endpoint.to_string()),
        plan.job.seed.0
    );
    for finding in findings(exploration, plan) {
        out.push_str(&format!("\n### {}\n\n", cell(&finding.name)));
        finding.problems.iter().for_each(|problem| out.push_str(&format!("- {}\n", cell(problem))));
        if finding.breaks.is_empty() {
            continue;
        }
        out.push_str("\n| works | breaks |\n| --- | --- |\n");
        for (works, breaks) in finding.rows() {
            let side = |text: &str| if text.is_empty() { String::new() } else { code(text) };
            out.push_str(&format!("| {} | {} |\n", side(works), side(breaks)));
        }
        out.push_str(&format!("\n{}", fenced("sh", &finding.repeat)));
    }
    out
}
