//! A recorded delivery as a command of curl.

use super::context::Context;
use super::output_options::Format;
use super::routes;
use crate::config::FoundSecret;
use crate::delivery::{Certificates, Endpoint, EventTarget, Request};
use crate::error::Result;
use crate::event::Event;
use crate::history::{Entry, Record};
use crate::report;

/// The secret of the endpoint that a delivery went to.
///
/// # Errors
/// There is no secret, or the endpoint is none that can be posted to.
pub(super) fn secret(
    entry: &Entry,
    flag: Option<&str>,
    context: &mut Context,
) -> Result<FoundSecret> {
    let config = context.config()?;
    let main = context.secret(flag, &config)?;
    let endpoint = Endpoint::parse(&entry.endpoint)?;
    let routes = if flag.is_some() { Vec::new() } else { routes::of_file(&config, &main)? };
    Ok(EventTarget::secret_of(&routes, &endpoint, &entry.event).cloned().unwrap_or(main))
}

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
    let endpoint = Endpoint::parse(&record.entry.endpoint)?;
    let found = self::secret(&record.entry, secret, context)?;
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
