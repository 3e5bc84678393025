//! What came of one attempt to deliver an event.

use std::time::Duration;

use hyper::StatusCode;

/// One request, and what came of it.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// A response, or why there was none.
    pub outcome: Outcome,
    /// From the start of the request until the response was read, or until it was clear that there
    /// would be none.
    pub latency: Duration,
    /// Whether the connection had served another request and was closed without a byte of an answer: the app
    /// may have done so before the event came, as it may at any time.
    pub is_stale: bool,
}

/// A response, or why there was none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The endpoint answered.
    Response(Response),
    /// It did not.
    None {
        /// The kind of failure.
        why: NoAnswer,
        /// What the system said.
        error: String,
    },
}

/// Why there was no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NoAnswer {
    /// Nothing took the connection.
    Refused,
    /// The time was up.
    Timeout,
    /// TLS could not be agreed on.
    Tls,
    /// The certificate is not trusted.
    Certificate,
    /// The host's name is not known.
    Dns,
    /// The connection ended before an answer began.
    Closed,
    /// The connection ended within an answer's head: the app has got the event.
    BrokeOff,
    /// What came is no HTTP.
    Invalid,
    /// The event could not be sent: its body is gone.
    Lost,
}

impl NoAnswer {
    /// The kind of failure that a word names; what it does not know counts as broken off.
    pub fn of_word(word: &str) -> Self {
        let all = [Self::Refused, Self::Timeout, Self::Tls, Self::Dns, Self::Invalid, Self::Lost];
        all.into_iter().find(|why| why.word() == word).unwrap_or(Self::Closed)
    }

    /// The word of the JSON report's `outcome`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Timeout => "timeout",
            Self::Tls | Self::Certificate => "tls",
            Self::Dns => "dns",
            Self::Closed | Self::BrokeOff => "closed",
            Self::Invalid => "invalid",
            Self::Lost => "lost",
        }
    }
}

/// What the endpoint answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// The headers, duplicates kept and standing together; bytes that are no UTF-8 replaced. Those
    /// that spoke of a compressed body are gone with the compression.
    pub headers: Vec<(String, String)>,
    /// The body, up to the limit.
    pub body: Vec<u8>,
    /// Whether there was more than the limit.
    pub is_truncated: bool,
    /// Why the body ends before its end, where the connection broke off within it.
    pub broke_off: Option<String>,
}

/// Something about an answer that decides nothing, but is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// The word of the JSON report.
    pub code: &'static str,
    /// The same for a reader.
    pub message: String,
}

impl Response {
    /// A 2xx: what Stripe counts as delivered.
    pub fn is_accepted(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// What is to be said of it besides its status.
    pub fn remark(&self) -> Option<Remark> {
        let message = format!("the answer's body broke off: {}", self.broke_off.as_ref()?);
        Some(Remark { code: "body_broke_off", message })
    }

    /// All that is to be said of it besides its status.
    pub fn remarks(&self) -> impl Iterator<Item = Remark> {
        self.remark().into_iter().chain(self.page_remark())
    }

    /// No webhook handler answers with a page: this is a front end, or a page that one is sent to.
    fn page_remark(&self) -> Option<Remark> {
        let is_html = self.header("content-type").is_some_and(|kind| kind.contains("text/html"));
        let is_page = is_html && self.body.trim_ascii_start().starts_with(b"<");
        (is_page && self.is_accepted()).then(|| Remark {
            code: "html_page",
            message: "the answer is an HTML page: is this path your handler's?".to_owned(),
        })
    }

    /// The first header of that (lower-case) name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The body as text; bytes that are no UTF-8 replaced.
    pub fn text(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(&self.body)
    }
}

/// The standard's words for a status; none for one that it does not know.
pub fn reason(status: u16) -> &'static str {
    StatusCode::from_u16(status).ok().and_then(|s| s.canonical_reason()).unwrap_or_default()
}

impl Outcome {
    /// The word of the JSON report's `outcome`.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Response(_) => "response",
            Self::None { why, .. } => why.word(),
        }
    }

    /// The response, where there is one.
    pub const fn response(&self) -> Option<&Response> {
        match self {
            Self::Response(response) => Some(response),
            Self::None { .. } => None,
        }
    }

    /// Whether Stripe would count the event as delivered.
    pub fn is_accepted(&self) -> bool {
        self.response().is_some_and(Response::is_accepted)
    }
}
