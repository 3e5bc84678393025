//! The port of loopback that stands for the app: what comes there is a request on the lines.

use std::collections::HashMap;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, Method, Response, StatusCode, Uri};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use super::message::{AppAnswer, request};
use crate::error::{Error, Kind, Result};

/// Says a line; false where nobody listens any more.
pub(crate) type Say = Arc<dyn Fn(&Value) -> bool + Send + Sync>;

/// What is asked, and not answered yet. Clones share it.
#[derive(Clone)]
pub(crate) struct Bridge {
    asked: Arc<Mutex<Asked>>,
    say: Say,
}

#[derive(Default)]
struct Asked {
    next: u64,
    /// `None` when nobody answers any more.
    waiting: Option<HashMap<u64, oneshot::Sender<AppAnswer>>>,
}

impl Bridge {
    pub(crate) fn new(say: Say) -> Self {
        let asked = Asked { next: 1, waiting: Some(HashMap::new()) };
        Self { asked: Arc::new(Mutex::new(asked)), say }
    }

    /// Takes a free port, and brings what comes there to the lines for as long as the runtime lasts.
    ///
    /// # Errors
    /// There is no port.
    pub(crate) async fn listen(&self) -> Result<u16> {
        let failed =
            |source| Error::new(Kind::Config, "cannot listen on loopback").caused_by(source);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(failed)?;
        let port = listener.local_addr().map_err(failed)?.port();
        let app =
            Router::new().fallback(ask).layer(DefaultBodyLimit::disable()).with_state(self.clone());
        tokio::spawn(async { axum::serve(listener, app).await });
        Ok(port)
    }

    /// Takes the app's answer; false where nothing waits for it.
    pub(crate) fn answer(&self, answer: AppAnswer) -> bool {
        let waiting =
            self.lock().waiting.as_mut().and_then(|waiting| waiting.remove(&answer.request));
        waiting.is_some_and(|waiting| waiting.send(answer).is_ok())
    }

    /// Nobody answers any more.
    pub(crate) fn close(&self) {
        self.lock().waiting = None;
    }

    fn lock(&self) -> MutexGuard<'_, Asked> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The number of a new request, and where its answer comes.
    fn number(&self) -> Option<(u64, oneshot::Receiver<AppAnswer>)> {
        let mut asked = self.lock();
        let number = asked.next;
        asked.next += 1;
        let (sender, answer) = oneshot::channel();
        asked.waiting.as_mut()?.insert(number, sender);
        Some((number, answer))
    }
}

async fn ask(
    State(bridge): State<Bridge>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let text =
        |value: &axum::http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers: Vec<(String, String)> =
        headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect();
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let answer = match bridge.number() {
        Some((number, answer))
            if (bridge.say)(&request(number, (method.as_str(), path), &headers, &body)) =>
        {
            answer.await.ok()
        }
        _ => None,
    };
    answer.as_ref().and_then(response).unwrap_or_else(|| {
        let mut response = Response::new(Body::from("the test suite gave no answer"));
        *response.status_mut() = StatusCode::BAD_GATEWAY;
        response
    })
}

/// The app's answer as HTTP; `None` where it is none.
fn response(answer: &AppAnswer) -> Option<Response<Body>> {
    let mut response = Response::builder().status(answer.status);
    for (name, value) in &answer.headers {
        // The length is that of the body as it is here.
        if !["content-length", "transfer-encoding", "connection"]
            .contains(&name.to_ascii_lowercase().as_str())
        {
            response = response.header(name, value);
        }
    }
    response.body(Body::from(answer.body()?)).ok()
}
