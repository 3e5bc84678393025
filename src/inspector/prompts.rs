//! What keys do while something else than the panes is shown.

use super::command::{self, ScreenAction};
use super::effect::{Copied, Effect};
use super::key::KeyPress;
use super::model::{Before, Inspector, Mode};
use super::tone::{self, TonedLine};
use super::view;
use crate::history::{DeliveryId, WindowPlace};

impl Inspector {
    /// Takes a key while something is asked or shown over the panes.
    pub(super) fn answer_prompt(&mut self, key: KeyPress) {
        let mode = std::mem::replace(&mut self.mode, Mode::Browse);
        if key == KeyPress::Ctrl('z') {
            self.mode = mode;
            return self.run(ScreenAction::Suspend);
        }
        let is_left = matches!(key, KeyPress::Esc | KeyPress::Ctrl('c'));
        match mode {
            Mode::Browse => {}
            Mode::Filter(_, before) if is_left => self.go_back(&before),
            Mode::Filter(input, _) if key == KeyPress::Enter => self.filter_by(input.text()),
            Mode::Filter(mut input, before) => {
                if input.press(key) {
                    self.filter_by(input.text());
                }
                self.mode = Mode::Filter(input, before);
            }
            _ if is_left => {}
            Mode::Prompt(input) if key == KeyPress::Enter => self.command(input.text().trim()),
            Mode::Prompt(input) if key == KeyPress::Backspace && input.text().is_empty() => {}
            Mode::Prompt(mut input) => {
                input.press(key);
                self.mode = Mode::Prompt(input);
            }
            Mode::Copy => self.copy(key),
            Mode::Pick(mut picker, effect) => match picker.press(key) {
                Some(name) => self.effects.push(effect(name)),
                None => self.mode = Mode::Pick(picker, effect),
            },
            Mode::Help(at) => {
                let most = self.most(&view::help());
                self.read_on(key, (at, most), Mode::Help);
            }
            Mode::Text(lines, at) => {
                let most = self.most(&lines);
                self.read_on(key, (at, most), |at| Mode::Text(lines, at));
            }
        }
    }

    /// The first line from which on a text over the panes is seen to its end.
    fn most(&self, lines: &[TonedLine]) -> usize {
        tone::last_start(lines, usize::from(self.size.0), self.pane_lines())
    }

    /// Scrolls in a text that is shown over the panes; `q` leaves it.
    fn read_on(
        &mut self,
        key: KeyPress,
        (at, most): (usize, usize),
        mode: impl FnOnce(usize) -> Mode,
    ) {
        let page = self.pane_lines();
        let at = match command::of_key(key) {
            Some(
                ScreenAction::Quit
                | ScreenAction::Help
                | ScreenAction::Compare
                | ScreenAction::Verify,
            ) => return,
            Some(ScreenAction::Down) => at + 1,
            Some(ScreenAction::Up) => at.saturating_sub(1),
            Some(ScreenAction::PageDown) => at + page,
            Some(ScreenAction::PageUp) => at.saturating_sub(page),
            Some(ScreenAction::Oldest) => 0,
            Some(ScreenAction::Newest) => most,
            _ => at,
        };
        self.mode = mode(at.min(most));
    }

    /// Takes the filter back that was there before.
    fn go_back(&mut self, before: &Before) {
        self.filter_by(&before.words);
        if let WindowPlace::Of(id) = before.around {
            self.go_to(id);
        }
    }

    fn copy(&mut self, key: KeyPress) {
        let Some(what) = Copied::of_key(key) else { return self.bad("nothing was copied") };
        if let Some(id) = self.list.selected_id() {
            self.effects.push(Effect::Copy(id, what));
        }
    }

    /// Does what was typed after `:`.
    fn command(&mut self, text: &str) {
        let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
        if let Ok(number) = word.trim_start_matches('#').parse() {
            return self.go_to(DeliveryId(number));
        }
        match command::of_word(word) {
            Some(ScreenAction::Filter) if !rest.is_empty() => self.filter_by(rest),
            Some(ScreenAction::Send) if !rest.is_empty() => {
                self.effects.push(Effect::Send(rest.trim().to_owned()));
            }
            Some(ScreenAction::SendScenario) if !rest.is_empty() => {
                self.effects.push(Effect::SendScenario(rest.trim().to_owned()));
            }
            Some(command) => self.run(command),
            None if text.is_empty() => {}
            None => self.bad(format!("`{text}` is no command: ? lists them")),
        }
        if let Some(reason) = &self.not_understood {
            let reason = reason.clone();
            self.bad(reason);
        }
    }
}
