//! `devtool events`.

use clap::Args;
use clap::builder::FalseyValueParser;

use super::arguments::{Format, Output};
use super::context::Context;
use crate::error::{Error, Exit, Result};
use crate::event::{self, Catalogue, EventType};
use crate::report;
use crate::text::{pattern, suggestion};

/// List the event types with their objects
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct EventsArguments {
    /// Part of a name, or a pattern with `*`
    #[arg(value_name = "PATTERN")]
    pattern: Option<String>,

    /// Check the built-in catalogue: what is wrong, with file and line
    #[arg(long, env = "DEVTOOL_EVENTS_CHECK", conflicts_with = "pattern", value_parser = FalseyValueParser::new())]
    check: bool,

    #[command(flatten)]
    output: Output,
}

const EXAMPLES: &str = "Examples:
  devtool events
  devtool events 'invoice.*'
  devtool events payment --format json
  devtool events --check";

impl EventsArguments {
    pub(super) fn execute(self, context: &mut Context) -> Result<Exit> {
        if self.check {
            return check(self.output.format, context);
        }
        list(self.pattern.as_deref(), self.output.format, context)
    }
}

/// Checks the catalogue.
fn check(format: Format, context: &mut Context) -> Result<Exit> {
    let checked = event::check(&Catalogue::embedded()?);
    context.out.result(&match format {
        Format::Json => report::json::checked(&checked),
        Format::Text | Format::Compact => report::lists::checked(&checked),
    });
    Ok(if checked.faults.is_empty() { Exit::Done } else { Exit::Fail })
}

/// Lists the types that fit the pattern.
pub(super) fn list(pattern: Option<&str>, format: Format, context: &mut Context) -> Result<Exit> {
    let catalogue = Catalogue::embedded()?;
    // Without a `*`, a part of the name is enough.
    let fits = |name: &str| {
        pattern
            .is_none_or(|p| if p.contains('*') { pattern::fits(p, name) } else { name.contains(p) })
    };
    let mut types: Vec<(&str, &EventType)> = catalogue.event_types()?;
    types.retain(|(name, _)| fits(name));
    if let (Some(pattern), true) = (pattern, types.is_empty()) {
        let near = suggestion::near(pattern, Catalogue::names());
        return Err(Error::NoEventFits { pattern: pattern.to_owned(), near });
    }
    let text = match format {
        Format::Json => report::json::events(types.into_iter()),
        Format::Text => report::lists::events(types.into_iter(), context.out.layout()),
        Format::Compact => report::compact::names(types.iter().map(|(name, _)| *name)),
    };
    context.out.result(&text);
    Ok(Exit::Done)
}
