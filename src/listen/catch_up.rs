//! Finds the events that were missed, and brings them.
//!
//! The Stripe CLI loses its connection without a word (and comes back in its own time), and what
//! happens meanwhile does not come. So from time to time the events that Stripe lists are held against
//! those that came.

use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::sync::{Notify, watch};
use tokio::time::{MissedTickBehavior, interval, sleep};

use super::job::{CatchUp, ListenJob};
use super::reporter::Reporter;
use super::supervise::Readiness;
use super::update::{CaughtUp, ListenUpdate};
use crate::error::Result;
use crate::protocol::{Clock, Moment};
use crate::relay::{EventSource, Handle};
use crate::stripe_cli::Reply;

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
/// How long an event that is sent again may take to come.
const ARRIVAL: Duration = Duration::from_secs(10);
/// How often it is looked whether they have come.
const ARRIVAL_LOOK: Duration = Duration::from_millis(50);
/// How many pages of a hundred are read at most.
const MOST_PAGES: usize = 50;

/// What a look found.
enum Look {
    /// Events that did not come, oldest first.
    Missing(Vec<Value>),
    /// The key may not read events.
    NotAllowed,
    /// Stripe could not be asked.
    Failed,
}

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
    let mut search =
        Search { job, relay, reporter, ready, every: *every, start, looked_until: start };
    let mut waits = Waits::new(*every, job.clock);
    // What happened before is asked for at once.
    let mut is_due = since.is_some();
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
    job: &'s ListenJob,
    relay: &'s Handle,
    reporter: &'s Reporter,
    ready: watch::Receiver<Option<Readiness>>,
    every: Duration,
    start: i64,
    looked_until: i64,
}

impl Search<'_> {
    /// One look. Returns why there is to be none any more.
    async fn look(&mut self) -> Option<String> {
        let now = self.job.clock.now().seconds();
        let from = (self.looked_until - OVERLAP).max(self.start);
        let missing = match self.missing(from).await {
            Look::Missing(missing) => missing,
            Look::NotAllowed => return Some("the API key may not read events".to_owned()),
            // The next look covers this one's time.
            Look::Failed => return None,
        };
        self.looked_until = now;
        self.reporter.forget_before(from);
        if !missing.is_empty() {
            let found = self.bring(missing).await;
            self.reporter.emit(ListenUpdate::CaughtUp(found));
        }
        None
    }

    async fn missing(&self, from: i64) -> Look {
        let grace = i64::try_from(grace(self.every).as_secs()).unwrap_or(0);
        let youngest = self.job.clock.now().seconds() - grace;
        let mut missing = Vec::new();
        let mut after: Option<String> = None;
        for _ in 0..MOST_PAGES {
            let page = match self.page(from, after.as_deref()).await {
                Ok(Reply::Object(page)) => page,
                Ok(Reply::Error(error)) if error.is_lack_of_permission() => {
                    return Look::NotAllowed;
                }
                Ok(Reply::Error(_)) | Err(_) => return Look::Failed,
            };
            let events = page["data"].as_array().cloned().unwrap_or_default();
            after = events.last().and_then(|event| event["id"].as_str()).map(ToOwned::to_owned);
            missing.extend(events.into_iter().filter(|event| self.is_missing(event, youngest)));
            if page["has_more"] != true || after.is_none() {
                break;
            }
        }
        missing.reverse();
        Look::Missing(missing)
    }

    async fn page(&self, from: i64, after: Option<&str>) -> Result<Reply> {
        let created = format!("created[gte]={from}");
        let mut arguments = vec!["get", "/v1/events", "-d", "limit=100", "-d", &created];
        let after = after.map(|id| format!("starting_after={id}"));
        if let Some(after) = &after {
            arguments.extend(["-d", after]);
        }
        self.job.stripe.ask(&arguments, TIME_LIMIT).await
    }

    fn is_missing(&self, event: &Value, youngest: i64) -> bool {
        let (Some(id), Some(name)) = (event["id"].as_str(), event["type"].as_str()) else {
            return false;
        };
        let types = &self.job.choice.types;
        let is_wanted = types.is_empty() || types.iter().any(|wanted| wanted == name);
        let is_old_enough = event["created"].as_i64().is_some_and(|made| made <= youngest);
        is_wanted && is_old_enough && !self.reporter.has_seen(id)
    }

    /// Has Stripe send the events again, and delivers from the list those that do not come.
    async fn bring(&self, missing: Vec<Value>) -> CaughtUp {
        let mut found = CaughtUp::default();
        let mut asked_for = Vec::new();
        for event in missing {
            let Some(id) = event["id"].as_str() else { continue };
            // It may have come meanwhile.
            if self.reporter.has_seen(id) {
                continue;
            }
            self.relay.expect_again(id);
            let resend = ["events", "resend", id];
            let is_sent =
                matches!(self.job.stripe.ask(&resend, TIME_LIMIT).await, Ok(Reply::Object(_)));
            asked_for.push((event, is_sent));
        }
        self.arrive(&asked_for).await;
        for (event, _) in asked_for {
            let id = event["id"].as_str().unwrap_or_default();
            if self.reporter.has_seen(id) {
                found.resent += 1;
            } else {
                self.deliver(&event).await;
                found.listed += 1;
            }
        }
        found
    }

    /// Waits until all that were sent again have come, or the time is up.
    async fn arrive(&self, asked_for: &[(Value, bool)]) {
        let end = Instant::now() + ARRIVAL;
        let is_under_way = |(event, is_sent): &(Value, bool)| {
            *is_sent && event["id"].as_str().is_some_and(|id| !self.reporter.has_seen(id))
        };
        while asked_for.iter().any(is_under_way) && Instant::now() < end {
            sleep(ARRIVAL_LOOK).await;
        }
    }

    async fn deliver(&self, event: &Value) {
        let secret = self.ready.borrow().as_ref().map(|ready| ready.secret.clone());
        let Some(secret) = secret else { return };
        let body = format!("{event:#}");
        let source = EventSource::Snapshot;
        self.relay.deliver_missing(source, body.as_bytes(), secret).await;
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
