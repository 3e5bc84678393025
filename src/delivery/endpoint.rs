//! The app's webhook handler: its URL, and the addresses behind it.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::header::HeaderValue;
use percent_encoding::percent_decode_str;
use url::{Host, Url};

use super::hidden;
use crate::error::{Error, Kind, Result};

/// Where an endpoint is by default.
pub const DEFAULT_PORT: u16 = 5_000;
/// The path of an endpoint by default.
pub const DEFAULT_PATH: &str = "/webhook";

/// The URL that deliveries are posted to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    url: Url,
}

/// Which hosts deliveries may go to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hosts {
    /// This machine only.
    Loopback,
    /// Any (`--allow-remote`).
    Any,
}

impl Endpoint {
    /// The endpoint by default.
    ///
    /// # Errors
    /// Never: the URL is a constant.
    pub fn by_default() -> Result<Self> {
        Self::parse(&format!("http://127.0.0.1:{DEFAULT_PORT}{DEFAULT_PATH}"))
    }

    /// Reads a URL; `localhost:5000/webhook` is one, too.
    ///
    /// # Errors
    /// It is no URL that can be posted to.
    pub fn parse(text: &str) -> Result<Self> {
        Self::read(text).map_err(|reason| Self::unusable(&hidden::in_text(text), &reason))
    }

    /// The same for a caller that knows where the URL stands.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn read(text: &str) -> std::result::Result<Self, String> {
        check(text).map(|url| Self { url })
    }

    /// The error for an endpoint that cannot be used.
    pub(crate) fn unusable(url: &str, reason: &str) -> Error {
        let message = format!("cannot use the endpoint `{url}`: {reason}");
        Error::new(Kind::Usage, message)
            .hinted("an endpoint looks like http://127.0.0.1:5000/webhook")
    }

    /// The same endpoint at another port.
    #[must_use]
    pub fn with_port(mut self, port: u16) -> Self {
        // Fails only for URLs that `check` refuses.
        let _ = self.url.set_port(Some(port));
        self
    }

    /// The same endpoint with another path, and the query that the path has.
    #[must_use]
    pub fn with_path(mut self, path: &str) -> Self {
        let (path, query) = path.split_once('?').map_or((path, None), |(p, q)| (p, Some(q)));
        self.url.set_path(path);
        self.url.set_query(query);
        self
    }

    /// The URL to post to.
    pub fn as_str(&self) -> &str {
        self.url.as_str()
    }

    /// Whether its host is this machine, by what the URL says: no resolver is asked.
    pub(crate) fn is_local_by_name(&self) -> bool {
        match self.url.host() {
            Some(Host::Ipv4(address)) => is_this_machine(address.into()),
            Some(Host::Ipv6(address)) => is_this_machine(address.into()),
            Some(Host::Domain(name)) => is_localhost(name),
            None => false,
        }
    }

    /// Whether the URL says https.
    pub fn is_https(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// The value of `Authorization` for the user that the URL names.
    pub(super) fn authorization(&self) -> Option<HeaderValue> {
        let (user, password) = (self.url.username(), self.url.password());
        if user.is_empty() && password.is_none() {
            return None;
        }
        let decoded = |text| percent_decode_str(text).collect::<Vec<u8>>();
        let both = [decoded(user), b":".to_vec(), decoded(password.unwrap_or_default())].concat();
        let mut value = HeaderValue::from_str(&format!("Basic {}", STANDARD.encode(both))).ok()?;
        value.set_sensitive(true);
        Some(value)
    }

    /// What of the URL is secret: its password, what is made of it, and parameters that are credentials.
    pub fn secrets(&self) -> Vec<String> {
        let authorization = self.authorization();
        let basic = authorization.as_ref().and_then(|value| value.to_str().ok());
        hidden::secrets(&self.url, basic.map(|value| value.trim_start_matches("Basic ")))
    }

    /// Whether a part that is secret is not in the URL, as in one that was shown or recorded.
    pub fn is_hidden(&self) -> bool {
        hidden::is_in(&self.url)
    }

    /// The same URL with the other scheme and without userinfo, which is nobody's to see.
    #[must_use]
    pub fn other_scheme(&self) -> Self {
        let mut url = self.plain();
        let port = self.port();
        let other = if self.is_https() { "http" } else { "https" };
        // Both calls fail only for URLs that `check` refuses.
        let _ = url.set_scheme(other);
        let _ = url.set_port(Some(port));
        Self { url }
    }

    /// The same URL at another address of this machine, without userinfo.
    #[must_use]
    pub fn at(&self, address: IpAddr) -> Self {
        let mut url = self.plain();
        let _ = url.set_ip_host(address);
        Self { url }
    }

    /// The same URL at another host, without userinfo.
    #[must_use]
    pub fn at_host(&self, name: &str) -> Self {
        let mut url = self.plain();
        let _ = url.set_host(Some(name));
        Self { url }
    }

    fn plain(&self) -> Url {
        let mut url = self.url.clone();
        let _ = url.set_username("");
        let _ = url.set_password(None);
        url
    }

    /// The URL that a `Location` of this endpoint's means; `None` where it means none.
    pub fn join(&self, location: &str) -> Option<Self> {
        self.plain().join(location).ok().map(|url| Self { url })
    }

    /// The host and, if it is not the scheme's own, the port: what the header `Host` says.
    pub(super) fn authority(&self) -> &str {
        &self.url[url::Position::BeforeHost..url::Position::AfterPort]
    }

    /// The path without the query.
    pub fn path(&self) -> &str {
        self.url.path()
    }

    /// The path with the query.
    pub fn path_and_query(&self) -> &str {
        &self.url[url::Position::BeforePath..url::Position::AfterQuery]
    }

    /// The port, also where the URL leaves it out.
    pub fn port(&self) -> u16 {
        self.url.port_or_known_default().unwrap_or(80)
    }

    /// The host's name; an IPv6 address without its brackets.
    pub fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default().trim_matches(['[', ']'])
    }

    /// Host and port, as one types them.
    pub fn host_and_port(&self) -> String {
        let host = self.host();
        let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
        format!("{host}:{}", self.port())
    }

    /// What is the same of two URLs that lead to one handler: `localhost`, `127.0.0.1` and `[::1]` count as one
    /// host; userinfo and parameters that are secret do not count.
    pub fn place(&self) -> String {
        let is_one_host = match self.url.host() {
            Some(Host::Ipv4(address)) => address == Ipv4Addr::LOCALHOST,
            Some(Host::Ipv6(address)) => address.to_canonical().is_loopback(),
            Some(Host::Domain(name)) => name.trim_end_matches('.') == "localhost",
            None => false,
        };
        let host = if is_one_host { "localhost" } else { self.host() };
        format!("{}://{host}:{}{}", self.url.scheme(), self.port(), self.shown_path_and_query())
    }

    /// The path with the query, without what is secret.
    pub fn shown_path_and_query(&self) -> String {
        hidden::shown(&self.url)[url::Position::BeforePath..url::Position::AfterQuery].to_owned()
    }

    /// Whether the URL itself says that it is this machine; nobody is asked for a name.
    pub fn is_on_this_machine(&self) -> bool {
        match self.url.host() {
            Some(Host::Ipv4(address)) => is_this_machine(address.into()),
            Some(Host::Ipv6(address)) => is_this_machine(address.into()),
            Some(Host::Domain(name)) => is_localhost(name),
            None => false,
        }
    }

    /// The host's addresses: `Err` says why its name is not known.
    ///
    /// # Errors
    /// The host is not this machine, and only this machine is allowed.
    pub async fn resolve(
        &self,
        hosts: Hosts,
    ) -> Result<std::result::Result<Vec<SocketAddr>, String>> {
        let addresses = match self.url.host() {
            Some(Host::Ipv4(address)) => vec![SocketAddr::from((address, self.port()))],
            Some(Host::Ipv6(address)) => vec![SocketAddr::from((address, self.port()))],
            // By RFC 6761 these names are this machine, whatever the system's resolver says.
            Some(Host::Domain(name)) if is_localhost(name) => {
                vec![
                    SocketAddr::from((Ipv4Addr::LOCALHOST, self.port())),
                    SocketAddr::from((Ipv6Addr::LOCALHOST, self.port())),
                ]
            }
            _ => match tokio::net::lookup_host((self.host(), self.port())).await {
                Ok(addresses) => addresses.collect(),
                Err(why) => return Ok(Err(why.to_string())),
            },
        };
        let remote = addresses.iter().any(|address| !is_this_machine(address.ip()));
        if remote && hosts == Hosts::Loopback {
            let message = format!("the endpoint's host `{}` is not this machine", self.host());
            return Err(Error::new(Kind::Usage, message)
                .hinted("use `--allow-remote` if it is a test system of yours"));
        }
        Ok(Ok(addresses))
    }
}

impl fmt::Display for Endpoint {
    /// The URL without what is secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(hidden::shown(&self.url).as_str())
    }
}

fn is_localhost(name: &str) -> bool {
    let name = name.trim_end_matches('.');
    name == "localhost" || name.ends_with(".localhost")
}

fn check(text: &str) -> std::result::Result<Url, String> {
    if let Ok(number) = text.parse::<u32>() {
        return Err(format!("it is a number; `--port {number}` sets the port"));
    }
    if text.starts_with('/') {
        return Err(format!("it is a path; `--path {text}` sets the path"));
    }
    let before_path = text.split(['/', '?', '#']).next().unwrap_or_default();
    let has_scheme = text[before_path.len()..].starts_with("//") && before_path.ends_with(':');
    let with_scheme = if has_scheme { text.to_owned() } else { format!("http://{text}") };
    let url = Url::parse(&with_scheme).map_err(|error| error.to_string())?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(format!("the scheme is `{}`, not http or https", url.scheme()));
    }
    if url.port() == Some(0) {
        return Err("port 0 cannot be used".to_owned());
    }
    Ok(url)
}

/// Whether an address is this machine's own: loopback, also as IPv4 in IPv6, or unspecified (which
/// connects to loopback).
pub fn is_this_machine(address: IpAddr) -> bool {
    let address = address.to_canonical();
    address.is_loopback() || address.is_unspecified()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        Endpoint::parse(text).unwrap().to_string()
    }

    fn resolved(text: &str, hosts: Hosts) -> Result<std::result::Result<Vec<SocketAddr>, String>> {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(Endpoint::parse(text).unwrap().resolve(hosts))
    }

    #[test]
    fn urls_are_read() {
        assert_eq!(shown("http://127.0.0.1:5000/webhook?a=b"), "http://127.0.0.1:5000/webhook?a=b");
        assert_eq!(shown("localhost:5000/webhook"), "http://localhost:5000/webhook");
        assert_eq!(shown("https://[::1]/x"), "https://[::1]/x");
        assert_eq!(shown("http://u:secret@localhost/"), "http://u:***@localhost/");
        assert_eq!(shown("localhost:1/cb?next=http://x/"), "http://localhost:1/cb?next=http://x/");
        let default = Endpoint::by_default().unwrap();
        assert_eq!(default.as_str(), "http://127.0.0.1:5000/webhook");
        assert_eq!(default.with_port(1).with_path("a b?c").as_str(), "http://127.0.0.1:1/a%20b?c");
    }

    #[test]
    fn what_cannot_be_posted_to_is_refused() {
        for text in [
            "",
            "5000",
            "ftp://127.0.0.1/",
            "http://",
            "http://[::1",
            "http://x:0/",
            "http://x:99999/",
            "/webhook",
        ] {
            assert!(Endpoint::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_password_is_never_shown() {
        for text in ["http://u:hush@h:0/", "u:hush@h:0", "ftp://u:hush@x/", "http://u:hush@[::1"] {
            let error = Endpoint::parse(text).unwrap_err().to_string();
            assert!(!error.contains("hush"), "{error}");
        }
        let error = Endpoint::parse("http://h:0/x?api_key=hush").unwrap_err().to_string();
        assert_eq!(
            error,
            "cannot use the endpoint `http://h:0/x?api_key=***`: port 0 cannot be used"
        );
        let endpoint = Endpoint::parse("http://u:hush@127.0.0.1:1/").unwrap();
        assert_eq!(endpoint.other_scheme().as_str(), "https://127.0.0.1:1/");
    }

    #[test]
    fn only_this_machine_is_allowed_by_default() {
        for text in [
            "127.0.0.1",
            "127.8.9.1",
            "[::1]",
            "[::ffff:127.0.0.1]",
            "localhost",
            "localhost.",
            "app.localhost",
            "0.0.0.0",
        ] {
            assert!(resolved(&format!("http://{text}:1/"), Hosts::Loopback).is_ok(), "{text}");
        }
        for text in ["10.0.0.1", "192.0.2.1", "[2001:db8::1]", "[::ffff:10.0.0.1]", "2130706434"] {
            let url = format!("http://{text}:1/");
            let remote = resolved(&url, Hosts::Loopback);
            assert_eq!(remote.is_err(), text != "2130706434", "{text}");
            assert!(resolved(&url, Hosts::Any).is_ok(), "{text}");
        }
    }

    #[test]
    fn the_names_of_the_loopback_address_are_one_place() {
        let place = |text: &str| Endpoint::parse(text).unwrap().place();
        for same in ["localhost:80/x?y", "http://LOCALHOST./x?y", "http://u:p@[::1]/x?y"] {
            assert_eq!(place(same), place("http://127.0.0.1/x?y"), "{same}");
        }
        for other in ["https://127.0.0.1:80/x?y", "127.0.0.2/x?y", "localhost:81/x?y", "[::1]/x"] {
            assert_ne!(place(other), place("http://127.0.0.1/x?y"), "{other}");
        }
    }

    #[test]
    fn the_other_scheme_keeps_the_port() {
        let other = |text| Endpoint::parse(text).unwrap().other_scheme();
        assert_eq!(other("http://localhost:5000/x").as_str(), "https://localhost:5000/x");
        assert_eq!(other("http://localhost/x").as_str(), "https://localhost:80/x");
    }
}
