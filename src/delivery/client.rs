//! The HTTP client of the deliveries: no proxy, no redirects, exact bytes.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::Bytes;
use hyper::header::HeaderMap;
use hyper::{Method, StatusCode};
use tokio::time::timeout;

use super::certificates::Certificates;
use super::endpoint::{Endpoint, is_this_machine};
use super::outcome::{Attempt, NoAnswer, Outcome};
use super::request::Request;
use super::transport::{Call, Connections, HttpTransport};
use crate::error::Result;
use crate::protocol::headers::header_map;

/// Posts to one endpoint.
#[derive(Debug)]
pub struct Client {
    transport: HttpTransport,
    /// Without userinfo, which the transport makes a header of.
    endpoint: Endpoint,
    /// For one whole answer.
    timeout: Duration,
    /// Why the host has no address, where it has none.
    unknown_host: Option<String>,
}

impl Client {
    /// A client for an endpoint whose host was resolved (the addresses are kept to, so that a name
    /// cannot lead elsewhere later). `timeout` is for one whole answer.
    ///
    /// # Errors
    /// Certificates are to be ignored on another machine; or the system's cannot be read.
    pub fn new(
        endpoint: &Endpoint,
        addresses: &std::result::Result<Vec<SocketAddr>, String>,
        timeout: Duration,
        certificates: Certificates,
    ) -> Result<Self> {
        // A connection that was kept could be closed by the app just when the next event goes out,
        // which would look like an error of the app's.
        Self::with(Connections::Fresh, endpoint, addresses, timeout, certificates)
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
        Self::with(Connections::Kept, endpoint, addresses, timeout, certificates)
    }

    fn with(
        connections: Connections,
        endpoint: &Endpoint,
        addresses: &std::result::Result<Vec<SocketAddr>, String>,
        timeout: Duration,
        certificates: Certificates,
    ) -> Result<Self> {
        if certificates == Certificates::Ignored && !is_local(addresses) {
            let reason = "`--skip-verify` is for this machine only";
            return Err(Endpoint::unusable(&endpoint.to_string(), reason));
        }
        let known = addresses.as_deref().unwrap_or_default();
        let transport = HttpTransport::new(endpoint, known, connections, certificates)?;
        let unknown_host = addresses.as_ref().err().cloned();
        Ok(Self { transport, endpoint: endpoint.without_userinfo(), timeout, unknown_host })
    }

    /// Sends a request and reads what comes back. It never fails: what goes wrong is the outcome.
    pub async fn send(&self, request: &Request) -> Attempt {
        let headers = request.headers.iter();
        let headers = headers.map(|(name, value)| (name.as_str(), value.as_bytes()));
        self.pass(header_map(headers), request.body.clone().into()).await
    }

    /// The same with a request that came from elsewhere and goes on as it is. Host and content-length
    /// are the client's.
    pub async fn pass(&self, headers: HeaderMap, body: Bytes) -> Attempt {
        self.attempt(Call { method: Method::POST, url: self.endpoint.as_str(), headers, body })
            .await
    }

    /// Gets a path of the app that the endpoint belongs to.
    pub async fn get(&self, path: &str) -> Attempt {
        let place = self.endpoint.clone().with_path(path);
        self.attempt(Call::of(Method::GET, place.as_str())).await
    }

    /// Whether anything answers a HEAD in HTTP. A 400 does not count: it is what servers of https say
    /// to http, in http.
    pub async fn answers(&self) -> bool {
        let attempt = self.attempt(Call::of(Method::HEAD, self.endpoint.as_str())).await;
        let answer = attempt.outcome.response();
        answer.is_some_and(|answer| answer.status != StatusCode::BAD_REQUEST.as_u16())
    }

    async fn attempt(&self, call: Call<'_>) -> Attempt {
        let start = Instant::now();
        let outcome = match &self.unknown_host {
            Some(error) => Outcome::None { why: NoAnswer::Dns, error: error.clone() },
            None => self.exchange(call).await,
        };
        Attempt { outcome, latency: start.elapsed() }
    }

    async fn exchange(&self, call: Call<'_>) -> Outcome {
        match timeout(self.timeout, self.transport.exchange(call)).await {
            Ok(Ok(response)) => Outcome::Response(response),
            Ok(Err(error)) => error.outcome(self.endpoint.is_https()),
            Err(_) => {
                Outcome::None { why: NoAnswer::Timeout, error: "operation timed out".to_owned() }
            }
        }
    }
}

fn is_local(addresses: &std::result::Result<Vec<SocketAddr>, String>) -> bool {
    let known = addresses.as_deref().unwrap_or_default();
    known.iter().all(|address| is_this_machine(address.ip()))
}
