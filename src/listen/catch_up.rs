//! Finds the events that were missed, and brings them.
//!
//! The Stripe CLI loses its connection without a word (and comes back in its own time), and what
//! happens meanwhile does not come. So from time to time the events that Stripe lists are held against
//! those that came.

use std::time::{Duration, Instant};

use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, sleep};

use super::job::{CatchUp, ListenJob};
use super::missing::{Missing, MissingList, NoLook};
use super::reporter::Reporter;
use super::supervise::Readiness;
use super::update::{CaughtUp, ListenUpdate};
use crate::config::Secret;
use crate::protocol::{Clock, Moment};
use crate::relay::{EventSource, Handle};
use crate::stripe_cli::Reply;
use crate::stripe_cli::events::{EventQuery, ListedEvent};

/// An event that is younger may still be under way.
const UNDER_WAY: Duration = Duration::from_secs(5);
/// How much of what was looked at is looked at again, in seconds: an event may be listed late.
const OVERLAP: i64 = 120;
/// How often the clocks are compared.
const TICK: Duration = Duration::from_secs(2);
/// By how much the clock on the wall may differ from the other before the computer must have slept, in
/// seconds.
const JUMP: i64 = 10;
/// How long a call may take.
const TIME_LIMIT: Duration = Duration::from_secs(30);
/// How many events Stripe is asked to send again, one by one. More are delivered from the list: each would take a
/// process of its own.
const MOST_RESENT: usize = 20;
/// How long an event that is sent again may take to come.
const ARRIVAL: Duration = Duration::from_secs(10);
/// How often it is looked whether they have come.
const ARRIVAL_LOOK: Duration = Duration::from_millis(50);
/// How many events of the list are handed to the relay at a time.
const UNDER_WAY_OF_LIST: usize = 32;
/// After how many events it is said how many are left.
const BETWEEN_REPORTS: usize = 1_000;

/// Looks for ever; returns only where it is off. (It is dropped with the listen.)
pub(super) async fn run(
    job: &ListenJob,
    (relay, reporter): (&Handle, &Reporter),
    mut ready: watch::Receiver<Option<Readiness>>,
    look_now: &Notify,
) {
    let CatchUp::Every { interval: every, since, known } = &job.catch_up else {
        return std::future::pending().await;
    };
    let began = ready.wait_for(Option::is_some).await.ok();
    let began = began.and_then(|ready| ready.as_ref().map(|ready| ready.since));
    let Some(start) = since.or(began).map(Moment::seconds) else { return };
    for id in known {
        reporter.remember(id, i64::MAX);
    }
    let list = MissingList { job, reporter, grace: grace(*every) };
    let mut search = Search { list, relay, ready, start, looked_until: None };
    let mut waits = Waits::new(*every, job.clock);
    // At once, to learn what Stripe's clock says; and what happened before is asked for.
    let mut is_due = true;
    loop {
        if !is_due {
            waits.next(look_now).await;
        }
        is_due = false;
        if let Some(why) = search.look().await {
            reporter.emit(ListenUpdate::NoCatchUp(why));
            reporter.forget();
            return std::future::pending().await;
        }
    }
}

/// When to look: in time, when told to, and when the computer has slept.
struct Waits {
    every: Duration,
    last: Instant,
    clock: Clock,
}

impl Waits {
    fn new(every: Duration, clock: Clock) -> Self {
        Self { every, last: Instant::now(), clock }
    }

    async fn next(&mut self, look_now: &Notify) {
        let mut ticks = interval(TICK.min(self.every));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut wall, mut inner) = (self.clock.now().seconds(), Instant::now());
        loop {
            tokio::select! {
                () = look_now.notified() => {
                    // What was missed last is old enough only then.
                    sleep(grace(self.every)).await;
                    break;
                }
                _ = ticks.tick() => {}
            }
            let passed = i64::try_from(inner.elapsed().as_secs()).unwrap_or(i64::MAX);
            let (now, then) = (self.clock.now().seconds(), wall);
            (wall, inner) = (now, Instant::now());
            if self.last.elapsed() >= self.every || now - then - passed > JUMP {
                break;
            }
        }
        self.last = Instant::now();
    }
}

/// How young an event may be to be left for the next look.
fn grace(every: Duration) -> Duration {
    UNDER_WAY.min(every)
}

struct Search<'s> {
    list: MissingList<'s>,
    relay: &'s Handle,
    ready: watch::Receiver<Option<Readiness>>,
    /// From when on events are wanted, in seconds of the computer's clock when the listen began.
    start: i64,
    /// What was looked at, by Stripe's clock.
    looked_until: Option<LookedUntil>,
}

/// What was looked at, in seconds of Stripe's clock.
#[derive(Clone, Copy)]
struct LookedUntil {
    start: i64,
    until: i64,
}

impl Search<'_> {
    /// One look. Returns why there is to be none any more.
    async fn look(&mut self) -> Option<String> {
        match self.try_look().await {
            Err(NoLook::NotAllowed) => Some("the API key may not read events".to_owned()),
            // The next look covers this one's time.
            Ok(()) | Err(NoLook::Failed) => None,
        }
    }

    async fn try_look(&mut self) -> Result<(), NoLook> {
        let looked = match self.looked_until {
            Some(looked) => looked,
            None => self.begin().await?,
        };
        let from = (looked.until - OVERLAP).max(looked.start);
        let missing = self.list.missing(from).await?;
        let until = missing.at.map_or_else(|| self.list.now(), Moment::seconds);
        self.bring(missing, from).await?;
        self.looked_until = Some(LookedUntil { until, ..looked });
        self.list.reporter.forget_before(from);
        Ok(())
    }

    /// Asks Stripe what its clock says: the computer's may be wrong.
    async fn begin(&mut self) -> Result<LookedUntil, NoLook> {
        let page = self.list.page(EventQuery { limit: 1, ..EventQuery::default() }).await?;
        let now = self.list.now();
        let ahead = page.at.map_or(0, |at| at.seconds() - now);
        let start = self.start + ahead;
        let looked = LookedUntil { start, until: start };
        self.looked_until = Some(looked);
        Ok(looked)
    }

    async fn bring(&self, missing: Missing, from: i64) -> Result<(), NoLook> {
        let reporter = self.list.reporter;
        let found = match missing.count {
            0 => return Ok(()),
            1..=MOST_RESENT => self.resend(missing, from).await?,
            count => {
                reporter.emit(ListenUpdate::CatchingUp { missing: count });
                CaughtUp { resent: 0, listed: self.deliver_all(missing, from).await? }
            }
        };
        reporter.emit(ListenUpdate::CaughtUp(found));
        Ok(())
    }

    /// Has Stripe send the events again, and delivers from the list those that do not come.
    async fn resend(&self, mut missing: Missing, from: i64) -> Result<CaughtUp, NoLook> {
        let (reporter, stripe) = (self.list.reporter, &self.list.job.stripe);
        let mut found = CaughtUp::default();
        let mut asked_for = Vec::new();
        while let Some(page) = missing.pages.pop_back() {
            for event in self.list.events(page, from).await?.into_iter().rev() {
                self.relay.expect_again(&event.id);
                let resend = ["events", "resend", &event.id];
                let is_sent = matches!(stripe.ask(&resend, TIME_LIMIT).await, Ok(Reply::Object(_)));
                asked_for.push((event, is_sent));
            }
        }
        self.arrive(&asked_for).await;
        for (event, _) in asked_for {
            if reporter.has_seen(&event.id) {
                found.resent += 1;
            } else if let Some(secret) = self.secret() {
                let source = EventSource::Snapshot;
                self.relay.deliver_missing(source, event.body.as_bytes(), secret).await;
                found.listed += 1;
            }
        }
        Ok(found)
    }

    /// Waits until all that were sent again have come, or the time is up.
    async fn arrive(&self, asked_for: &[(ListedEvent, bool)]) {
        let end = Instant::now() + ARRIVAL;
        let is_under_way = |(event, is_sent): &(ListedEvent, bool)| {
            *is_sent && !self.list.reporter.has_seen(&event.id)
        };
        while asked_for.iter().any(is_under_way) && Instant::now() < end {
            sleep(ARRIVAL_LOOK).await;
        }
    }

    /// Delivers the events as they stand in the list, oldest first, some at a time.
    async fn deliver_all(&self, mut missing: Missing, from: i64) -> Result<usize, NoLook> {
        let mut under_way = JoinSet::new();
        let (mut done, mut said) = (0, 0);
        while let Some(page) = missing.pages.pop_back() {
            for event in self.list.events(page, from).await?.into_iter().rev() {
                let Some(secret) = self.secret() else { return Err(NoLook::Failed) };
                while under_way.len() >= UNDER_WAY_OF_LIST {
                    under_way.join_next().await;
                }
                let relay = self.relay.clone();
                under_way.spawn(async move {
                    let source = EventSource::Snapshot;
                    relay.deliver_missing(source, event.body.as_bytes(), secret).await;
                });
                done += 1;
            }
            if done >= said + BETWEEN_REPORTS && !missing.pages.is_empty() {
                said = done;
                let left = missing.pages.iter().map(|page| page.missing).sum();
                self.list.reporter.emit(ListenUpdate::CatchUpLeft { left, of: missing.count });
            }
        }
        while under_way.join_next().await.is_some() {}
        Ok(done)
    }

    fn secret(&self) -> Option<Secret> {
        self.ready.borrow().as_ref().map(|ready| ready.secret.clone())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, Ordering};

    use tokio::time::timeout;

    use super::super::job::USUAL_INTERVAL;
    use super::*;

    static WALL: AtomicI64 = AtomicI64::new(1_792_000_000);

    /// tokio's time runs ahead here whenever nothing is to do; the computer's own does not.
    #[tokio::test(start_paused = true)]
    async fn a_clock_that_jumps_ends_the_wait() {
        let clock = Clock::new(|| Moment::from_seconds(WALL.load(Ordering::Relaxed)));
        let mut waits = Waits::new(USUAL_INTERVAL, clock);
        let look_now = Notify::new();
        let long = USUAL_INTERVAL * 10;
        assert!(timeout(long, waits.next(&look_now)).await.is_err());
        let sleeps = async {
            sleep(TICK / 2).await;
            WALL.fetch_add(JUMP + 1, Ordering::Relaxed);
        };
        let woken = timeout(long, async { tokio::join!(waits.next(&look_now), sleeps) });
        assert!(woken.await.is_ok());
        assert!(timeout(long, waits.next(&look_now)).await.is_err());
    }
}
