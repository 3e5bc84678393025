//! The headers of Stripe's deliveries, and which headers a relay passes on.

use hyper::header::{HeaderMap, HeaderName, HeaderValue};

/// The header of the signature.
pub const SIGNATURE_HEADER: &str = "Stripe-Signature";

/// The headers of every delivery but the signature, as observed on real ones.
pub const DELIVERY_HEADERS: [(&str, &str); 4] = [
    ("Content-Type", "application/json; charset=utf-8"),
    ("Cache-Control", "no-cache"),
    ("User-Agent", "Stripe/1.0 (+https://stripe.com/docs/webhooks)"),
    ("Accept", "*/*; q=0.5, application/xml"),
];

/// Hop-by-hop headers, and those that the next connection gets anew.
const HOP_BY_HOP: [&str; 11] = [
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

/// [`SIGNATURE_HEADER`] as a server gives it.
const SIGNATURE: HeaderName = HeaderName::from_static("stripe-signature");

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

fn goes_on(name: &str, connection: &str) -> bool {
    let is_named = connection.split(',').any(|word| word.trim().eq_ignore_ascii_case(name));
    !is_named && name != "transfer-encoding" && !HOP_BY_HOP.contains(&name)
}

/// What of a request's headers goes on to the next connection; those that the value of `Connection` names stay.
/// A copy: what came lies in the whole buffer of its connection, which would wait with it.
pub fn onward(headers: &HeaderMap) -> HeaderMap {
    let connection = headers.get("connection").and_then(|value| value.to_str().ok());
    let connection = connection.unwrap_or_default();
    let all = headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes()));
    header_map(all.filter(|(name, _)| goes_on(name, connection)))
}

/// What of an answer's headers goes back.
pub fn back(headers: &[(String, String)]) -> HeaderMap {
    let connection = headers.iter().find(|(name, _)| name == "connection");
    let connection = connection.map_or("", |(_, value)| value.as_str());
    let all = headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes()));
    header_map(all.filter(|(name, _)| goes_on(name, connection)))
}

/// Puts a signature in the place of those that are there.
pub fn sign(headers: &mut HeaderMap, signature: &str) {
    if let Ok(value) = HeaderValue::from_str(signature) {
        headers.insert(SIGNATURE, value);
    }
}

/// The headers of a delivery of Stripe's.
pub fn of_stripe(signature: &str) -> HeaderMap {
    let stripes = DELIVERY_HEADERS.iter().map(|(name, value)| (*name, value.as_bytes()));
    let mut headers = header_map(stripes);
    sign(&mut headers, signature);
    headers
}

/// Whether a header that a delivery had is neither Stripe's nor of its connection: the user's own.
pub fn is_added(name: &str, value: &[u8]) -> bool {
    let name = name.to_ascii_lowercase();
    let is_stripes = |(known, usual): &(&str, &str)| {
        known.eq_ignore_ascii_case(&name) && usual.as_bytes() == value
    };
    goes_on(&name, "")
        && name != SIGNATURE.as_str()
        && name != "accept-encoding"
        && !DELIVERY_HEADERS.iter().any(is_stripes)
}

/// The value of the signature's header; empty where there is none.
pub fn signature(headers: &HeaderMap) -> &str {
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
