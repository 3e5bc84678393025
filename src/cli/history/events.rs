//! Recorded events as a scenario file, and as files for unit tests.

use std::path::Path;

use crate::cli::context::Context;
use crate::cli::recorded_step::unsent;
use crate::cli::written_files::add;
use crate::error::{Error, Exit, Kind, Result};
use crate::event::Catalogue;
use crate::history::{Filter, Reader, Record};
use crate::report::fixtures;
use crate::report::recorded_scenario::{PersonalValues, Recording};
use crate::runner::retelling::{self, Earlier, Retelling};
use crate::runner::{Job, Plan};

/// The most deliveries that become one scenario, or files.
const MOST: usize = 1_000;

/// Prints a scenario file of the newest session that fits.
pub(super) fn scenario(
    reader: &Reader,
    filter: &Filter,
    personal: PersonalValues,
    context: &mut Context,
) -> Result<Exit> {
    let mut filter = filter.clone();
    if filter.session.is_none() {
        // What earlier sessions have is not read, however much it is.
        let newest = reader.list(&Filter { last: Some(1), ..filter.clone() })?;
        filter.session = newest.last().map(|entry| entry.session);
    }
    let records = read(reader, &filter)?;
    let catalogue = Catalogue::embedded()?;
    let recording = Recording::of(&records);
    let plain = recording.text(&catalogue, personal, None);
    let retelling = retelling(&recording, (&plain, personal), context)?;
    let told = recording.text(&catalogue, personal, retelling.as_ref());
    // Events of another API version may have other fields than those of this catalogue.
    let is_valid = Plan::new(job(&told, context)?, context.clock.now()).is_ok();
    context.out.result(if is_valid { &told } else { &plain });
    Ok(Exit::Done)
}

/// Writes a file for each event, and how to sign it.
pub(super) fn fixtures(
    (reader, filter): (&Reader, &Filter),
    directory: &Path,
    personal: PersonalValues,
    context: &mut Context,
) -> Result<Exit> {
    let records = read(reader, filter)?;
    let place = context.environment.working_directory.join(directory);
    let failed = |source| Error::write(directory, source);
    std::fs::create_dir_all(&place).map_err(failed)?;
    if std::fs::read_dir(&place).map_err(failed)?.next().is_some() {
        let message = format!("`{}` is not empty", directory.display());
        return Err(Error::new(Kind::Config, message).hinted("name a new directory"));
    }
    for (name, text) in fixtures::files(&records, personal) {
        let text = context.out.redactor.text(&text).into_owned();
        let is_event = name != fixtures::README_NAME;
        let what =
            if is_event { "an event" } else { "how each library signs the events in a test" };
        add(&directory.join(name), &text, what, context)?;
    }
    Ok(Exit::Done)
}

/// What makes the events of a scenario file like the recorded ones.
fn retelling(
    recording: &Recording<'_>,
    (text, personal): (&str, PersonalValues),
    context: &mut Context,
) -> Result<Option<Retelling>> {
    let kept = match personal {
        PersonalValues::Replaced => Earlier::Plain,
        PersonalValues::Kept => Earlier::All,
    };
    let job = job(text, context)?;
    retelling::find(job, &recording.payloads(), kept, context.clock.now())
}

/// The job of a scenario file that is not sent.
fn job(text: &str, context: &mut Context) -> Result<Job> {
    context.in_place.records_nothing = true;
    let config = context.config()?;
    context.signs_nothing(None, &config)?;
    unsent(text, context)
}

/// The deliveries that fit.
///
/// # Errors
/// There are none, or too many.
fn read(reader: &Reader, filter: &Filter) -> Result<Vec<Record>> {
    let mut records = Vec::new();
    reader.each(filter, |record| {
        records.push(record);
        Ok(records.len() <= MOST)
    })?;
    let error = |message: String| Err(Error::new(Kind::Usage, message));
    match records.len() {
        0 => error("no matching deliveries".to_owned()),
        many if many > MOST => {
            let error = Error::new(Kind::Usage, format!("more than {MOST} deliveries match"));
            Err(error.hinted("choose fewer, with `--session NUMBER` or `--last NUMBER`"))
        }
        _ => Ok(records),
    }
}
