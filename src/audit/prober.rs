//! Makes the events of probes, and sends them.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::finding::{NotTested, ProbeVerdict};
use crate::api::Api;
use crate::config::Secret;
use crate::delivery::endpoint::is_this_machine;
use crate::delivery::{Attempt, Client, Request, Response, Reuse};
use crate::error::{Error, Result};
use crate::event::Event;
use crate::event::id::Seed;
use crate::protocol::headers::SIGNATURE_HEADER;
use crate::protocol::{Clock, Moment, signature};
use crate::runner::{ApiUse, Job, Plan};
use crate::scenario::{Scenario, Step};

/// A request, and what was answered.
#[derive(Clone, Debug)]
pub(super) struct AnsweredProbe {
    pub(super) request: Request,
    pub(super) response: Response,
    /// Whether the request is rightly signed.
    pub(super) is_signed: bool,
}

impl AnsweredProbe {
    /// The request's signature; empty where it has none.
    pub(super) fn signature(&self) -> &str {
        signature_of(&self.request)
    }
}

fn signature_of(request: &Request) -> &str {
    let found = request.headers.iter().find(|(name, _)| name == SIGNATURE_HEADER);
    found.map_or("", |(_, value)| value.as_str())
}

/// How large a request or an answer may be that is kept, in bytes, and how many are.
const LARGEST_KEPT: usize = 64 * 1024;
const MOST_KEPT: usize = 1_000;

/// What was answered.
#[derive(Debug, Default)]
struct Answers {
    /// Those with a body, as far as they are kept.
    kept: Vec<AnsweredProbe>,
    /// How many there were to probes: to requests that were not rightly signed, and to those that were.
    counts: [usize; 2],
}

/// Talks to one endpoint. Each event that it makes has a story of its own, so that no two are of one payment.
#[derive(Debug)]
pub(super) struct Prober {
    pub(super) job: Job,
    client: Arc<Client>,
    /// When something was sent or answered last.
    last: Mutex<Instant>,
    /// What the app asks, where it asks devtool.
    pub(super) api: Option<Api>,
    /// What was answered so far.
    answers: Mutex<Answers>,
    pub(super) clock: Clock,
    /// The type of the events, where a probe does not need one of its own.
    pub(super) event_type: String,
    /// Whether the endpoint accepts a plain event.
    pub(super) is_accepting: bool,
    /// Why probes say nothing, where it does not.
    pub(super) rejects: Option<NotTested>,
    /// Whether the endpoint is on this machine.
    pub(super) is_local: bool,
    /// Draws the ids of events whose effect is looked at: an app must not know them of an earlier audit.
    pub(super) ids: Seed,
}

impl Prober {
    /// A prober of a job's endpoint.
    ///
    /// # Errors
    /// The endpoint is on another machine and that is not allowed.
    pub(super) async fn new(job: Job, clock: Clock, api: Option<Api>) -> Result<Self> {
        let addresses = job.endpoint.resolve(job.hosts).await?;
        let how = (Reuse::Never, job.certificates);
        let client = Client::new(&job.endpoint, &addresses, job.timeout, how)?;
        let mut known = addresses.as_deref().unwrap_or_default().iter();
        let is_local = known.all(|address| is_this_machine(address.ip()));
        let ids = if job.app_state.is_empty() { job.seed } else { Seed::random()? };
        Ok(Self {
            job: Job { api: if api.is_some() { ApiUse::Asked(None) } else { ApiUse::None }, ..job },
            client: client.into(),
            last: Mutex::new(Instant::now()),
            api,
            answers: Mutex::default(),
            clock,
            event_type: String::new(),
            is_accepting: false,
            rejects: None,
            is_local,
            ids,
        })
    }

    /// What sends, for whoever is about to do so.
    pub(super) fn client(&self) -> &Arc<Client> {
        self.touch();
        &self.client
    }

    /// Something was sent or answered.
    pub(super) fn touch(&self) {
        if let Ok(mut last) = self.last.lock() {
            *last = Instant::now();
        }
    }

    /// For how long nothing was sent or answered.
    pub(super) fn quiet_for(&self) -> Duration {
        self.last.lock().map(|last| last.elapsed()).unwrap_or_default()
    }

    /// The endpoint's path and query.
    pub(super) fn target(&self) -> &str {
        self.job.endpoint.path_and_query()
    }

    pub(super) fn now(&self) -> Moment {
        self.clock.now()
    }

    pub(super) fn secret(&self) -> &Secret {
        &self.job.secret.secret
    }

    /// Text that belongs to a name.
    pub(super) fn characters(&self, name: &str, alphabet: &[u8], count: usize) -> String {
        self.job.seed.characters(name, alphabet, count)
    }

    /// An event of the usual type, whose ids belong to the name.
    ///
    /// # Errors
    /// It cannot be built: the user's type is unknown.
    pub(super) fn event(&self, name: &str) -> Result<Event> {
        self.event_of(name, &self.event_type, None)
    }

    /// An event of a type, and of an object where devtool does not know the type.
    ///
    /// # Errors
    /// It cannot be built.
    pub(super) fn event_of(&self, name: &str, kind: &str, object: Option<&str>) -> Result<Event> {
        let mut plan = self.plan(self.job_by(self.job.seed, name, kind, object))?;
        plan.events.pop().ok_or_else(|| Error::bug(format!("no event of the type {kind}")))
    }

    /// An event of the usual type, of an API version.
    ///
    /// # Errors
    /// It cannot be built.
    pub(super) fn event_at(&self, name: &str, api_version: &str) -> Result<Event> {
        let job = self.job_by(self.job.seed, name, &self.event_type, None);
        let mut plan = self.plan(Job { api_version: api_version.to_owned(), ..job })?;
        plan.events.pop().ok_or_else(|| Error::bug("no event"))
    }

    /// Events of one story.
    ///
    /// # Errors
    /// They cannot be built.
    pub(super) fn story(&self, name: &str, kinds: &[&str]) -> Result<Plan> {
        let mut job = self.job_of(name, kinds.first().copied().unwrap_or_default(), None);
        let step = |kind: &&str| Step { event: (*kind).to_owned(), ..Step::default() };
        job.scenario.steps = kinds.iter().map(step).collect();
        self.plan(job)
    }

    /// The plan of a job, of which the local API is told.
    ///
    /// # Errors
    /// It cannot be built.
    pub(super) fn plan(&self, job: Job) -> Result<Plan> {
        let mut plan = Plan::new(job, self.now())?;
        self.tell(&mut plan);
        Ok(plan)
    }

    /// Tells the local API of a plan.
    pub(super) fn tell(&self, plan: &mut Plan) {
        if let (Some(api), Some(story)) = (&self.api, plan.story.take()) {
            api.told_lazily(story, 0);
            plan.events.iter().for_each(|event| api.sent(&event.body));
        }
    }

    /// The job that makes an event whose effect is looked at.
    pub(super) fn job_of(&self, name: &str, kind: &str, object: Option<&str>) -> Job {
        self.job_by(self.ids, name, kind, object)
    }

    fn job_by(&self, seed: Seed, name: &str, kind: &str, object: Option<&str>) -> Job {
        let number = seed.number(&format!("audit/{name}"), u32::MAX as usize);
        let seed = Seed(u32::try_from(number).unwrap_or_default());
        let scenario = Scenario::of_one(kind, object.map(ToOwned::to_owned));
        Job { scenario, seed, ..self.job.clone() }
    }

    /// The same as JSON.
    ///
    /// # Errors
    /// It cannot be built.
    pub(super) fn payload(&self, name: &str) -> Result<Value> {
        payload(&self.event(name)?)
    }

    /// A delivery as Stripe makes it.
    pub(super) fn signed(&self, event: &Event) -> Request {
        Request::new(event, self.secret(), self.now(), &self.job.headers)
    }

    /// A delivery of any bytes, rightly signed.
    pub(super) fn signed_bytes(&self, body: impl Into<Vec<u8>>) -> Request {
        let body = body.into();
        let header = signature::delivery_header(self.secret(), self.now(), &body);
        self.with_header(body, &header)
    }

    /// A delivery of any bytes with any signature.
    pub(super) fn with_header(&self, body: impl Into<Vec<u8>>, header: &str) -> Request {
        let mut request = self.unsigned(body);
        request.headers.push((SIGNATURE_HEADER.to_owned(), header.to_owned()));
        request
    }

    /// A delivery of any bytes without a signature.
    pub(super) fn unsigned(&self, body: impl Into<Vec<u8>>) -> Request {
        let event = Event::new(&Value::Null);
        Request { body: body.into(), ..Request::unsigned(&event, &self.job.headers) }
    }

    /// Sends a request; to the endpoint's own path where no other is given.
    pub(super) async fn send(
        &self,
        method: &str,
        path: Option<&str>,
        request: &Request,
    ) -> Attempt {
        let attempt = self.client().call(method, path.unwrap_or(self.target()), request).await;
        self.touch();
        self.keep(request, &attempt);
        attempt
    }

    /// Sends a delivery to the endpoint.
    pub(super) async fn post(&self, request: &Request) -> Attempt {
        self.send("POST", None, request).await
    }

    fn keep(&self, request: &Request, attempt: &Attempt) {
        let Some(response) = attempt.outcome.response() else { return };
        let is_small = request.body.len() + response.body.len() <= LARGEST_KEPT;
        let (header, body) = (signature_of(request), &request.body);
        let is_signed = signature::verify(self.secret(), header, body, self.now()).is_ok();
        let Ok(mut answers) = self.answers.lock() else { return };
        answers.counts[usize::from(is_signed)] += 1;
        if is_small && !response.body.is_empty() && answers.kept.len() < MOST_KEPT {
            // Probes that take the time wait for this: nothing is copied that is not kept.
            let (request, response) = (request.clone(), response.clone());
            answers.kept.push(AnsweredProbe { request, response, is_signed });
        }
    }

    /// The answers so far that have a body.
    pub(super) fn answered(&self) -> Vec<AnsweredProbe> {
        self.answers.lock().map(|answers| answers.kept.clone()).unwrap_or_default()
    }

    /// Counts answers from here on: what comes are those to probes.
    pub(super) fn count_anew(&self) {
        if let Ok(mut answers) = self.answers.lock() {
            answers.counts = [0; 2];
        }
    }

    /// How many answers to probes came: to requests that were not rightly signed, and to those that were.
    pub(super) fn answer_counts(&self) -> [usize; 2] {
        self.answers.lock().map(|answers| answers.counts).unwrap_or_default()
    }

    /// Whether a plain event is answered within that time as it was before.
    pub(super) async fn serves(&self, name: &str, within: Duration) -> Result<bool> {
        let request = self.signed(&self.event(name)?);
        let sent = self.client().send(&request);
        let attempt = tokio::time::timeout(within, sent).await;
        Ok(attempt.is_ok_and(|attempt| match attempt.outcome.response() {
            Some(response) => response.is_accepted() == self.is_accepting,
            None => false,
        }))
    }

    /// The verdict of what says nothing, because a plain event is not accepted either.
    pub(super) fn rejecting(&self) -> ProbeVerdict {
        let said = self.rejects.clone();
        let unknown =
            || NotTested { reason: "a plain event is not accepted".to_owned(), way: None };
        ProbeVerdict::NotTested(said.unwrap_or_else(unknown))
    }
}

/// The payload of an event.
///
/// # Errors
/// Never: an event's body is JSON.
pub(super) fn payload(event: &Event) -> Result<Value> {
    serde_json::from_slice(&event.body).map_err(|error| Error::bug(error.to_string()))
}
