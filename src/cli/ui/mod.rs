//! `devtool ui`.

mod actions;
mod editor;
mod keys;
mod reading;
mod screen;
mod sending;

use clap::Args;

use self::actions::Actions;
use self::reading::Reading;
use self::screen::FullScreen;
use super::context::Context;
use super::endpoint_options::EndpointOptions;
use super::filter_options::WhichOptions;
use super::history_options::HistoryOptions;
use super::out::{Out, Verbosity};
use crate::error::{Error, Exit, Kind, Result};
use crate::history::{Filter, Reader, Storage};
use crate::inspector::{Effect, Inspector, Start};
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
        run(OpenedHistory { place, history, filter, title }, self.endpoint, context)
    }
}

/// A history for the full screen.
pub(super) struct OpenedHistory {
    pub(super) place: Storage,
    pub(super) history: Reader,
    pub(super) filter: Filter,
    pub(super) title: String,
}

/// Shows the full screen until its user leaves it, or a signal ends that.
pub(super) fn run(
    opened: OpenedHistory,
    endpoint: EndpointOptions,
    context: &mut Context,
) -> Result<Exit> {
    let graceful = context.shutdown.graceful();
    let OpenedHistory { place, history, filter, title } = opened;
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
    let (inspector, effects) = Inspector::new(start, screen.size()?);
    let reading = Reading::start(place.clone(), history)?;
    // What would be written beside the screen is said on it, or not at all.
    let verbosity = std::mem::replace(&mut context.out.verbosity, Verbosity::Quiet);
    let mut actions = Actions::new(reading, (place, endpoint), graceful.token().child_token());
    let shown = Session { inspector, screen: &mut screen, actions: &mut actions }
        .until_left(effects, context);
    drop(screen);
    context.out.verbosity = verbosity;
    actions.end();
    shown?;
    Ok(if graceful.token().is_cancelled() { Exit::Interrupted } else { Exit::Done })
}

/// A full screen that is up.
struct Session<'s> {
    inspector: Inspector,
    screen: &'s mut FullScreen,
    actions: &'s mut Actions,
}

impl Session<'_> {
    fn until_left(mut self, effects: Vec<Effect>, context: &mut Context) -> Result<()> {
        let is_left = self.does(effects, context)?;
        while !is_left && !self.actions.is_cancelled() {
            self.screen.draw(&self.inspector)?;
            let mut effects = Vec::new();
            // A terminal that is gone has nobody who could type.
            let Ok(pressed) = FullScreen::next(self.actions.is_busy()) else { break };
            for pressed in pressed {
                effects.extend(match pressed {
                    keys::TerminalInput::Key(key) => self.inspector.press(key),
                    keys::TerminalInput::ScreenUpdate(shown) => self.inspector.show(shown),
                });
            }
            for shown in self.actions.news() {
                effects.extend(self.inspector.show(shown));
            }
            if self.does(effects, context)? {
                break;
            }
            if !terminal::has_full_screen() {
                return Err(Error::bug("a thread of the full screen panicked"));
            }
        }
        Ok(())
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
