//! Keeps `stripe listen` running: starts it again when it ends or does not get ready.

use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::job::ListenJob;
use super::reporter::Reporter;
use super::update::ListenUpdate;
use crate::config::Secret;
use crate::error::{Error, Kind, Result};
use crate::protocol::Moment;
use crate::relay::{EventSource, Handle, SecretChange};
use crate::stripe_cli::listen::{Listener, ListenerMessage, Telling, Wanted};

/// How long `stripe listen` may take until it is ready; 0.2 s is usual.
pub(crate) const READY_WITHIN: Duration = Duration::from_secs(20);
/// The first wait before it is started again; it doubles …
const FIRST_WAIT: Duration = Duration::from_millis(500);
/// … up to this one.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// How many tries of an outage are all told.
const FIRST_TOLD: u32 = 4;
/// A listener that was ready for so long has done well: the waits begin anew.
const DONE_WELL: Duration = Duration::from_secs(60);

/// What is known since a listener got ready.
#[derive(Clone, Debug)]
pub(super) struct Readiness {
    /// When the first one did.
    pub(super) since: Moment,
    /// The secret that Stripe signs with.
    pub(super) secret: Secret,
}

/// Whom it tells that a listener is ready.
pub(super) struct Signals<'s> {
    /// When the first one got ready.
    pub(super) ready: watch::Sender<Option<Readiness>>,
    /// Told at each time after that: something may have been missed.
    pub(super) look_now: &'s Notify,
}

/// Keeps every listener running until that is cancelled.
///
/// # Errors
/// One cannot go on: there is no login, or Stripe refuses it.
pub(super) async fn all(
    job: &ListenJob,
    wanted: &Wanted,
    (relay, reporter): (&Handle, &Reporter),
    signals: Signals<'_>,
    stop: &CancellationToken,
) -> Result<()> {
    job.stripe.make_first_run(job.ready_within).await?;
    let mut listeners = wanted.listeners(&job.stripe.program.version).into_iter();
    let keeper = |arguments: Option<Vec<String>>| {
        let signals = &signals;
        async move {
            let Some(arguments) = arguments else { return Ok(()) };
            let keeper = Keeper { job, relay, reporter, signals, arguments };
            keeper.keep(stop).await
        }
    };
    // At most two are ever needed: thin events have one of their own.
    let (first, second) = (keeper(listeners.next()), keeper(listeners.next()));
    tokio::try_join!(first, second).map(|_| ())
}

struct Keeper<'k> {
    job: &'k ListenJob,
    relay: &'k Handle,
    reporter: &'k Reporter,
    signals: &'k Signals<'k>,
    arguments: Vec<String>,
}

/// How one listener's life ended.
enum End {
    /// As it was told to.
    Stopped,
    /// By itself.
    Failed(Error),
    /// It was not ready in time; why, where it says so.
    NotReady(Option<String>),
}

/// The time without a listener that is ready.
struct Outage {
    since: Instant,
    /// How many listeners ended or did not get ready.
    tries: u32,
    /// Whether the last one did not get ready, so that the next has to tell why.
    is_unexplained: bool,
}

impl Keeper<'_> {
    async fn keep(&self, stop: &CancellationToken) -> Result<()> {
        let mut was_ready = false;
        let mut wait = FIRST_WAIT;
        let mut outage: Option<Outage> = None;
        loop {
            let started = Instant::now();
            let (end, is_ready) = self.one(stop, &mut outage).await?;
            was_ready |= is_ready;
            let is_unexplained = matches!(end, End::NotReady(_));
            let reason = match end {
                End::Stopped => return Ok(()),
                End::Failed(error) if is_final(&error, was_ready) => return Err(error),
                End::Failed(error) => error.with_cause(),
                End::NotReady(why) => not_ready(self.job.ready_within, why),
            };
            if is_ready && started.elapsed() > DONE_WELL {
                wait = FIRST_WAIT;
            }
            let since = Instant::now();
            let new = || Outage { since, tries: 0, is_unexplained };
            let outage = outage.get_or_insert_with(new);
            outage.tries += 1;
            outage.is_unexplained = is_unexplained;
            let reason = self.relay.without_paths(&reason);
            let (tries, next_in) = (outage.tries, wait);
            if is_told(tries) {
                self.reporter.emit(ListenUpdate::Lost { reason, tries, next_in });
            }
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                () = sleep(wait) => {}
            }
            wait = longer(wait);
        }
    }

    /// Runs a listener to its end; tells whether it was ready.
    async fn one(
        &self,
        stop: &CancellationToken,
        outage: &mut Option<Outage>,
    ) -> Result<(End, bool)> {
        let is_unexplained = outage.as_ref().is_some_and(|outage| outage.is_unexplained);
        let telling = if is_unexplained { Telling::Everything } else { Telling::Usual };
        let mut listener = self.job.stripe.listen(&self.arguments, telling)?;
        let mut is_ready = false;
        let deadline = Instant::now() + self.job.ready_within;
        loop {
            let said = tokio::select! {
                biased;
                () = stop.cancelled() => {
                    listener.end().await;
                    return Ok((End::Stopped, is_ready));
                }
                said = until(deadline, !is_ready, &mut listener) => said,
            };
            match said {
                None => {
                    let why = listener.websocket_error();
                    listener.end().await;
                    return Ok((End::NotReady(why), is_ready));
                }
                Some(ListenerMessage::Ended(error)) => return Ok((End::Failed(error), is_ready)),
                Some(ListenerMessage::Remark(text)) => {
                    self.reporter.emit(ListenUpdate::Remark(self.relay.without_paths(&text)));
                }
                Some(ListenerMessage::Ready { secret, api_version }) => {
                    is_ready = true;
                    self.ready(secret, api_version, outage.take());
                }
            }
        }
    }

    fn ready(&self, secret: Secret, api_version: Option<String>, outage: Option<Outage>) {
        let change = self.relay.secrets().add(secret.clone());
        if let Some(outage) = outage {
            self.reporter.emit(ListenUpdate::Back { after: outage.since.elapsed() });
        }
        let ready = &self.signals.ready;
        let began = ready.borrow().as_ref().map(|ready| ready.since);
        let since = began.unwrap_or_else(|| self.job.clock.now());
        ready.send_replace(Some(Readiness { since, secret: secret.clone() }));
        match change {
            SecretChange::First => {
                let relay = self.relay.shown_url(EventSource::Snapshot);
                let at = self.job.clock.now();
                self.reporter.emit(ListenUpdate::Ready { api_version, secret, relay, at });
            }
            SecretChange::Another => self.reporter.emit(ListenUpdate::AnotherSecret(secret)),
            SecretChange::Known => {}
        }
        if began.is_some() {
            self.signals.look_now.notify_one();
        }
    }
}

/// The wait after that one.
fn longer(wait: Duration) -> Duration {
    (wait * 2).min(LONGEST_WAIT)
}

/// Whether a try of an outage is told: the first ones, then those after twice as many as the one before.
const fn is_told(tries: u32) -> bool {
    tries <= FIRST_TOLD || tries.is_power_of_two()
}

fn not_ready(within: Duration, why: Option<String>) -> String {
    let seconds = within.as_secs();
    let why = why.map(|why| format!(": {why}")).unwrap_or_default();
    format!("`stripe listen` was not ready after {seconds} s{why}")
}

/// What a listener says, before the deadline if there is one.
async fn until(
    deadline: Instant,
    counts: bool,
    listener: &mut Listener,
) -> Option<ListenerMessage> {
    if !counts {
        return Some(listener.next().await);
    }
    let left = deadline.saturating_duration_since(Instant::now());
    timeout(left, listener.next()).await.ok()
}

/// Whether restarting it would come to the same. What fails at first is the user's to know; later
/// on, only a login that is gone is.
fn is_final(error: &Error, was_ready: bool) -> bool {
    match error.kind() {
        Kind::Unreachable | Kind::StripeRefused => !was_ready,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outage_of_an_hour_is_told_in_few_lines_that_grow_apart() {
        let (mut at, mut wait, mut told) = (Duration::ZERO, FIRST_WAIT, Vec::new());
        for tries in 1.. {
            if at > Duration::from_hours(1) {
                break;
            }
            if is_told(tries) {
                told.push(at);
            }
            at += wait;
            wait = longer(wait);
        }
        assert_eq!(told.len(), 8);
        assert!(told.windows(2).map(|pair| pair[1].saturating_sub(pair[0])).is_sorted());
    }
}
