//! The way to an API for whoever sends events: to one in this process, or to the `devtool api` that runs, by its control
//! path. One that ends or does not answer is done without.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use serde_json::Value;
use tokio::time::sleep;

use super::calls::ApiCall;
use super::caused::{CausedEvent, EventRelease, EventTaking};
use super::control;
use super::event_answers::EventAnswer;
use super::lazy_story::LazyStory;
use super::links::{LinkOrigin, Receiving};
use super::operation::{LinkMessage, LinkReply, Operation, UnknownLink};
use super::session::RunningApi;
use super::{Api, CustomerAnswer};
use crate::delivery::{Certificates, Client, Endpoint, Outcome, Reuse};
use crate::error::{Error, Kind, Result};
use crate::protocol::ApiFault;
use crate::protocol::headers::header_map;

/// How long the one that runs may take for an answer.
const TIME_LIMIT: Duration = Duration::from_secs(5);
/// How long it may let time go by, in which much may come due.
const ADVANCE_LIMIT: Duration = Duration::from_secs(300);
/// How often it hears of a link that says nothing else.
const STAY_INTERVAL: Duration = Duration::from_secs(4);
/// How often it is asked whether time goes on that waits for an answer.
const ANSWER_INTERVAL: Duration = Duration::from_millis(10);

/// A link to an API. Clones share it.
#[derive(Clone)]
pub(crate) struct ApiLink(Arc<Shared>);

struct Shared {
    way: Way,
    number: u64,
    /// How many calls there were before it.
    before: u64,
    /// Why it is of no use any more.
    error: Mutex<Option<Error>>,
    /// When it receives the events that calls cause.
    receiving: Mutex<Option<EventRelease>>,
}

enum Way {
    Here(Api),
    Running(Box<RemoteApi>),
}

/// The `devtool api` that runs.
struct RemoteApi {
    running: RunningApi,
    client: Client,
    /// The same for what may take long.
    patient: Client,
}

impl ApiLink {
    /// A link to an API in this process.
    pub(crate) fn here(api: Api, faults: Vec<ApiFault>, latency: Duration) -> Self {
        let open = LinkMessage { link: 0, operation: Operation::Open { faults, latency } };
        // A link that begins needs none that there is.
        let reply = api.perform(open, LinkOrigin::Here).unwrap_or_default();
        Self(Arc::new(Shared::new(Way::Here(api), &reply)))
    }

    /// A link to the one that runs.
    ///
    /// # Errors
    /// It does not answer.
    pub(crate) async fn running(
        running: RunningApi,
        faults: Vec<ApiFault>,
        latency: Duration,
    ) -> Result<Self> {
        let way = Way::Running(Box::new(RemoteApi::new(running)?));
        let open = LinkMessage { link: 0, operation: Operation::Open { faults, latency } };
        let reply = way.perform(open).await?;
        let shared = Arc::new(Shared::new(way, &reply));
        tokio::spawn(stay(Arc::downgrade(&shared)));
        Ok(Self(shared))
    }

    /// A story begins: nothing of it is served before one of its events was sent.
    pub(crate) async fn told(&self, story: LazyStory) {
        match &self.0.way {
            Way::Here(api) => api.told_lazily(story, self.0.number),
            Way::Running(_) => {
                self.perform(Operation::Tell(Box::new(story.telling()))).await;
            }
        }
    }

    /// What happens to calls besides, until it is said anew.
    pub(crate) async fn hamper_step(&self, faults: Vec<ApiFault>) {
        self.perform(Operation::StepFaults(faults)).await;
    }

    /// An event goes out: its delivery is under way from now on. `None` where there is no API any more.
    pub(crate) async fn begin(&self, event: &str, body: &[u8]) -> Option<u64> {
        let body = String::from_utf8_lossy(body).into_owned();
        let begin = Operation::Begin { event: event.to_owned(), body };
        Some(self.perform(begin).await?.number)
    }

    /// The answer is here, where there is one: the calls that began meanwhile. `None` where they are not known.
    pub(crate) async fn end(
        &self,
        delivery: u64,
        answer: Option<EventAnswer>,
    ) -> Option<Vec<ApiCall>> {
        let reply = self.perform(Operation::End { delivery, answer }).await?;
        self.all_of(reply, Some(delivery)).await
    }

    /// An event that a call has caused is not delivered.
    pub(crate) async fn give_up(&self, event: &str) {
        self.perform(Operation::GiveUp { event: event.to_owned() }).await;
    }

    /// All calls since this link began; `None` where they are not known.
    pub(crate) async fn calls(&self) -> Option<Vec<ApiCall>> {
        let (delivery, after) = (None, self.0.before);
        let reply = self.perform(Operation::Calls { delivery, after }).await?;
        self.all_of(reply, delivery).await
    }

    /// From now on, the events that calls cause are for this link, as far as it takes them; for nobody with `None`.
    pub(crate) async fn receive(&self, release: Option<EventRelease>, taking: EventTaking) {
        let receiving = release.map(|release| Receiving { release, taking });
        *self.receiving() = release;
        self.perform(Operation::Receive(receiving)).await;
    }

    /// When it receives the events that calls cause; `None` where it does not.
    pub(crate) fn release(&self) -> Option<EventRelease> {
        *self.receiving()
    }

    /// Waits until calls have caused events.
    pub(crate) async fn event_caused(&self) {
        match &self.0.way {
            Way::Here(api) => api.event_caused().await,
            Way::Running(_) => sleep(STAY_INTERVAL).await,
        }
    }

    /// The events that calls have caused meanwhile.
    pub(crate) async fn caused(&self) -> Vec<CausedEvent> {
        if self.release().is_none() {
            return Vec::new();
        }
        self.perform(Operation::Caused).await.map(|reply| reply.caused).unwrap_or_default()
    }

    /// The customer does what something waits for, in that second; returns it as it is then.
    ///
    /// # Errors
    /// The API does not answer, or nothing waits.
    pub(crate) async fn complete(&self, answer: CustomerAnswer, second: i64) -> Result<Value> {
        self.asked(Operation::Complete(answer, second), "complete that").await
    }

    /// Time goes by for the API, from that second on; returns what time it is then.
    ///
    /// # Errors
    /// The API does not answer, or something comes due that it does not do.
    pub(crate) async fn advance(&self, by: &str, second: i64) -> Result<Value> {
        let (mut left, mut happened) = (by.to_owned(), 0);
        loop {
            let mut done = self.asked(Operation::Advance(left, second), "advance").await?;
            happened += done["happened"].as_u64().unwrap_or_default();
            let Some(rest) = done["left"].as_str() else {
                done["happened"] = happened.into();
                return Ok(done);
            };
            // It waits for an endpoint's answer.
            left = rest.to_owned();
            sleep(ANSWER_INTERVAL).await;
        }
    }

    /// The objects of the API, as they may be handed in again; and how many of connected accounts are left out.
    ///
    /// # Errors
    /// The API does not answer.
    pub(crate) async fn exported(&self) -> Result<(Vec<Value>, usize)> {
        let mut objects = Vec::new();
        loop {
            let mut told = self.asked(Operation::Export(objects.len()), "export").await?;
            if let Value::Array(more) = told["objects"].take() {
                objects.extend(more);
            }
            if told["is_all"] != false {
                let elsewhere = told["elsewhere"].as_u64().unwrap_or_default();
                return Ok((objects, usize::try_from(elsewhere).unwrap_or(usize::MAX)));
            }
        }
    }

    /// What the API answers to what is not to be done silently.
    async fn asked(&self, operation: Operation, what: &str) -> Result<Value> {
        let reply = self.0.way.perform(LinkMessage { link: self.0.number, operation }).await?;
        let done = reply.completed.unwrap_or_else(|| Err("it does not know how".to_owned()));
        done.map_err(|why| {
            Error::new(Kind::Usage, format!("the local API cannot {what}")).caused_by(why)
        })
    }

    fn receiving(&self) -> MutexGuard<'_, Option<EventRelease>> {
        self.0.receiving.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends it. Nothing that it asked to go wrong does any longer.
    pub(crate) async fn close(&self) {
        self.perform(Operation::Close).await;
    }

    /// Why the API is of no use any more, where that is so.
    pub(crate) fn error(&self) -> Option<String> {
        let error = self.0.error.lock().unwrap_or_else(PoisonError::into_inner);
        error.as_ref().map(Error::with_root_cause)
    }

    async fn all_of(&self, mut reply: LinkReply, delivery: Option<u64>) -> Option<Vec<ApiCall>> {
        let mut calls = reply.calls;
        while let (true, Some(last)) = (reply.is_cut, calls.last()) {
            let after = last.number;
            reply = self.perform(Operation::Calls { delivery, after }).await?;
            calls.append(&mut reply.calls);
        }
        Some(calls)
    }

    /// The reply; `None` where there is none, from the first time on.
    async fn perform(&self, operation: Operation) -> Option<LinkReply> {
        if self.error().is_some() {
            return None;
        }
        match self.0.way.perform(LinkMessage { link: self.0.number, operation }).await {
            Ok(reply) => Some(reply),
            Err(error) => {
                let mut known = self.0.error.lock().unwrap_or_else(PoisonError::into_inner);
                known.get_or_insert(error);
                None
            }
        }
    }
}

/// Lets the one that runs know again and again that a link is still there.
async fn stay(shared: Weak<Shared>) {
    loop {
        sleep(STAY_INTERVAL).await;
        let Some(shared) = shared.upgrade() else { return };
        ApiLink(shared).perform(Operation::Stay).await;
    }
}

impl Shared {
    const fn new(way: Way, reply: &LinkReply) -> Self {
        let (number, before) = (reply.number, reply.count);
        Self { way, number, before, error: Mutex::new(None), receiving: Mutex::new(None) }
    }
}

impl Way {
    async fn perform(&self, message: LinkMessage) -> Result<LinkReply> {
        match self {
            Self::Here(api) => api
                .perform(message, LinkOrigin::Here)
                .map_err(|UnknownLink| Error::bug("the local API knows nothing of its own link")),
            Self::Running(remote) => remote.perform(&message).await,
        }
    }
}

impl RemoteApi {
    fn new(running: RunningApi) -> Result<Self> {
        let endpoint = Endpoint::parse(&format!("{}{}", running.url(), control::PATH))?;
        let addresses = Ok(vec![SocketAddr::from((Ipv4Addr::LOCALHOST, running.port))]);
        // To connect for each message takes most of its time. None is sent twice.
        let connections = (Reuse::Soon, Certificates::Checked);
        let client = Client::new(&endpoint, &addresses, TIME_LIMIT, connections)?;
        let patient = Client::new(&endpoint, &addresses, ADVANCE_LIMIT, connections)?;
        Ok(Self { running, client, patient })
    }

    async fn perform(&self, message: &LinkMessage) -> Result<LinkReply> {
        let body = serde_json::to_vec(message).map_err(Error::bug)?;
        let headers = [
            (control::TOKEN_HEADER, self.running.token.as_bytes()),
            ("content-type", b"application/json"),
        ];
        let is_long = message.operation.lets_something_happen();
        let client = if is_long { &self.patient } else { &self.client };
        let attempt = client.pass(header_map(headers.into_iter()), body.into()).await;
        let why = match &attempt.outcome {
            Outcome::Response(answer) if answer.status == 200 => {
                match serde_json::from_slice(&answer.body) {
                    Ok(reply) => return Ok(reply),
                    Err(error) => error.to_string(),
                }
            }
            Outcome::Response(answer) if answer.status == 410 => {
                "it has forgotten this run, which was stopped for too long".to_owned()
            }
            Outcome::Response(answer) => format!("it answered {}", answer.status),
            Outcome::None { error, .. } => error.clone(),
        };
        let url = self.running.url();
        let message = format!("the `devtool api` at {url} takes no more of this run's events");
        Err(Error::new(Kind::Unreachable, message).caused_by(why))
    }
}

impl std::fmt::Debug for ApiLink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ApiLink")
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use tokio::time::Instant;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn one_that_does_not_answer_has_longer_to_let_time_go_by() {
        // It takes connections, and answers none.
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let running = RunningApi {
            pid: 1,
            port: listener.local_addr().unwrap().port(),
            token: "0123".to_owned(),
            started_at: String::new(),
        };
        let remote = RemoteApi::new(running).unwrap();
        let advance = Operation::Advance("1mo".to_owned(), 0);
        for (operation, limit) in [(Operation::Stay, 5), (advance, 300)] {
            let start = Instant::now();
            let message = LinkMessage { link: 1, operation };
            let error = remote.perform(&message).await.unwrap_err();
            assert_eq!(start.elapsed().as_secs(), limit, "{}", error.with_root_cause());
        }
    }
}
