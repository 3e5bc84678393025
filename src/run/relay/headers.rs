//! Which headers go on to the endpoint, and which go back.

use crate::delivery::RawHeaders;
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
pub(super) const SIGNATURE: &str = "stripe-signature";

fn goes_on(name: &str, connection: &str) -> bool {
    let is_named = connection.split(',').any(|word| word.trim().eq_ignore_ascii_case(name));
    !is_named && name != "transfer-encoding" && !OF_ONE_CONNECTION.contains(&name)
}

/// What of a request's headers goes on to the endpoint. Names are in lower case; those that the
/// value of `Connection` names stay.
pub(super) fn onward<'h>(
    headers: impl Iterator<Item = (&'h str, &'h [u8])>,
    connection: &str,
) -> RawHeaders {
    let kept = headers.filter(|(name, _)| goes_on(name, connection));
    kept.map(|(name, value)| (name.to_owned(), value.to_vec())).collect()
}

/// What of an answer's headers goes back.
pub(super) fn back(headers: &[(String, String)]) -> Vec<(String, String)> {
    let connection = headers.iter().find(|(name, _)| name == "connection");
    let connection = connection.map_or("", |(_, value)| value.as_str());
    headers.iter().filter(|(name, _)| goes_on(name, connection)).cloned().collect()
}

/// The same headers with another signature in the place of the first one.
pub(super) fn signed(headers: &RawHeaders, signature: String) -> RawHeaders {
    let mut out = headers.clone();
    let place = out.iter().position(|(name, _)| name == SIGNATURE).unwrap_or(out.len());
    out.retain(|(name, _)| name != SIGNATURE);
    out.insert(place, (SIGNATURE.to_owned(), signature.into_bytes()));
    out
}

/// The headers of a delivery of Stripe's, and these besides.
pub(super) fn of_stripe(besides: &RawHeaders, signature: String) -> RawHeaders {
    let stripes = STRIPES_HEADERS.iter().map(|(name, value)| (*name, (*value).to_owned()));
    let all = stripes.chain([(SIGNATURE, signature)]);
    let mut out: RawHeaders =
        all.map(|(name, value)| (name.to_ascii_lowercase(), value.into_bytes())).collect();
    out.extend(besides.iter().cloned());
    out
}

/// The value of the signature's header; empty where there is none.
pub(super) fn signature(headers: &RawHeaders) -> &str {
    let found = headers.iter().find(|(name, _)| name == SIGNATURE);
    found.and_then(|(_, value)| std::str::from_utf8(value).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_speaks_of_one_connection_stays_there() {
        let headers: [(&str, &[u8]); 8] = [
            ("host", b"x"),
            ("x-twice", b"1"),
            ("connection", b"close, X-Hop"),
            ("x-hop", b"1"),
            ("x-twice", b"\xff"),
            ("transfer-encoding", b"chunked"),
            ("te", b"trailers"),
            ("stripe-signature", b"t=1"),
        ];
        let onward = onward(headers.into_iter(), "close, X-Hop");
        let expected: [(&str, &[u8]); 3] =
            [("x-twice", b"1"), ("x-twice", b"\xff"), ("stripe-signature", b"t=1")];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_vec()));
        assert_eq!(onward, expected);
        assert_eq!(signature(&onward), "t=1");
        assert_eq!(signature(&signed(&onward, "t=2".into())), "t=2");
    }
}
