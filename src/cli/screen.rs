//! Shows a run while it goes on: rows as they come, a progress line while nothing does.

use super::context::Context;
use super::out::{Out, Verbosity};
use super::output_options::Format;
use super::progress::ProgressLine;
use crate::report::{Layout, api_calls, compact, failure, stories, text, through_stripe};
use crate::runner::{Awaited, DRAIN, Observer, Plan, Progress, RunResult, StepResult, Verdict};
use crate::text::escape;

/// The observer of a run at the terminal.
pub(super) struct Screen<'c> {
    out: &'c mut Out,
    working_directory: &'c std::path::Path,
    layout: Layout,
    format: Format,
    progress: Option<ProgressLine>,
    /// The columns that the stories' names take, where there are several stories.
    names: Option<usize>,
    /// Where the local API is.
    api: Option<String>,
    /// The heading of a single event, which is left out where one line says all.
    held: Option<String>,
}

impl<'c> Screen<'c> {
    pub(super) fn new(context: &'c mut Context, format: Format, api: Option<String>) -> Self {
        let progress = context.out.shows_progress().then(ProgressLine::default);
        Self {
            layout: context.out.layout(),
            out: &mut context.out,
            working_directory: &context.environment.working_directory,
            format,
            progress,
            names: None,
            api,
            held: None,
        }
    }

    fn is_quiet(&self) -> bool {
        self.out.verbosity == Verbosity::Quiet
    }

    /// Shows what comes after the last event.
    pub(super) fn finish(&mut self, plans: &[Plan], result: &RunResult) {
        if self.format != Format::Text {
            return;
        }
        let only = match (plans, result.stories.as_slice()) {
            ([plan], [story]) => story.steps.first().filter(|step| text::is_one_line(step, plan)),
            _ => None,
        };
        let ending = if let Some(step) = only {
            if self.is_quiet() { String::new() } else { text::one_line(step, self.layout) }
        } else if self.is_quiet() {
            failure::blocks(plans, result, self.layout)
        } else {
            text::ending(plans, result, self.layout)
        };
        self.out.result(&ending);
    }

    /// Shows a row as text, and quiet ones only if something failed.
    fn row(&mut self, verdict: Verdict, row: impl FnOnce(Layout) -> String) {
        if self.format == Format::Text && (!self.is_quiet() || verdict.is_failure()) {
            self.out.result(&row(self.layout));
        }
    }

    fn waiting(&mut self, index: usize, plan: &Plan, what: Awaited) {
        let Some(line) = &mut self.progress else { return };
        let name = &plan.events[plan.sendings[index].step].name;
        let what = match what {
            Awaited::Answer => format!("waiting for the answer to {name}"),
            Awaited::Trigger => format!("triggering {name}"),
            Awaited::VersionCheck => "the Stripe CLI is checking for updates".to_owned(),
            Awaited::Event => format!("waiting for {name} and its answer"),
        };
        let what = self.out.redactor.text(&what).into_owned();
        line.waiting(index, plan.sendings.len(), what);
    }

    fn reaching(&mut self, plans: &[Plan]) {
        let (Some(line), Some(plan)) = (&mut self.progress, plans.first()) else { return };
        let events = plans.iter().map(|plan| plan.sendings.len()).sum();
        let what = format!(
            "waiting for the app on {} (Ctrl-C to stop)",
            plan.job.endpoint.host_and_port()
        );
        line.waiting(0, events, what);
    }

    fn started(&mut self, plans: &[Plan]) {
        self.clear();
        self.names = (plans.len() > 1).then(|| stories::name_columns(plans));
        let api = self.api.take();
        let places = (self.working_directory, api.as_deref());
        let heading = text::heading(plans, places, self.layout);
        match plans {
            [only] if only.sendings.len() == 1 => self.held = Some(heading),
            _ => self.row(Verdict::Pass, |_| heading),
        }
    }

    fn sent(&mut self, step: &StepResult, plan: &Plan) {
        self.clear();
        if self.format == Format::Compact && (!self.is_quiet() || step.verdict.is_failure()) {
            self.out.result(&compact::line(step));
        }
        if self.held.is_some() && text::is_one_line(step, plan) {
            return;
        }
        if let Some(heading) = self.held.take() {
            self.row(Verdict::Pass, |_| heading);
        }
        if self.names.is_none() {
            self.row(step.verdict, |layout| {
                text::row(step, plan, layout)
                    + &api_calls::below(step, plan, layout)
                    + &through_stripe::side_events(step, layout)
            });
        }
    }

    fn clear(&mut self) {
        if let Some(line) = &mut self.progress {
            line.clear();
        }
    }
}

impl Observer for Screen<'_> {
    fn on(&mut self, progress: Progress<'_>) {
        match progress {
            Progress::Reaching { plans } => self.reaching(plans),
            Progress::Started { plans } => self.started(plans),
            Progress::Waiting { index, plan, what } => self.waiting(index, plan, what),
            Progress::Draining => {
                self.clear();
                let seconds = DRAIN.as_secs();
                self.out.note(&format!(
                    "interrupted: what is under way has {seconds} s to end; a second signal ends it at once"
                ));
            }
            Progress::NotDelivered(why) => {
                self.clear();
                self.out.warning(&escape::line(why));
            }
            Progress::Sent { step, plan } => self.sent(step, plan),
            Progress::Checked { check } => {
                if self.names.is_none() {
                    self.row(check.verdict, |layout| text::check(check, layout));
                }
            }
            Progress::Finished { story, plan } => {
                self.clear();
                if let Some(columns) = self.names {
                    let verdict = story.totals().verdict();
                    self.row(verdict, |layout| stories::row(story, plan, columns, layout));
                }
            }
        }
    }
}
