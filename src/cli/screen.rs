//! Shows a run while it goes on: rows as they come, a progress line while nothing does.

use super::arguments::Format;
use super::context::Context;
use super::out::{Out, Verbosity};
use super::progress::ProgressLine;
use crate::report::text::Layout;
use crate::report::{compact, failure, text};
use crate::run::{Observer, Plan, Progress, RunResult, Verdict};

/// The observer of a run at the terminal.
pub(super) struct Screen<'c> {
    out: &'c mut Out,
    working_directory: &'c std::path::Path,
    layout: Layout,
    format: Format,
    progress: Option<ProgressLine>,
}

impl<'c> Screen<'c> {
    pub(super) fn new(context: &'c mut Context, format: Format) -> Self {
        let progress = context.out.shows_progress().then(ProgressLine::default);
        Self {
            layout: context.out.layout(),
            out: &mut context.out,
            working_directory: &context.environment.working_directory,
            format,
            progress,
        }
    }

    fn is_quiet(&self) -> bool {
        self.out.verbosity == Verbosity::Quiet
    }

    /// Shows what comes after the last event.
    pub(super) fn finish(&mut self, plan: &Plan, result: &RunResult) {
        if self.format != Format::Text {
            return;
        }
        let ending = if self.is_quiet() {
            failure::blocks(&result.steps, self.layout)
        } else {
            text::ending(result, plan, self.layout)
        };
        self.out.result(&ending);
    }
}

impl Observer for Screen<'_> {
    fn on(&mut self, progress: Progress<'_>) {
        match progress {
            Progress::Started(plan) => {
                if self.format == Format::Text && !self.is_quiet() {
                    self.out.result(&text::heading(plan, self.working_directory, self.layout));
                }
            }
            Progress::Sending { index, plan } => {
                if let Some(line) = &mut self.progress {
                    let what = format!("waiting for the answer to {}", plan.events[index].name);
                    line.waiting(index, plan.events.len(), what);
                }
            }
            Progress::Sent { step, plan } => {
                if let Some(line) = &mut self.progress {
                    line.clear();
                }
                let is_shown = !self.is_quiet() || step.verdict() == Verdict::Fail;
                match self.format {
                    Format::Text if is_shown => {
                        self.out.result(&text::row(step, plan, self.layout));
                    }
                    Format::Compact if is_shown => self.out.result(&compact::line(step)),
                    _ => {}
                }
            }
        }
    }
}
