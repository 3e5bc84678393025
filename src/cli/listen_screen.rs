//! Shows a listen while it goes on: a line for each attempt to deliver, remarks beside them.

use std::collections::HashSet;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::sync::oneshot::error::TryRecvError;
use tokio::time::{Instant, sleep, timeout};

use super::context::Context;
use super::live::{Live, LiveInput};
use super::out::{Out, Verbosity};
use super::output_options::Format;
use crate::config::Secret;
use crate::delivery::{
    Circumstances, Diagnosis, Endpoint, EndpointOrigin, Outcome, diagnosis, probe,
};
use crate::error::{Error, Result};
use crate::listen::{AppUpdate, Ending, ListenUpdate, Row, UpdateReceiver};
use crate::report;
use crate::report::Layout;
use crate::report::listen::{Heading, Signature};
use crate::report::listen_sum::Recorded;
use crate::text::command_line::CommandLine;
use crate::text::{duration, escape};

/// How long what happens after the last look waits to be shown; too short to be seen. To wake the screen for
/// each event took a tenth of the relay's time where many come.
const BETWEEN_LOOKS: Duration = Duration::from_millis(50);
/// How many events that are lost are named in the end.
const LOST_IDS: usize = 10;
/// How long a terminal that stands still is waited for in the end.
const LAST_LINES: Duration = Duration::from_secs(5);

/// A listen that is shown by a thread.
pub(super) struct Shown {
    ended: oneshot::Sender<Ending>,
    done: oneshot::Receiver<Out>,
}

impl Shown {
    /// Shows the rest, and what it came to where it ended well; waits for that a moment only.
    pub(super) async fn finish(self, ending: Option<Ending>, context: &mut Context) {
        match ending {
            // The thread lives as long as this.
            Some(ending) => drop(self.ended.send(ending)),
            None => drop(self.ended),
        }
        if let Ok(Ok(out)) = timeout(LAST_LINES, self.done).await {
            context.out.learn_from(out);
        }
    }
}

/// A listen at the terminal.
pub(super) struct ListenScreen {
    out: Out,
    layout: Layout,
    format: Format,
    heading: Heading,
    typed: CommandLine,
    /// The endpoint's secret, where events are to be signed with it.
    own: Option<Secret>,
    began: std::time::Instant,
    /// The endpoints and the causes whose hints were shown.
    told: HashSet<(String, String)>,
    /// The ids of the first events that are lost, and how many are.
    lost: (Vec<String>, usize),
    /// The footer and the keys, where somebody is at a terminal.
    live: Option<Live>,
}

impl ListenScreen {
    pub(super) fn new(
        context: &Context,
        format: Format,
        (heading, own): (Heading, Option<Secret>),
    ) -> Self {
        let layout = context.out.layout();
        let began = std::time::Instant::now();
        Self {
            out: context.out.another(),
            layout,
            format,
            heading,
            typed: context.typed.clone(),
            own,
            began,
            told: HashSet::new(),
            lost: (Vec::new(), 0),
            live: None,
        }
    }

    /// The same with a footer and keys.
    pub(super) fn with(self, live: Option<Live>) -> Self {
        Self { live, ..self }
    }

    /// Shows updates until the listen has ended, on a thread of its own: a terminal that stands still
    /// holds up nothing else.
    pub(super) fn run(self, updates: UpdateReceiver) -> Result<Shown> {
        let (ended, ending) = oneshot::channel();
        let (tell, done) = oneshot::channel();
        let runtime = Context::runtime()?;
        let thread = std::thread::Builder::new().name("terminal".to_owned()).spawn(move || {
            // Nobody waits for it any more where it took too long.
            let _ = tell.send(runtime.block_on(self.until_ended(updates, ending)));
        });
        thread.map_err(Error::bug)?;
        Ok(Shown { ended, done })
    }

    async fn until_ended(
        mut self,
        mut updates: UpdateReceiver,
        mut ending: oneshot::Receiver<Ending>,
    ) -> Out {
        let mut pause = std::pin::pin!(sleep(Duration::ZERO));
        let mut together = Vec::new();
        let ending = loop {
            tokio::select! {
                biased;
                ending = &mut ending => break ending.ok(),
                input = Live::next(self.live.as_mut()) => {
                    if let Some(ended) = self.input(input, &mut updates, &mut ending).await {
                        break ended;
                    }
                }
                () = &mut pause, if !pause.is_elapsed() => {}
                1.. = updates.next(&mut together), if pause.is_elapsed() => {
                    self.show_all(std::mem::take(&mut together)).await;
                    pause.as_mut().reset(Instant::now() + BETWEEN_LOOKS);
                }
            }
        };
        let held = self.live.as_mut().map(Live::held).unwrap_or_default();
        if let Some(live) = self.live.take() {
            live.end(&mut self.out);
        }
        for update in held.into_iter().chain(updates.rest()) {
            self.show(update).await;
        }
        if let Some(ending) = ending {
            self.finish(&ending);
        }
        self.out
    }

    /// Shows what came, or holds it back; the footer stays below.
    async fn show_all(&mut self, updates: Vec<ListenUpdate>) {
        match &mut self.live {
            Some(live) if live.is_paused() => return live.hold(updates.into_iter()),
            Some(live) => live.clear(&mut self.out),
            None => {}
        }
        self.layout = self.out.layout();
        for update in updates {
            self.show(update).await;
        }
        if let Some(live) = &mut self.live {
            live.draw(&mut self.out);
        }
    }

    /// Takes a key, or draws the footer anew; how the listen ended, if it did meanwhile.
    async fn input(
        &mut self,
        input: LiveInput,
        updates: &mut UpdateReceiver,
        ending: &mut oneshot::Receiver<Ending>,
    ) -> Option<Option<Ending>> {
        let live = self.live.as_mut()?;
        let mut ended = None;
        live.look();
        if let LiveInput::Key(key) = input {
            let mut meanwhile = |hold: &mut dyn FnMut(ListenUpdate)| {
                updates.waiting().into_iter().for_each(hold);
                ended = match ending.try_recv() {
                    Err(TryRecvError::Empty) => return true,
                    other => Some(other.ok()),
                };
                false
            };
            if live.press(key, &mut self.out, &mut meanwhile) {
                let held = live.held();
                self.show_all(held).await;
            }
        }
        if let Some(live) = &mut self.live {
            live.draw(&mut self.out);
        }
        ended
    }

    /// Shows one thing.
    async fn show(&mut self, news: ListenUpdate) {
        match news {
            ListenUpdate::Attempt(row) => {
                self.row(&row);
                self.hint(&row).await;
            }
            ListenUpdate::Ready { api_version, secret, relay, at } => {
                self.out.redactor.add(secret.reveal());
                self.heading.api_version = api_version;
                if let Some(live) = &mut self.live {
                    live.connected(at);
                }
                if self.own.as_ref().is_some_and(|own| *own != secret) {
                    self.heading.signature = Signature::Anew;
                }
                self.heading();
                if self.format == Format::Json {
                    self.out.result(&report::listen::ready(&self.heading, &relay, at));
                }
            }
            ListenUpdate::App(news) => self.app(&news),
            other => self.remark(other),
        }
    }

    fn row(&mut self, row: &Row) {
        if row.is_lost() {
            self.lost.1 += 1;
            if self.lost.0.len() < LOST_IDS {
                self.lost.0.push(row.event_id.clone());
            }
        }
        if self.out.verbosity == Verbosity::Quiet && row.is_accepted() {
            return;
        }
        let is_shown = self.live.as_mut().is_none_or(|live| live.shows(row));
        if !is_shown {
            return;
        }
        let text = match self.format {
            Format::Text if self.live.is_some() => {
                report::listen_live::row(row, &self.heading.endpoint, self.layout)
            }
            Format::Text => report::listen::row(row, &self.heading.endpoint, self.layout),
            Format::Compact => report::listen::compact(row),
            Format::Json => report::listen::json(row),
        };
        self.out.result(&text);
    }

    /// Shows the hint of the first failure of each cause; programs find it in each line.
    async fn hint(&mut self, row: &Row) {
        let Some(found) = row.diagnosis.as_ref().filter(|_| self.format == Format::Text) else {
            return;
        };
        if self.told.insert((row.endpoint.clone(), without_ids(&found.cause))) {
            let probed = self.probed(row).await;
            let found = self.with_command(probed.unwrap_or_else(|| found.clone()), row);
            let text = report::listen::hint(&found, self.layout);
            self.out.result(&text);
        }
    }

    /// With the whole command where an option is the way out.
    fn with_command(&self, found: Diagnosis, row: &Row) -> Diagnosis {
        let Ok(endpoint) = Endpoint::parse(&row.endpoint) else { return found };
        let is_main = row.endpoint == self.heading.endpoint;
        let origin = if is_main { EndpointOrigin::Options } else { EndpointOrigin::Route };
        found.for_command(&self.typed, &row.event, (&endpoint, origin))
    }

    /// What a look at an endpoint adds that gave no answer.
    async fn probed(&self, row: &Row) -> Option<Diagnosis> {
        let why = row.no_answer?;
        let endpoint = Endpoint::parse(&row.endpoint).ok()?;
        let findings = probe::findings(&endpoint, why).await;
        let outcome = Outcome::None { why, error: row.answer.clone() };
        let circumstances = Circumstances { findings: Some(&findings), ..Circumstances::default() };
        diagnosis::diagnose(&endpoint, &outcome, circumstances)
    }

    /// Lines for programs have no heading among them.
    fn heading(&mut self) {
        let text = report::listen::heading(&self.heading, self.layout);
        match self.format {
            Format::Text if self.out.verbosity > Verbosity::Quiet => self.out.result(&text),
            Format::Text => {}
            Format::Compact | Format::Json => self.out.note(text.trim_end()),
        }
    }

    fn app(&mut self, news: &AppUpdate) {
        match news {
            AppUpdate::Line(line) => {
                let palette = self.out.stderr_palette();
                self.out.note(&report::listen_around::line(line, palette));
            }
            AppUpdate::Up(after) => {
                self.out.note(&format!("the app is up after {}", duration::short(*after)));
            }
            AppUpdate::Waiting { endpoint, elsewhere } => {
                let text = report::listen_around::waiting(endpoint, elsewhere);
                if elsewhere.is_empty() { self.out.note(&text) } else { self.out.warning(&text) }
            }
            AppUpdate::Ended(status) => self.out.warning(&report::listen_around::ended(*status)),
        }
    }

    fn remark(&mut self, news: ListenUpdate) {
        let out = &mut self.out;
        match news {
            ListenUpdate::AnotherSecret(secret) => {
                out.redactor.add(secret.reveal());
                let hint = secret.hint();
                out.warning(&format!("`stripe listen` now signs with another secret: {hint}"));
            }
            ListenUpdate::Lost { reason, tries, next_in } => {
                out.warning(&report::listen_around::lost(&reason, tries, next_in));
            }
            ListenUpdate::Back { after } => {
                out.note(&format!("`stripe listen` is back after {}", duration::short(after)));
            }
            ListenUpdate::Remark(text) => out.warning(&escape::line(&text)),
            ListenUpdate::EndpointDown { endpoint, error } => out.warning(&format!(
                "{endpoint} is not accepting connections ({}); events are queued",
                escape::line(&error)
            )),
            ListenUpdate::EndpointBack { endpoint, after } => {
                self.told.retain(|(told, _)| *told != endpoint);
                out.note(&format!("{endpoint} is back after {}", duration::short(after)));
            }
            ListenUpdate::BadSignature { count, error } => {
                out.warning(&report::listen::rejected(count, &error));
            }
            ListenUpdate::OverCapacity(waiting) => out.warning(&format!(
                "{waiting} events are queued: Stripe gets its answer now, your app gets the events later"
            )),
            ListenUpdate::CatchingUp { missing } => {
                out.note(&report::listen::catching_up(missing));
            }
            ListenUpdate::CatchUpLeft { left, of } => {
                out.note(&report::listen::catch_up_left(left, of));
            }
            ListenUpdate::CaughtUp(found) => out.note(&report::listen::caught_up(&found)),
            ListenUpdate::NoCatchUp(why) => {
                out.warning(&format!("cannot recover missed events: {}", escape::line(&why)));
            }
            ListenUpdate::NotDelivered(why) => out.warning(&escape::line(&why)),
            ListenUpdate::EndlessCalls(event) => out.warning(&report::api::endless(&event)),
            ListenUpdate::History(notice) => out.warning(&report::history::notice(&notice)),
            ListenUpdate::LeftOut(lines) => out.warning(&report::listen::left_out(lines)),
            ListenUpdate::Ready { .. } | ListenUpdate::Attempt(_) | ListenUpdate::App(_) => {}
        }
    }

    /// Shows what it came to.
    fn finish(&mut self, ending: &Ending) {
        let recorded =
            ending.session.map(|session| Recorded { session, file: self.heading.history.clone() });
        let (time, palette) = (self.began.elapsed(), self.layout.palette);
        let mut text =
            report::listen_sum::summary(&ending.summary, time, recorded.as_ref(), palette);
        let (ids, all) = &self.lost;
        if *all > 0 {
            text.push_str(&report::listen::lost(ids, *all));
        }
        match self.format {
            _ if self.out.verbosity == Verbosity::Quiet => {}
            Format::Text => self.out.result(&text),
            Format::Compact | Format::Json => self.out.note(text.trim()),
        }
    }
}

/// A cause without what is another in each event: `cus_1NcZ` of a customer's id is left at `cus_`.
fn without_ids(cause: &str) -> String {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut out = String::new();
    for word in cause.split_inclusive(|c| !is_part(c)) {
        let end = word.find(|c| !is_part(c)).unwrap_or(word.len());
        let (name, rest) = word.split_at(end);
        let id = name.rfind('_').filter(|at| name[*at..].contains(|c: char| c.is_ascii_digit()));
        out.push_str(&name[..id.map_or(end, |at| at + 1)]);
        out.push_str(rest);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_is_the_same_whatever_object_it_names() {
        let cause = "asked for one: `No such customer: 'cus_1NcZ'` (evt_test_65, `customer_id`)";
        assert_eq!(
            without_ids(cause),
            "asked for one: `No such customer: 'cus_'` (evt_test_, `customer_id`)"
        );
    }
}
