//! An endpoint on a free port that answers as a test says and keeps what it received.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, Method, Response, Uri};
use serde_json::Value;

/// One request as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Received {
    /// The body as JSON.
    pub(crate) fn event(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The event's type.
    pub(crate) fn name(&self) -> String {
        self.event()["type"].as_str().unwrap().to_owned()
    }

    /// A header's value.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }
}

/// What to answer.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
    pub(crate) after: Duration,
}

impl Reply {
    pub(crate) fn new(status: u16, body: &str) -> Self {
        Self { status, body: body.into(), ..Self::default() }
    }

    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }
}

type Script = dyn Fn(&Received) -> Reply + Send + Sync;

/// The endpoint. When it goes out of scope, it has to have been called.
pub(crate) struct Endpoint {
    pub(crate) address: SocketAddr,
    received: Arc<Mutex<Vec<Received>>>,
    load: Arc<Load>,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Clone)]
struct Shared {
    script: Arc<Script>,
    received: Arc<Mutex<Vec<Received>>>,
    load: Arc<Load>,
}

/// How many requests are being answered, and how many were at most.
#[derive(Default)]
struct Load {
    now: AtomicUsize,
    peak: AtomicUsize,
}

/// One of the requests that are being answered.
struct UnderWay(Arc<Load>);

impl UnderWay {
    fn of(load: &Arc<Load>) -> Self {
        let now = load.now.fetch_add(1, Ordering::SeqCst) + 1;
        load.peak.fetch_max(now, Ordering::SeqCst);
        Self(Arc::clone(load))
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.now.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Endpoint {
    /// An endpoint that answers as the script says.
    pub(crate) fn new(script: impl Fn(&Received) -> Reply + Send + Sync + 'static) -> Self {
        Self::at("127.0.0.1:0", Box::new(script))
    }

    /// An endpoint that accepts everything.
    pub(crate) fn accepting() -> Self {
        Self::new(|_| Reply::new(200, r#"{"status":"success"}"#))
    }

    /// Not generic, so that it is compiled once.
    pub(crate) fn at(address: &str, script: Box<dyn Fn(&Received) -> Reply + Send + Sync>) -> Self {
        let received = Arc::new(Mutex::new(Vec::new()));
        let load = Arc::new(Load::default());
        let shared = Shared {
            script: script.into(),
            received: Arc::clone(&received),
            load: Arc::clone(&load),
        };
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let (tell, told) = mpsc::channel();
        let address = address.to_owned();
        let thread = std::thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::bind(&address).await.unwrap();
                tell.send(listener.local_addr().unwrap()).unwrap();
                let app = Router::new()
                    .fallback(answer)
                    .layer(DefaultBodyLimit::disable())
                    .with_state(shared);
                tokio::select! {
                    served = async { axum::serve(listener, app).await } => served.unwrap(),
                    _ = stopped => {}
                }
            });
        });
        let address = told.recv().unwrap();
        Self { address, received, load, stop: Some(stop), thread: Some(thread) }
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    /// An endpoint that nobody need call, up until the test's process ends.
    pub(crate) fn left_alone(self) -> &'static Self {
        Box::leak(Box::new(self))
    }

    /// What arrived so far.
    pub(crate) fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }

    /// How many requests arrived so far.
    pub(crate) fn count(&self) -> usize {
        self.received.lock().unwrap().len()
    }

    /// How many requests were under way at a time, at most.
    pub(crate) fn peak(&self) -> usize {
        self.load.peak.load(Ordering::SeqCst)
    }

    /// The types of the events that arrived so far.
    pub(crate) fn names(&self) -> Vec<String> {
        self.received().iter().map(Received::name).collect()
    }
}

impl Drop for Endpoint {
    fn drop(&mut self) {
        drop(self.stop.take());
        let ended = self.thread.take().map(JoinHandle::join);
        if !std::thread::panicking() {
            assert!(matches!(ended, Some(Ok(()))), "the endpoint's script panicked");
            assert!(!self.received.lock().unwrap().is_empty(), "the endpoint was never called");
        }
    }
}

async fn answer(
    State(shared): State<Shared>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let _under_way = UnderWay::of(&shared.load);
    let received = Received { method, uri, headers, body };
    let reply = (shared.script)(&received);
    shared.received.lock().unwrap().push(received);
    tokio::time::sleep(reply.after).await;
    let mut response = Response::builder().status(reply.status);
    for (name, value) in reply.headers {
        response = response.header(name, value);
    }
    response.body(Body::from(reply.body)).unwrap()
}
