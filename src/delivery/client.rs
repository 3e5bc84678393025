//! The HTTP client of the deliveries: no proxy, no redirects, exact bytes.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::Bytes;
use hyper::header::HeaderMap;
use hyper::{Method, StatusCode};
use tokio::time::timeout;

use super::certificates::Certificates;
use super::connections::Reuse;
use super::endpoint::{Endpoint, is_this_machine};
use super::outcome::{Attempt, NoAnswer, Outcome};
use super::raw::RawExchange;
use super::request::{Header, Request};
use super::transport::{Call, HttpTransport};
use crate::error::Result;
use crate::protocol::headers::header_map;

/// How long a connection may take that is opened before there is a request for it.
const PREPARATION: Duration = Duration::from_secs(1);

/// Posts to one endpoint.
#[derive(Debug)]
pub struct Client {
    transport: HttpTransport,
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
        (reuse, certificates): (Reuse, Certificates),
    ) -> Result<Self> {
        if certificates == Certificates::Ignored && !is_local(addresses) {
            let reason = "`--skip-verify` is for this machine only";
            return Err(Endpoint::unusable(&endpoint.to_string(), reason));
        }
        let known = addresses.as_deref().unwrap_or_default();
        let transport = HttpTransport::new(endpoint, known, reuse, certificates)?;
        let unknown_host = addresses.as_ref().err().cloned();
        Ok(Self { transport, endpoint: endpoint.clone(), timeout, unknown_host })
    }

    /// Opens the connection of the first request, which takes it if it comes soon. Returns what there is in place of an
    /// endpoint: nothing that listens, or a host that is not known. Anything else is the request's to find out.
    pub async fn prepare(&self) -> Option<Outcome> {
        if let Some(error) = &self.unknown_host {
            return Some(Outcome::None { why: NoAnswer::Dns, error: error.clone() });
        }
        let prepared = timeout(self.timeout.min(PREPARATION), self.transport.prepare()).await;
        let outcome = prepared.ok()?.err()?.outcome(self.endpoint.is_https());
        matches!(outcome, Outcome::None { why: NoAnswer::Refused, .. }).then_some(outcome)
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
        let path = self.endpoint.path_and_query();
        self.attempt(Call { method: Method::POST, path, headers, body }).await
    }

    /// Gets a path of the app that the endpoint belongs to; again where the connection was stale, as a GET
    /// may be sent twice.
    pub async fn get(&self, path: &str) -> Attempt {
        self.ask("GET", path, &[], Bytes::new()).await
    }

    /// The same with a method, headers and a body. What is more than a look is sent once.
    pub async fn ask(&self, method: &str, path: &str, headers: &[Header], body: Bytes) -> Attempt {
        let place = self.endpoint.clone().with_path(path);
        // Whoever reads one says so.
        let method = Method::from_bytes(method.as_bytes()).unwrap_or(Method::GET);
        let mut all =
            headers.iter().map(|h| (h.name.as_str(), h.value.as_bytes())).collect::<Vec<_>>();
        let is_typed = headers.iter().any(|h| h.name.eq_ignore_ascii_case("content-type"));
        if !body.is_empty() && !is_typed {
            all.push(("Content-Type", b"application/json"));
        }
        let headers = header_map(all.into_iter());
        let call = || Call {
            method: method.clone(),
            path: place.path_and_query(),
            headers: headers.clone(),
            body: body.clone(),
        };
        let attempt = self.attempt(call()).await;
        if attempt.is_stale && method.is_safe() { self.attempt(call()).await } else { attempt }
    }

    /// Sends a request of any method to a path of the endpoint's host: what no delivery is.
    pub async fn call(&self, method: &str, path: &str, request: &Request) -> Attempt {
        let headers = request.headers.iter();
        let headers = headers.map(|(name, value)| (name.as_str(), value.as_bytes()));
        let (headers, body) = (header_map(headers), request.body.clone().into());
        let method = Method::from_bytes(method.as_bytes()).unwrap_or(Method::POST);
        self.attempt(Call { method, path, headers, body }).await
    }

    /// A connection whose bytes the caller writes; `None` where there is none to be had.
    pub async fn open(&self) -> Option<RawExchange> {
        let opened = timeout(self.timeout, self.transport.open()).await;
        opened.ok()?.ok().map(RawExchange::new)
    }

    /// The head of a POST to the endpoint by a connection of its own, with headers that say how its body is framed.
    pub fn head(&self, request: &Request, framing: &str) -> Vec<u8> {
        let host = self.endpoint.authority();
        let mut head =
            format!("POST {} HTTP/1.1\r\nHost: {host}\r\n", self.endpoint.path_and_query());
        if let Some(authorization) = self.endpoint.authorization() {
            let value = authorization.to_str().unwrap_or_default();
            head.push_str(&format!("Authorization: {value}\r\n"));
        }
        for (name, value) in &request.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str(&format!("{framing}\r\nConnection: close\r\n\r\n"));
        head.into_bytes()
    }

    /// Whether anything answers a HEAD in HTTP. A 400 does not count: it is what servers of https say
    /// to http, in http.
    pub async fn answers(&self) -> bool {
        let attempt = self.attempt(Call::of(Method::HEAD, self.endpoint.path_and_query())).await;
        let answer = attempt.outcome.response();
        answer.is_some_and(|answer| answer.status != StatusCode::BAD_REQUEST.as_u16())
    }

    async fn attempt(&self, call: Call<'_>) -> Attempt {
        let start = Instant::now();
        let none = |why, error| Outcome::None { why, error };
        let (outcome, is_stale) = match &self.unknown_host {
            Some(error) => (none(NoAnswer::Dns, error.clone()), false),
            None => match timeout(self.timeout, self.transport.exchange(call)).await {
                Ok(Ok(response)) => (Outcome::Response(response), false),
                Ok(Err(error)) => (error.outcome(self.endpoint.is_https()), error.is_stale()),
                Err(_) => (none(NoAnswer::Timeout, "operation timed out".to_owned()), false),
            },
        };
        Attempt { outcome, latency: start.elapsed(), is_stale }
    }
}

fn is_local(addresses: &std::result::Result<Vec<SocketAddr>, String>) -> bool {
    let known = addresses.as_deref().unwrap_or_default();
    known.iter().all(|address| is_this_machine(address.ip()))
}
