//! What keys do while a listen shows its lines.

use std::collections::VecDeque;

use crate::history::DeliveryId;
use crate::inspector::{ActionResult, KeyPress};
use crate::listen::Row;

/// How many of the last deliveries can be selected.
const MOST_ROWS: usize = 1_000;

/// Something that has to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum LiveEffect {
    /// Send a delivery's event again.
    Replay(DeliveryId),
    /// Copy the curl command of a delivery.
    Copy(DeliveryId),
    /// Show the full screen, at that delivery where there is one.
    FullScreen(Option<DeliveryId>),
    /// Show the full screen where an event is picked and sent.
    Send,
    /// Show what came during the pause.
    Resume,
    /// End the listen.
    Quit,
}

/// A delivery that was shown.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Known {
    id: DeliveryId,
    event: String,
    status: String,
}

/// The state of the footer.
#[derive(Debug, Default)]
pub(super) struct LiveModel {
    rows: VecDeque<Known>,
    /// The one that keys are for; the last one where none is chosen.
    selected: Option<DeliveryId>,
    pub(super) only_failed: bool,
    pub(super) is_paused: bool,
    /// Whether all keys are shown.
    pub(super) shows_keys: bool,
    pub(super) said: Option<ActionResult>,
}

impl LiveModel {
    /// Remembers a row.
    pub(super) fn saw(&mut self, row: &Row) {
        let Some(id) = row.delivery else { return };
        let status = row.status.map_or_else(|| row.outcome.to_owned(), |status| status.to_string());
        let known = Known { id, event: row.event.clone(), status };
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
        match key {
            KeyPress::Up | KeyPress::Char('k') => self.select(-1),
            KeyPress::Down | KeyPress::Char('j') => self.select(1),
            KeyPress::Esc => (self.selected, self.shows_keys) = (None, false),
            KeyPress::Char('?') => self.shows_keys = !self.shows_keys,
            KeyPress::Char('F') => self.only_failed = !self.only_failed,
            KeyPress::Char('p') => {
                self.is_paused = !self.is_paused;
                return (!self.is_paused).then_some(LiveEffect::Resume);
            }
            KeyPress::Char('r') => return self.on_chosen(LiveEffect::Replay),
            KeyPress::Char('c') => return self.on_chosen(LiveEffect::Copy),
            KeyPress::Enter => {
                return Some(LiveEffect::FullScreen(self.chosen().map(|one| one.id)));
            }
            KeyPress::Char('u' | '/') => return Some(LiveEffect::FullScreen(None)),
            KeyPress::Char('e') => return Some(LiveEffect::Send),
            KeyPress::Char('q') | KeyPress::Ctrl('c') => return Some(LiveEffect::Quit),
            _ => {}
        }
        None
    }

    fn on_chosen(&mut self, effect: fn(DeliveryId) -> LiveEffect) -> Option<LiveEffect> {
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
        let details = LiveEffect::FullScreen(Some(DeliveryId(1)));
        assert_eq!(model.press(KeyPress::Enter), Some(details));
        assert_eq!(model.press(KeyPress::Char('c')), Some(LiveEffect::Copy(DeliveryId(1))));
        for _ in 0..3 {
            model.press(KeyPress::Down);
        }
        assert_eq!(model.selection(), None);
        assert_eq!(model.press(KeyPress::Char('r')), Some(LiveEffect::Replay(DeliveryId(4))));
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
