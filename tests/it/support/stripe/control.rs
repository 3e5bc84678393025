//! What a test does to the fake, and what it learns of it.

use std::sync::mpsc;
use std::time::Duration;

use serde_json::{Value, json};

use super::super::asking::ask;
use super::FakeStripe;
use super::events::New;
use super::fault::{Fault, Placed};
use super::server::Power;
use super::state::{ApiRequest, Logins, State, ToSocket};

impl FakeStripe {
    /// Changes or reads the state.
    pub(crate) fn state<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        self.shared.change(work)
    }

    /// The account is one in which nothing has happened yet; listeners stay.
    pub(crate) fn start_anew(&self) {
        let _turn = self.shared.turn.blocking_lock();
        self.product.clear();
        self.state(|state| *state = state.anew());
    }

    /// Waits until something holds.
    #[track_caller]
    pub(crate) fn wait(&self, what: &str, holds: impl Fn(&State) -> bool) {
        self.shared.wait(what, holds);
    }

    /// Whether something comes to hold within a moment.
    pub(crate) fn comes_true(&self, within: Duration, holds: impl Fn(&State) -> bool) -> bool {
        self.shared.comes_true(within, holds)
    }

    /// Waits until that many websockets are open.
    #[track_caller]
    pub(crate) fn wait_for_listeners(&self, count: usize) {
        self.wait("an open websocket", |state| state.sockets.len() == count);
    }

    /// The status and the answer of a call by the account's owner.
    pub(crate) fn ask(&self, request: &str) -> (u16, Value) {
        ask(self.address.port(), request)
    }

    /// The requests so far.
    pub(crate) fn requests(&self) -> Vec<ApiRequest> {
        self.state(|state| state.requests.clone())
    }

    /// The requests to a path so far.
    pub(crate) fn requests_to(&self, method: &str, path: &str) -> Vec<ApiRequest> {
        let mut requests = self.requests();
        requests.retain(|request| request.method == method && request.path == path);
        requests
    }

    /// Requests to paths that begin so have a fault, until `heal`.
    pub(crate) fn fail(&self, path: &str, fault: Fault) {
        self.place(Placed { method: None, path: path.to_owned(), fault, left: None });
    }

    /// The next requests to paths that begin so have a fault.
    pub(crate) fn fail_times(&self, times: usize, path: &str, fault: Fault) {
        self.place(Placed { method: None, path: path.to_owned(), fault, left: Some(times) });
    }

    fn place(&self, placed: Placed) {
        self.state(|state| state.faults.push(placed));
    }

    /// No faults any more.
    pub(crate) fn heal(&self) {
        self.state(|state| state.faults.clear());
    }

    /// Something happens at Stripe: an event is made and sent. Returns its id.
    pub(crate) fn happen(&self, kind: &str) -> String {
        self.state(|state| {
            let object = json!({"object": kind.rsplit_once('.').unwrap().0, "id": state.new_id("obj_"), "metadata": {}});
            state.emit(New::of(kind, &object))
        })
    }

    /// The same for a connected account.
    pub(crate) fn happen_at(&self, account: &str, kind: &str) -> String {
        self.state(|state| {
            let object = json!({"object": kind.rsplit_once('.').unwrap().0, "id": account});
            state.emit(New { account: Some(account), ..New::of(kind, &object) })
        })
    }

    /// Banks have answered at once what they answer in some minutes: each charge that is pending has succeeded.
    pub(crate) fn settle(&self) {
        self.state(|state| {
            let pending = state.events.iter().filter(|event| event["type"] == "charge.pending");
            let pending: Vec<Value> = pending.map(|e| e["data"]["object"].clone()).collect();
            for mut charge in pending {
                charge["status"] = "succeeded".into();
                state.emit(New::of("charge.succeeded", &charge));
            }
        });
    }

    /// Something happens, but nobody is sent the event: a gap. Returns its id.
    pub(crate) fn happen_unsent(&self, kind: &str) -> String {
        self.state(|state| {
            let object = json!({"object": kind.rsplit_once('.').unwrap().0, "id": state.new_id("obj_"), "metadata": {}});
            let created = state.now();
            let event = state.event(New { created, ..New::of(kind, &object) });
            event["id"].as_str().unwrap().to_owned()
        })
    }

    /// A thin event is sent. Returns its id.
    pub(crate) fn happen_thin(&self, kind: &str) -> String {
        self.state(|state| {
            let related =
                json!({"id": "cus_1Fake", "type": "customer", "url": "/v1/customers/cus_1Fake"});
            state.emit_thin(kind, &related)
        })
    }

    /// What the listeners reported of deliveries: `webhook_response` frames.
    pub(crate) fn webhook_responses(&self) -> Vec<Value> {
        let mut frames = self.state(|state| state.frames.clone());
        frames.retain(|frame| frame["type"] == "webhook_response");
        frames
    }

    /// Ends all websockets without a word.
    pub(crate) fn drop_websockets(&self) {
        self.tell_sockets(|| ToSocket::Drop);
    }

    /// All websockets fall silent, and what is sent to them is lost.
    pub(crate) fn stall_websockets(&self) {
        self.tell_sockets(|| ToSocket::Stall);
    }

    fn tell_sockets(&self, what: impl Fn() -> ToSocket) {
        self.state(|state| {
            for socket in state.sockets.drain(..) {
                let _ = socket.sender.send(what());
            }
        });
    }

    /// Whether new websockets are refused.
    pub(crate) fn refuse_websockets(&self, refuses: Refuses) {
        self.state(|state| state.refuses_websockets = refuses == Refuses::Yes);
    }

    /// All sessions are forgotten: a websocket that comes back is told so.
    pub(crate) fn expire_sessions(&self) {
        self.state(|state| state.sessions.clear());
        self.drop_websockets();
    }

    /// The next sessions have another secret.
    pub(crate) fn change_secret(&self) {
        self.state(|state| state.salt.push('x'));
    }

    /// The secret of sessions of the tests' device.
    pub(crate) fn secret(&self) -> String {
        self.state(|state| super::session::secret(&state.salt, "devtool-tests"))
    }

    /// What becomes of browser logins.
    pub(crate) fn logins(&self, logins: Logins) {
        self.state(|state| state.logins = logins);
    }

    /// Connections are refused from now on, and those that are open end.
    pub(crate) fn switch_off(&self) {
        self.switch(Power::Off);
    }

    /// As usual again, on the same port.
    pub(crate) fn switch_on(&self) {
        self.switch(Power::On);
    }

    fn switch(&self, power: impl Fn(mpsc::Sender<()>) -> Power) {
        let (tell, told) = mpsc::channel();
        self.power.as_ref().unwrap().send(power(tell)).ok().unwrap();
        told.recv().unwrap();
    }
}

/// Yes or no.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refuses {
    Yes,
    No,
}
