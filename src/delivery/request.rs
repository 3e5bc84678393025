//! The request of a delivery: Stripe's headers, the event's bytes.

use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::config::Secret;
use crate::event::Event;
use crate::protocol::headers::{DELIVERY_HEADERS, SIGNATURE_HEADER};
use crate::protocol::{Moment, signature};
use crate::text::credential;

/// A header that the user adds, `NAME: VALUE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// The name as written.
    pub name: String,
    /// The value without white space around it.
    pub value: String,
}

impl FromStr for Header {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, value) = text.split_once(':').ok_or("expected `NAME: VALUE`")?;
        let (name, value) = (name.trim(), value.trim());
        let token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
        if name.is_empty() || !name.chars().all(token) {
            // It may be a value that was typed without its name.
            return Err("what stands before the `:` is not a header name".to_owned());
        }
        let frames = ["connection", "content-length", "transfer-encoding"];
        if frames.contains(&name.to_ascii_lowercase().as_str()) {
            return Err(format!("`{name}` is set by devtool itself"));
        }
        if value.chars().any(char::is_control) {
            return Err(format!("the value of `{name}` has control characters"));
        }
        Ok(Self { name: name.to_owned(), value: value.to_owned() })
    }
}

impl Header {
    /// What of it is secret: nothing of an ordinary one.
    pub fn secrets(&self) -> Vec<String> {
        let mut secrets = credential::of_header(&self.name, &self.value);
        let encoded = self.value.strip_prefix("Basic ").map(|encoded| STANDARD.decode(encoded));
        if let Some(Ok(user)) = encoded {
            let user = String::from_utf8_lossy(&user).into_owned();
            secrets.extend(user.split_once(':').map(|(_, password)| password.to_owned()));
            secrets.push(user);
        }
        secrets
    }
}

/// A request as it goes out.
#[derive(Clone, Debug)]
pub struct Request {
    /// Headers in their order. Host, content-length and accept-encoding are the client's.
    pub headers: Vec<(String, String)>,
    /// The exact bytes.
    pub body: Vec<u8>,
}

impl Request {
    /// The delivery of an event as Stripe sends it, signed at that moment, or at the event's own. A header of the user's
    /// takes the place of Stripe's of the same name.
    pub fn new(event: &Event, secret: &Secret, at: Moment, added: &[Header]) -> Self {
        let at = event.signed_at.unwrap_or(at);
        let signature = signature::delivery_header(secret, at, &event.body);
        let mut stripes = DELIVERY_HEADERS.to_vec();
        stripes.push((SIGNATURE_HEADER, signature.as_str()));
        Self::with(&stripes, event, added)
    }

    /// The same without a signature: what anybody could send.
    pub fn unsigned(event: &Event, added: &[Header]) -> Self {
        Self::with(&DELIVERY_HEADERS, event, added)
    }

    fn with(stripes: &[(&str, &str)], event: &Event, added: &[Header]) -> Self {
        let is_typed = |name: &str| added.iter().any(|h| h.name.eq_ignore_ascii_case(name));
        let is_recorded =
            |name: &str| event.headers.iter().any(|(n, _)| n.eq_ignore_ascii_case(name));
        let mut headers: Vec<(String, String)> = stripes
            .iter()
            .filter(|(name, _)| !is_recorded(name) && !is_typed(name))
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        headers.extend(event.headers.iter().filter(|(name, _)| !is_typed(name)).cloned());
        headers.extend(added.iter().map(|h| (h.name.clone(), h.value.clone())));
        Self { headers, body: event.body.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_read() {
        let header = |name: &str, value: &str| Header { name: name.into(), value: value.into() };
        assert_eq!("X-A: b: c".parse(), Ok(header("X-A", "b: c")));
        assert_eq!("X-Empty:".parse(), Ok(header("X-Empty", "")));
    }

    #[test]
    fn what_is_no_header_is_refused() {
        for text in ["", "X", ": v", "a b: c", "X: a\r\nY: b", "größe: 1", "Content-length: 5"] {
            assert!(text.parse::<Header>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_users_header_takes_the_place_of_stripes() {
        let event = Event::new(&serde_json::json!({"id": "evt_1", "type": "x"}));
        let secret = Secret::parse("s").unwrap();
        let added = ["user-agent: me".parse().unwrap()];
        let request = Request::new(&event, &secret, Moment::from_seconds(1), &added);
        let agents: Vec<_> =
            request.headers.iter().filter(|(n, _)| n.eq_ignore_ascii_case("user-agent")).collect();
        assert_eq!(agents, [&("user-agent".to_owned(), "me".to_owned())]);
        assert_eq!(request.headers.len(), 5);
    }
}
