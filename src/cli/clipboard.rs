//! What of a delivery goes into the clipboard.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::context::Context;
use super::output_options::Format;
use super::recorded_curl;
use super::recorded_step;
use crate::error::Result;
use crate::history::Record;
use crate::inspector::Copied;

/// A text for the clipboard, and what it is.
pub(super) struct Clip {
    text: String,
    name: &'static str,
}

impl Clip {
    /// What is copied of a delivery; `secret` is that of the command line.
    pub(super) fn of(
        record: Record,
        what: Copied,
        secret: Option<&str>,
        context: &mut Context,
    ) -> Result<Self> {
        let (text, name) = match what {
            Copied::Curl => {
                (recorded_curl::command(record, secret, Format::Text, context)?, "the curl command")
            }
            Copied::Json => (String::from_utf8_lossy(&record.body).into_owned(), "the event"),
            Copied::Id => (record.entry.event_id, "the event's id"),
            Copied::Step => (recorded_step::text(record, context)?, "the scenario step"),
        };
        Ok(Self { text, name })
    }

    /// The sequence by which the terminal puts it into the clipboard, also where devtool runs on another machine.
    pub(super) fn sequence(&self) -> String {
        format!("\u{1b}]52;c;{}\u{7}", STANDARD.encode(self.text.trim_end()))
    }

    /// What is said then.
    pub(super) fn said(&self) -> String {
        format!("{} is in the clipboard, if this terminal lets it (OSC 52)", self.name)
    }
}
