//! How a request gets to the endpoint and its answer back, over http and https.

use std::io::{Read as _, Write as _};
use std::net::SocketAddr;
use std::time::Instant;

use bytes::Bytes;
use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Frame, Incoming};
use hyper::header::{
    ACCEPT_ENCODING, AUTHORIZATION, CONTENT_ENCODING, CONTENT_LENGTH, HOST, HeaderMap, HeaderValue,
};
use hyper::{Method, Request, Uri};

use super::certificates::Certificates;
use super::connections::{Connections, NewStream, Reuse};
use super::endpoint::Endpoint;
use super::exchange_error::{ExchangeError, cause};
use super::outcome::Response;
use crate::error::Result;

/// How much of a response's body is read, in bytes.
const BODY_LIMIT: usize = 1024 * 1024;

/// The client of an endpoint.
#[derive(Debug)]
pub(super) struct HttpTransport {
    connections: Connections,
    /// The endpoint's host and port.
    host: Option<HeaderValue>,
    /// Of the user that the endpoint's URL names.
    authorization: Option<HeaderValue>,
}

/// What is sent.
pub(super) struct Call<'c> {
    pub(super) method: Method,
    /// With its query.
    pub(super) path: &'c str,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl<'c> Call<'c> {
    /// A request without headers and body.
    pub(super) fn of(method: Method, path: &'c str) -> Self {
        Self { method, path, headers: HeaderMap::new(), body: Bytes::new() }
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
        reuse: Reuse,
        certificates: Certificates,
    ) -> Result<Self> {
        let connections = Connections::to(endpoint, addresses, reuse, certificates)?;
        // An endpoint's URL has no host that a header cannot carry.
        let host = HeaderValue::from_str(endpoint.authority()).ok();
        Ok(Self { connections, host, authorization: endpoint.authorization() })
    }

    /// A new connection.
    pub(super) async fn open(&self) -> std::result::Result<NewStream, ExchangeError> {
        self.connections.open().await
    }

    /// Opens a connection for the next request, if that comes soon.
    pub(super) async fn prepare(&self) -> std::result::Result<(), ExchangeError> {
        self.connections.prepare().await
    }

    /// Sends a request and reads the answer.
    pub(super) async fn exchange(
        &self,
        call: Call<'_>,
    ) -> std::result::Result<Response, ExchangeError> {
        let request = self.request(call).map_err(ExchangeError::unanswered)?;
        let (answer, connection) = self.connections.send(request).await?;
        let head = Instant::now();
        let answer = read(answer).await;
        if !answer.is_truncated && answer.broke_off.is_none() {
            self.connections.give_back(connection, head.elapsed());
        }
        Ok(unpacked(answer))
    }

    fn request(
        &self,
        call: Call<'_>,
    ) -> std::result::Result<Request<Full<Bytes>>, hyper::http::Error> {
        let Call { method, path, headers, body } = call;
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = method;
        *request.uri_mut() = Uri::try_from(path)?;
        *request.headers_mut() = headers;
        let headers = request.headers_mut();
        if let Some(host) = &self.host {
            headers.entry(HOST).or_insert_with(|| host.clone());
        }
        headers.entry(ACCEPT_ENCODING).or_insert(HeaderValue::from_static("gzip"));
        if let Some(authorization) = &self.authorization {
            headers.entry(AUTHORIZATION).or_insert_with(|| authorization.clone());
        }
        Ok(request)
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

/// Bytes packed by gzip.
///
/// # Errors
/// Never: writing to memory does not fail.
pub fn gzipped(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut packing = GzEncoder::new(Vec::new(), Compression::fast());
    packing.write_all(bytes)?;
    packing.finish()
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
