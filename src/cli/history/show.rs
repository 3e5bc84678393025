//! `devtool history show`.

use clap::Args;

use crate::cli::context::Context;
use crate::cli::history_options::{self, HistoryOptions};
use crate::cli::output_options::{Format, OutputOptions};
use crate::cli::routes;
use crate::delivery::{Certificates, Endpoint, EventTarget, Request};
use crate::error::{Error, Exit, Kind, Result};
use crate::event::Event;
use crate::history::{Filter, Reader, Record};
use crate::report;

/// Show one delivery: the request and the answer to each attempt
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct ShowArguments {
    /// Number of the delivery, or id of an event to show its last delivery [default: the last delivery of all]
    #[arg(value_name = "ID")]
    id: Option<String>,

    /// Print a curl command that sends the event again, freshly signed
    #[arg(long)]
    curl: bool,

    /// Signing secret of the endpoint [default: the one that `devtool secret` prints]
    #[arg(long, env = "DEVTOOL_SECRET", value_name = "SECRET")]
    secret: Option<String>,

    #[command(flatten)]
    place: HistoryOptions,

    #[command(flatten)]
    output: OutputOptions,
}

const EXAMPLES: &str = "Examples:
  devtool history show 12
  devtool history show evt_1TXJ4v2eZvKYlo2CkFzGkq1s --format json
  devtool history show 12 --curl";

/// The delivery that was recorded last.
///
/// # Errors
/// There is none.
fn last(history: &Reader) -> Result<Record> {
    let last = history.list(&Filter { last: Some(1), ..Filter::default() })?;
    let Some(last) = last.first() else {
        return Err(Error::new(Kind::Usage, "the history has no delivery")
            .hinted("send some:\ndevtool scenario payment"));
    };
    history.find(&last.id.0.to_string())
}

impl ShowArguments {
    pub(super) fn execute(self, context: &mut Context) -> Result<Exit> {
        let history = history_options::reader(&self.place, context)?;
        let record = match &self.id {
            Some(id) => history.find(id)?,
            None => last(&history)?,
        };
        let text = match self.output.format {
            format if self.curl => self.command(record, format, context)?,
            Format::Text => report::history::record(&record, &context.typed, context.out.layout()),
            Format::Compact => report::history::compact(std::slice::from_ref(&record.entry)),
            Format::Json => report::history_json::record(&record, &context.typed),
        };
        if self.curl {
            context.out.revealed(&text);
        } else {
            context.out.result(&text);
        }
        Ok(Exit::Done)
    }

    /// The command for the same event, which a signature of back then would not let in any more.
    fn command(&self, record: Record, format: Format, context: &mut Context) -> Result<String> {
        let config = context.config()?;
        let main = context.secret(self.secret.as_deref(), &config)?;
        let endpoint = Endpoint::parse(&record.entry.endpoint)?;
        let routes =
            if self.secret.is_some() { Vec::new() } else { routes::of_file(&config, &main)? };
        let found =
            EventTarget::secret_of(&routes, &endpoint, &record.entry.event).unwrap_or(&main);
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
}
