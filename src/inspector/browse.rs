//! What commands do in the panes.

use super::command::{self, ScreenAction};
use super::detail::TABS;
use super::effect::Effect;
use super::input::LineInput;
use super::key::KeyPress;
use super::model::{Before, Inspector, Mode, Pane};
use crate::history::{DeliveryId, WindowPlace};

impl Inspector {
    pub(super) fn browse(&mut self, key: KeyPress) {
        if let Some(command) = command::of_key(key) {
            self.run(command);
        }
    }

    /// Does what a command says.
    pub(super) fn run(&mut self, command: ScreenAction) {
        match command {
            ScreenAction::Open => self.open(),
            ScreenAction::NextPane => self.next_pane(),
            ScreenAction::PreviousTab => {
                self.open_tab((self.detail.tab + TABS.len() - 1) % TABS.len());
            }
            ScreenAction::NextTab => self.open_tab((self.detail.tab + 1) % TABS.len()),
            ScreenAction::Tab(tab) => self.open_tab(tab),
            ScreenAction::Filter => {
                let before = Before { words: self.words.clone(), around: self.list.around() };
                self.mode = Mode::Filter(LineInput::of(&self.words), before);
            }
            ScreenAction::OnlyFailed => self.only_failed(),
            ScreenAction::Help => self.mode = Mode::Help(0),
            ScreenAction::Prompt => self.mode = Mode::Prompt(LineInput::default()),
            ScreenAction::Send => self.effects.push(Effect::Types),
            ScreenAction::SendScenario => self.effects.push(Effect::Scenarios),
            ScreenAction::Back => self.back(),
            ScreenAction::Suspend => self.effects.push(Effect::Suspend),
            ScreenAction::Quit => self.effects.push(Effect::Quit),
            ScreenAction::Follow => self.follow(),
            ScreenAction::ShowMarked => match self.marked {
                Some(id) => self.go_to(id),
                None => self.bad("nothing is marked: m marks a delivery"),
            },
            ScreenAction::Down
            | ScreenAction::Up
            | ScreenAction::PageDown
            | ScreenAction::PageUp
            | ScreenAction::Oldest
            | ScreenAction::Newest => match self.pane {
                Pane::List => self.move_selection(command),
                Pane::Detail => self.scroll(command),
            },
            _ => match self.list.selected_id() {
                Some(id) => self.run_on(command, id),
                None => self.bad("there is no delivery here"),
            },
        }
    }

    /// Does what needs a delivery.
    fn run_on(&mut self, command: ScreenAction, id: DeliveryId) {
        match command {
            ScreenAction::NextFailure => self.jump(WindowPlace::FailureAfter(id)),
            ScreenAction::PreviousFailure => self.jump(WindowPlace::FailureBefore(id)),
            ScreenAction::Replay => self.effects.push(Effect::Replay(id)),
            ScreenAction::ReplayChanged => self.effects.push(Effect::Edit(id)),
            ScreenAction::Verify => self.effects.push(Effect::Verify(id)),
            ScreenAction::Browse => self.effects.push(Effect::Browse(id)),
            ScreenAction::Copy => self.mode = Mode::Copy,
            ScreenAction::Mark if self.marked == Some(id) => {
                self.marked = None;
                self.good(format!("#{} is not marked any more", id.0));
            }
            ScreenAction::Mark => {
                self.marked = Some(id);
                self.good(format!("#{} is marked: = compares another one with it", id.0));
            }
            ScreenAction::Compare => match self.marked {
                Some(marked) if marked != id => self.effects.push(Effect::Compare(marked, id)),
                Some(_) => self.bad("this is the marked one: select another"),
                None => self.bad("nothing is marked: m marks a delivery"),
            },
            _ => {}
        }
    }

    fn move_selection(&mut self, command: ScreenAction) {
        let before = self.list.selected_id();
        let page = self.list.page();
        match command {
            ScreenAction::Down => self.list.down(1),
            ScreenAction::Up => self.list.up(1),
            ScreenAction::PageDown => self.list.down(page),
            ScreenAction::PageUp => self.list.up(page),
            ScreenAction::Oldest => {
                self.list.follows = false;
                return self.jump(WindowPlace::Oldest);
            }
            _ => {
                self.list.follows = true;
                return self.jump(WindowPlace::Newest);
            }
        }
        if self.list.selected_id() != before {
            self.read();
        }
        let more = self.list.more();
        self.load_more(more);
    }

    fn scroll(&mut self, command: ScreenAction) {
        let page = self.detail_lines().saturating_sub(1).max(1);
        let (most, at) = (self.most_scroll(), self.detail.scroll);
        self.detail.scroll = match command {
            ScreenAction::Down => at + 1,
            ScreenAction::Up => at.saturating_sub(1),
            ScreenAction::PageDown => at + page,
            ScreenAction::PageUp => at.saturating_sub(page),
            ScreenAction::Oldest => 0,
            _ => most,
        }
        .min(most);
    }

    fn open(&mut self) {
        if self.list.selected_id().is_some() {
            self.pane = Pane::Detail;
        }
    }

    fn next_pane(&mut self) {
        match self.pane {
            Pane::List => self.open(),
            Pane::Detail => self.pane = Pane::List,
        }
    }

    fn open_tab(&mut self, tab: usize) {
        let (detail, with) = self.writing();
        detail.open_tab(tab, &with);
        self.open_in_one_pane();
    }

    /// Where there is one pane, it shows what the key was for.
    fn open_in_one_pane(&mut self) {
        if !self.has_two_panes() {
            self.open();
        }
    }

    fn back(&mut self) {
        if self.pane == Pane::Detail {
            self.pane = Pane::List;
        } else if !self.words.is_empty() {
            self.filter_by("");
        }
    }

    fn follow(&mut self) {
        if self.list.follows {
            self.list.follows = false;
            self.good("the list stays where it is: f follows again");
        } else {
            self.list.follows = true;
            self.jump(WindowPlace::Newest);
        }
    }

    fn only_failed(&mut self) {
        let mut words: Vec<&str> = self.words.split_whitespace().collect();
        let all = words.len();
        words.retain(|word| *word != "failed");
        if words.len() == all {
            words.push("failed");
        }
        let words = words.join(" ");
        self.filter_by(&words);
    }

    /// Selects the delivery of that number.
    pub(super) fn go_to(&mut self, id: DeliveryId) {
        self.list.expect(id);
        self.jump(WindowPlace::Of(id));
        self.read();
    }
}
