//! How a request gets to the endpoint: over http by hyper's client, which costs each event of a listen the
//! least; over https by reqwest's, which knows the system's certificates.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::io::Read as _;
use std::net::SocketAddr;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Body;
use hyper::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, HeaderMap, HeaderValue};
use hyper::{Method, Request, Uri};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::Name;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use reqwest::redirect::Policy;
use tower_service::Service;

use super::client::Certificates;
use super::endpoint::Endpoint;
use super::exchange_error::{self, Fault};
use super::outcome::Response;
use crate::error::{Error, Result};

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
    /// connection at a time goes on to the next, and shorter than any server's own patience.
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
pub(super) enum Transport {
    Http(Http),
    /// Also where a user's name is part of the URL, which reqwest turns into a header.
    Https(reqwest::Client),
}

/// hyper's client.
type Http = Client<HttpConnector<Addresses>, Full<Bytes>>;

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

impl Transport {
    /// # Errors
    /// The system gives no TLS.
    pub(super) fn new(
        endpoint: &Endpoint,
        addresses: Option<&[SocketAddr]>,
        connections: Connections,
        certificates: Certificates,
    ) -> Result<Self> {
        if endpoint.is_https() || endpoint.has_userinfo() {
            let client = https(endpoint, addresses, connections, certificates);
            return client
                .map(Self::Https)
                .map_err(|error| Error::bug(exchange_error::cause(&error)));
        }
        Ok(Self::Http(http(addresses.unwrap_or_default(), connections)))
    }

    /// Sends a request and reads the answer.
    pub(super) async fn exchange(&self, call: Call<'_>) -> std::result::Result<Response, Fault> {
        match self {
            Self::Http(client) => {
                let request = request(call).map_err(|error| Fault::before(error, false))?;
                let answer = client.request(request).await.map_err(|error| {
                    let is_connect = error.is_connect();
                    Fault::before(error, is_connect)
                })?;
                unpacked(read(answer).await?)
            }
            Self::Https(client) => {
                let Call { method, url, headers, body } = call;
                let request = client.request(method, url).headers(headers).body(body);
                let answer = request.send().await.map_err(|error| {
                    let is_connect = error.is_connect();
                    Fault::before(error, is_connect)
                })?;
                read(answer.into()).await
            }
        }
    }
}

fn https(
    endpoint: &Endpoint,
    addresses: Option<&[SocketAddr]>,
    connections: Connections,
    certificates: Certificates,
) -> reqwest::Result<reqwest::Client> {
    let mut builder = reqwest::Client::builder()
        // The system's proxy settings do not except loopback.
        .no_proxy()
        // Stripe follows none.
        .redirect(Policy::none())
        .http1_only()
        .http1_title_case_headers()
        .pool_max_idle_per_host(connections.kept())
        .pool_idle_timeout(Connections::KEPT_FOR);
    if let Some(addresses) = addresses {
        builder = builder.resolve_to_addrs(endpoint.host(), addresses);
    }
    // Reading the system's certificates takes longer than a delivery; http needs none.
    if certificates == Certificates::Ignored || !endpoint.is_https() {
        builder = builder.tls_danger_accept_invalid_certs(true);
    }
    builder.build()
}

fn http(addresses: &[SocketAddr], connections: Connections) -> Http {
    let mut connector = HttpConnector::new_with_resolver(Addresses(addresses.to_vec()));
    connector.set_nodelay(true);
    Client::builder(TokioExecutor::new())
        .http1_title_case_headers(true)
        .pool_timer(TokioTimer::new())
        .pool_max_idle_per_host(connections.kept())
        .pool_idle_timeout(Connections::KEPT_FOR)
        .build(connector)
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

fn request(call: Call<'_>) -> std::result::Result<Request<Full<Bytes>>, hyper::http::Error> {
    let Call { method, url, headers, body } = call;
    let mut request = Request::new(Full::new(body));
    *request.method_mut() = method;
    *request.uri_mut() = Uri::try_from(url)?;
    *request.headers_mut() = headers;
    let gzip = HeaderValue::from_static("gzip");
    request.headers_mut().entry(ACCEPT_ENCODING).or_insert(gzip);
    Ok(request)
}

async fn read<B>(answer: hyper::Response<B>) -> std::result::Result<Response, Fault>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: std::error::Error + Send + Sync + 'static,
{
    let (head, mut incoming) = answer.into_parts();
    let status = head.status.as_u16();
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers = head.headers.iter().map(|(name, v)| (name.to_string(), text(v))).collect();
    let mut body = Vec::new();
    while body.len() <= BODY_LIMIT
        && let Some(frame) = incoming.frame().await
    {
        let frame = frame.map_err(|error| Fault::within(error, status))?;
        if let Ok(data) = frame.into_data() {
            body.extend_from_slice(&data);
        }
    }
    let is_truncated = body.len() > BODY_LIMIT;
    body.truncate(BODY_LIMIT);
    Ok(Response { status, headers, body, is_truncated })
}

/// The answer without the compression that was offered.
fn unpacked(mut answer: Response) -> std::result::Result<Response, Fault> {
    // The answer to a HEAD, and a 204, speak of a compression that has nothing to compress.
    if answer.body.is_empty() || answer.header(CONTENT_ENCODING.as_str()) != Some("gzip") {
        return Ok(answer);
    }
    let limit = BODY_LIMIT as u64 + 1;
    let mut body = Vec::new();
    let unpacking = MultiGzDecoder::new(answer.body.as_slice()).take(limit).read_to_end(&mut body);
    // What was cut off ends within the compression.
    if let Err(error) = unpacking
        && !answer.is_truncated
    {
        return Err(Fault::within(error, answer.status));
    }
    answer.is_truncated |= body.len() > BODY_LIMIT;
    body.truncate(BODY_LIMIT);
    answer.body = body;
    let of_the_compression = [CONTENT_ENCODING.as_str(), CONTENT_LENGTH.as_str()];
    answer.headers.retain(|(name, _)| !of_the_compression.contains(&name.as_str()));
    Ok(answer)
}
