//! A recorded event as a step of a scenario file.

use std::path::Path;

use super::context::Context;
use super::endpoint_options::EndpointOptions;
use crate::error::Result;
use crate::event::Catalogue;
use crate::history::Record;
use crate::report::recorded_scenario::{PersonalValues, Recording};
use crate::runner::retelling::{self, Earlier};
use crate::runner::{Job, Plan};
use crate::scenario::Scenario;

/// The step of a scenario file that sends a recorded event.
///
/// # Errors
/// The catalogue cannot be read, or there is no secret.
pub(super) fn text(record: Record, context: &mut Context) -> Result<String> {
    let records = [record];
    let catalogue = Catalogue::embedded()?;
    let recording = Recording::of(&records);
    let personal = PersonalValues::Replaced;
    let plain = recording.text(&catalogue, personal, None);
    let job = unsent(&plain, context)?;
    let now = context.clock.now();
    let retelling = retelling::find(job, &recording.payloads(), Earlier::Plain, now)?;
    let told = recording.text(&catalogue, personal, retelling.as_ref());
    // Events of another API version may have other fields than those of this catalogue.
    let is_valid = Plan::new(unsent(&told, context)?, now).is_ok();
    Ok(recording.steps(&catalogue, personal, retelling.as_ref().filter(|_| is_valid)))
}

/// The job of a scenario file that is not sent; it needs a secret all the same.
pub(super) fn unsent(text: &str, context: &mut Context) -> Result<Job> {
    let scenario = Scenario::draft("recorded", Path::new("recorded.toml"), text);
    EndpointOptions::default().job(scenario, context)
}
