//! How a request gets to the endpoint, over http and https: hyper's client, with TLS by rustls.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::io::Read as _;
use std::net::SocketAddr;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Frame, Incoming};
use hyper::header::{
    ACCEPT_ENCODING, AUTHORIZATION, CONTENT_ENCODING, CONTENT_LENGTH, HeaderMap, HeaderValue,
};
use hyper::{Method, Request, Uri};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::Name;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tower_service::Service;

use super::certificates::Certificates;
use super::endpoint::Endpoint;
use super::exchange_error::{ExchangeError, cause};
use super::outcome::Response;
use crate::error::Result;

/// How much of a response's body is read, in bytes.
const BODY_LIMIT: usize = 1024 * 1024;

/// Whether a connection serves one delivery or more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Connections {
    Fresh,
    Kept,
}

impl Connections {
    /// How long a connection is kept for the next delivery. Short, so that a server which serves one
    /// connection at a time goes on to the next, and shorter than any server's own.
    const KEPT_FOR: Duration = Duration::from_millis(250);

    /// How many are kept.
    const fn kept(self) -> usize {
        match self {
            Self::Fresh => 0,
            Self::Kept => usize::MAX,
        }
    }
}

/// The client of an endpoint.
#[derive(Debug)]
pub(super) struct HttpTransport {
    client: Client<HttpsConnector<HttpConnector<Addresses>>, Full<Bytes>>,
    /// Of the user that the endpoint's URL names.
    authorization: Option<HeaderValue>,
}

/// What is sent.
pub(super) struct Call<'c> {
    pub(super) method: Method,
    pub(super) url: &'c str,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl<'c> Call<'c> {
    /// A request without headers and body.
    pub(super) fn of(method: Method, url: &'c str) -> Self {
        Self { method, url, headers: HeaderMap::new(), body: Bytes::new() }
    }
}

impl HttpTransport {
    /// A transport to these addresses, whatever the endpoint's name means later.
    ///
    /// # Errors
    /// The system's certificates cannot be read.
    pub(super) fn new(
        endpoint: &Endpoint,
        addresses: &[SocketAddr],
        connections: Connections,
        certificates: Certificates,
    ) -> Result<Self> {
        // Reading the system's certificates takes longer than a delivery; http needs none.
        let needed = if endpoint.is_https() { certificates } else { Certificates::Ignored };
        let tls = needed.tls()?;
        let mut connector = HttpConnector::new_with_resolver(Addresses(addresses.to_vec()));
        connector.set_nodelay(true);
        connector.enforce_http(false);
        let client = Client::builder(TokioExecutor::new())
            .http1_title_case_headers(true)
            .pool_timer(TokioTimer::new())
            .pool_max_idle_per_host(connections.kept())
            .pool_idle_timeout(Connections::KEPT_FOR)
            .build(HttpsConnector::from((connector, tls)));
        Ok(Self { client, authorization: endpoint.authorization() })
    }

    /// Sends a request and reads the answer.
    pub(super) async fn exchange(
        &self,
        call: Call<'_>,
    ) -> std::result::Result<Response, ExchangeError> {
        let request = self.request(call).map_err(|error| ExchangeError::new(error, false))?;
        let answer = self.client.request(request).await.map_err(|error| {
            let is_connect = error.is_connect();
            ExchangeError::new(error, is_connect)
        })?;
        Ok(unpacked(read(answer).await))
    }

    fn request(
        &self,
        call: Call<'_>,
    ) -> std::result::Result<Request<Full<Bytes>>, hyper::http::Error> {
        let Call { method, url, headers, body } = call;
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = method;
        *request.uri_mut() = Uri::try_from(url)?;
        *request.headers_mut() = headers;
        let headers = request.headers_mut();
        headers.entry(ACCEPT_ENCODING).or_insert(HeaderValue::from_static("gzip"));
        if let Some(authorization) = &self.authorization {
            headers.entry(AUTHORIZATION).or_insert_with(|| authorization.clone());
        }
        Ok(request)
    }
}

/// The addresses that a host was found to have: what a connector takes for a resolver.
#[derive(Clone, Debug)]
pub(super) struct Addresses(Vec<SocketAddr>);

impl Service<Name> for Addresses {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = Infallible;
    type Future = Ready<std::result::Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<std::result::Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Name) -> Self::Future {
        ready(Ok(self.0.clone().into_iter()))
    }
}

/// Reads an answer. The status says what became of the event: a body that breaks off changes nothing of that.
async fn read(answer: hyper::Response<Incoming>) -> Response {
    let (head, mut incoming) = answer.into_parts();
    let status = head.status.as_u16();
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers = head.headers.iter().map(|(name, v)| (name.to_string(), text(v))).collect();
    let (mut body, mut broke_off) = (Vec::new(), None);
    while body.len() <= BODY_LIMIT
        && let Some(frame) = incoming.frame().await
    {
        match frame.map(Frame::into_data) {
            Ok(Ok(data)) => body.extend_from_slice(&data),
            // What is no data is a trailer.
            Ok(Err(_)) => {}
            Err(error) => {
                broke_off = Some(cause(&error));
                break;
            }
        }
    }
    let is_truncated = body.len() > BODY_LIMIT;
    body.truncate(BODY_LIMIT);
    Response { status, headers, body, is_truncated, broke_off }
}

/// The answer without the compression that was offered.
fn unpacked(mut answer: Response) -> Response {
    // The answer to a HEAD, and a 204, speak of a compression that has nothing to compress.
    if answer.body.is_empty() || answer.header(CONTENT_ENCODING.as_str()) != Some("gzip") {
        return answer;
    }
    let limit = BODY_LIMIT as u64 + 1;
    let mut body = Vec::new();
    let unpacking = MultiGzDecoder::new(answer.body.as_slice()).take(limit).read_to_end(&mut body);
    // What was cut off ends within the compression.
    if let Err(error) = unpacking
        && !answer.is_truncated
    {
        answer.broke_off.get_or_insert_with(|| cause(&error));
    }
    answer.is_truncated |= body.len() > BODY_LIMIT;
    body.truncate(BODY_LIMIT);
    answer.body = body;
    let of_the_compression = [CONTENT_ENCODING.as_str(), CONTENT_LENGTH.as_str()];
    answer.headers.retain(|(name, _)| !of_the_compression.contains(&name.as_str()));
    answer
}
