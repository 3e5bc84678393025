//! What keys do while a listen shows its lines.

use std::collections::VecDeque;

use crate::cli::ui::FirstLook;
use crate::history::DeliveryId;
use crate::inspector::{ActionResult, Copied, KeyPress};
use crate::listen::Row;

/// How many of the last deliveries can be selected.
const MOST_ROWS: usize = 1_000;

/// Something that has to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum LiveEffect {
    /// Send a delivery's event again.
    Replay(DeliveryId),
    /// Copy something of a delivery.
    Copy(DeliveryId, Copied),
    /// Open the page of a delivery's event in the browser.
    Browse(DeliveryId),
    /// Show the full screen.
    FullScreen(FirstLook),
    /// Show what came during the pause.
    Resume,
    /// Leave the terminal to the shell for a while.
    Suspend,
    /// End the listen.
    Quit,
}

/// A delivery that was shown.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Known {
    id: DeliveryId,
    event: String,
    status: String,
    is_failed: bool,
}

/// The state of the footer.
#[derive(Debug, Default)]
pub(super) struct LiveModel {
    rows: VecDeque<Known>,
    /// The one that keys are for; the last one where none is chosen.
    selected: Option<DeliveryId>,
    pub(super) only_failed: bool,
    pub(super) is_paused: bool,
    /// The delivery of which the next key says what is copied.
    pub(super) copying: Option<DeliveryId>,
    /// Whether all keys are shown.
    pub(super) shows_keys: bool,
    pub(super) said: Option<ActionResult>,
}

impl LiveModel {
    /// Remembers a row.
    pub(super) fn saw(&mut self, row: &Row) {
        let Some(id) = row.delivery else { return };
        let status = row.status.map_or_else(|| row.outcome.to_owned(), |status| status.to_string());
        let is_failed = !row.is_accepted();
        let known = Known { id, event: row.event.clone(), status, is_failed };
        match self.rows.iter_mut().rev().find(|known| known.id == id) {
            Some(earlier) => *earlier = known,
            None => self.rows.push_back(known),
        }
        if self.rows.len() > MOST_ROWS {
            self.rows.pop_front();
        }
    }

    /// Whether a row is shown.
    pub(super) const fn shows(&self, is_accepted: bool) -> bool {
        !(self.only_failed && is_accepted)
    }

    fn chosen(&self) -> Option<&Known> {
        match self.selected {
            None => self.rows.back(),
            Some(id) => self.rows.iter().rev().find(|known| known.id == id),
        }
    }

    /// The selected delivery in a line, where one was chosen.
    pub(super) fn selection(&self) -> Option<String> {
        self.selected?;
        let known = self.chosen()?;
        Some(format!("> #{} {} {}", known.id.0, known.event, known.status))
    }

    /// Takes a key.
    pub(super) fn press(&mut self, key: KeyPress) -> Option<LiveEffect> {
        self.said = None;
        if key == KeyPress::Ctrl('z') {
            return Some(LiveEffect::Suspend);
        }
        if let Some(id) = self.copying.take() {
            return self.copy(id, key);
        }
        match key {
            KeyPress::Up | KeyPress::Char('k') => self.select(-1),
            KeyPress::Down | KeyPress::Char('j') => self.select(1),
            KeyPress::Esc => (self.selected, self.shows_keys) = (None, false),
            KeyPress::Char('?') => self.shows_keys = !self.shows_keys,
            KeyPress::Char('F') => self.only_failed = !self.only_failed,
            KeyPress::Char('n') => self.select_failure(Direction::Later),
            KeyPress::Char('N') => self.select_failure(Direction::Earlier),
            KeyPress::Char('p' | 'f') => {
                self.is_paused = !self.is_paused;
                return (!self.is_paused).then_some(LiveEffect::Resume);
            }
            KeyPress::Char('r') => return self.on_chosen(LiveEffect::Replay),
            KeyPress::Char('R') => return self.on_chosen(|id| look(FirstLook::Edit(id))),
            KeyPress::Char('v') => return self.on_chosen(|id| look(FirstLook::Verify(id))),
            KeyPress::Char('o') => return self.on_chosen(LiveEffect::Browse),
            KeyPress::Char('c') => self.copying = self.on_chosen(|id| id),
            KeyPress::Enter => {
                let chosen = self.chosen().map(|one| FirstLook::Delivery(one.id));
                return Some(look(chosen.unwrap_or(FirstLook::List)));
            }
            KeyPress::Char('u' | '/') => return Some(look(FirstLook::List)),
            KeyPress::Char('e') => return Some(look(FirstLook::Types)),
            KeyPress::Char('s') => return Some(look(FirstLook::Scenarios)),
            KeyPress::Char('q') | KeyPress::Ctrl('c') => return Some(LiveEffect::Quit),
            _ => {}
        }
        None
    }

    /// Takes the key after `c`.
    fn copy(&mut self, id: DeliveryId, key: KeyPress) -> Option<LiveEffect> {
        let what = Copied::of_key(key);
        if what.is_none() {
            self.said = Some(ActionResult::Bad("nothing was copied".to_owned()));
        }
        what.map(|what| LiveEffect::Copy(id, what))
    }

    fn on_chosen<T>(&mut self, effect: impl FnOnce(DeliveryId) -> T) -> Option<T> {
        let chosen = self.chosen().map(|known| effect(known.id));
        if chosen.is_none() {
            self.said = Some(ActionResult::Bad("nothing was delivered yet".to_owned()));
        }
        chosen
    }

    fn select(&mut self, step: isize) {
        let Some(last) = self.rows.len().checked_sub(1) else { return };
        let at = self.chosen().and_then(|chosen| self.rows.iter().position(|one| one == chosen));
        let at = at.unwrap_or(last).saturating_add_signed(step);
        self.selected = (at < last).then(|| self.rows[at].id);
    }

    /// Selects the next failure in a direction.
    fn select_failure(&mut self, direction: Direction) {
        let chosen = self.chosen().map(|known| known.id);
        let failed: Vec<DeliveryId> =
            self.rows.iter().filter(|known| known.is_failed).map(|known| known.id).collect();
        let (found, none) = match direction {
            Direction::Later => (
                failed.iter().find(|id| self.selected.is_some() && Some(**id) > chosen),
                "no later failure: N looks before this one",
            ),
            Direction::Earlier if self.selected.is_none() => (failed.last(), "no failure so far"),
            Direction::Earlier => (
                failed.iter().rev().find(|id| Some(**id) < chosen),
                "no earlier failure: n looks after this one",
            ),
        };
        match found {
            Some(id) => self.selected = Some(*id),
            None => self.said = Some(ActionResult::Bad(none.to_owned())),
        }
    }
}

/// Where a failure is looked for.
#[derive(Clone, Copy)]
enum Direction {
    Later,
    Earlier,
}

const fn look(look: FirstLook) -> LiveEffect {
    LiveEffect::FullScreen(look)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::history::Via;
    use crate::protocol::Moment;
    use crate::relay::EventSource;

    fn row(number: i64, status: u16) -> Row {
        Row {
            at: Moment::from_seconds(1_792_000_000),
            delivery: Some(DeliveryId(number)),
            event: "invoice.paid".to_owned(),
            event_id: format!("evt_{number}"),
            account: None,
            via: Via::Stripe,
            source: EventSource::Snapshot,
            endpoint: "http://127.0.0.1:5000/webhook".to_owned(),
            attempt: 1,
            status: Some(status),
            outcome: "response",
            latency: Duration::from_millis(2),
            answer: String::new(),
            remarks: Vec::new(),
            no_answer: None,
            diagnosis: None,
            api_calls: None,
            again_in: None,
        }
    }

    #[test]
    fn keys_are_for_the_last_delivery_or_for_the_one_that_is_selected() {
        let mut model = LiveModel::default();
        assert_eq!(model.press(KeyPress::Char('r')), None);
        assert!(model.said.is_some());
        (1..=3).for_each(|number| model.saw(&row(number, 200)));
        assert_eq!(model.press(KeyPress::Char('r')), Some(LiveEffect::Replay(DeliveryId(3))));
        model.press(KeyPress::Up);
        model.press(KeyPress::Char('k'));
        model.saw(&row(1, 500));
        model.saw(&row(4, 200));
        assert_eq!(model.selection().unwrap(), "> #1 invoice.paid 500");
        let first = DeliveryId(1);
        for (key, expected) in [
            (KeyPress::Enter, look(FirstLook::Delivery(first))),
            (KeyPress::Char('u'), look(FirstLook::List)),
            (KeyPress::Char('e'), look(FirstLook::Types)),
            (KeyPress::Char('s'), look(FirstLook::Scenarios)),
            (KeyPress::Char('v'), look(FirstLook::Verify(first))),
            (KeyPress::Char('R'), look(FirstLook::Edit(first))),
            (KeyPress::Char('o'), LiveEffect::Browse(first)),
            (KeyPress::Ctrl('z'), LiveEffect::Suspend),
        ] {
            assert_eq!(model.press(key), Some(expected));
        }
        for _ in 0..3 {
            model.press(KeyPress::Down);
        }
        assert_eq!(model.selection(), None);
        assert_eq!(model.press(KeyPress::Char('r')), Some(LiveEffect::Replay(DeliveryId(4))));
    }

    #[test]
    fn the_key_after_c_says_what_is_copied() {
        let mut model = LiveModel::default();
        assert_eq!(model.press(KeyPress::Char('c')), None);
        assert_eq!(model.copying, None);
        model.saw(&row(1, 200));
        for (key, what) in
            [('c', Copied::Curl), ('j', Copied::Json), ('i', Copied::Id), ('s', Copied::Step)]
        {
            assert_eq!(model.press(KeyPress::Char('c')), None);
            let copied = model.press(KeyPress::Char(key));
            assert_eq!(copied, Some(LiveEffect::Copy(DeliveryId(1), what)));
        }
        model.press(KeyPress::Char('c'));
        assert_eq!(model.press(KeyPress::Char('q')), None, "q ends the copying, not the listen");
        assert!(model.said.is_some());
        assert_eq!(model.press(KeyPress::Char('q')), Some(LiveEffect::Quit));
    }

    #[test]
    fn failures_are_found_in_both_directions() {
        let mut model = LiveModel::default();
        model.press(KeyPress::Char('N'));
        assert_eq!(model.said, Some(ActionResult::Bad("no failure so far".to_owned())));
        for (number, status) in (1..).zip([500, 200, 404, 200]) {
            model.saw(&row(number, status));
        }
        for (key, expected) in
            [('N', Some(3)), ('N', Some(1)), ('N', Some(1)), ('n', Some(3)), ('n', Some(3))]
        {
            model.press(KeyPress::Char(key));
            assert_eq!(model.selected.map(|id| id.0), expected);
        }
        assert!(model.said.is_some());
    }

    #[test]
    fn failures_alone_are_shown_and_nothing_in_a_pause() {
        let mut model = LiveModel::default();
        assert!(model.shows(true));
        model.press(KeyPress::Char('F'));
        assert!(!model.shows(true) && model.shows(false));
        assert_eq!(model.press(KeyPress::Char('p')), None);
        assert!(model.is_paused);
        assert_eq!(model.press(KeyPress::Char('p')), Some(LiveEffect::Resume));
        assert_eq!(model.press(KeyPress::Char('q')), Some(LiveEffect::Quit));
    }

    #[test]
    fn what_can_be_selected_is_bounded() {
        let mut model = LiveModel::default();
        (1..=5_000).for_each(|number| model.saw(&row(number, 200)));
        assert_eq!(model.rows.len(), MOST_ROWS);
    }
}
