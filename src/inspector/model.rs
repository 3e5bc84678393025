//! The state of the full screen, and what it makes of each thing that it is told.

use super::compare;
use super::detail::{Detail, Writing};
use super::effect::{ActionResult, Answered, Effect, ListRequest, ScreenUpdate};
use super::input::LineInput;
use super::key::KeyPress;
use super::list::List;
use super::picker::Picker;
use super::tone::{self, Tone, TonedLine};
use crate::history::{DeliveryId, DeliveryWindow, Filter, WindowPlace};
use crate::protocol::{Clock, Moment};
use crate::text::command_line::CommandLine;
use crate::text::redaction::Redactor;

/// From so many columns on, the delivery stands beside the list.
const TWO_PANES: u16 = 100;

/// The pane that keys are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pane {
    List,
    Detail,
}

/// What keys are for besides the panes.
#[derive(Debug)]
pub(super) enum Mode {
    /// The panes alone.
    Browse,
    /// The filter is being typed; and what was there before.
    Filter(LineInput, Before),
    /// A command is being typed.
    Prompt(LineInput),
    /// The next key says what is copied.
    Copy,
    /// Something to send is being picked; and what is asked for then.
    Pick(Picker, fn(String) -> Effect),
    /// The keys are shown from that line on.
    Help(usize),
    /// What differs, or what a signature is, is shown from that line on.
    Text(Vec<TonedLine>, usize),
}

/// What was there before a filter was typed.
#[derive(Debug)]
pub(super) struct Before {
    pub(super) words: String,
    /// Where the list was.
    pub(super) around: WindowPlace,
}

/// What the full screen is of.
pub(crate) struct Start {
    /// What it is about, for its first line.
    pub title: String,
    /// The filter of the command line.
    pub filter: Filter,
    /// What is typed into the filter already.
    pub words: String,
    /// The clock.
    pub clock: Clock,
    /// How a moment is shown: to the second, in the time zone of this machine.
    pub local: fn(Moment) -> String,
    /// What was typed.
    pub typed: CommandLine,
    /// What is not shown.
    pub redactor: Redactor,
}

/// The full screen.
pub(crate) struct Inspector {
    pub(super) start: Start,
    pub(super) list: List,
    pub(super) detail: Detail,
    pub(super) pane: Pane,
    pub(super) mode: Mode,
    /// The filter's words, and why they are not understood.
    pub(super) words: String,
    pub(super) not_understood: Option<String>,
    filter: Filter,
    generation: u64,
    /// Whether another place of the list is on its way: what keys are for is not selected yet.
    is_moving: bool,
    pub(super) marked: Option<DeliveryId>,
    pub(super) said: Option<ActionResult>,
    pub(super) size: (u16, u16),
    /// Whether anything was read yet.
    pub(super) is_read: bool,
    pub(super) effects: Vec<Effect>,
}

impl Inspector {
    /// The full screen, and what it needs first.
    pub(crate) fn new(start: Start, size: (u16, u16)) -> (Self, Vec<Effect>) {
        let mut new = Self {
            filter: start.filter.clone(),
            list: List::following(),
            detail: Detail::default(),
            pane: Pane::List,
            mode: Mode::Browse,
            words: String::new(),
            not_understood: None,
            generation: 0,
            is_moving: false,
            marked: None,
            said: None,
            size,
            is_read: false,
            effects: Vec::new(),
            start,
        };
        new.resize(size);
        new.filter_by(&new.start.words.clone());
        let effects = std::mem::take(&mut new.effects);
        (new, effects)
    }

    /// Whether a key has to wait: what it is for is not selected yet.
    pub(crate) fn holds(&self, key: KeyPress) -> bool {
        let is_way_out = matches!(key, KeyPress::Ctrl(_) | KeyPress::Esc | KeyPress::Char('q'));
        self.is_moving && matches!(self.mode, Mode::Browse) && !is_way_out
    }

    /// Takes a key, and says what is to be done.
    pub(crate) fn press(&mut self, key: KeyPress) -> Vec<Effect> {
        if !matches!(self.said, Some(ActionResult::UnderWay(_))) {
            self.said = None;
        }
        match self.mode {
            Mode::Browse => self.browse(key),
            _ => self.answer_prompt(key),
        }
        std::mem::take(&mut self.effects)
    }

    /// Takes what there is to be shown, and says what is to be done.
    pub(crate) fn show(&mut self, shown: ScreenUpdate) -> Vec<Effect> {
        match shown {
            ScreenUpdate::Changed => {
                self.load(self.list.around());
                self.read();
            }
            ScreenUpdate::Answered(answered) => self.answered(answered),
            ScreenUpdate::Said(outcome) => {
                self.is_moving = false;
                self.said = Some(outcome);
            }
            ScreenUpdate::Types(choices) => {
                self.mode = Mode::Pick(Picker::new(choices), Effect::Send);
            }
            ScreenUpdate::Scenarios(choices) => {
                self.mode = Mode::Pick(Picker::new(choices), Effect::SendScenario);
            }
            ScreenUpdate::Verified(text) => self.mode = Mode::Text(verified(&text), 0),
            ScreenUpdate::Open(id) => {
                self.go_to(id);
                self.pane = Pane::Detail;
            }
            ScreenUpdate::Size(columns, lines) => self.resize((columns, lines)),
        }
        std::mem::take(&mut self.effects)
    }

    fn answered(&mut self, answered: Answered) {
        match answered {
            Answered::Window(found) if found.0.generation == self.generation => {
                self.take(found.0.around, found.1);
            }
            Answered::Record(id, record) if self.list.selected_id() == Some(id) => {
                let (detail, with) = self.writing();
                detail.take(id, record, &with);
            }
            Answered::Compared(Some(both)) => {
                let mut lines = compare::lines(&both.0, &both.1);
                for (_, text) in lines.iter_mut().flatten() {
                    *text = self.start.redactor.text(text).into_owned();
                }
                self.mode = Mode::Text(lines, 0);
            }
            Answered::Compared(None) => {
                self.bad("one of the two is not in the history any more");
            }
            Answered::Window(_) | Answered::Record(..) => {}
        }
    }

    /// Takes a window of the list.
    fn take(&mut self, around: WindowPlace, window: DeliveryWindow) {
        self.is_read = true;
        self.is_moving = false;
        let looked_for = match around {
            WindowPlace::FailureAfter(_) => Some("no later failure: N looks before this one"),
            WindowPlace::FailureBefore(_) => Some("no earlier failure: n looks after this one"),
            _ => None,
        };
        match looked_for {
            Some(none) if window.failure.is_none() => return self.bad(none),
            Some(_) => self.list.follows = false,
            None => {}
        }
        let before = self.list.selected_id();
        self.list.take(window, around);
        let more = self.list.more();
        self.load_more(more);
        if self.list.selected_id() != before {
            self.read();
        }
    }

    pub(super) fn bad(&mut self, text: impl Into<String>) {
        self.said = Some(ActionResult::Bad(text.into()));
    }

    pub(super) fn good(&mut self, text: impl Into<String>) {
        self.said = Some(ActionResult::Good(text.into()));
    }

    /// The delivery's pane, and what its lines are written with.
    pub(super) fn writing(&mut self) -> (&mut Detail, Writing<'_>) {
        let Start { local, typed, redactor, .. } = &self.start;
        (&mut self.detail, Writing { local: *local, typed, redactor })
    }

    fn resize(&mut self, size: (u16, u16)) {
        self.size = size;
        let lines = self.pane_lines();
        self.list.set_height(lines);
        let most = self.most_scroll();
        self.detail.scroll = self.detail.scroll.min(most);
    }

    /// The lines of a list: all but the first, and the two last.
    pub(super) fn pane_lines(&self) -> usize {
        usize::from(self.size.1).saturating_sub(3).max(1)
    }

    /// The lines of a delivery: less its title and its tabs.
    pub(super) fn detail_lines(&self) -> usize {
        self.pane_lines().saturating_sub(2).max(1)
    }

    pub(super) fn most_scroll(&self) -> usize {
        let columns = usize::from(self.detail_columns());
        tone::last_start(&self.detail.lines, columns, self.detail_lines())
    }

    /// The columns of the list.
    pub(super) const fn list_columns(&self) -> u16 {
        if self.has_two_panes() { self.size.0 * 9 / 20 } else { self.size.0 }
    }

    /// The columns of a delivery.
    pub(super) const fn detail_columns(&self) -> u16 {
        if self.has_two_panes() { self.size.0 - self.list_columns() - 2 } else { self.size.0 }
    }

    pub(super) const fn has_two_panes(&self) -> bool {
        self.size.0 >= TWO_PANES
    }

    /// Filters by those words, where they are understood: the newest that fits is selected.
    pub(super) fn filter_by(&mut self, words: &str) {
        let now = self.start.clock.now();
        match super::words::filter(words, &self.start.filter, now) {
            Ok(filter) => {
                self.not_understood = None;
                words.clone_into(&mut self.words);
                self.filter = filter;
                self.list.follows = true;
                self.jump(WindowPlace::Newest);
            }
            Err(reason) => self.not_understood = Some(reason),
        }
    }

    /// Goes elsewhere: what is under way is not wanted any more.
    pub(super) fn jump(&mut self, around: WindowPlace) {
        self.generation += 1;
        self.is_moving = true;
        self.load(around);
    }

    pub(super) fn load_more(&mut self, around: Option<WindowPlace>) {
        if let Some(around) = around {
            self.load(around);
        }
    }

    fn load(&mut self, around: WindowPlace) {
        let (filter, generation) = (self.filter.clone(), self.generation);
        self.effects.push(Effect::Load(ListRequest { filter, around, generation }));
    }

    /// Reads the selected delivery.
    pub(super) fn read(&mut self) {
        match self.list.selected_id() {
            Some(id) => self.effects.push(Effect::Read(id)),
            None => self.detail.clear(),
        }
    }
}

/// The lines of what a signature is: the verdict first.
fn verified(text: &str) -> Vec<TonedLine> {
    let tone = |line: &str| match line {
        line if line.starts_with("PASS") => Tone::Good,
        line if line.starts_with("FAIL") => Tone::Bad,
        line if line.starts_with("SKIP") => Tone::Odd,
        _ => Tone::Plain,
    };
    text.lines().map(|text| tone::line(tone(text), text)).collect()
}
