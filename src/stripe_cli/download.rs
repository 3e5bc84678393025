//! Downloads: the only part of devtool besides the deliveries that talks to the network.
//!
//! They honour the system's proxy, go over https (http to this machine only), and are tried again when
//! the other side is busy.

use std::fs::File;
use std::io::{self, Seek as _, Write as _};
use std::path::Path;
use std::time::Duration;

use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Response, StatusCode, Url};

use super::verify::{Checksum, Hashing};
use super::{error, npm};
use crate::error::{Error, Kind, Result};
use crate::protocol::Moment;

/// How often a download is tried.
const ATTEMPTS: u32 = 3;
/// How long a connection may take to be made.
const LONGEST_CONNECT: Duration = Duration::from_secs(10);
/// The longest wait that a server may ask for before the next attempt.
const LONGEST_WAIT: Duration = Duration::from_secs(15);
/// The largest text (release, list of checksums) that is read, in bytes.
const TEXT_LIMIT: usize = 1024 * 1024;
/// The largest archive that is read, in bytes; those of the Stripe CLI have about 12 MB.
const ARCHIVE_LIMIT: u64 = 256 * 1024 * 1024;
/// The only host that a token of the user's is sent to.
const TOKEN_HOST: &str = "api.github.com";

/// Is told how many bytes have come, and of how many where that is known.
pub type OnProgress<'p> = &'p mut dyn FnMut(u64, Option<u64>);

/// Downloads files.
pub struct Downloader {
    http: reqwest::Client,
    token: Option<String>,
}

impl Downloader {
    /// A downloader that gives up on a server that says nothing for so long. `token` is the user's for
    /// GitHub, which allows more requests with it.
    ///
    /// # Errors
    /// The system gives no TLS.
    pub fn new(time_limit: Duration, token: Option<String>) -> Result<Self> {
        // An error means that the process has its ciphers already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .connect_timeout(time_limit.min(LONGEST_CONNECT))
            .read_timeout(time_limit)
            .user_agent(concat!("devtool/", env!("CARGO_PKG_VERSION")))
            .redirect(Policy::custom(|attempt| {
                let from_https = attempt.previous().last().is_some_and(|u| u.scheme() == "https");
                let is_downgrade = from_https && attempt.url().scheme() != "https";
                if attempt.previous().len() > 5 || is_downgrade || !is_allowed(attempt.url()) {
                    attempt.error("it redirects to where a download may not come from")
                } else {
                    attempt.follow()
                }
            }))
            .build()
            .map_err(|error| Error::bug(format!("no HTTP client: {error}")))?;
        Ok(Self { http, token })
    }

    /// A short text.
    ///
    /// # Errors
    /// It cannot be had.
    pub async fn text(&self, url: &str) -> Result<String> {
        let failed = |error: reqwest::Error| failure(url, error);
        let mut response = self.get(url).await?;
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > TEXT_LIMIT {
                return Err(error::download(&shown(url), "it is too long"));
            }
        }
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Whether something is there.
    ///
    /// # Errors
    /// The server cannot be asked.
    pub async fn exists(&self, url: &str) -> Result<bool> {
        match self.get(url).await {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == Kind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Whether a server answers, whatever it answers; and the time by its clock.
    ///
    /// # Errors
    /// It does not.
    pub async fn reach(&self, url: &str) -> Result<Option<Moment>> {
        let response = self.request(&allowed(url)?).send().await;
        let response = response.map_err(|error| failure(url, error))?;
        let date = response.headers().get(reqwest::header::DATE);
        Ok(date.and_then(|date| date.to_str().ok()).and_then(Moment::of_http_date))
    }

    /// How a server answers who wants to open a websocket.
    ///
    /// # Errors
    /// It does not answer.
    pub async fn websocket(&self, url: &str) -> Result<u16> {
        let request = self.request(&allowed(url)?);
        let request = request
            .header("Connection", "Upgrade")
            .header("Upgrade", "websocket")
            .header("Sec-WebSocket-Version", "13")
            // Any sixteen bytes do.
            .header("Sec-WebSocket-Key", "ZGV2dG9vbCBkb2N0b3IhIQ==");
        let response = request.send().await.map_err(|error| failure(url, error))?;
        Ok(response.status().as_u16())
    }

    /// A file, hashed while it is written. A download that breaks off is begun anew.
    ///
    /// # Errors
    /// It cannot be had, is cut short again and again, or cannot be written.
    pub async fn file(
        &self,
        url: &str,
        out: &mut File,
        progress: OnProgress<'_>,
    ) -> Result<Checksum> {
        let unkept = |source: io::Error| Error::write(Path::new(file_name(url)), source);
        let mut attempt = 1;
        loop {
            let response = self.get(url).await?;
            match copy(url, response, out, progress).await? {
                Copied::Whole(checksum) => return Ok(checksum),
                Copied::Broken(error) if attempt == ATTEMPTS => return Err(failure(url, error)),
                Copied::Broken(_) => tokio::time::sleep(default_wait(attempt)).await,
            }
            out.set_len(0).and_then(|()| out.rewind()).map_err(unkept)?;
            attempt += 1;
        }
    }

    /// A response with status 200, tried again where the server is busy or silent.
    async fn get(&self, url: &str) -> Result<Response> {
        let parsed = allowed(url)?;
        let mut attempt = 1;
        loop {
            let outcome = self.request(&parsed).send().await;
            let wait = match &outcome {
                Ok(response) if is_busy(response) => Some(wait(response.headers(), attempt)),
                Err(error) if error.is_timeout() => Some(default_wait(attempt)),
                _ => None,
            };
            match wait {
                Some(wait) if attempt < ATTEMPTS => tokio::time::sleep(wait).await,
                _ => return checked(url, outcome),
            }
            attempt += 1;
        }
    }

    fn request(&self, url: &Url) -> reqwest::RequestBuilder {
        let request = self.http.get(url.clone());
        match &self.token {
            Some(token) if url.host_str() == Some(TOKEN_HOST) => request.bearer_auth(token),
            _ => request,
        }
    }
}

/// How a download ended.
enum Copied {
    /// With its last byte.
    Whole(Checksum),
    /// Before it.
    Broken(reqwest::Error),
}

async fn copy(
    url: &str,
    mut response: Response,
    out: &mut File,
    progress: OnProgress<'_>,
) -> Result<Copied> {
    let unkept = |source: io::Error| Error::write(Path::new(file_name(url)), source);
    let total = response.content_length();
    let mut hashing = Hashing::new(out);
    progress(0, total);
    loop {
        match response.chunk().await {
            Ok(None) => break,
            Ok(Some(chunk)) => hashing.write_all(&chunk).map_err(unkept)?,
            Err(error) => return Ok(Copied::Broken(error)),
        }
        progress(hashing.length(), total);
        if hashing.length() > ARCHIVE_LIMIT {
            return Err(error::download(&shown(url), "it is larger than 256 MiB"));
        }
    }
    hashing.flush().map_err(unkept)?;
    Ok(Copied::Whole(hashing.finish()))
}

fn allowed(url: &str) -> Result<Url> {
    let failed = |reason: &str| error::download(&shown(url), reason);
    let parsed: Url = url.parse().map_err(|_| failed("it is not a URL"))?;
    if is_allowed(&parsed) {
        Ok(parsed)
    } else {
        Err(failed("only https is allowed, and http to this machine"))
    }
}

fn checked(url: &str, outcome: reqwest::Result<Response>) -> Result<Response> {
    let response = outcome.map_err(|error| failure(url, error))?;
    match response.status() {
        StatusCode::OK => Ok(response),
        _ if is_rate_limit(&response) => Err(rate_limited(&response)),
        StatusCode::NOT_FOUND => Err(error::not_found(&shown(url))),
        status => Err(error::download(&shown(url), format!("status {status}"))),
    }
}

/// The releases' server takes no more requests for now; where it said until when, in words such as
/// `until …` or `for …`.
fn rate_limited(response: &Response) -> Error {
    let until = until(response.headers()).map(|until| format!(" {until}")).unwrap_or_default();
    let message = format!("the server's rate limit is reached{until}");
    let error = Error::new(Kind::Unreachable, message);
    if response.url().host_str() != Some(TOKEN_HOST) {
        return error;
    }
    error.hinted(match npm::find() {
        Some(_) => "set GITHUB_TOKEN, or install it by npm:\ndevtool setup --from npm",
        None => "set GITHUB_TOKEN, or wait until then",
    })
}

/// The innermost cause is what helps; the layers around it repeat the URL.
fn failure(url: &str, error: reqwest::Error) -> Error {
    let error = error.without_url();
    let mut cause: &dyn std::error::Error = &error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    error::download(&shown(url), cause.to_string())
}

/// The last part of a URL's path.
fn file_name(url: &str) -> &str {
    url.rsplit('/').next().unwrap_or(url)
}

fn is_allowed(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let address: Option<std::net::IpAddr> = host.parse().ok();
    let is_here = host == "localhost" || address.is_some_and(|a| a.is_loopback());
    url.scheme() == "https" || (url.scheme() == "http" && is_here)
}

/// A limit that a short wait does not lift: GitHub says 403 or 429 with nothing remaining, or asks for
/// a long wait.
fn is_rate_limit(response: &Response) -> bool {
    let headers = response.headers();
    let asked = number(headers, RETRY_AFTER.as_str());
    let is_refused = response.status() == StatusCode::FORBIDDEN;
    let is_busy = response.status() == StatusCode::TOO_MANY_REQUESTS;
    let is_long = asked.is_some_and(|seconds| is_refused || seconds > LONGEST_WAIT.as_secs());
    (is_refused || is_busy) && (is_long || number(headers, "x-ratelimit-remaining") == Some(0))
}

/// When a limit ends, as words: `until 2027-…`, `for 60 s`.
fn until(headers: &HeaderMap) -> Option<String> {
    let reset = number(headers, "x-ratelimit-reset").and_then(|s| i64::try_from(s).ok());
    let wait = number(headers, RETRY_AFTER.as_str());
    wait.map(|seconds| format!("for {seconds} s"))
        .or_else(|| reset.map(|s| format!("until {}", Moment::from_seconds(s).rfc3339())))
}

/// A URL without the name and password that it may hold.
pub(crate) fn shown(url: &str) -> String {
    let Ok(mut parsed) = url.parse::<Url>() else { return "a URL that is none".to_owned() };
    let _ = parsed.set_username("");
    let _ = parsed.set_password(None);
    parsed.to_string()
}

fn is_busy(response: &Response) -> bool {
    let status = response.status();
    let asks_to_wait = status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error();
    asks_to_wait && !is_rate_limit(response)
}

fn wait(headers: &HeaderMap, attempt: u32) -> Duration {
    let asked = number(headers, RETRY_AFTER.as_str()).map(Duration::from_secs);
    asked.unwrap_or_else(|| default_wait(attempt)).min(LONGEST_WAIT)
}

fn default_wait(attempt: u32) -> Duration {
    Duration::from_millis(500) * attempt
}

fn number(headers: &HeaderMap, name: &str) -> Option<u64> {
    headers.get(name)?.to_str().ok()?.trim().parse().ok()
}
