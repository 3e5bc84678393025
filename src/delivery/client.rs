//! The HTTP client of the deliveries: no proxy, no redirects, exact bytes.

use std::error::Error as StdError;
use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::Bytes;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::redirect::Policy;
use rustls::CertificateError;

use super::endpoint::{Endpoint, is_this_machine};
use super::outcome::{Attempt, NoAnswer, Outcome, Response};
use super::request::Request;
use crate::error::{Error, Result};

/// How much of a response's body is read, in bytes.
pub const BODY_LIMIT: usize = 1024 * 1024;

/// Whether an https endpoint has to show a certificate that this system trusts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Certificates {
    /// It has to.
    Checked,
    /// Any will do (`--skip-verify`).
    Ignored,
}

/// How long a connection is kept for the next delivery. Short, so that a server which serves one
/// connection at a time goes on to the next, and shorter than any server's own patience.
const KEPT_FOR: Duration = Duration::from_millis(250);

/// Whether a connection serves one delivery or more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Connections {
    Fresh,
    Kept,
}

/// Posts to one endpoint.
#[derive(Debug)]
pub struct Client {
    http: reqwest::Client,
    url: reqwest::Url,
    is_https: bool,
    /// Why the host has no address, where it has none.
    unknown_host: Option<String>,
}

impl Client {
    /// A client for an endpoint whose host was resolved (the addresses are kept to, so that a name
    /// cannot lead elsewhere later). `timeout` is for one whole answer.
    ///
    /// # Errors
    /// Certificates are to be ignored on another machine; or the system gives no TLS.
    pub fn new(
        endpoint: &Endpoint,
        addresses: &std::result::Result<Vec<SocketAddr>, String>,
        timeout: Duration,
        certificates: Certificates,
    ) -> Result<Self> {
        // A connection that was kept could be closed by the app just when the next event goes out,
        // which would look like the app's fault.
        let builder = Self::builder(timeout, Connections::Fresh);
        Self::finish(builder, endpoint, addresses, certificates)
    }

    /// A client that keeps connections for a moment, for deliveries that are sent again when one was
    /// closed just then.
    ///
    /// # Errors
    /// As [`Client::new`].
    pub fn keeping_connections(
        endpoint: &Endpoint,
        addresses: &std::result::Result<Vec<SocketAddr>, String>,
        timeout: Duration,
        certificates: Certificates,
    ) -> Result<Self> {
        let builder = Self::builder(timeout, Connections::Kept);
        Self::finish(builder, endpoint, addresses, certificates)
    }

    fn builder(timeout: Duration, connections: Connections) -> reqwest::ClientBuilder {
        let builder = reqwest::Client::builder()
            // The system's proxy settings do not except loopback.
            .no_proxy()
            // Stripe follows none.
            .redirect(Policy::none())
            .http1_only()
            .http1_title_case_headers()
            .timeout(timeout);
        match connections {
            Connections::Fresh => builder.pool_max_idle_per_host(0),
            Connections::Kept => builder.pool_idle_timeout(KEPT_FOR),
        }
    }

    fn finish(
        mut builder: reqwest::ClientBuilder,
        endpoint: &Endpoint,
        addresses: &std::result::Result<Vec<SocketAddr>, String>,
        certificates: Certificates,
    ) -> Result<Self> {
        let bug = |what: String| Error::Bug { what };
        if certificates == Certificates::Ignored && !is_local(addresses) {
            return Err(Error::InvalidEndpoint {
                url: endpoint.to_string(),
                reason: "`--skip-verify` is for this machine only".to_owned(),
            });
        }
        if let Ok(addresses) = addresses {
            builder = builder.resolve_to_addrs(endpoint.host(), addresses);
        }
        // Reading the system's certificates takes longer than a delivery; http needs none.
        if certificates == Certificates::Ignored || !endpoint.is_https() {
            builder = builder.tls_danger_accept_invalid_certs(true);
        }
        let http = builder.build().map_err(|fault| bug(cause(&fault)))?;
        let url = endpoint.as_str().parse().map_err(|_| bug(format!("no URL: {endpoint}")))?;
        let unknown_host = addresses.as_ref().err().cloned();
        Ok(Self { http, url, is_https: endpoint.is_https(), unknown_host })
    }

    /// Sends a request and reads what comes back. It never fails: what goes wrong is the outcome.
    pub async fn send(&self, request: &Request) -> Attempt {
        let headers = request.headers.iter();
        let headers = headers.map(|(name, value)| (name.as_str(), value.as_bytes()));
        self.post(header_map(headers), request.body.clone().into()).await
    }

    /// The same with a request that came from elsewhere and goes on as it is. Host and content-length
    /// are the client's.
    pub async fn pass(&self, headers: HeaderMap, body: Bytes) -> Attempt {
        self.post(headers, body).await
    }

    async fn post(&self, headers: HeaderMap, body: Bytes) -> Attempt {
        let start = Instant::now();
        let outcome = match &self.unknown_host {
            Some(error) => Outcome::None { why: NoAnswer::Dns, error: error.clone() },
            None => self.exchange(headers, body).await,
        };
        Attempt { outcome, latency: start.elapsed() }
    }

    /// Gets a path of the app that the endpoint belongs to.
    pub async fn get(&self, path: &str) -> Attempt {
        let start = Instant::now();
        let mut url = self.url.clone();
        let (path, query) = path.split_once('?').map_or((path, None), |(p, q)| (p, Some(q)));
        url.set_path(path);
        url.set_query(query);
        let outcome = match &self.unknown_host {
            Some(error) => Outcome::None { why: NoAnswer::Dns, error: error.clone() },
            None => match self.http.get(url).send().await {
                Ok(response) => self.read(response).await,
                Err(error) => self.failure(&error, None),
            },
        };
        Attempt { outcome, latency: start.elapsed() }
    }

    /// Whether anything answers a HEAD in HTTP. A 400 does not count: it is what servers of https say
    /// to http, in http.
    pub async fn answers(&self) -> bool {
        let answer = self.http.head(self.url.clone()).send().await;
        answer.is_ok_and(|response| response.status() != reqwest::StatusCode::BAD_REQUEST)
    }

    async fn exchange(&self, headers: HeaderMap, body: Bytes) -> Outcome {
        let sent = self.http.post(self.url.clone()).headers(headers).body(body).send().await;
        match sent {
            Ok(response) => self.read(response).await,
            Err(error) => self.failure(&error, None),
        }
    }

    async fn read(&self, mut response: reqwest::Response) -> Outcome {
        let status = response.status().as_u16();
        let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let headers =
            response.headers().iter().map(|(name, v)| (name.to_string(), text(v))).collect();
        let mut body = Vec::new();
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) => body.extend_from_slice(&chunk),
                Ok(None) => break,
                Err(error) => return self.failure(&error, Some(status)),
            }
            if body.len() > BODY_LIMIT {
                break;
            }
        }
        let is_truncated = body.len() > BODY_LIMIT;
        body.truncate(BODY_LIMIT);
        Outcome::Response(Response { status, headers, body, is_truncated })
    }

    /// An answer that began and broke off is a closed connection, whatever broke it.
    fn failure(&self, error: &reqwest::Error, status: Option<u16>) -> Outcome {
        let cause = cause(error);
        match status {
            Some(status) if !error.is_timeout() => Outcome::None {
                why: NoAnswer::Closed,
                error: format!("the answer broke off after status {status}: {cause}"),
            },
            _ => Outcome::None { why: self.classify(error), error: cause },
        }
    }

    fn classify(&self, error: &reqwest::Error) -> NoAnswer {
        if error.is_timeout() {
            return NoAnswer::Timeout;
        }
        match sources(error).find_map(kind) {
            Some(why @ (NoAnswer::Refused | NoAnswer::Certificate)) => why,
            _ if self.is_https && error.is_connect() => NoAnswer::Tls,
            // Also where it was reset while it was made: nothing was sent.
            Some(NoAnswer::Closed) | None if error.is_connect() => NoAnswer::Refused,
            Some(why) => why,
            None => NoAnswer::Closed,
        }
    }
}

fn is_local(addresses: &std::result::Result<Vec<SocketAddr>, String>) -> bool {
    let known = addresses.as_deref().unwrap_or_default();
    known.iter().all(|address| is_this_machine(address.ip()))
}

fn kind(source: &(dyn StdError + 'static)) -> Option<NoAnswer> {
    if let Some(error) = source.downcast_ref::<hyper::Error>() {
        if error.is_parse() {
            return Some(NoAnswer::Invalid);
        }
        if error.is_incomplete_message() {
            return Some(NoAnswer::Closed);
        }
    }
    let error = source.downcast_ref::<io::Error>()?;
    if certificate_fault(error).is_some() {
        return Some(NoAnswer::Certificate);
    }
    match error.kind() {
        io::ErrorKind::ConnectionRefused => Some(NoAnswer::Refused),
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe
        | io::ErrorKind::UnexpectedEof => Some(NoAnswer::Closed),
        _ => None,
    }
}

fn sources<'e>(
    error: &'e (dyn StdError + 'static),
) -> impl Iterator<Item = &'e (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |error| (*error).source())
}

/// The innermost cause: what the system or the other side said, without the layers around it.
fn cause(error: &(dyn StdError + 'static)) -> String {
    let certificate = sources(error)
        .filter_map(|source| source.downcast_ref::<io::Error>())
        .find_map(certificate_fault);
    match certificate {
        Some(fault) => format!("the certificate {fault}"),
        None => sources(error).last().map_or_else(String::new, ToString::to_string),
    }
}

/// What is wrong with the endpoint's certificate, where that is the error.
fn certificate_fault(error: &io::Error) -> Option<&'static str> {
    let inner = error.get_ref()?;
    if let Some(nested) = inner.downcast_ref::<io::Error>() {
        return certificate_fault(nested);
    }
    match inner.downcast_ref::<rustls::Error>()? {
        rustls::Error::InvalidCertificate(fault) => Some(match fault {
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => "has expired",
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                "is not valid yet"
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                "is for another name"
            }
            CertificateError::Revoked => "is revoked",
            _ => "is not one that this system trusts",
        }),
        _ => None,
    }
}

/// Headers of those names and values.
pub fn header_map<'h>(headers: impl Iterator<Item = (&'h str, &'h [u8])>) -> HeaderMap {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        let name = HeaderName::from_bytes(name.as_bytes());
        // Both were checked when they were read (`Header`); Stripe's own are constants.
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_bytes(value)) {
            map.append(name, value);
        }
    }
    map
}
