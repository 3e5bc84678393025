//! Which endpoints are meant, by what somebody types for them.

use std::fmt;
use std::str::FromStr;

use crate::delivery::Endpoint;

/// The endpoints of a port or a URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EndpointFilter {
    /// Every path of that port on this machine.
    Port(u16),
    /// Every path of that host and port.
    Host(Endpoint),
    /// That URL alone.
    Url(Endpoint),
}

impl EndpointFilter {
    /// Whether deliveries to that URL are meant.
    pub(super) fn fits(&self, recorded: &str) -> bool {
        let Some(recorded) = recorded.contains("://").then(|| Endpoint::read(recorded).ok()) else {
            return false;
        };
        recorded.is_some_and(|recorded| match self {
            Self::Port(port) => recorded.port() == *port && recorded.is_on_this_machine(),
            Self::Host(wanted) => recorded.with_path("/").place() == wanted.place(),
            Self::Url(wanted) => recorded.place() == wanted.place(),
        })
    }
}

impl fmt::Display for EndpointFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Port(port) => write!(f, "port {port}"),
            Self::Host(endpoint) | Self::Url(endpoint) => endpoint.fmt(f),
        }
    }
}

impl From<Endpoint> for EndpointFilter {
    fn from(endpoint: Endpoint) -> Self {
        Self::Url(endpoint)
    }
}

impl FromStr for EndpointFilter {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.bytes().all(|byte| byte.is_ascii_digit()) {
            let port = text.parse().ok().filter(|port| *port > 0);
            return port.map(Self::Port).ok_or_else(|| "expected a port or a URL".to_owned());
        }
        let endpoint = Endpoint::read(text)?;
        let has_path = endpoint.path_and_query() != "/";
        Ok(if has_path { Self::Url(endpoint) } else { Self::Host(endpoint) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_a_host_and_a_url_mean_their_endpoints() {
        const URLS: [&str; 5] = [
            "http://127.0.0.1:5000/webhook",
            "http://localhost:5000/other",
            "http://127.0.0.1:5001/webhook",
            "https://example.com:5000/webhook",
            "invoice.paid",
        ];
        for (typed, expected) in [
            ("5000", &URLS[..2]),
            ("localhost:5000", &URLS[..2]),
            ("http://[::1]:5000/webhook", &URLS[..1]),
            ("https://example.com:5000", &URLS[3..4]),
            ("5002", &[]),
        ] {
            let filter: EndpointFilter = typed.parse().unwrap();
            let fitting: Vec<&str> = URLS.into_iter().filter(|url| filter.fits(url)).collect();
            assert_eq!(fitting, expected, "{typed}");
        }
        for text in ["", "0", "70000", "ftp://localhost"] {
            assert!(text.parse::<EndpointFilter>().is_err(), "{text}");
        }
    }
}
