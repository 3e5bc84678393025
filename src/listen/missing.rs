//! The events of Stripe's list that did not come, in bounded memory: the list goes from the newest to the oldest, and
//! they are brought from the oldest on. So the list is read to its end once; of the pages that were read last the
//! events are kept, of those before only where they begin, to be read again in their turn.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::sleep;

use super::job::ListenJob;
use super::reporter::Reporter;
use crate::protocol::Moment;
use crate::stripe_cli::events::{EventPage, EventQuery, EventReply, ListedEvent};

/// How long a call may take.
const TIME_LIMIT: Duration = Duration::from_secs(30);
/// How many events a page has.
const PAGE: usize = 100;
/// How many bytes of events are kept.
const MOST_BYTES: usize = 4 * 1024 * 1024;
/// The waits before a page is asked for again that did not come.
const AGAIN: [Duration; 3] =
    [Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(4)];

/// Why a look came to nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoLook {
    /// The key may not read events.
    NotAllowed,
    /// Stripe could not be asked.
    Failed,
}

/// Stripe's list, and what is missing of it.
pub(super) struct MissingList<'l> {
    pub(super) job: &'l ListenJob,
    pub(super) reporter: &'l Reporter,
    /// How young an event may be to be left for the next look.
    pub(super) grace: Duration,
}

/// What is missing.
#[derive(Default)]
pub(super) struct Missing {
    /// How many events.
    pub(super) count: usize,
    /// The pages that have some of them, newest first.
    pub(super) pages: VecDeque<MissingPage>,
    /// When Stripe was asked, by its own clock.
    pub(super) at: Option<Moment>,
    bytes: usize,
}

/// A page that has missing events.
pub(super) struct MissingPage {
    /// How many.
    pub(super) missing: usize,
    /// The event before it in the list.
    after: Option<String>,
    /// The missing events, newest first, where they are kept.
    events: Option<Vec<ListedEvent>>,
}

impl MissingList<'_> {
    /// The seconds of the computer's clock.
    pub(super) fn now(&self) -> i64 {
        self.job.clock.now().seconds()
    }

    /// Reads the list to its end, from the moment on.
    pub(super) async fn missing(&self, from: i64) -> Result<Missing, NoLook> {
        let mut missing = Missing::default();
        let mut after: Option<String> = None;
        loop {
            let query = EventQuery { limit: PAGE, from: Some(from), after: after.as_deref() };
            let page = match after {
                None => self.page(query).await?,
                Some(_) => self.page_again(query).await?,
            };
            let at = *missing.at.get_or_insert_with(|| page.at.unwrap_or(self.job.clock.now()));
            let grace = i64::try_from(self.grace.as_secs()).unwrap_or(0);
            let last = page.events.last().map(|event| event.id.clone());
            let events = page.events.into_iter();
            let young = at.seconds() - grace;
            let events = events.filter(|event| event.created <= young && self.is_missing(event));
            missing.add(after, events.collect());
            after = last;
            if !page.has_more || after.is_none() {
                return Ok(missing);
            }
        }
    }

    /// The missing events of a page, newest first. Some may have come meanwhile.
    pub(super) async fn events(
        &self,
        page: MissingPage,
        from: i64,
    ) -> Result<Vec<ListedEvent>, NoLook> {
        let mut events = if let Some(kept) = page.events {
            kept
        } else {
            let after = page.after.as_deref();
            let query = EventQuery { limit: PAGE, from: Some(from), after };
            self.page_again(query).await?.events
        };
        events.retain(|event| self.is_missing(event));
        Ok(events)
    }

    /// One page, asked for several times where it does not come.
    async fn page_again(&self, query: EventQuery<'_>) -> Result<EventPage, NoLook> {
        for wait in AGAIN {
            match self.page(query).await {
                Err(NoLook::Failed) => sleep(wait).await,
                other => return other,
            }
        }
        self.page(query).await
    }

    /// One page.
    pub(super) async fn page(&self, query: EventQuery<'_>) -> Result<EventPage, NoLook> {
        match self.job.stripe.events(query, TIME_LIMIT).await {
            Ok(EventReply::Page(page)) => Ok(page),
            Ok(EventReply::Error(error)) if error.is_lack_of_permission() => {
                Err(NoLook::NotAllowed)
            }
            Ok(EventReply::Error(_)) | Err(_) => Err(NoLook::Failed),
        }
    }

    fn is_missing(&self, event: &ListedEvent) -> bool {
        let types = &self.job.choice.types;
        let is_wanted = types.is_empty() || types.contains(&event.event_type);
        is_wanted && !self.reporter.has_seen(&event.id)
    }
}

impl Missing {
    /// Adds a page; where too much is kept, the newest events go, which are wanted last.
    fn add(&mut self, after: Option<String>, events: Vec<ListedEvent>) {
        if events.is_empty() {
            return;
        }
        self.count += events.len();
        self.bytes += bytes_of(&events);
        self.pages.push_back(MissingPage { missing: events.len(), after, events: Some(events) });
        for page in &mut self.pages {
            if self.bytes <= MOST_BYTES {
                break;
            }
            if let Some(events) = page.events.take() {
                self.bytes -= bytes_of(&events);
            }
        }
    }
}

fn bytes_of(events: &[ListedEvent]) -> usize {
    events.iter().map(|event| event.body.len()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_pages_the_oldest_are_kept_whole() {
        let mut missing = Missing::default();
        for number in 0..100 {
            let event = |_| ListedEvent {
                id: format!("evt_{number}"),
                event_type: "a.b".to_owned(),
                created: 0,
                body: "x".repeat(MOST_BYTES / 1_000),
            };
            missing.add(Some(number.to_string()), (0..100).map(event).collect());
        }
        let kept = missing.pages.iter().map(|page| page.events.is_some());
        assert_eq!(kept.collect::<Vec<_>>(), [[false; 90].as_slice(), &[true; 10]].concat());
        assert!(missing.count == 10_000 && missing.bytes <= MOST_BYTES);
    }
}
