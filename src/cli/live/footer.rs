//! The lines below those of a listen: what is under way, and what it came to.

use std::time::Duration;

use super::model::LiveModel;
use crate::inspector::ActionResult;
use crate::listen::TallySnapshot;
use crate::protocol::Moment;
use crate::text::{escape, width};

/// From so long on, what is under way is shown.
const LONG: Duration = Duration::from_millis(700);

/// The keys, the most important ones first; the last one stays.
const KEYS: [(&str, &str); 16] = [
    ("?", "keys"),
    ("enter", "details"),
    ("r", "replay"),
    ("F", "only failed"),
    ("p", "pause"),
    ("u", "full screen"),
    ("e", "send"),
    ("s", "scenario"),
    ("c", "copy"),
    ("↑ ↓", "select"),
    ("n N", "failures"),
    ("v", "verify"),
    ("R", "edit"),
    ("o", "browse"),
    ("esc", "the last one again"),
    ("q", "quit"),
];

/// What the footer is made of.
pub(super) struct Footer<'f> {
    pub(super) model: &'f LiveModel,
    pub(super) tally: &'f TallySnapshot,
    /// Since when events come in.
    pub(super) connected: Option<Moment>,
    pub(super) now: Moment,
    pub(super) held: usize,
}

impl Footer<'_> {
    /// Its lines, each shorter than the terminal is wide.
    pub(super) fn lines(&self, columns: usize) -> Vec<String> {
        let room = columns.saturating_sub(1);
        let mut lines: Vec<String> = self.under_way().map(|line| width::fit(&line, room)).collect();
        if self.model.shows_keys {
            lines.extend(all_keys(room));
        }
        lines.extend(self.model.selection().map(|line| width::fit(&escape::line(&line), room)));
        lines.extend(self.copying().map(|line| width::fit(&line, room)));
        if let Some(said) = &self.model.said {
            let (sign, text) = match said {
                ActionResult::Good(text) => ("✓", text),
                ActionResult::Bad(text) => ("✗", text),
                ActionResult::UnderWay(text) => ("…", text),
            };
            lines.push(width::fit(&format!("{sign} {}", escape::line(text)), room));
        }
        lines.push(self.status(room));
        lines
    }

    /// What can be copied.
    fn copying(&self) -> Option<String> {
        let id = self.model.copying?;
        Some(format!("copy of #{}: c curl · j JSON · i id · s scenario step · esc nothing", id.0))
    }

    fn under_way(&self) -> impl Iterator<Item = String> {
        self.tally.oldest.iter().filter_map(|one| {
            let time = self.now.since(one.since);
            let number = one.delivery.map(|id| format!("#{} ", id.0)).unwrap_or_default();
            let event = escape::name(&one.event);
            (time >= LONG).then(|| format!("… {number}{event}  {}", seconds(time)))
        })
    }

    fn status(&self, room: usize) -> String {
        let tally = self.tally;
        let connected = match self.connected {
            Some(since) => format!("connected {}", seconds(self.now.since(since))),
            None => "connecting".to_owned(),
        };
        let mut counts =
            format!("{} ok · {} failed · {} waiting", tally.accepted, tally.failed, tally.waiting);
        if self.model.only_failed {
            counts.push_str(" · only failed");
        }
        if self.model.is_paused {
            counts.push_str(&format!(" · paused, {} held", self.held));
        }
        let (last, first) = (KEYS[KEYS.len() - 1], &KEYS[..KEYS.len() - 1]);
        let quit = format!(" {} {}", last.0, last.1);
        let mut text = format!("── {connected} · {counts} ──");
        // Since when matters least where there is no room.
        if width::of(&text) + width::of(&quit) > room && self.connected.is_some() {
            text = format!("── {counts} ──");
        }
        let mut keys = String::new();
        for (key, does) in first {
            let next = format!(" {key} {does} ·");
            if width::of(&text) + width::of(&keys) + width::of(&next) + width::of(&quit) > room {
                break;
            }
            keys.push_str(&next);
        }
        width::fit(&format!("{text}{keys}{quit}"), room)
    }
}

/// All keys, in as many lines as they need.
fn all_keys(room: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for (key, does) in KEYS {
        let text = format!("{key} {does}");
        match lines.last_mut() {
            Some(line) if width::of(line) + 3 + width::of(&text) <= room => {
                line.push_str(" · ");
                line.push_str(&text);
            }
            _ => lines.push(width::fit(&text, room)),
        }
    }
    lines
}

/// `3 s`, `12 min`, `2 h`: whole ones, which do not jump about.
fn seconds(time: Duration) -> String {
    match time.as_secs() {
        seconds @ 0..60 => format!("{seconds} s"),
        seconds @ 60..7_200 => format!("{} min", seconds / 60),
        seconds => format!("{} h", seconds / 3_600),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::DeliveryId;
    use crate::listen::UnderWay;

    #[test]
    fn the_footer_fits_and_keeps_the_last_key() {
        let since = Moment::from_seconds(1_792_000_000);
        let slow = UnderWay {
            delivery: Some(DeliveryId(490)),
            event: "charge.succeeded".to_owned(),
            since: Moment::from_seconds(1_792_000_717),
        };
        let tally = TallySnapshot { accepted: 17, failed: 1, waiting: 1, oldest: vec![slow] };
        let mut model = LiveModel::default();
        model.press(crate::inspector::KeyPress::Char('F'));
        let now = Moment::from_seconds(1_792_000_720);
        let footer = Footer { model: &model, tally: &tally, connected: Some(since), now, held: 0 };
        assert_eq!(
            footer.lines(80).join("\n"),
            "… #490 charge.succeeded  3 s\n\
             ── connected 12 min · 17 ok · 1 failed · 1 waiting · only failed ── q quit"
        );
        let wide = footer.lines(300).join("\n");
        assert!(wide.ends_with(" ? keys · enter details · r replay · F only failed · p pause · u full screen · e send · s scenario · c copy · ↑ ↓ select · n N failures · v verify · R edit · o browse · esc the last one again · q quit"), "{wide}");
        assert_eq!(footer.lines(60)[1], "── 17 ok · 1 failed · 1 waiting · only failed ── q quit");
        model.press(crate::inspector::KeyPress::Char('?'));
        let footer = Footer { model: &model, tally: &tally, connected: Some(since), now, held: 0 };
        assert_eq!(
            footer.lines(60)[1..5].join("\n"),
            "? keys · enter details · r replay · F only failed · p pause\n\
             u full screen · e send · s scenario · c copy · ↑ ↓ select\n\
             n N failures · v verify · R edit · o browse\n\
             esc the last one again · q quit"
        );
        for columns in 1..200 {
            assert!(footer.lines(columns).iter().all(|line| width::of(line) < columns.max(2)));
        }
    }
}
