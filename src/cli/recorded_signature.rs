//! Whether Stripe's libraries would have taken the signature of a recorded delivery.

use std::time::Duration;

use super::context::Context;
use super::recorded_curl;
use crate::error::Result;
use crate::history::Record;
use crate::protocol::examination::{Facts, examine};
use crate::protocol::headers::SIGNATURE_HEADER;
use crate::protocol::signature::TOLERANCE_SECONDS;
use crate::report::{Layout, Palette, verification};

/// What it is, as text: by the secret that devtool finds, at the time when the event was sent.
///
/// # Errors
/// There is no secret.
pub(super) fn text(record: &Record, flag: Option<&str>, context: &mut Context) -> Result<String> {
    let config = context.config()?;
    let found = recorded_curl::secret(&record.entry, flag, context)?;
    let others = context.other_secrets(&found, &config);
    let sent = record.attempts.first().map_or(record.entry.received_at, |first| first.at);
    let facts = Facts {
        secret: &found.secret,
        others: &others,
        body: &record.body,
        now: sent,
        tolerance: Duration::from_secs(TOLERANCE_SECONDS.unsigned_abs()),
    };
    let header = record.headers.value(SIGNATURE_HEADER).unwrap_or_default();
    let examination = examine(&header, facts);
    let secret = context.describe(&found);
    // The screen breaks the lines.
    let layout = Layout { palette: Palette::Plain, columns: usize::MAX, ..context.out.layout() };
    let text = if record.is_from_stripe() && verification::is_of_another_secret(&examination) {
        verification::unknown(&secret, layout)
    } else {
        verification::text(&examination, &secret, sent, layout)
    };
    let header = if header.is_empty() { "no header".to_owned() } else { header };
    Ok(format!(
        "{text}\n{SIGNATURE_HEADER}: {header}\nas of {}, when it was sent\n",
        sent.local_time()
    ))
}
