//! The events that calls of a `devtool api` cause, delivered to an endpoint.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::context::Context;
use super::endpoint_options::EndpointOptions;
use super::history_options;
use crate::api::{ApiLink, CausedEvent, EventRelease, EventTaking, MOST_CHAIN};
use crate::config::{FoundSecret, Secret, SecretSource};
use crate::error::Result;
use crate::event::Event;
use crate::history::{Session, Storage, Via};
use crate::runner::{Exchange, LocalTransport, Outgoing, Plan, Recorder, Transport as _};
use crate::scenario::{Expectation, Scenario};

/// How long an event waits, so that the answer to its call is out before it.
const AFTER_ANSWER: Duration = Duration::from_millis(10);
/// How many deliveries may wait to be shown.
const BACKLOG: usize = 256;

/// A delivery that has ended, or an event that is not delivered, as one of a chain without an end.
pub(super) enum Delivered {
    Done(CausedEvent, Box<Exchange>),
    Endless(String),
    /// An event of that type goes to nobody: there is no endpoint, and no webhook endpoint takes it.
    Lost(String),
    /// It does not go to the webhook endpoint of that id, for that reason.
    Refused(String, String),
}

/// What delivers them.
pub(super) struct Deliveries {
    transport: LocalTransport,
    recorder: Recorder,
    link: ApiLink,
    /// What is under way.
    tasks: TaskTracker,
    /// Where all of them go, and what signs them; none where they go to webhook endpoints alone, which calls make.
    pub(super) main: Option<(String, FoundSecret)>,
}

impl Deliveries {
    /// To the endpoint that the options or devtool.toml name, and to webhook endpoints.
    ///
    /// # Errors
    /// It is on another machine and that is not allowed, or the history cannot be opened.
    pub(super) async fn new(
        (options, release): (EndpointOptions, EventRelease),
        place: Option<&Storage>,
        (link, stop): (&ApiLink, &CancellationToken),
        context: &mut Context,
    ) -> Result<Self> {
        let has_main = options.is_given() || context.config()?.url.is_some();
        if !has_main {
            // Nothing is signed with it: webhook endpoints have secrets of their own.
            let (secret, source) = (Secret::random()?, SecretSource::Run);
            context.in_place.secret = Some(FoundSecret { secret, source });
        }
        let job = options.job(Scenario::of_one("", None), context)?;
        let main = has_main.then(|| (job.endpoint.to_string(), job.secret.clone()));
        let started_at = context.clock.now();
        let session = Session { command: "api".to_owned(), name: None, started_at };
        let history = history_options::open(place, session, context)?;
        let recorder = Recorder { history, via: Via::Local };
        let plans = [Plan::recorded(job, Vec::new())];
        let at = (context.clock, stop);
        let transport = LocalTransport::new(&plans, at, &recorder, Some(link.clone())).await?;
        link.receive(Some(release), EventTaking::Always).await;
        let link = link.clone();
        let tasks = TaskTracker::new();
        Ok(Self { transport, recorder, link, tasks, main })
    }

    /// Delivers them as they come, until that is cancelled: to each endpoint one after the other, as they happened.
    pub(super) fn start(&self, stop: CancellationToken) -> mpsc::Receiver<Delivered> {
        let (shown, receiver) = mpsc::channel(BACKLOG);
        let (transport, link) = (self.transport.clone(), self.link.clone());
        let carrier = Carrier { transport, link: link.clone(), shown, stop: stop.clone() };
        let (tasks, has_main) = (self.tasks.clone(), self.main.is_some());
        let is_awaited = link.release() == Some(EventRelease::Before);
        let new_queue = move |_: &Line| {
            let (queue, waiting) = mpsc::unbounded_channel();
            tasks.spawn(carrier.clone().carry_all(waiting));
            queue
        };
        self.tasks.spawn(async move {
            let mut queues: HashMap<Line, mpsc::UnboundedSender<_>> = HashMap::new();
            while stop.run_until_cancelled(link.event_caused()).await.is_some() {
                sleep(AFTER_ANSWER).await;
                let caused = link.caused().await;
                for event in caused.iter().filter(|event| !has_main && event.webhook.is_none()) {
                    link.give_up(&event.id).await;
                }
                for told in to_be_told(caused, has_main) {
                    let place = line_of(&told.0, is_awaited);
                    let queue = queues.entry(place).or_insert_with_key(&new_queue);
                    // Its other end is there until this one is gone.
                    let _ = queue.send(told);
                }
                // The next call has a line of its own.
                queues.retain(|(_, call), _| call.is_none());
            }
        });
        receiver
    }

    /// Ends it once it was stopped: what is under way has [`DRAIN`](crate::runner::DRAIN) for its answer, and what was
    /// recorded is on the disk.
    pub(super) async fn end(self, context: &mut Context) {
        self.tasks.close();
        self.tasks.wait().await;
        history_options::close(self.recorder.history, context).await;
    }
}

/// The events that are delivered or go to nobody, each with whether it does: those that webhook endpoints take are not
/// lost where there is no endpoint besides.
fn to_be_told(
    caused: Vec<CausedEvent>,
    has_main: bool,
) -> impl Iterator<Item = (CausedEvent, bool)> {
    let to_webhooks = caused.iter().filter(|event| event.webhook.is_some());
    let taken: HashSet<String> = to_webhooks.map(|event| event.id.clone()).collect();
    caused.into_iter().filter_map(move |event| {
        let is_delivered = has_main || event.webhook.is_some();
        let is_lost = !is_delivered && !taken.contains(&event.id);
        (is_delivered || is_lost).then_some((event, is_lost))
    })
}

/// Why one is not delivered, where that is so.
async fn not_delivered(
    transport: &LocalTransport,
    is_lost: bool,
    caused: &CausedEvent,
) -> Option<Delivered> {
    if is_lost {
        return Some(Delivered::Lost(caused.name.clone()));
    }
    if let Some(webhook) = &caused.webhook
        && let Some(why) = transport.refusal(webhook).await
    {
        return Some(Delivered::Refused(webhook.id.clone(), why));
    }
    (caused.chain > MOST_CHAIN).then(|| Delivered::Endless(caused.name.clone()))
}

/// Which events are delivered one after the other: those to an endpoint; but apart from these, those of a call by a
/// handler that waits for them, which would wait for itself.
type Line = (Option<String>, Option<String>);

/// The line of an event, where the answers to calls wait for their events or not.
fn line_of(event: &CausedEvent, is_awaited: bool) -> Line {
    let endpoint = event.webhook.as_ref().map(|webhook| webhook.id.clone());
    let call = (event.chain > 0 && is_awaited).then(|| event.cause.request.clone());
    (endpoint, call)
}

/// What carries the events of a line.
#[derive(Clone)]
struct Carrier {
    transport: LocalTransport,
    link: ApiLink,
    shown: mpsc::Sender<Delivered>,
    stop: CancellationToken,
}

impl Carrier {
    /// Carries them one after the other, until no more are to come. What still waits when it is stopped is left.
    async fn carry_all(self, mut waiting: mpsc::UnboundedReceiver<(CausedEvent, bool)>) {
        while let Some((event, is_lost)) = waiting.recv().await {
            if self.stop.is_cancelled() {
                self.link.give_up(&event.id).await;
            } else {
                self.carry(event, is_lost).await;
            }
        }
    }

    /// Delivers one. Whoever shows it may have ended by then.
    async fn carry(&self, caused: CausedEvent, is_lost: bool) {
        if let Some(why) = not_delivered(&self.transport, is_lost, &caused).await {
            if !is_lost {
                self.link.give_up(&caused.id).await;
            }
            let _ = self.shown.send(why).await;
            return;
        }
        let event = Event::of_body((&caused.id, &caused.name), caused.body.as_bytes());
        let exchange = self.transport.clone().carry(Outgoing {
            story: 0,
            index: 0,
            event,
            expect: Expectation::default(),
            api_faults: Vec::new(),
            webhook: caused.webhook.clone(),
        });
        let exchange = Box::new(exchange.await);
        let _ = self.shown.send(Delivered::Done(caused, exchange)).await;
    }
}
