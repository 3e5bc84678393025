//! A recorded delivery as a command of curl.

use super::context::Context;
use super::output_options::Format;
use super::routes;
use crate::delivery::{Certificates, Endpoint, EventTarget, Request};
use crate::error::Result;
use crate::event::Event;
use crate::history::Record;
use crate::report;

/// The command for the same event, which a signature of back then would not let in any more.
///
/// # Errors
/// There is no secret, or the endpoint is none that can be posted to.
pub(super) fn command(
    record: Record,
    secret: Option<&str>,
    format: Format,
    context: &mut Context,
) -> Result<String> {
    let config = context.config()?;
    let main = context.secret(secret, &config)?;
    let endpoint = Endpoint::parse(&record.entry.endpoint)?;
    let routes = if secret.is_some() { Vec::new() } else { routes::of_file(&config, &main)? };
    let found = EventTarget::secret_of(&routes, &endpoint, &record.entry.event).unwrap_or(&main);
    let Record { entry, body, headers, is_stripes, .. } = record;
    let headers = headers.added();
    let (id, name) = (entry.event_id, entry.event);
    let event = Event { id, name, body, signed_at: None, headers, is_stripes };
    let request = Request::new(&event, &found.secret, context.clock.now(), &[]);
    let command = report::curl::command(&endpoint, &request, Certificates::Checked);
    Ok(match format {
        Format::Text | Format::Compact => command,
        Format::Json => report::curl::json(&event, &endpoint, &request, &command),
    })
}
