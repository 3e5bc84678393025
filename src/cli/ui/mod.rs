//! `devtool ui`.

mod actions;
mod editor;
mod keys;
mod reading;
pub(super) mod screen;
pub(super) mod sending;

use std::collections::VecDeque;

use clap::Args;
use tokio_util::sync::CancellationToken;

use self::actions::Actions;
use self::reading::Reading;
use self::screen::FullScreen;
use super::context::Context;
use super::endpoint_options::EndpointOptions;
use super::filter_options::WhichOptions;
use super::history_options::HistoryOptions;
use super::out::{Out, Verbosity};
use crate::error::{Error, Exit, Kind, Result};
use crate::history::{DeliveryId, Filter, Reader, Storage};
use crate::inspector::{Effect, Inspector, KeyPress, ScreenUpdate, Start};
use crate::process::terminal;
use crate::protocol::Moment;

/// Browse past deliveries on a full screen
///
/// Shows the list of the deliveries and each of them in detail, while others come. Find, compare, replay and change
/// them: `?` shows the keys. Screen readers do better with `devtool history --format compact`.
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct UiArguments {
    #[command(flatten)]
    endpoint: EndpointOptions,

    #[command(flatten)]
    which: WhichOptions,

    #[command(flatten)]
    place: HistoryOptions,
}

const EXAMPLES: &str = "Examples:
  devtool ui
  devtool ui --failed --since 1h
  devtool ui --type 'invoice.*' --endpoint 5000
  devtool ui --history project.db";

impl UiArguments {
    pub(super) fn execute(self, context: &mut Context) -> Result<Exit> {
        if !Out::can_show_screen(&context.environment) {
            let message = "`devtool ui` needs a terminal that can show a full screen";
            return Err(Error::new(Kind::Usage, message)
                .hinted("print the deliveries instead:\ndevtool history"));
        }
        let config = context.config()?;
        context.strike_out_all(&config);
        let place = self.place.place(&config)?;
        let history = Reader::open(&place)?;
        let filter = self.which.filter(&history, context)?;
        let title = format!("history {}", place.file.display());
        let look = FirstLook::List;
        let opened = OpenedHistory { place, history, filter, title, look };
        let graceful = context.shutdown.graceful();
        run(opened, self.endpoint, (graceful.token().child_token(), &mut || true), context)?;
        Ok(if graceful.token().is_cancelled() { Exit::Interrupted } else { Exit::Done })
    }
}

/// What is shown first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FirstLook {
    /// The list.
    List,
    /// That delivery.
    Delivery(DeliveryId),
    /// The types that can be sent.
    Types,
    /// The scenarios that can be sent.
    Scenarios,
    /// That delivery, and what its signature is.
    Verify(DeliveryId),
    /// That delivery's event in the editor.
    Edit(DeliveryId),
}

/// A history for the full screen.
pub(super) struct OpenedHistory {
    pub(super) place: Storage,
    pub(super) history: Reader,
    pub(super) filter: Filter,
    pub(super) title: String,
    pub(super) look: FirstLook,
}

/// Shows the full screen until its user leaves it, it is cancelled, or what is asked meanwhile says so.
pub(super) fn run(
    opened: OpenedHistory,
    endpoint: EndpointOptions,
    (cancel, goes_on): (CancellationToken, &mut dyn FnMut() -> bool),
    context: &mut Context,
) -> Result<()> {
    let OpenedHistory { place, history, filter, title, look } = opened;
    let mut screen = FullScreen::enter(context.out.layout().palette)?;
    let start = Start {
        title,
        filter,
        words: String::new(),
        clock: context.clock,
        local: Moment::local_time,
        typed: context.typed.clone(),
        redactor: context.out.redactor.clone(),
    };
    let (mut inspector, mut effects) = Inspector::new(start, screen.size()?);
    match look {
        FirstLook::List => {}
        FirstLook::Types => effects.push(Effect::Types),
        FirstLook::Scenarios => effects.push(Effect::Scenarios),
        FirstLook::Delivery(id) | FirstLook::Verify(id) | FirstLook::Edit(id) => {
            effects.extend(inspector.show(ScreenUpdate::Open(id)));
        }
    }
    match look {
        FirstLook::Verify(id) => effects.push(Effect::Verify(id)),
        FirstLook::Edit(id) => effects.push(Effect::Edit(id)),
        _ => {}
    }
    let reading = Reading::start(place.clone(), history)?;
    // What would be written beside the screen is said on it, or not at all.
    let verbosity = std::mem::replace(&mut context.out.verbosity, Verbosity::Quiet);
    let mut actions = Actions::new(reading, (place, endpoint), cancel);
    let session = Session {
        inspector,
        screen: &mut screen,
        actions: &mut actions,
        goes_on,
        typed: VecDeque::new(),
    };
    let shown = session.until_left(effects, context);
    drop(screen);
    context.out.verbosity = verbosity;
    actions.end();
    shown
}

/// A full screen that is up.
struct Session<'s> {
    inspector: Inspector,
    screen: &'s mut FullScreen,
    actions: &'s mut Actions,
    goes_on: &'s mut dyn FnMut() -> bool,
    /// What was typed and is still to be taken.
    typed: VecDeque<KeyPress>,
}

impl Session<'_> {
    fn until_left(mut self, effects: Vec<Effect>, context: &mut Context) -> Result<()> {
        let is_left = self.does(effects, context)?;
        while !is_left && !self.actions.is_cancelled() && (self.goes_on)() {
            self.screen.draw(&self.inspector)?;
            // A terminal that is gone has nobody who could type.
            let Ok(pressed) = FullScreen::next(self.actions.is_busy()) else { break };
            for pressed in pressed {
                match pressed {
                    keys::TerminalInput::Key(key) => self.typed.push_back(key),
                    keys::TerminalInput::ScreenUpdate(shown) => {
                        let effects = self.inspector.show(shown);
                        self.does(effects, context)?;
                    }
                }
            }
            for shown in self.actions.news() {
                let effects = self.inspector.show(shown);
                self.does(effects, context)?;
            }
            if self.press(context)? {
                break;
            }
            if !terminal::has_full_screen() {
                return Err(Error::bug("a thread of the full screen panicked"));
            }
        }
        Ok(())
    }

    /// Takes the keys that were typed, each after what the one before asked for; whether that is the end.
    fn press(&mut self, context: &mut Context) -> Result<bool> {
        while let Some(key) = self.typed.pop_front() {
            if self.inspector.holds(key) {
                self.typed.push_front(key);
                break;
            }
            let effects = self.inspector.press(key);
            if self.does(effects, context)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Does what is asked for; whether that is the end.
    fn does(&mut self, effects: Vec<Effect>, context: &mut Context) -> Result<bool> {
        for effect in effects {
            if effect == Effect::Quit {
                return Ok(true);
            }
            let shown = self.actions.run(effect, self.screen, context)?;
            // What that asks for is about reading.
            for effect in shown.into_iter().flat_map(|shown| self.inspector.show(shown)) {
                self.actions.run(effect, self.screen, context)?;
            }
        }
        Ok(false)
    }
}
