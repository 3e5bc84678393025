//! The local Stripe API: serves the objects of the stories that are told to it, in their newest state, on a loopback
//! port, and keeps a log of what it was asked. It never connects anywhere and keeps no key.
//!
//! Whoever sends events has a link to it (`ApiLink`), also from another process: tells each story before its first
//! event and each event as it goes out, then reads the calls back. Events that no story was told of, such as
//! those that a relay passes on or the history holds, are enough by themselves ([`Api::sent`]); the history is looked
//! into before each answer ([`Api::before_answers`]).

mod advancing;
mod answer;
mod call_state;
mod calls;
mod caused;
mod change;
mod cli_opening;
mod cli_sessions;
mod cli_socket;
mod control;
mod earlier;
mod error;
mod event_answers;
mod events;
mod expand;
mod filter;
mod filter_values;
mod given;
mod host;
mod idempotency;
mod inquiry;
mod keeping;
mod kept;
mod key;
mod lazy_story;
mod link;
mod links;
mod list;
mod noted;
mod object;
mod objects;
mod operation;
mod outgoing;
mod own_account;
mod overlay;
mod packed;
mod parameters;
mod pending;
mod request;
mod routes;
mod search;
mod sent;
mod serve;
mod server;
pub(crate) mod session;
mod state;
mod store;
mod stored;
mod stories;
mod telling;
mod v2;
mod view;
mod webhook_destination;
mod webhooks;
mod write;
mod write_error;
mod written;

use std::sync::atomic::AtomicI64;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use tokio::sync::Notify;

pub use calls::ApiCall;
pub(crate) use caused::{CausedEvent, CausingCall, EventRelease, EventTaking, MOST_CHAIN};
pub(crate) use event_answers::EventAnswer;
pub(crate) use given::GivenObjects;
pub(crate) use lazy_story::LazyStory;
pub(crate) use link::ApiLink;
pub use server::{ApiServer, DEFAULT_PORT};
pub(crate) use session::RunningApi;
pub(crate) use state::{Making, StateFile};
pub use telling::{StoryTelling, ToldEvent};
pub(crate) use webhook_destination::WebhookDestination;
pub(crate) use write::CustomerAnswer;

use answer::ApiAnswer;
use calls::CallLog;
use cli_sessions::CliSessions;
use idempotency::IdempotencyKeys;
use links::Links;
use pending::PendingNews;
use request::ApiRequest;
use state::Keeping;
use store::ApiStore;

use crate::event::id::Seed;
use crate::protocol::Moment;

/// The API's state; clones share it.
#[derive(Clone, Default)]
pub struct Api(Arc<Shared>);

#[derive(Default)]
struct Shared {
    store: Mutex<ApiStore>,
    calls: Mutex<CallLog>,
    links: Mutex<Links>,
    cli_sessions: Mutex<CliSessions>,
    /// What opens the control path, where there is one.
    token: OnceLock<String>,
    keys: Mutex<IdempotencyKeys>,
    /// The file that keeps what calls change, where one does.
    keeping: Mutex<Option<Keeping>>,
    before_answer: Mutex<Option<BeforeAnswer>>,
    search: Mutex<Option<Search>>,
    /// How far this API's time is ahead, in seconds.
    ahead: AtomicI64,
    /// Tells whoever waits that a call has ended.
    ended: Notify,
    /// Tells whoever waits that calls have caused events.
    caused: Notify,
}

/// What is done before each answer.
type BeforeAnswer = Box<dyn FnMut(&Api) + Send>;
/// What looks for an id that is not known.
type Search = Box<dyn FnMut(&Api, &str) + Send>;

impl Api {
    /// An API that was told nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The ids of what calls make are drawn from that seed.
    pub fn draw_from(&self, seed: Seed) {
        self.store().calls.seed = seed;
    }

    /// A story begins: nothing of it is served before one of its events was sent.
    pub fn told(&self, story: StoryTelling) {
        self.told_by(story, 0);
    }

    /// The same of a story that is made when somebody asks, by a link (0 for none), which is to find it as long as it
    /// lives.
    pub(crate) fn told_lazily(&self, story: LazyStory, link: u64) {
        self.look_before();
        self.add_news(|pending| pending.tell(story, link));
        self.forget_answers();
    }

    fn told_by(&self, story: StoryTelling, link: u64) {
        // What was recorded before it is no part of it, even if it has the same ids.
        self.look_before();
        let live = self.links().live_ones();
        self.store().told(story, (link, &live));
        self.forget_answers();
    }

    /// What the history keeps of a story whose events are recorded; one that was told already stays as it is.
    pub fn recorded(&self, kept: &[u8]) {
        if let Some(story) = StoryTelling::of_kept(kept) {
            let live = self.links().live_ones();
            self.store().recorded(story, &live);
        }
    }

    /// An event goes out, whatever comes back: its object's state is served from now on, unless a newer one is
    /// already. `body` is what is sent, byte by byte.
    pub fn sent(&self, body: &[u8]) {
        self.add_news(|pending| pending.send(body));
    }

    /// Forgets all stories, events and objects; the log of calls stays.
    pub fn clear(&self) {
        *self.store_as_it_is() = ApiStore::default();
        self.keys().forget_answers();
    }

    /// Forgets the events that no story was told of, and the objects that are known by them alone.
    pub fn clear_untold(&self) {
        self.store().clear_untold();
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

    /// Does that where an id of a call is not known, such as to look for events that are older than those that were
    /// sent.
    pub fn when_missing(&self, work: impl FnMut(&Self, &str) + Send + 'static) {
        *self.search() = Some(Box::new(work));
    }

    /// Waits until a call ends; one that has ended since this was waited for last is enough. For one that waits.
    pub async fn call_ended(&self) {
        self.0.ended.notified().await;
    }

    /// The answer to a request.
    fn answer(&self, request: &ApiRequest) -> ApiAnswer {
        // Whoever may not ask makes nothing be read.
        if let Err(error) = key::check(request.headers.authorization.as_deref()) {
            return error.answer(&request.path);
        }
        self.look_before();
        let mut answer = self.tried(request);
        // Most apps never ask for it: it is made for those that do.
        if [403, 404].contains(&answer.status) && self.store().tell_of_own_account(request) {
            answer = self.tried(request);
        }
        // Without its account, nothing is known of an object.
        if let (403, Some(account)) = (answer.status, request.account())
            && self.look_for(account)
        {
            answer = self.tried(request);
        }
        if let (404, Some(id)) = (answer.status, request.named_id())
            && self.look_for(&id)
        {
            answer = self.tried(request);
        }
        answer
    }

    /// The answer by what is known; the events that follow from the call are handed over.
    fn tried(&self, request: &ApiRequest) -> ApiAnswer {
        if let Some(answer) = self.session_answer(request) {
            return answer;
        }
        let (mut answer, caused, (clock, is_asking)) = {
            let mut store = self.store();
            let answer = serve::answer(&mut store, request);
            let answer = self.committed(&mut store, request, answer);
            let calls = &mut store.calls;
            let next = (calls.going.take(), std::mem::take(&mut calls.is_asking));
            (answer, std::mem::take(&mut calls.caused), next)
        };
        self.hand_over(request, &caused);
        if is_asking {
            self.let_banks_answer(request);
        }
        if let Some(clock) = clock {
            answer.notice = self.let_clock_go(request, &clock).or(answer.notice);
            self.let_banks_answer(request);
        }
        answer
    }

    /// Looks for an id that is not known; `false` where there is nowhere to look.
    fn look_for(&self, id: &str) -> bool {
        self.search().as_mut().map(|search| search(self, id)).is_some()
    }

    fn look_before(&self) {
        if let Some(work) = self.before_answer().as_mut() {
            work(self);
        }
    }

    /// A call begins: it may be of each delivery that is under way by now.
    fn begin_call(&self, request: &ApiRequest, at: Moment) -> u64 {
        let mut calls = self.calls();
        // A delivery that ends meanwhile waits for the log to tell its calls.
        let deliveries = self.links().under_way(request.cause().as_deref());
        calls.begin(request, deliveries, at)
    }

    fn before_answer(&self) -> MutexGuard<'_, Option<BeforeAnswer>> {
        self.0.before_answer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn search(&self) -> MutexGuard<'_, Option<Search>> {
        self.0.search.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn links(&self) -> MutexGuard<'_, Links> {
        self.0.links.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn cli_sessions(&self) -> MutexGuard<'_, CliSessions> {
        self.0.cli_sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keys(&self) -> MutexGuard<'_, IdempotencyKeys> {
        self.0.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The store, with all that it was told.
    fn store(&self) -> MutexGuard<'_, ApiStore> {
        let mut store = self.store_as_it_is();
        if !store.pending.is_empty() {
            let live = self.links().live_ones();
            store.catch_up(&live);
        }
        store
    }

    fn store_as_it_is(&self) -> MutexGuard<'_, ApiStore> {
        self.0.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Something new for the store, which takes it in when somebody asks, or where much waits.
    fn add_news(&self, add: impl FnOnce(&mut PendingNews)) {
        let mut store = self.store_as_it_is();
        add(&mut store.pending);
        let is_full = store.pending.is_full();
        drop(store);
        if is_full {
            drop(self.store());
        }
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
