//! Sessions of `stripe listen`: who is sent the events of calls, and which of these it has not acknowledged yet.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use super::sent::SentEvent;
use crate::config::Secret;
use crate::config::secret::random_digits;
use crate::protocol::signature;

/// The path of each session's websocket.
pub(super) const SOCKET_PATH: &str = "/stripecli/subscribe";
/// How many sessions there may be; whoever was there the longest ago goes first.
const MOST_SESSIONS: usize = 32;
/// How many events wait for one session at most; the oldest go first.
const MOST_WAITING: usize = 1_000;
/// How long a session lasts without its websocket: the Stripe CLI tries again every ten seconds.
const LEASE: Duration = Duration::from_secs(60);

/// Those that there are.
#[derive(Debug, Default)]
pub(super) struct CliSessions {
    /// What the secrets are made of, one for each device.
    key: Option<String>,
    all: VecDeque<CliSession>,
    /// How many events and websockets there were.
    count: u64,
}

#[derive(Debug)]
struct CliSession {
    id: String,
    secret: Secret,
    takes: CliFeatures,
    /// What it has not acknowledged yet, each with a number.
    waiting: VecDeque<(u64, SentEvent)>,
    /// Tells its websocket that there is more.
    more: Arc<Notify>,
    /// The number of its websocket, or since when it has none.
    socket: Result<u64, Instant>,
}

/// Which events a session takes.
#[derive(Clone, Copy, Debug)]
pub(super) struct CliFeatures {
    pub(super) snapshot: bool,
    pub(super) thin: bool,
}

/// What the websocket of a session has to know of it.
#[derive(Debug)]
pub(super) struct CliSocket {
    pub(super) session: String,
    pub(super) secret: Secret,
    pub(super) more: Arc<Notify>,
    pub(super) number: u64,
}

impl CliSessions {
    /// Begins a session; returns its id and its secret.
    pub(super) fn open(
        &mut self,
        device: &str,
        takes: CliFeatures,
    ) -> crate::error::Result<(String, Secret)> {
        let key = match &self.key {
            Some(key) => key.clone(),
            None => self.key.insert(random_digits::<32>()?).clone(),
        };
        let id = format!("cliws_{}", random_digits::<16>()?);
        let secret = signature::secret_of(&key, device);
        self.forget_left();
        while self.all.len() >= MOST_SESSIONS {
            self.all.pop_front();
        }
        self.all.push_back(CliSession {
            id: id.clone(),
            secret: secret.clone(),
            takes,
            waiting: VecDeque::new(),
            more: Arc::default(),
            socket: Err(Instant::now()),
        });
        Ok((id, secret))
    }

    /// Whether there is one.
    pub(super) fn is_empty(&mut self) -> bool {
        self.forget_left();
        self.all.is_empty()
    }

    /// Events are for each session that takes their kind.
    pub(super) fn take_in(&mut self, events: &[&SentEvent]) {
        self.forget_left();
        for session in &mut self.all {
            for event in events.iter().filter(|event| session.takes.event(event)) {
                self.count += 1;
                if session.waiting.len() == MOST_WAITING {
                    session.waiting.pop_front();
                }
                session.waiting.push_back((self.count, (*event).clone()));
            }
            session.more.notify_one();
        }
    }

    /// A websocket takes the place of the one that a session had; `None` where there is no such session.
    pub(super) fn connect(&mut self, session: &str) -> Option<CliSocket> {
        self.forget_left();
        self.count += 1;
        let number = self.count;
        let session = self.find(session)?;
        session.socket = Ok(number);
        // The one before it ends.
        session.more.notify_waiters();
        let (id, secret) = (session.id.clone(), session.secret.clone());
        Some(CliSocket { session: id, secret, more: Arc::clone(&session.more), number })
    }

    /// What a websocket has not sent yet, after that number; `None` where it is the session's no more.
    pub(super) fn after(&mut self, socket: &CliSocket, sent: u64) -> Option<Vec<(u64, SentEvent)>> {
        let session = self.find(&socket.session)?;
        let waiting = session.waiting.iter().filter(|(number, _)| *number > sent);
        (session.socket == Ok(socket.number)).then(|| waiting.cloned().collect())
    }

    /// The Stripe CLI has an event.
    pub(super) fn acknowledge(&mut self, socket: &CliSocket, event: &str) {
        if let Some(session) = self.find(&socket.session) {
            session.waiting.retain(|(_, waiting)| waiting.id() != event);
        }
    }

    /// A websocket has ended.
    pub(super) fn disconnect(&mut self, socket: &CliSocket) {
        if let Some(session) = self.find(&socket.session)
            && session.socket == Ok(socket.number)
        {
            session.socket = Err(Instant::now());
        }
    }

    fn forget_left(&mut self) {
        let lasts = |session: &CliSession| {
            session.socket.map_or_else(|since| since.elapsed() < LEASE, |_| true)
        };
        self.all.retain(lasts);
    }

    fn find(&mut self, id: &str) -> Option<&mut CliSession> {
        self.all.iter_mut().find(|session| session.id == id)
    }
}

impl CliFeatures {
    const fn event(self, event: &SentEvent) -> bool {
        if event.is_snapshot() { self.snapshot } else { self.thin }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const BOTH: CliFeatures = CliFeatures { snapshot: true, thin: true };

    fn event(id: &str) -> SentEvent {
        let payload =
            json!({"id": id, "object": "event", "type": "customer.created", "created": 1});
        SentEvent::new(None, &payload, payload.to_string().as_bytes())
    }

    fn ids(sessions: &mut CliSessions, socket: &CliSocket, sent: u64) -> Option<Vec<String>> {
        let after = sessions.after(socket, sent)?;
        Some(after.iter().map(|(_, event)| event.id().to_owned()).collect())
    }

    #[test]
    fn what_was_not_acknowledged_comes_again_by_the_next_websocket() {
        let mut sessions = CliSessions::default();
        sessions.take_in(&[&event("evt_0")]);
        assert!(sessions.is_empty());
        let (id, _) = sessions.open("box", BOTH).unwrap();
        sessions.take_in(&[&event("evt_1"), &event("evt_2")]);
        let first = sessions.connect(&id).unwrap();
        assert_eq!(ids(&mut sessions, &first, 0).unwrap(), ["evt_1", "evt_2"]);
        let last = sessions.after(&first, 0).unwrap()[1].0;
        assert_eq!(ids(&mut sessions, &first, last).unwrap(), [""; 0]);
        sessions.acknowledge(&first, "evt_1");
        let second = sessions.connect(&id).unwrap();
        assert_eq!(ids(&mut sessions, &first, 0), None, "another one has its place");
        assert_eq!(ids(&mut sessions, &second, 0).unwrap(), ["evt_2"]);
        assert!(sessions.connect("cliws_none").is_none());
    }

    #[test]
    fn a_session_lasts_a_while_without_its_websocket_and_its_secret_is_that_of_the_device() {
        let mut sessions = CliSessions::default();
        let (id, secret) = sessions.open("box", BOTH).unwrap();
        let socket = sessions.connect(&id).unwrap();
        sessions.disconnect(&socket);
        assert!(sessions.connect(&id).is_some());
        sessions.all[0].socket = Err(Instant::now().checked_sub(LEASE).unwrap());
        assert!(sessions.connect(&id).is_none());
        assert!(sessions.open("box", BOTH).unwrap().1 == secret);
        assert!(sessions.open("other", BOTH).unwrap().1 != secret);
        assert!(secret.is_stripes_form());
    }

    #[test]
    fn there_are_not_too_many_sessions_or_events() {
        let mut sessions = CliSessions::default();
        let (first, _) = sessions.open("box", BOTH).unwrap();
        for _ in 0..MOST_SESSIONS {
            sessions.open("box", BOTH).unwrap();
        }
        assert_eq!(sessions.all.len(), MOST_SESSIONS);
        assert!(sessions.connect(&first).is_none());
        sessions.take_in(&vec![&event("evt_1"); MOST_WAITING + 1]);
        assert_eq!(sessions.all[0].waiting.len(), MOST_WAITING);
    }
}
