//! Does what the full screen asks for.

use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::editor::Edited;
use super::reading::Reading;
use super::screen::FullScreen;
use super::sending::EventSender;
use crate::cli::choices;
use crate::cli::clipboard::Clip;
use crate::cli::context::Context;
use crate::cli::endpoint_options::EndpointOptions;
use crate::cli::event_page;
use crate::cli::recorded_signature;
use crate::error::{Error, Result};
use crate::history::{DeliveryId, Reader, Record, Storage};
use crate::inspector::{ActionResult, Copied, Effect, ScreenUpdate};
use crate::process::terminal;

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
                return Ok(Some(shown(choices::event_types().map(ScreenUpdate::Types))));
            }
            Effect::Scenarios => {
                return Ok(Some(shown(choices::scenarios().map(ScreenUpdate::Scenarios))));
            }
            Effect::Verify(id) => return Ok(Some(shown(self.verify(id, context)))),
            Effect::Suspend => match screen.without(terminal::stop)? {
                Ok(()) => return Ok(None),
                Err(_) => Ok(ActionResult::Bad("this system cannot suspend a program".to_owned())),
            },
            Effect::Send(event) => self.sending.trigger(&event, context),
            Effect::SendScenario(name) => self.sending.scenario(name, context),
            Effect::Replay(id) => {
                self.record(id).and_then(|record| self.sending.replay(record, context))
            }
            Effect::Edit(id) => self.edit(id, screen, context),
            Effect::Copy(id, what) => self.copy(id, what, screen, context),
            Effect::Browse(id) => self
                .record(id)
                .and_then(|record| event_page::open(&record, self.sending.secret(), context)),
        };
        Ok(Some(shown(said.map(ScreenUpdate::Said))))
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
        let clip = Clip::of(self.record(id)?, what, self.sending.secret(), context)?;
        screen.write(&clip.sequence())?;
        Ok(ActionResult::Good(clip.said()))
    }

    fn verify(&self, id: DeliveryId, context: &mut Context) -> Result<ScreenUpdate> {
        let text = recorded_signature::text(&self.record(id)?, self.sending.secret(), context)?;
        Ok(ScreenUpdate::Verified(text))
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

/// What came of an action, or why nothing did.
fn shown(done: Result<ScreenUpdate>) -> ScreenUpdate {
    let said = |error: Error| ScreenUpdate::Said(ActionResult::Bad(error.with_root_cause()));
    done.unwrap_or_else(said)
}
