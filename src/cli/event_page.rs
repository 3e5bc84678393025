//! The page of a recorded event in the browser: Stripe's Dashboard has one of each of Stripe's own events, and of others
//! devtool writes one.

use super::context::Context;
use super::output_options::Format;
use super::recorded_curl;
use crate::config::pages;
use crate::error::{Error, Result};
use crate::history::Record;
use crate::inspector::ActionResult;
use crate::process::browser;
use crate::report;

/// Opens the page; `secret` is that of the command line.
///
/// # Errors
/// A page of devtool's own cannot be written.
pub(super) fn open(
    record: &Record,
    secret: Option<&str>,
    context: &mut Context,
) -> Result<ActionResult> {
    let address = match in_dashboard(record) {
        Some(address) => address,
        None => written(record, secret, context)?,
    };
    Ok(match browser::open(&address) {
        Ok(()) => ActionResult::Good(format!("opening {address}")),
        Err(error) => ActionResult::Bad(format!("{error}; the page is {address}")),
    })
}

/// The address of Stripe's own event.
fn in_dashboard(record: &Record) -> Option<String> {
    let entry = &record.entry;
    if !record.is_stripes && !record.is_from_stripe() {
        return None;
    }
    let is_plain = |id: &str| id.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !is_plain(&entry.event_id) || !entry.account.iter().all(|id| is_plain(id)) {
        return None;
    }
    let account = entry.account.iter().map(|account| format!("{account}/"));
    let account: String = account.collect();
    Some(format!("https://dashboard.stripe.com/{account}test/events/{}", entry.event_id))
}

/// The path of a page that is written for the delivery.
fn written(record: &Record, secret: Option<&str>, context: &mut Context) -> Result<String> {
    let name = format!("delivery-{}.html", record.entry.id.0);
    // Without a secret or with an endpoint of long ago there is none, and the page says all the rest.
    let curl = recorded_curl::command(record.clone(), secret, Format::Text, context).ok();
    let page = report::delivery_page::html(record, curl, &context.typed)?;
    let page = context.out.redactor.text(&page).into_owned();
    let file = pages::write(&name, &page).map_err(|source| Error::write(name.as_ref(), source))?;
    Ok(file.to_string_lossy().into_owned())
}
