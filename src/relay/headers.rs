//! Which headers go on to the endpoint, and which go back.

use hyper::header::{HeaderMap, HeaderName, HeaderValue};

use crate::delivery::header_map;
use crate::delivery::request::STRIPES_HEADERS;

/// Headers that speak of one connection, and those that the next one gets anew.
const OF_ONE_CONNECTION: [&str; 11] = [
    "connection",
    "content-length",
    "expect",
    "host",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "upgrade",
];

/// The header of the signature, as a server gives it.
const SIGNATURE: HeaderName = HeaderName::from_static("stripe-signature");

fn goes_on(name: &str, connection: &str) -> bool {
    let is_named = connection.split(',').any(|word| word.trim().eq_ignore_ascii_case(name));
    !is_named && name != "transfer-encoding" && !OF_ONE_CONNECTION.contains(&name)
}

/// What of a request's headers goes on to the endpoint; those that the value of `Connection` names stay.
/// A copy: what came lies in the whole buffer of its connection, which would wait with it.
pub(super) fn onward(headers: &HeaderMap) -> HeaderMap {
    let connection = headers.get("connection").and_then(|value| value.to_str().ok());
    let connection = connection.unwrap_or_default();
    let all = headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes()));
    header_map(all.filter(|(name, _)| goes_on(name, connection)))
}

/// What of an answer's headers goes back.
pub(super) fn back(headers: &[(String, String)]) -> HeaderMap {
    let connection = headers.iter().find(|(name, _)| name == "connection");
    let connection = connection.map_or("", |(_, value)| value.as_str());
    let all = headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes()));
    header_map(all.filter(|(name, _)| goes_on(name, connection)))
}

/// Puts a signature in the place of those that are there.
pub(super) fn sign(headers: &mut HeaderMap, signature: &str) {
    if let Ok(value) = HeaderValue::from_str(signature) {
        headers.insert(SIGNATURE, value);
    }
}

/// The headers of a delivery of Stripe's.
pub(super) fn of_stripe(signature: &str) -> HeaderMap {
    let stripes = STRIPES_HEADERS.iter().map(|(name, value)| (*name, value.as_bytes()));
    let mut headers = header_map(stripes);
    sign(&mut headers, signature);
    headers
}

/// The value of the signature's header; empty where there is none.
pub(super) fn signature(headers: &HeaderMap) -> &str {
    let found = headers.get(SIGNATURE).map(HeaderValue::as_bytes);
    found.and_then(|value| std::str::from_utf8(value).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_speaks_of_one_connection_stays_there() {
        let headers: [(&str, &[u8]); 9] = [
            ("host", b"x"),
            ("x-twice", b"1"),
            ("connection", b"close, X-Hop"),
            ("x-hop", b"1"),
            ("x-twice", b"\xff"),
            ("transfer-encoding", b"chunked"),
            ("te", b"trailers"),
            ("stripe-signature", b"t=1"),
            ("x-last", b""),
        ];
        let mut onward = onward(&header_map(headers.into_iter()));
        assert_eq!(signature(&onward), "t=1");
        sign(&mut onward, "t=2");
        let expected: [(&str, &[u8]); 4] = [
            ("x-twice", b"1"),
            ("x-twice", b"\xff"),
            ("stripe-signature", b"t=2"),
            ("x-last", b""),
        ];
        let left: Vec<_> = onward.iter().map(|(name, v)| (name.as_str(), v.as_bytes())).collect();
        assert_eq!(left, expected);
    }
}
