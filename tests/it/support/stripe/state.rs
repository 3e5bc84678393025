//! What the fake knows, behind one lock; whoever waits for a change is woken by it.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Condvar, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::Value;
use tokio::sync::mpsc::UnboundedSender;

use super::fault::{Fault, Placed};

/// How long a test waits for something before it has failed.
const TIME_LIMIT: Duration = Duration::from_secs(60);

/// A request that the API or the dashboard got.
#[derive(Clone, Debug)]
pub(crate) struct ApiRequest {
    pub(crate) method: String,
    pub(crate) path: String,
    /// Of the query or of the form, in their order.
    pub(crate) parameters: Vec<(String, String)>,
    /// What `Authorization: Bearer` holds.
    pub(crate) key: Option<String>,
    pub(crate) headers: BTreeMap<String, String>,
}

impl ApiRequest {
    /// The first parameter of that name.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }
}

/// A session of `stripe listen`.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    pub(crate) id: String,
    pub(crate) secret: String,
    pub(crate) features: Vec<String>,
}

/// What a websocket is told to do.
pub(crate) enum ToSocket {
    /// Send this text.
    Text(String),
    /// End without a word.
    Drop,
    /// Read nothing and send nothing from now on.
    Stall,
}

/// An open websocket.
pub(crate) struct Socket {
    pub(crate) session: Session,
    pub(crate) sender: UnboundedSender<ToSocket>,
}

/// Everything.
#[derive(Default)]
pub(crate) struct State {
    pub(crate) address: Option<SocketAddr>,
    pub(crate) requests: Vec<ApiRequest>,
    /// What came over the websockets.
    pub(crate) frames: Vec<Value>,
    pub(crate) objects: BTreeMap<String, Value>,
    /// Events in the order of their creation.
    pub(crate) events: Vec<Value>,
    pub(crate) thin_events: Vec<Value>,
    pub(crate) sessions: Vec<Session>,
    pub(crate) sockets: Vec<Socket>,
    pub(crate) faults: Vec<Placed>,
    pub(crate) refuses_websockets: bool,
    /// Added to the device's name for the secret, so that a test can change it.
    pub(crate) salt: String,
    /// How long a session lasts before the CLI renews its connection, in seconds.
    pub(crate) reconnect_delay: Option<u64>,
    pub(crate) login_polls: usize,
    pub(crate) logins: Logins,
    pub(crate) account_of_events: Option<String>,
    /// The id of the API request that is being carried out; what happens by itself has none.
    pub(crate) api_request: Option<String>,
    /// Types that happen, but of which nobody is sent an event.
    pub(crate) muted: Vec<String>,
    /// The newest event that devtool's own local API has caused.
    pub(crate) newest_of_product: Option<String>,
    /// By how many seconds Stripe's clock differs from this computer's.
    pub(crate) clock: i64,
    counter: u64,
}

/// What becomes of a browser login.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Logins {
    /// The user confirms it after one poll.
    #[default]
    Confirmed,
    /// The user does nothing.
    Ignored,
}

impl State {
    /// An id that has not been there.
    pub(crate) fn new_id(&mut self, prefix: &str) -> String {
        self.counter += 1;
        format!("{prefix}1Fake{:019}", self.counter)
    }

    /// The state of an account in which nothing has happened yet; listeners stay.
    pub(crate) fn anew(&mut self) -> Self {
        let old = std::mem::take(self);
        Self {
            address: old.address,
            sessions: old.sessions,
            sockets: old.sockets,
            counter: old.counter,
            ..Self::default()
        }
    }

    /// The fault of a request, if it has one.
    pub(crate) fn fault(&mut self, method: &str, path: &str) -> Option<Fault> {
        let met = |placed: &Placed| {
            placed.left != Some(0)
                && placed.method.is_none_or(|only| only == method)
                && path.starts_with(&placed.path)
        };
        let placed = self.faults.iter_mut().find(|placed| met(placed))?;
        placed.left = placed.left.map(|left| left - 1);
        Some(placed.fault)
    }
}

impl State {
    /// Seconds since 1970, by Stripe's clock.
    pub(crate) fn now(&self) -> i64 {
        now() + self.clock
    }
}

/// Seconds since 1970, by this computer's clock.
pub(crate) fn now() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()).unwrap()
}

/// The state, and who waits for it to change.
#[derive(Default)]
pub(crate) struct Shared {
    state: Mutex<State>,
    /// Who makes events of what the local API has done: one at a time.
    pub(crate) turn: tokio::sync::Mutex<()>,
    changed: Condvar,
}

impl Shared {
    /// Changes or reads it.
    pub(crate) fn change<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        let result = work(&mut self.state.lock().unwrap());
        self.changed.notify_all();
        result
    }

    /// Waits until the condition holds.
    #[track_caller]
    pub(crate) fn wait(&self, what: &str, holds: impl Fn(&State) -> bool) {
        assert!(self.comes_true(TIME_LIMIT, holds), "waited in vain for {what}");
    }

    /// Waits until the condition holds, but no longer than that; whether it does.
    pub(crate) fn comes_true(&self, within: Duration, holds: impl Fn(&State) -> bool) -> bool {
        let end = Instant::now() + within;
        let mut state = self.state.lock().unwrap();
        while !holds(&state) {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            state = self.changed.wait_timeout(state, left).unwrap().0;
        }
        true
    }
}
