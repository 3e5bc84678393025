//! Key sequences, and the frames that come of them.

mod frames;
mod keys;

use std::path::Path;
use std::time::Duration;

use super::*;
use crate::delivery::{Attempt, NoAnswer, Response};
use crate::history::{
    Delivery, DeliveryId, Filter, History, KeptCall, Reader, Session, Storage, Via,
};
use crate::protocol::{Clock, Moment};
use crate::report::Palette;
use crate::text::command_line::CommandLine;
use crate::text::redaction::Redactor;

const START: i64 = 1_792_000_000;

/// What is recorded: a type, and the status of each attempt; 0 where there was no answer.
type Recorded<'r> = (&'r str, &'r [u16]);

const USUAL: [Recorded<'static>; 6] = [
    ("customer.created", &[200]),
    ("payment_intent.created", &[200]),
    ("payment_intent.succeeded", &[500, 500]),
    ("charge.succeeded", &[0]),
    ("invoice.paid", &[200]),
    ("customer.subscription.trial_will_end", &[]),
];

fn attempt(status: u16) -> Attempt {
    let outcome = match status {
        0 => crate::delivery::Outcome::None {
            why: NoAnswer::Refused,
            error: "Connection refused".to_owned(),
        },
        status => crate::delivery::Outcome::Response(Response {
            status,
            headers: vec![("content-type".to_owned(), "text/plain".to_owned())],
            body: b"KeyError: 'amount'".to_vec(),
            is_truncated: false,
            broke_off: None,
        }),
    };
    Attempt { outcome, latency: Duration::from_millis(72), is_stale: false }
}

fn call() -> KeptCall {
    KeptCall {
        method: "GET".to_owned(),
        path: "/v1/customers/cus_1".to_owned(),
        status: Some(200),
        latency: Some(Duration::from_millis(3)),
        under_way: Some(2),
        is_served: true,
        is_fault: false,
    }
}

fn record(file: &Path, recorded: impl Iterator<Item = (String, Vec<u16>)>) {
    let session =
        Session { command: "listen".into(), name: None, started_at: Moment::from_seconds(START) };
    let clock = Clock::new(|| Moment::from_seconds(START + 1_000));
    let place = Storage::named(file.to_owned());
    let history = History::open(place, session, clock, Redactor::default()).unwrap().history;
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        for ((event, statuses), number) in recorded.zip(1..) {
            let body = format!(
                r#"{{"id":"evt_{number}","type":"{event}","data":{{"object":{{"amount":{number}000,"currency":"eur"}}}}}}"#
            );
            let delivery = Delivery {
                via: Via::Stripe,
                event_id: format!("evt_{number}"),
                event,
                created: Some(START + number),
                account: None,
                endpoint: "http://127.0.0.1:5000/webhook".to_owned(),
                received_at: Moment::from_seconds(START + number),
                headers: [("Stripe-Signature", "t=1,v1=ab")].into_iter().collect(),
                body: body.into(),
                story: None,
            };
            let receipt = history.received(delivery).await;
            for status in statuses {
                history.attempt(&receipt, Moment::from_seconds(START), &attempt(status)).await;
                if number == 3 {
                    history.asked(&receipt, [call()].into_iter()).await;
                }
            }
        }
        history.end().await;
    });
}

/// A full screen over a history of its own, and what it asked for that is not about reading.
struct Screen {
    inspector: Inspector,
    history: Reader,
    asked: Vec<Effect>,
    file: std::path::PathBuf,
    _directory: tempfile::TempDir,
}

impl Screen {
    fn of(recorded: &[Recorded<'_>], size: (u16, u16)) -> Self {
        let all = recorded.iter().map(|(event, statuses)| ((*event).to_owned(), statuses.to_vec()));
        Self::over(all, size)
    }

    fn over(recorded: impl Iterator<Item = (String, Vec<u16>)>, size: (u16, u16)) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("history.db");
        record(&file, recorded);
        let history = Reader::open(&Storage::named(file.clone())).unwrap();
        let start = Start {
            title: "history project.db".to_owned(),
            filter: Filter::default(),
            words: String::new(),
            clock: Clock::new(|| Moment::from_seconds(START + 1_000)),
            local: |at| at.rfc3339()[11..19].to_owned(),
            typed: CommandLine::new("ui"),
            redactor: Redactor::default(),
        };
        let (inspector, effects) = Inspector::new(start, size);
        let asked = Vec::new();
        let mut session = Self { inspector, history, asked, file, _directory: directory };
        session.answer(effects);
        session
    }

    /// Reads what is asked for, until nothing is.
    fn answer(&mut self, mut effects: Vec<Effect>) {
        while !effects.is_empty() {
            let effect = effects.remove(0);
            match answer(&self.history, &effect).unwrap() {
                Some(answered) => {
                    effects.extend(self.inspector.show(ScreenUpdate::Answered(answered)));
                }
                None => self.asked.push(effect),
            }
        }
    }

    fn show(&mut self, shown: ScreenUpdate) {
        let effects = self.inspector.show(shown);
        self.answer(effects);
    }

    fn press(&mut self, key: KeyPress) {
        let effects = self.inspector.press(key);
        self.answer(effects);
    }

    /// Presses a key for each character; `\n` is Enter, `\u{1b}` is Esc.
    fn keys(&mut self, keys: &str) {
        for c in keys.chars() {
            self.press(match c {
                '\n' => KeyPress::Enter,
                '\u{1b}' => KeyPress::Esc,
                c => KeyPress::Char(c),
            });
        }
    }

    fn selected(&self) -> Option<i64> {
        self.inspector.list.selected_id().map(|id| id.0)
    }

    fn said(&self) -> String {
        match &self.inspector.said {
            None => String::new(),
            Some(
                ActionResult::Good(text) | ActionResult::Bad(text) | ActionResult::UnderWay(text),
            ) => text.clone(),
        }
    }

    /// The frame as text, without spaces at the ends of its lines.
    fn frame(&self) -> String {
        let (columns, lines) = self.inspector.size;
        let backend = ratatui_core::backend::TestBackend::new(columns, lines);
        let mut terminal = ratatui_core::terminal::Terminal::new(backend).unwrap();
        terminal.draw(|frame| draw(&self.inspector, Palette::Colours, frame)).unwrap();
        let text = terminal.backend().to_string();
        // The backend draws each line in quotes.
        let lines = text.lines().map(|line| line.trim_matches('"').trim_end());
        lines.collect::<Vec<_>>().join("\n")
    }
}

fn id(number: i64) -> DeliveryId {
    DeliveryId(number)
}
