//! A relay that runs, its updates, and posts as `stripe listen` makes them.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use devtool::config::{FoundSecret, Secret, SecretSource};
use devtool::delivery::{Certificates, Endpoint, Hosts};
use devtool::history::History;
use devtool::protocol::{Clock, signature};
use devtool::relay::{
    Deps, EventSource, Handle, Relay, RelayObserver, RelayUpdate, Settings, Signing, Summary,
    UpstreamSettings,
};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// The secret of the Ready line.
pub(crate) const STRIPES: &str = "whsec_0000stripe0000stripe";

/// How long a test waits for what has to happen.
const TIME_LIMIT: Duration = Duration::from_secs(30);

pub(crate) fn secret(text: &str) -> Secret {
    Secret::parse(text).unwrap()
}

/// The same as the one that `--secret` names.
pub(crate) fn found(text: &str) -> FoundSecret {
    FoundSecret { secret: secret(text), source: SecretSource::Flag }
}

/// A target at a port of this machine that gets Stripe's own signature.
pub(crate) fn upstream(port: u16) -> UpstreamSettings {
    UpstreamSettings {
        endpoint: Endpoint::by_default().unwrap().with_port(port),
        hosts: Hosts::Loopback,
        certificates: Certificates::Checked,
        signing: Signing::Stripes,
        headers: Vec::new(),
    }
}

/// The updates of a relay, as words.
#[derive(Default)]
pub(crate) struct Updates {
    words: Mutex<Vec<String>>,
    more: Notify,
}

impl RelayObserver for Updates {
    fn on(&self, update: RelayUpdate<'_>) {
        let word = match update {
            RelayUpdate::Received(event) => format!("received {}", event.event_id),
            RelayUpdate::Duplicate(event) => format!("duplicate {}", event.event_id),
            RelayUpdate::Attempted { event, number, attempt, .. } => {
                let status = attempt.outcome.response().map(|response| response.status.to_string());
                let word = status.unwrap_or_else(|| attempt.outcome.word().to_owned());
                format!("attempt {number} of {}: {word}", event.event_id)
            }
            RelayUpdate::Finished { event, end, .. } => format!("{end:?} {}", event.event_id),
            RelayUpdate::EndpointDown { .. } => "down".to_owned(),
            RelayUpdate::EndpointBack { .. } => "back".to_owned(),
            RelayUpdate::BadSignature { count, error } => {
                format!("bad signature x{count}: {error}")
            }
            RelayUpdate::History(notice) => format!("history: {notice:?}"),
            RelayUpdate::OverCapacity { waiting } => format!("over capacity: {waiting}"),
        };
        self.words.lock().unwrap().push(word);
        self.more.notify_waiters();
    }
}

impl Updates {
    pub(crate) fn words(&self) -> Vec<String> {
        self.words.lock().unwrap().clone()
    }

    /// How many of the words begin so.
    pub(crate) fn count(&self, start: &str) -> usize {
        self.words.lock().unwrap().iter().filter(|word| word.starts_with(start)).count()
    }

    /// Returns when that many words begin so.
    pub(crate) async fn wait(&self, start: &str, count: usize) {
        let enough = async {
            loop {
                let more = self.more.notified();
                if self.count(start) >= count {
                    return;
                }
                more.await;
            }
        };
        let done = tokio::time::timeout(TIME_LIMIT, enough).await;
        assert!(done.is_ok(), "no {count} x `{start}` in {:?}", self.words());
    }
}

/// A relay that runs until [`Rig::end`].
pub(crate) struct Rig {
    pub(crate) handle: Handle,
    pub(crate) updates: Arc<Updates>,
    http: reqwest::Client,
    until: CancellationToken,
    serving: JoinHandle<Summary>,
}

/// An answer as `stripe listen` gets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Posted {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Posted {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// The body of an event.
pub(crate) fn event(id: &str, name: &str, created: i64) -> Vec<u8> {
    format!(
        "{{\n  \"id\": \"{id}\",\n  \"object\": \"event\",\n  \"created\": {created},\n  \
         \"type\": \"{name}\"\n}}"
    )
    .into_bytes()
}

impl Rig {
    pub(crate) async fn new(settings: &Settings) -> Self {
        Self::recording(settings, History::none()).await
    }

    pub(crate) async fn recording(settings: &Settings, history: History) -> Self {
        let updates = Arc::new(Updates::default());
        let observer = Arc::clone(&updates) as Arc<dyn RelayObserver>;
        let deps = Deps { clock: Clock::system(), history, observer };
        let relay = Relay::bind(settings, deps).await.unwrap();
        let handle = relay.handle();
        handle.secrets().add(secret(STRIPES));
        let until = CancellationToken::new();
        let serving = tokio::spawn(relay.serve(until.clone()));
        let http = super::http_client().build().unwrap();
        Self { handle, updates, http, until, serving }
    }

    /// Posts a body, signed as Stripe signs.
    pub(crate) async fn post(&self, source: EventSource, body: &[u8]) -> Posted {
        let signature = signature::header(&secret(STRIPES), Clock::system().now(), body);
        self.post_with(source, &[("Stripe-Signature", &signature)], body).await
    }

    /// Posts a body with these headers.
    pub(crate) async fn post_with(
        &self,
        source: EventSource,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Posted {
        let mut request = self.http.post(self.handle.url(source)).body(body.to_vec());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Posted { status, headers, body: response.bytes().await.unwrap().to_vec() }
    }

    /// Posts an event of the account's.
    pub(crate) async fn event(&self, id: &str) -> Posted {
        self.post(EventSource::Snapshot, &event(id, "invoice.paid", 1)).await
    }

    /// Ends the relay and returns what it did.
    pub(crate) async fn end(self) -> Summary {
        self.until.cancel();
        self.serving.await.unwrap()
    }
}

/// Runs all of them at the same time.
pub(crate) async fn together<T: 'static>(
    rig: &std::rc::Rc<Rig>,
    count: usize,
    post: impl AsyncFn(std::rc::Rc<Rig>, usize) -> T + Clone + 'static,
) -> Vec<T> {
    let local = tokio::task::LocalSet::new();
    let tasks: Vec<_> = (0..count)
        .map(|number| {
            let (rig, post) = (std::rc::Rc::clone(rig), post.clone());
            local.spawn_local(async move { post(rig, number).await })
        })
        .collect();
    local
        .run_until(async move {
            let mut all = Vec::new();
            for task in tasks {
                all.push(task.await.unwrap());
            }
            all
        })
        .await
}
