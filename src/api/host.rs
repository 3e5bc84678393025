//! Whom the API's server answers: whoever asks this machine by a name of its own.

use hyper::header::HeaderValue;

/// Whether `Host` names this machine: a page elsewhere, whose name was made to lead here, cannot ask.
pub(super) fn names_this_machine(host: Option<&HeaderValue>) -> bool {
    let Some(host) = host.and_then(|host| host.to_str().ok()) else { return false };
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next(),
        None => host.split(':').next(),
    };
    let name = name.unwrap_or_default();
    let is_loopback = name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
    is_loopback || name.eq_ignore_ascii_case("localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machines_names_are_taken() {
        let is_local = |host: &str| names_this_machine(Some(&HeaderValue::from_str(host).unwrap()));
        for host in ["127.0.0.1:12111", "localhost", "LOCALHOST:1", "[::1]:12111", "127.0.0.2"] {
            assert!(is_local(host), "{host}");
        }
        for host in ["evil.example", "127.0.0.1.evil.example", "", "[::2]", "api.stripe.com"] {
            assert!(!is_local(host), "{host}");
        }
        assert!(!names_this_machine(None));
    }
}
