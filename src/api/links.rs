//! Who sends events and tells the API of them: runs and listens. Each has the deliveries that are under way, and what
//! it wants to go wrong meanwhile.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::caused::{CausedEvent, EventRelease, EventTaking};
use super::event_answers::EventAnswers;
use crate::protocol::{ApiFault, ApiFaultKind};

/// How long one of another process counts after it was heard of last: it may have been killed.
const LEASE: Duration = Duration::from_secs(15);
/// How many there may be; whoever was heard of the longest ago goes first.
const MOST_LINKS: usize = 64;

/// Of how many deliveries it is remembered who made them, once they have ended.
const MOST_MADE: usize = 4_000;

/// How many events that calls have caused wait for a link at most.
const MOST_CAUSED: usize = 1_000;

/// The number of what happens without a call, as time goes by: whoever lets it happen waits for the events.
pub(super) const NO_CALL: u64 = 0;

/// Those that there are.
#[derive(Debug, Default)]
pub(super) struct Links {
    all: Vec<Link>,
    /// The newest deliveries, by their links and events, also of links that have ended.
    made: VecDeque<(u64, String)>,
    /// What endpoints have answered.
    pub(super) answers: EventAnswers,
    /// How many deliveries and links there were.
    count: u64,
}

#[derive(Debug)]
struct Link {
    number: u64,
    origin: LinkOrigin,
    heard: Instant,
    faults: Vec<ApiFault>,
    latency: Duration,
    /// Those of the step that is under way: they go first.
    step_faults: Vec<ApiFault>,
    deliveries: Vec<OpenDelivery>,
    /// How it receives the events that calls cause, where it does.
    receiving: Option<Receiving>,
    /// Those that it has not taken yet.
    caused: VecDeque<CausedEvent>,
    /// Those that the answers to calls wait for: the call, and the event.
    awaited: Vec<(u64, String)>,
    /// The newest ones, each with the length of its chain.
    chains: VecDeque<(String, u32)>,
}

/// How a link receives the events that calls cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Receiving {
    pub(super) release: EventRelease,
    pub(super) taking: EventTaking,
}

/// Where a link comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LinkOrigin {
    /// This process: it lasts until it is closed.
    Here,
    /// Another one, which may end at any time.
    Elsewhere,
}

/// A delivery that is under way.
#[derive(Debug)]
struct OpenDelivery {
    number: u64,
    /// Its event's id, which the copies of an event share.
    event: String,
    /// How many calls began before it.
    after: u64,
}

impl Links {
    /// A link begins; returns its number.
    pub(super) fn open(
        &mut self,
        origin: LinkOrigin,
        faults: Vec<ApiFault>,
        latency: Duration,
    ) -> u64 {
        if self.all.len() >= MOST_LINKS {
            let elsewhere = self.all.iter().enumerate();
            let elsewhere = elsewhere.filter(|(_, link)| link.origin == LinkOrigin::Elsewhere);
            let oldest = elsewhere.min_by_key(|(_, link)| link.heard).map(|(at, _)| at);
            oldest.map(|at| self.all.remove(at));
        }
        self.count += 1;
        self.all.push(Link {
            number: self.count,
            origin,
            heard: Instant::now(),
            faults,
            latency,
            step_faults: Vec::new(),
            deliveries: Vec::new(),
            receiving: None,
            caused: VecDeque::new(),
            awaited: Vec::new(),
            chains: VecDeque::new(),
        });
        self.count
    }

    /// A link was heard of; `false` where there is none of that number.
    pub(super) fn hear(&mut self, link: u64) -> bool {
        let link = self.find(link);
        link.map(|link| link.heard = Instant::now()).is_some()
    }

    pub(super) fn close(&mut self, link: u64) {
        self.receive(link, None);
        self.all.retain(|known| known.number != link);
    }

    /// What happens to calls besides, until it is said anew.
    pub(super) fn set_step_faults(&mut self, link: u64, faults: Vec<ApiFault>) {
        if let Some(link) = self.find(link) {
            link.step_faults = faults;
        }
    }

    /// A delivery begins, after so many calls; returns its number.
    pub(super) fn begin(&mut self, link: u64, event: String, after: u64) -> u64 {
        self.count += 1;
        let number = self.count;
        if self.made.len() == MOST_MADE {
            self.made.pop_front();
        }
        self.made.push_back((link, event.clone()));
        if let Some(link) = self.find(link) {
            link.deliveries.push(OpenDelivery { number, event, after });
        }
        number
    }

    /// A delivery ends; returns its event, and how many calls began before it.
    pub(super) fn end(&mut self, link: u64, delivery: u64) -> Option<(String, u64)> {
        let link = self.find(link)?;
        let at = link.deliveries.iter().position(|open| open.number == delivery)?;
        let ended = link.deliveries.swap_remove(at);
        link.is_out(&ended.event);
        Some((ended.event, ended.after))
    }

    /// An event that a call has caused is not delivered: nothing waits for it any more.
    pub(super) fn give_up(&mut self, link: u64, event: &str) {
        self.answers.give_up(event);
        if let Some(link) = self.find(link) {
            link.is_out(event);
        }
    }

    /// Whether a link receives the events that calls cause from now on. What it has not taken by then is lost.
    pub(super) fn receive(&mut self, link: u64, receiving: Option<Receiving>) {
        let Some(link) = self.find(link) else { return };
        link.receiving = receiving;
        if receiving.is_none() {
            let lost: Vec<CausedEvent> = link.caused.drain(..).collect();
            link.awaited.clear();
            for event in &lost {
                self.answers.give_up(&event.id);
            }
        }
    }

    /// A call that may be of these deliveries has caused events: they are for the link of one of these, or for the
    /// newest that receives any.
    pub(super) fn cause(
        &mut self,
        (call, deliveries): (u64, &[u64]),
        mut events: Vec<CausedEvent>,
    ) {
        let of_call = |open: &OpenDelivery| deliveries.contains(&open.number);
        let receives = |link: &&mut Link| link.is_live() && link.receiving.is_some();
        let links = self.all.iter_mut().filter(receives);
        let link = links.max_by_key(|link| (link.deliveries.iter().any(of_call), link.number));
        let Some((link, receiving)) = link.and_then(|link| link.receiving.map(|how| (link, how)))
        else {
            return;
        };
        let before: Vec<&str> =
            link.deliveries.iter().filter(|open| of_call(open)).map(|open| &*open.event).collect();
        let earlier = link.chains.iter().filter(|(event, _)| before.contains(&event.as_str()));
        let chain = earlier.map(|(_, chain)| chain + 1).max().unwrap_or_default();
        let can_wait =
            receiving.taking != EventTaking::WhileDelivering || !link.deliveries.is_empty();
        if receiving.taking == EventTaking::ForWebhooks {
            events.retain(|event| event.webhook.is_some());
        }
        let room = MOST_CAUSED.saturating_sub(link.caused.len());
        events.truncate(room);
        for event in events {
            let is_waited_for = receiving.release == EventRelease::Before || call == NO_CALL;
            if is_waited_for && can_wait {
                link.awaited.push((call, event.id.clone()));
            }
            if link.chains.len() == MOST_CAUSED {
                link.chains.pop_front();
            }
            link.chains.push_back((event.id.clone(), chain));
            self.answers.expect(&event);
            link.caused.push_back(CausedEvent { chain, ..event });
        }
    }

    /// The events that calls have caused, for a link.
    pub(super) fn take_caused(&mut self, link: u64) -> Vec<CausedEvent> {
        self.find(link).map(|link| link.caused.drain(..).collect()).unwrap_or_default()
    }

    /// Whether the answer to a call has to wait for its events.
    pub(super) fn is_awaited(&self, call: u64) -> bool {
        self.live().flat_map(|link| &link.awaited).any(|(awaiting, _)| *awaiting == call)
    }

    /// The deliveries of which one causes a call that begins now, by their numbers: those of the event that the call
    /// names; of any event where it names none.
    pub(super) fn under_way(&self, event: Option<&str>) -> Vec<u64> {
        let open = self.live().flat_map(|link| &link.deliveries);
        let may_be = |open: &&OpenDelivery| event.is_none_or(|event| event == open.event);
        open.filter(may_be).map(|open| open.number).collect()
    }

    /// Whether others have delivered an event, and this link has not.
    pub(super) fn is_of_others(&self, link: u64, event: &str) -> bool {
        let mut makers = self.made.iter().filter(|(_, made)| made == event).peekable();
        makers.peek().is_some() && makers.all(|(maker, _)| *maker != link)
    }

    /// What happens to a call. The first fault that fits it counts, and has befallen one more; those of steps go
    /// first.
    pub(super) fn befalls(&mut self, method: &str, path: &str) -> Option<ApiFaultKind> {
        let fits = |fault: &&mut ApiFault| fault.times != Some(0) && fault.calls.fits(method, path);
        let (mut of_steps, mut of_runs) = (Vec::new(), Vec::new());
        for link in self.all.iter_mut().filter(|link| link.is_live()) {
            of_steps.extend(&mut link.step_faults);
            of_runs.extend(&mut link.faults);
        }
        let fault = of_steps.into_iter().chain(of_runs).find(fits)?;
        fault.times = fault.times.map(|times| times - 1);
        Some(fault.kind)
    }

    /// How long each answer takes at least.
    pub(super) fn latency(&self) -> Duration {
        self.live().map(|link| link.latency).max().unwrap_or_default()
    }

    /// The numbers of those that live.
    pub(super) fn live_ones(&self) -> Vec<u64> {
        self.live().map(|link| link.number).collect()
    }

    fn live(&self) -> impl Iterator<Item = &Link> {
        self.all.iter().filter(|link| link.is_live())
    }

    fn find(&mut self, number: u64) -> Option<&mut Link> {
        self.all.iter_mut().find(|link| link.number == number)
    }
}

impl Link {
    /// No answer waits any more for a delivery of an event. It may go to several endpoints: each delivery is awaited by
    /// itself.
    fn is_out(&mut self, event: &str) {
        let done = self.awaited.iter().position(|(_, awaited)| awaited == event);
        done.map(|done| self.awaited.swap_remove(done));
    }

    fn is_live(&self) -> bool {
        self.origin == LinkOrigin::Here || self.heard.elapsed() < LEASE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_befalls_as_many_calls_as_it_says_and_those_of_a_step_go_first() {
        let mut links = Links::default();
        let faults = ["GET /v1/a*=500*2", "* *=close*1"].map(|fault| fault.parse().unwrap());
        let link = links.open(LinkOrigin::Here, faults.to_vec(), Duration::ZERO);
        links.set_step_faults(link, vec!["GET /v1/a=404*1".parse().unwrap()]);
        let mut next = || links.befalls("GET", "/v1/a");
        let found: Vec<_> = (0..5).map(|_| next()).collect();
        assert_eq!(
            found,
            [
                Some(ApiFaultKind::Status(404)),
                Some(ApiFaultKind::Status(500)),
                Some(ApiFaultKind::Status(500)),
                Some(ApiFaultKind::Close),
                None
            ]
        );
    }

    #[test]
    fn one_that_was_not_heard_of_for_long_counts_no_more_until_it_is_again() {
        let mut links = Links::default();
        let fault = || vec!["* *=500".parse().unwrap()];
        let link = links.open(LinkOrigin::Elsewhere, fault(), LEASE);
        let delivery = links.begin(link, "evt_1".to_owned(), 0);
        let seen = |links: &mut Links| {
            (links.under_way(None), links.latency(), links.befalls("GET", "/").is_some())
        };
        assert_eq!(seen(&mut links), (vec![delivery], LEASE, true));
        links.all[0].heard = Instant::now().checked_sub(LEASE).unwrap();
        assert_eq!(seen(&mut links), (vec![], Duration::ZERO, false));
        assert!(links.hear(link));
        assert_eq!(seen(&mut links), (vec![delivery], LEASE, true));
        for _ in 0..MOST_LINKS {
            links.open(LinkOrigin::Elsewhere, Vec::new(), Duration::ZERO);
        }
        assert!(!links.hear(link), "there are too many");
    }

    #[test]
    fn a_call_may_be_of_each_delivery_under_way_or_of_the_event_that_it_names() {
        let mut links = Links::default();
        let (one, other) = (
            links.open(LinkOrigin::Here, Vec::new(), Duration::ZERO),
            links.open(LinkOrigin::Elsewhere, Vec::new(), Duration::ZERO),
        );
        let first = links.begin(one, "evt_1".to_owned(), 3);
        let second = links.begin(other, "evt_2".to_owned(), 4);
        assert_eq!(links.under_way(None), [first, second]);
        assert_eq!(links.under_way(Some("evt_2")), [second]);
        assert_eq!(links.under_way(Some("evt_3")), [0; 0]);
        assert_eq!(links.end(one, first), Some(("evt_1".to_owned(), 3)));
        assert_eq!(links.end(one, second), None, "it is another's");
        assert_eq!(links.under_way(None), [second]);
        links.close(other);
        assert_eq!(links.under_way(None), [0; 0]);
    }
}
