//! The local Stripe API: serves the objects of the stories that are told to it, in their newest state, on a loopback
//! port, and keeps a log of what it was asked. It never connects anywhere and keeps no key.
//!
//! Whoever sends events tells it each story before its first event ([`Api::told`]) and each event as it goes out
//! ([`Api::sent`]), then reads the calls back ([`Api::calls_since`]). Events that no story was told of, such as
//! those that a relay passes on or the history holds, are enough by themselves ([`Api::sent`]); the history is looked
//! into before each answer ([`Api::before_answers`]).

mod answer;
mod calls;
mod change;
mod error;
mod events;
mod expand;
mod faults;
mod filter;
mod inquiry;
mod key;
mod list;
mod object;
mod objects;
mod parameters;
mod request;
mod routes;
mod search;
mod sent;
mod serve;
mod server;
mod store;
mod telling;
mod v2;
mod view;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

pub use calls::ApiCall;
pub use server::{ApiServer, DEFAULT_PORT};
pub use telling::{StoryTelling, ToldEvent};

use answer::ApiAnswer;
use calls::CallLog;
use faults::ApiFaults;
use request::ApiRequest;
use store::ApiStore;

use crate::protocol::ApiFault;

/// The API's state; clones share it.
#[derive(Clone, Default)]
pub struct Api(Arc<Shared>);

#[derive(Default)]
struct Shared {
    store: Mutex<ApiStore>,
    calls: Mutex<CallLog>,
    faults: Mutex<ApiFaults>,
    /// How long each answer takes at least.
    latency: Mutex<Duration>,
    before_answer: Mutex<Option<BeforeAnswer>>,
    /// Tells whoever waits that a call has ended.
    ended: Notify,
}

/// What is done before each answer.
type BeforeAnswer = Box<dyn FnMut(&Api) + Send>;

impl Api {
    /// An API that was told nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// A story begins: nothing of it is served before one of its events was sent.
    pub fn told(&self, story: StoryTelling) {
        self.store().told(story);
    }

    /// An event goes out, whatever comes back: its object's state is served from now on, unless a newer one is
    /// already. `body` is what is sent, byte by byte.
    pub fn sent(&self, body: &[u8]) {
        self.store().sent(body);
    }

    /// What happens to calls from now on, and how long each answer takes at least.
    pub fn hamper(&self, faults: Vec<ApiFault>, latency: Duration) {
        self.faults().set_run(faults);
        *self.0.latency.lock().unwrap_or_else(PoisonError::into_inner) = latency;
    }

    /// What happens to calls besides, until it is said anew.
    pub fn hamper_step(&self, faults: Vec<ApiFault>) {
        self.faults().set_step(faults);
    }

    /// Forgets all stories, events and objects; the log of calls stays.
    pub fn clear(&self) {
        *self.store() = ApiStore::default();
    }

    /// The calls that came after the first `count`, in the order in which they began; those that are still under
    /// way have no status yet. The log is bounded: the oldest calls may be gone.
    pub fn calls_since(&self, count: u64) -> Vec<ApiCall> {
        self.calls().since(count)
    }

    /// How many calls there were so far.
    pub fn call_count(&self) -> u64 {
        self.calls().count()
    }

    /// Does that before each answer from now on, such as to look for events that were recorded meanwhile.
    pub fn before_answers(&self, work: impl FnMut(&Self) + Send + 'static) {
        *self.before_answer() = Some(Box::new(work));
    }

    /// Waits until a call ends; one that has ended since this was waited for last is enough. For one that waits.
    pub async fn call_ended(&self) {
        self.0.ended.notified().await;
    }

    /// The answer to a request.
    fn answer(&self, request: &ApiRequest) -> ApiAnswer {
        if let Some(work) = self.before_answer().as_mut() {
            work(self);
        }
        serve::answer(&mut self.store(), request)
    }

    fn latency(&self) -> Duration {
        *self.0.latency.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn before_answer(&self) -> MutexGuard<'_, Option<BeforeAnswer>> {
        self.0.before_answer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn faults(&self) -> MutexGuard<'_, ApiFaults> {
        self.0.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn store(&self) -> MutexGuard<'_, ApiStore> {
        self.0.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn calls(&self) -> MutexGuard<'_, CallLog> {
        self.0.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Api {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Api")
    }
}

#[cfg(test)]
mod tests;
