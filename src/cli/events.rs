//! `devtool events`.

use clap::Args;

use super::completers;
use super::context::Context;
use super::output_options::{Format, OutputOptions};
use super::pager;
use crate::error::{Error, Exit, Kind, Result};
use crate::event::{self, Catalogue, EventType, preview};
use crate::report;
use crate::report::event_details::Described;
use crate::scenario::{Scenario, library};
use crate::text::{pattern, suggestion};

/// List event types and their objects
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct EventsArguments {
    /// Part of a name, or a pattern with `*`
    #[arg(value_name = "PATTERN", add = completers::event_types())]
    pattern: Option<String>,

    /// Show all that is known of each type: states, fields, causes, scenarios
    #[arg(long, requires = "pattern", conflicts_with = "preview")]
    verbose: bool,

    /// Check the built-in catalogue and print errors with file and line
    #[arg(long, conflicts_with = "pattern")]
    check: bool,

    #[command(flatten)]
    lists: ListOptions,

    #[command(flatten)]
    output: OutputOptions,
}

/// What is listed besides the types that everybody gets.
#[derive(Args, Debug)]
struct ListOptions {
    /// List the types that only Stripe's public preview has
    #[arg(long, conflicts_with = "check")]
    preview: bool,

    /// List thin types, too, where no pattern is given
    ///
    /// JSON and compact lists always have them.
    #[arg(long, conflicts_with_all = ["pattern", "check", "preview"])]
    thin: bool,
}

const EXAMPLES: &str = "Examples:
  devtool events
  devtool events 'invoice.*'
  devtool events payment --format json
  devtool events --preview
  devtool events invoice.updated --verbose
  devtool events --check";

impl EventsArguments {
    pub(super) fn execute(self, context: &mut Context) -> Result<Exit> {
        if self.check {
            return check(self.output.format, context);
        }
        if self.lists.preview {
            return list_preview(self.pattern.as_deref(), self.output.format, context);
        }
        match &self.pattern {
            Some(pattern) if self.verbose => describe(pattern, self.output.format, context),
            None if self.output.format == Format::Text => list_all(self.lists.thin, context),
            pattern => list(pattern.as_deref(), self.output.format, context),
        }
    }
}

/// Checks the catalogue.
fn check(format: Format, context: &mut Context) -> Result<Exit> {
    let catalogue = Catalogue::embedded()?;
    let mut checked = event::check(&catalogue);
    checked.problems.extend(event::check_thin(&catalogue));
    context.out.result(&match format {
        Format::Json => report::json::checked(&checked),
        Format::Text | Format::Compact => report::lists::checked(&checked),
    });
    Ok(if checked.problems.is_empty() { Exit::Done } else { Exit::Fail })
}

/// Lists all types for a reader, in families; thin ones only where they are asked for.
pub(super) fn list_all(with_thin: bool, context: &mut Context) -> Result<Exit> {
    let catalogue = Catalogue::embedded()?;
    let thin = if with_thin { catalogue.thin_types()? } else { Vec::new() };
    let types = fitting(None, catalogue.event_types()?, &thin);
    let text = report::lists::families(types.into_iter(), context.out.layout());
    let exit = pager::show(&text, context);
    if !with_thin && context.out.is_read() {
        context.out.note(&context.fitted("thin event types are listed by:\ndevtool events --thin"));
    }
    Ok(exit)
}

/// Lists the types that fit the pattern.
pub(super) fn list(pattern: Option<&str>, format: Format, context: &mut Context) -> Result<Exit> {
    let catalogue = Catalogue::embedded()?;
    let thin = catalogue.thin_types()?;
    let types = fitting(pattern, catalogue.event_types()?, &thin);
    if let (Some(pattern), true) = (pattern, types.is_empty()) {
        let names = Catalogue::names().chain(thin.iter().map(|(name, _)| *name));
        let near = suggestion::near(pattern, names);
        return Err(none_fits(pattern, &near));
    }
    Ok(show(types, format, context))
}

/// Lists the types of the preview that fit the pattern.
fn list_preview(pattern: Option<&str>, format: Format, context: &mut Context) -> Result<Exit> {
    let (thin, snapshots): (Vec<_>, Vec<_>) =
        preview::types()?.into_iter().partition(|(_, found)| found.is_thin());
    let of_snapshots = snapshots.iter().map(|(name, found)| (*name, found)).collect();
    let types = fitting(pattern, of_snapshots, &thin);
    if let (Some(pattern), true) = (pattern, types.is_empty()) {
        let names = snapshots.iter().chain(&thin).map(|(name, _)| *name);
        return Err(none_fits(pattern, &suggestion::near(pattern, names)));
    }
    Ok(show(types, format, context))
}

fn show(types: Vec<(&str, &EventType)>, format: Format, context: &mut Context) -> Exit {
    let text = match format {
        Format::Text => {
            let text = report::lists::events(types.into_iter(), context.out.layout());
            return pager::show(&text, context);
        }
        Format::Json => report::json::events(types.into_iter()),
        Format::Compact => report::compact::names(types.iter().map(|(name, _)| *name)),
    };
    context.out.result(&text);
    Exit::Done
}

/// Shows all that is known of the types that fit the pattern; of one alone where that is its name.
fn describe(pattern: &str, format: Format, context: &mut Context) -> Result<Exit> {
    let catalogue = Catalogue::embedded()?;
    let thin = catalogue.thin_types()?;
    let mut types = fitting(Some(pattern), catalogue.event_types()?, &thin);
    if types.iter().any(|(name, _)| *name == pattern) {
        types.retain(|(name, _)| *name == pattern);
    }
    if types.is_empty() || format == Format::Compact {
        return list(Some(pattern), format, context);
    }
    let scenarios = library::all()?;
    let has =
        |scenario: &&Scenario, name: &str| scenario.steps.iter().any(|step| step.event == name);
    let described = |(name, event_type): (_, _)| -> Result<Described<'_>> {
        let with_it = scenarios.iter().filter(|scenario| has(scenario, name));
        let scenarios = with_it.map(|scenario| scenario.name.clone()).collect();
        Ok(Described { name, event_type, details: catalogue.details(event_type)?, scenarios })
    };
    let described = types.into_iter().map(described).collect::<Result<Vec<_>>>()?;
    context.out.result(&match format {
        Format::Json => report::event_details::json(&described),
        Format::Text | Format::Compact => {
            report::event_details::text(&described, context.out.layout())
        }
    });
    Ok(Exit::Done)
}

/// The error where no event type fits a pattern.
pub(super) fn none_fits(pattern: &str, near: &[String]) -> Error {
    let hint = suggestion::did_you_mean(near);
    Error::new(Kind::Usage, format!("no event type matches `{pattern}`"))
        .hinted(hint.unwrap_or_else(|| "list all event types:\ndevtool events".to_owned()))
}

/// The types that fit a pattern. Without a `*`, a part of the name is enough; thin types have to begin
/// with it, unless nothing else fits.
fn fitting<'t>(
    pattern: Option<&str>,
    types: Vec<(&'t str, &'t EventType)>,
    thin: &'t [(&'static str, EventType)],
) -> Vec<(&'t str, &'t EventType)> {
    let thin = thin.iter().map(|(name, told)| (*name, told));
    let Some(pattern) = pattern else { return types.into_iter().chain(thin).collect() };
    if pattern.contains('*') {
        let all = types.into_iter().chain(thin);
        return all.filter(|(name, _)| pattern::fits(pattern, name)).collect();
    }
    let holds = |(name, _): &(&str, &EventType)| name.contains(pattern);
    let begins = thin.clone().filter(|(name, _)| name.starts_with(pattern));
    let found: Vec<_> = types.into_iter().filter(holds).chain(begins).collect();
    if found.is_empty() { thin.filter(holds).collect() } else { found }
}
