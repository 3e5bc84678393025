//! `--report`: results in files, written whole or not at all.

use std::path::{Path, PathBuf};

use clap::Args;

use super::context::Context;
use super::output_options::Format;
use crate::config::files::{self, Written};
use crate::error::{Error, Kind, Result};
use crate::process::browser;
use crate::report::files::{ReportFormat, render};
use crate::runner::{Plan, RunResult};
use crate::text::escape;

/// How the results of a run are given.
#[derive(Debug)]
pub(super) struct Results {
    /// What goes to stdout.
    pub(super) format: Format,
    /// What goes to files.
    pub(super) files: ReportOptions,
}

/// Reports in files.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Output")]
pub(super) struct ReportOptions {
    /// Write a json, junit, html or markdown report
    ///
    /// May be repeated. Without a format, the ending of the path says it: .json, .xml (junit), .html, .md or,
    /// of an audit, .sarif.
    #[arg(long, short = 'o', env = "DEVTOOL_REPORT", value_name = "FORMAT=PATH", value_parser = report)]
    report: Vec<ReportFile>,

    /// Open the HTML report in the browser
    #[arg(long, requires = "report", hide_short_help = true)]
    open: bool,
}

/// A report to be written.
#[derive(Clone, Debug)]
pub(super) struct ReportFile {
    format: ReportFormat,
    path: PathBuf,
}

fn report(text: &str) -> std::result::Result<ReportFile, String> {
    let (format, path) = match text.split_once('=') {
        Some((format, path)) => (format.parse()?, path),
        None => (of_ending(text)?, text),
    };
    if path.is_empty() {
        return Err("expected a path after the `=`".to_owned());
    }
    Ok(ReportFile { format, path: path.into() })
}

/// The format that a path's ending says.
fn of_ending(path: &str) -> std::result::Result<ReportFormat, String> {
    let format = ReportFormat::of_ending(Path::new(path));
    format.ok_or_else(|| "expected FORMAT=PATH, such as html=report.html".to_owned())
}

impl ReportOptions {
    /// That a run can have all the reports, and a place for them.
    ///
    /// # Errors
    /// One is of an audit; or a directory cannot be made.
    pub(super) fn prepare(&self, directory: &Path) -> Result<()> {
        if self.report.iter().any(|report| report.format == ReportFormat::Sarif) {
            let message = "`sarif` is a report of `devtool audit`, not of a run";
            return Err(Error::new(Kind::Usage, message));
        }
        self.prepare_all(directory)
    }

    /// Makes the directories of the reports, so that a run does not end with nowhere to write to.
    pub(super) fn prepare_all(&self, directory: &Path) -> Result<()> {
        if self.open && self.page().is_none() {
            let error =
                Error::new(Kind::Usage, "`--open` opens an HTML report, and none is written");
            return Err(error.hinted("add `--report report.html`"));
        }
        for ReportFile { path, .. } in &self.report {
            let file = directory.join(path);
            let made = files::prepare(&file);
            made.map_err(|source| Error::write(path, source))?;
        }
        Ok(())
    }

    /// Writes the reports of a run.
    pub(super) fn write(
        &self,
        command: &str,
        (plans, result): (&[Plan], &RunResult),
        context: &mut Context,
    ) -> Result<()> {
        self.write_by(context, |format| render(format, command, plans, result))
    }

    /// Writes reports of what a function makes, and says where each is.
    pub(super) fn write_by(
        &self,
        context: &mut Context,
        render: impl Fn(ReportFormat) -> Result<String>,
    ) -> Result<()> {
        for ReportFile { format, path } in &self.report {
            let text = render(*format)?;
            let text = context.out.redactor.text(&text).into_owned();
            let file = context.environment.working_directory.join(path);
            let written = files::publish(&file, &text);
            if written.map_err(|source| Error::write(path, source))? == Written::File {
                context.out.note(&format!("report: {}", escape::line(&path.to_string_lossy())));
            }
        }
        Ok(())
    }

    /// Opens the page in the browser, where that is wanted.
    pub(super) fn open(&self, context: &mut Context) {
        let Some(page) = self.page().filter(|_| self.open) else { return };
        let file = context.environment.working_directory.join(&page.path);
        if let Err(error) = browser::open(&file.to_string_lossy()) {
            let path = escape::line(&page.path.to_string_lossy());
            context.out.warning(&format!("cannot open `{path}`: {error}"));
        }
    }

    fn page(&self) -> Option<&ReportFile> {
        self.report.iter().find(|report| report.format == ReportFormat::Html)
    }
}
