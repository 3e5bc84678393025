//! A listen on a terminal: lines that stay, a footer below them, and keys.

mod footer;
mod keyboard;
mod model;

use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use self::footer::Footer;
use self::keyboard::Keyboard;
use self::model::{LiveEffect, LiveModel};
use super::clipboard::Clip;
use super::context::Context;
use super::endpoint_options::EndpointOptions;
use super::event_page;
use super::out::{Out, Verbosity};
use super::output_options::Format;
use super::ui::sending::EventSender;
use super::ui::{self, FirstLook, OpenedHistory};
use crate::error::Result;
use crate::history::{DeliveryId, Filter, Reader, Record, Storage};
use crate::inspector::{ActionResult, Copied, KeyPress, ScreenUpdate};
use crate::listen::{ListenUpdate, Row, Tally};
use crate::process::terminal;
use crate::protocol::Moment;
use crate::report::listen::Heading;
use crate::text::width;

/// How often the footer is drawn anew where nothing happens.
const TICK: Duration = Duration::from_millis(500);
/// How many updates are held while they are not shown.
const MOST_HELD: usize = 4_096;
/// How many events that are under way have a line.
const UNDER_WAY: usize = 3;

/// What a listen on a terminal needs.
pub(super) struct LiveJob {
    pub(super) context: Context,
    pub(super) place: Option<Storage>,
    pub(super) endpoint: EndpointOptions,
    pub(super) title: String,
    pub(super) cancel: CancellationToken,
}

impl LiveJob {
    /// What it needs; `None` where nobody is at a terminal, or a format is asked for.
    pub(super) fn of(
        (place, endpoint): (Option<Storage>, EndpointOptions),
        heading: &Heading,
        (format, cancel): (Format, &CancellationToken),
        context: &Context,
    ) -> Option<Self> {
        let environment = &context.environment;
        let is_plain = context.typed.has("--format") || environment.variable("CI").is_some();
        let is_quiet = context.out.verbosity == Verbosity::Quiet;
        let is_live = format == Format::Text && !is_plain && !is_quiet;
        (is_live && Out::can_show_screen(environment)).then(|| Self {
            context: context.another(),
            place,
            endpoint,
            title: format!("listen {} to {}", heading.account, heading.endpoint),
            cancel: cancel.clone(),
        })
    }
}

/// The terminal of a listen.
pub(super) struct Live {
    job: LiveJob,
    model: LiveModel,
    tally: Tally,
    keyboard: Keyboard,
    sender: Option<EventSender>,
    news: Receiver<ScreenUpdate>,
    /// The widths of the lines of the footer that is on the screen.
    drawn: Vec<usize>,
    held: Vec<ListenUpdate>,
    left_out: u64,
    connected: Option<Moment>,
}

/// Gives the updates that wait, and says whether the listen goes on.
pub(super) type Meanwhile<'m> = &'m mut dyn FnMut(&mut dyn FnMut(ListenUpdate)) -> bool;

/// What comes from the terminal.
pub(super) enum LiveInput {
    /// A key.
    Key(KeyPress),
    /// Some time has passed.
    Tick,
}

impl Live {
    pub(super) fn start(job: LiveJob, tally: Tally) -> Result<Self> {
        let (tell, news) = mpsc::channel();
        let sender = job.place.clone().map(|place| {
            EventSender::new((place, job.endpoint.clone()), tell, job.cancel.child_token())
        });
        Ok(Self {
            job,
            model: LiveModel::default(),
            tally,
            keyboard: Keyboard::start()?,
            sender,
            news,
            drawn: Vec::new(),
            held: Vec::new(),
            left_out: 0,
            connected: None,
        })
    }

    /// What comes next; never anything where there is no such terminal.
    pub(super) async fn next(live: Option<&mut Self>) -> LiveInput {
        let Some(live) = live else { return std::future::pending().await };
        tokio::select! {
            biased;
            Some(key) = live.keyboard.keys.recv() => LiveInput::Key(key),
            () = sleep(TICK) => LiveInput::Tick,
        }
    }

    /// Events come in from now on.
    pub(super) const fn connected(&mut self, at: Moment) {
        self.connected = Some(at);
    }

    /// Whether a row is shown.
    pub(super) fn shows(&mut self, row: &Row) -> bool {
        self.model.saw(row);
        self.model.shows(row.is_accepted())
    }

    /// Whether updates are held back for now.
    pub(super) const fn is_paused(&self) -> bool {
        self.model.is_paused
    }

    /// Holds updates back; what there is no room for is counted.
    pub(super) fn hold(&mut self, updates: impl Iterator<Item = ListenUpdate>) {
        for update in updates {
            if self.held.len() < MOST_HELD {
                self.held.push(update);
            } else {
                self.left_out += 1;
            }
        }
    }

    /// What was held back.
    pub(super) fn held(&mut self) -> Vec<ListenUpdate> {
        let mut held = std::mem::take(&mut self.held);
        if self.left_out > 0 {
            held.push(ListenUpdate::LeftOut(std::mem::take(&mut self.left_out)));
        }
        held
    }

    /// Takes the footer away, for lines that stay.
    pub(super) fn clear(&mut self, out: &mut Out) {
        let columns = out.layout().columns.max(1);
        let rows: usize = self.drawn.drain(..).map(|width| width.div_ceil(columns).max(1)).sum();
        match rows {
            0 => {}
            1 => out.result("\r\u{1b}[J"),
            rows => out.result(&format!("\r\u{1b}[{}A\u{1b}[J", rows - 1)),
        }
    }

    /// Draws the footer below the lines.
    pub(super) fn draw(&mut self, out: &mut Out) {
        self.clear(out);
        let layout = out.layout();
        let footer = Footer {
            model: &self.model,
            tally: &self.tally.now(UNDER_WAY),
            connected: self.connected,
            now: self.job.context.clock.now(),
            held: self.held.len(),
        };
        let lines = footer.lines(layout.columns);
        self.drawn = lines.iter().map(|line| width::of(line)).collect();
        let shown: Vec<String> = lines.iter().map(|line| layout.palette.dim(line)).collect();
        out.result(&shown.join("\n"));
    }

    /// What has been sent meanwhile came to.
    pub(super) fn look(&mut self) {
        for update in self.news.try_iter() {
            if let ScreenUpdate::Said(result) = update {
                self.model.said = Some(result);
            }
        }
    }

    /// Takes a key; whether what was held is to be shown now. `meanwhile` is asked for updates while a full screen is
    /// up, and says whether the listen goes on.
    pub(super) fn press(&mut self, key: KeyPress, out: &mut Out, meanwhile: Meanwhile<'_>) -> bool {
        let Some(effect) = self.model.press(key) else { return false };
        let done = match effect {
            LiveEffect::Resume => return true,
            LiveEffect::Quit => {
                self.job.cancel.cancel();
                return false;
            }
            LiveEffect::Suspend => Ok(self.suspend(out)),
            LiveEffect::Replay(id) => self.replay(id),
            LiveEffect::Copy(id, what) => self.copy(id, what, out),
            LiveEffect::Browse(id) => self.browse(id),
            LiveEffect::FullScreen(look) => self.full_screen(look, out, meanwhile),
        };
        match done {
            Ok(said) => self.model.said = said,
            Err(error) => self.model.said = Some(ActionResult::Bad(error.with_root_cause())),
        }
        !self.model.is_paused
    }

    /// Gives the terminal back as it was, until the shell lets this go on.
    fn suspend(&mut self, out: &mut Out) -> Option<ActionResult> {
        self.clear(out);
        let stopped = self.keyboard.without(|| {
            terminal::restore_settings();
            terminal::stop()
        });
        let why = "this system cannot suspend a program";
        stopped.err().map(|_| ActionResult::Bad(why.to_owned()))
    }

    fn record(&self, id: DeliveryId) -> Result<Option<Record>> {
        let Some(place) = &self.job.place else { return Ok(None) };
        Reader::open(place)?.record(id)
    }

    fn replay(&mut self, id: DeliveryId) -> Result<Option<ActionResult>> {
        let Some(record) = self.record(id)? else { return Ok(Some(not_recorded())) };
        let Some(sender) = &mut self.sender else { return Ok(Some(not_recorded())) };
        sender.replay(record, &mut self.job.context).map(Some)
    }

    fn copy(
        &mut self,
        id: DeliveryId,
        what: Copied,
        out: &mut Out,
    ) -> Result<Option<ActionResult>> {
        let Some(record) = self.record(id)? else { return Ok(Some(not_recorded())) };
        let clip = Clip::of(record, what, self.job.endpoint.secret(), &mut self.job.context)?;
        out.revealed(&clip.sequence());
        Ok(Some(ActionResult::Good(clip.said())))
    }

    fn browse(&mut self, id: DeliveryId) -> Result<Option<ActionResult>> {
        let Some(record) = self.record(id)? else { return Ok(Some(not_recorded())) };
        event_page::open(&record, self.job.endpoint.secret(), &mut self.job.context).map(Some)
    }

    fn full_screen(
        &mut self,
        look: FirstLook,
        out: &mut Out,
        meanwhile: Meanwhile<'_>,
    ) -> Result<Option<ActionResult>> {
        let Some(place) = self.job.place.clone() else { return Ok(Some(not_recorded())) };
        self.clear(out);
        let history = Reader::open(&place)?;
        let title = self.job.title.clone();
        let opened = OpenedHistory { place, history, filter: Filter::default(), title, look };
        let (held, left_out) = (&mut self.held, &mut self.left_out);
        let mut goes_on = || {
            meanwhile(&mut |update| {
                if held.len() < MOST_HELD { held.push(update) } else { *left_out += 1 }
            })
        };
        let (endpoint, context) = (self.job.endpoint.clone(), &mut self.job.context);
        let cancel = self.job.cancel.child_token();
        self.keyboard.without(|| ui::run(opened, endpoint, (cancel, &mut goes_on), context))?;
        Ok(None)
    }

    /// Takes the footer away for good.
    pub(super) fn end(mut self, out: &mut Out) {
        self.clear(out);
        if let Some(sender) = self.sender.take() {
            sender.end();
        }
    }
}

fn not_recorded() -> ActionResult {
    ActionResult::Bad("this listen is not recorded: there is no history".to_owned())
}
