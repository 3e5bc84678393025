//! Does what the full screen asks for.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::editor::Edited;
use super::reading::Reading;
use super::screen::FullScreen;
use super::sending::EventSender;
use crate::cli::choices;
use crate::cli::context::Context;
use crate::cli::endpoint_options::EndpointOptions;
use crate::cli::output_options::Format;
use crate::cli::recorded_curl;
use crate::error::{Error, Result};
use crate::history::{DeliveryId, Reader, Record, Storage, Via};
use crate::inspector::{ActionResult, Copied, Effect, ScreenUpdate};
use crate::process::{browser, terminal};

/// How Stripe's own events come.
const FROM_STRIPE: [Via; 3] = [Via::Stripe, Via::Resent, Via::Listed];

/// Whatever does something.
pub(super) struct Actions {
    reading: Reading,
    sending: EventSender,
    place: Storage,
    cancel: CancellationToken,
}

impl Actions {
    pub(super) fn new(
        reading: Reading,
        (place, endpoint): (Storage, EndpointOptions),
        cancel: CancellationToken,
    ) -> Self {
        let sending = EventSender::new((place.clone(), endpoint), reading.tell(), cancel.clone());
        Self { reading, sending, place, cancel }
    }

    pub(super) fn is_cancelled(&self) -> bool {
        self.cancel.is_cancelled()
    }

    pub(super) fn is_busy(&self) -> bool {
        self.reading.is_busy()
    }

    pub(super) fn news(&self) -> Vec<ScreenUpdate> {
        self.reading.news()
    }

    pub(super) fn end(self) {
        self.sending.end();
    }

    /// Does it; what it says at once.
    ///
    /// # Errors
    /// The terminal cannot be used.
    pub(super) fn run(
        &mut self,
        effect: Effect,
        screen: &mut FullScreen,
        context: &mut Context,
    ) -> Result<Option<ScreenUpdate>> {
        let said = match effect {
            Effect::Load(_) | Effect::Read(_) | Effect::Compare(..) => {
                self.reading.ask(effect);
                return Ok(None);
            }
            Effect::Quit => return Ok(None),
            Effect::Types => {
                let types = choices::event_types().map(ScreenUpdate::Types);
                return Ok(Some(types.unwrap_or_else(|error| bad(&error))));
            }
            Effect::Suspend => match screen.without(terminal::stop)? {
                Ok(()) => return Ok(None),
                Err(_) => Ok(ActionResult::Bad("this system cannot suspend a program".to_owned())),
            },
            Effect::Send(event) => self.sending.trigger(&event, context),
            Effect::Replay(id) => {
                self.record(id).and_then(|record| self.sending.replay(record, context))
            }
            Effect::Edit(id) => self.edit(id, screen, context),
            Effect::Copy(id, what) => self.copy(id, what, screen, context),
            Effect::Browse(id) => self.browse(id),
        };
        Ok(Some(said.map_or_else(|error| bad(&error), ScreenUpdate::Said)))
    }

    fn record(&self, id: DeliveryId) -> Result<Record> {
        Reader::open(&self.place)?.find(&id.0.to_string())
    }

    fn edit(
        &mut self,
        id: DeliveryId,
        screen: &mut FullScreen,
        context: &mut Context,
    ) -> Result<ActionResult> {
        let record = self.record(id)?;
        let edited = Edited::new(&record.body)?;
        screen.without(|| edited.edit(context))??;
        let Some(body) = edited.body()? else {
            return Ok(ActionResult::Bad("nothing was changed, and nothing sent".to_owned()));
        };
        self.sending.replay(changed(record, body), context)
    }

    fn copy(
        &self,
        id: DeliveryId,
        what: Copied,
        screen: &mut FullScreen,
        context: &mut Context,
    ) -> Result<ActionResult> {
        let record = self.record(id)?;
        let (text, name) = match what {
            Copied::Curl => {
                (recorded_curl::command(record, None, Format::Text, context)?, "the curl command")
            }
            Copied::Json => (String::from_utf8_lossy(&record.body).into_owned(), "the event"),
            Copied::Id => (record.entry.event_id, "the event's id"),
        };
        // The terminal puts it into the clipboard, also where devtool runs on another machine.
        screen.write(&format!("\u{1b}]52;c;{}\u{7}", STANDARD.encode(text.trim_end())))?;
        Ok(ActionResult::Good(format!(
            "{name} is in the clipboard, if this terminal lets it (OSC 52)"
        )))
    }

    fn browse(&self, id: DeliveryId) -> Result<ActionResult> {
        let record = self.record(id)?;
        let entry = &record.entry;
        if !record.is_stripes && !FROM_STRIPE.map(Via::word).contains(&entry.via.as_str()) {
            let text = "devtool made this event: only Stripe's own have a page in the Dashboard";
            return Ok(ActionResult::Bad(text.to_owned()));
        }
        let is_plain = |id: &str| id.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if !is_plain(&entry.event_id) || !entry.account.iter().all(|id| is_plain(id)) {
            return Ok(ActionResult::Bad("its id is none of Stripe's".to_owned()));
        }
        let account = entry.account.iter().map(|account| format!("{account}/"));
        let address = format!(
            "https://dashboard.stripe.com/{}test/events/{}",
            account.collect::<String>(),
            entry.event_id
        );
        Ok(match browser::open(&address) {
            Ok(()) => ActionResult::Good(format!("opening {address}")),
            Err(error) => ActionResult::Bad(format!("{error}; the page is {address}")),
        })
    }
}

/// The delivery with another body, and what that says of the event.
fn changed(record: Record, body: Vec<u8>) -> Record {
    let value: Value = serde_json::from_slice(&body).unwrap_or_default();
    let text = |name: &str| value[name].as_str().map(ToOwned::to_owned);
    let Record { mut entry, .. } = record;
    entry.event_id = text("id").unwrap_or(entry.event_id);
    entry.event = text("type").unwrap_or(entry.event);
    Record { entry, body, is_stripes: false, ..record }
}

fn bad(error: &Error) -> ScreenUpdate {
    ScreenUpdate::Said(ActionResult::Bad(error.with_root_cause()))
}
