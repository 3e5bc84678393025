//! Reads the history on a thread of its own, so that a long search holds up no key.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::error::{Error, Result};
use crate::history::{Interrupter, Reader, Storage};
use crate::inspector::{ActionResult, Effect, ScreenUpdate, answer};

/// How often it is looked whether something was recorded.
const LOOK: Duration = Duration::from_millis(200);

/// The end of whoever wants to know.
pub(super) struct Reading {
    questions: Sender<Effect>,
    tell: Sender<ScreenUpdate>,
    news: Receiver<ScreenUpdate>,
    shared: Arc<Shared>,
}

struct Shared {
    /// How many questions have no answer yet.
    open: AtomicUsize,
    reads: Mutex<Reads>,
}

/// What is being read.
struct Reads {
    /// Whether it was interrupted for a window.
    is_interrupted: bool,
    interrupter: Interrupter,
}

impl Shared {
    fn reads(&self) -> MutexGuard<'_, Reads> {
        self.reads.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reading {
    pub(super) fn start(place: Storage, history: Reader) -> Result<Self> {
        let (questions, asked) = mpsc::channel();
        let (tell, news) = mpsc::channel();
        let reads = Reads { is_interrupted: false, interrupter: history.interrupter() };
        let shared = Arc::new(Shared { open: AtomicUsize::new(0), reads: Mutex::new(reads) });
        let reader = Thread {
            place,
            history,
            version: None,
            tell: tell.clone(),
            shared: Arc::clone(&shared),
        };
        let thread = std::thread::Builder::new().name("reading".to_owned());
        thread.spawn(move || reader.run(&asked)).map_err(Error::bug)?;
        Ok(Self { questions, tell, news, shared })
    }

    /// Asks for what an effect is about; a window takes the place of one that is being read.
    pub(super) fn ask(&self, effect: Effect) {
        self.shared.open.fetch_add(1, Ordering::AcqRel);
        if matches!(effect, Effect::Load(_)) {
            let mut reads = self.shared.reads();
            reads.is_interrupted = true;
            reads.interrupter.interrupt();
        }
        // The thread lives as long as this.
        let _ = self.questions.send(effect);
    }

    pub(super) fn is_busy(&self) -> bool {
        self.shared.open.load(Ordering::Acquire) > 0
    }

    /// Where others tell what is to be shown.
    pub(super) fn tell(&self) -> Sender<ScreenUpdate> {
        self.tell.clone()
    }

    /// What there is to be shown.
    pub(super) fn news(&self) -> Vec<ScreenUpdate> {
        self.news.try_iter().collect()
    }
}

struct Thread {
    place: Storage,
    history: Reader,
    version: Option<i64>,
    tell: Sender<ScreenUpdate>,
    shared: Arc<Shared>,
}

impl Thread {
    fn run(mut self, asked: &Receiver<Effect>) {
        loop {
            match asked.recv_timeout(LOOK) {
                Ok(first) => self.answer(first, asked),
                Err(RecvTimeoutError::Timeout) => self.look(),
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    /// Answers what was asked last of each kind.
    fn answer(&mut self, first: Effect, asked: &Receiver<Effect>) {
        let all: Vec<Effect> = std::iter::once(first).chain(asked.try_iter()).collect();
        let count = all.len();
        self.shared.reads().is_interrupted = false;
        let mut last: Vec<Effect> = Vec::new();
        for effect in all {
            last.retain(|kept| std::mem::discriminant(kept) != std::mem::discriminant(&effect));
            last.push(effect);
        }
        for effect in &last {
            let mut answered = answer(&self.history, effect);
            let is_interrupted = answered.is_err() && self.shared.reads().is_interrupted;
            if is_interrupted && !matches!(effect, Effect::Load(_)) {
                // Only the window that was being read is not wanted any more.
                answered = answer(&self.history, effect);
            }
            let shown = match answered {
                Ok(answered) => answered.map(ScreenUpdate::Answered),
                Err(_) if is_interrupted => None,
                Err(error) => Some(ScreenUpdate::Said(ActionResult::Bad(error.with_root_cause()))),
            };
            if let Some(shown) = shown {
                let _ = self.tell.send(shown);
            }
        }
        self.shared.open.fetch_sub(count, Ordering::AcqRel);
    }

    /// Tells that something was recorded.
    fn look(&mut self) {
        if !self.history.has_file() && self.place.file.exists() {
            let Ok(history) = Reader::open(&self.place) else { return };
            self.shared.reads().interrupter = history.interrupter();
            self.history = history;
            self.version = None;
        }
        let version = self.history.version().ok();
        if version != self.version {
            self.version = version;
            let _ = self.tell.send(ScreenUpdate::Changed);
        }
    }
}
