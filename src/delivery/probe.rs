//! Probes an endpoint that gave no answer, to say what is there instead.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::timeout;

use super::certificates::Certificates;
use super::client::Client;
use super::connections::Reuse;
use super::endpoint::Endpoint;
use super::outcome::NoAnswer;

/// How long one connection or answer may take.
const TIMEOUT: Duration = Duration::from_millis(500);

/// What probing the endpoint found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// An endpoint that may be the one that was meant.
    pub instead: Option<Endpoint>,
    /// Whether devtool runs in a container, whose loopback addresses are its own.
    pub is_in_container: bool,
}

/// Whether one of the addresses takes a connection.
pub async fn takes_connections(addresses: &[SocketAddr]) -> bool {
    matches!(timeout(TIMEOUT, TcpStream::connect(addresses)).await, Ok(Ok(_)))
}

/// Looks for what a failure suggests: another loopback address where nothing listens, the other of
/// http and https where the connection makes no sense.
pub async fn findings(endpoint: &Endpoint, why: NoAnswer) -> Findings {
    let instead = match why {
        NoAnswer::Refused => other_address(endpoint).await,
        NoAnswer::Tls | NoAnswer::Closed | NoAnswer::Invalid => other_scheme(endpoint).await,
        NoAnswer::BrokeOff
        | NoAnswer::Certificate
        | NoAnswer::Timeout
        | NoAnswer::Dns
        | NoAnswer::Lost => None,
    };
    Findings { instead, is_in_container: is_in_container() }
}

/// Docker and Podman leave these files in each of theirs.
fn is_in_container() -> bool {
    ["/.dockerenv", "/run/.containerenv"].iter().any(|file| Path::new(file).exists())
}

/// An app that listens on `localhost` may have taken IPv6 only, or the reverse.
async fn other_address(endpoint: &Endpoint) -> Option<Endpoint> {
    let address: IpAddr = endpoint.host().parse().ok()?;
    let other: IpAddr = match address {
        IpAddr::V4(v4) if v4.is_loopback() => Ipv6Addr::LOCALHOST.into(),
        IpAddr::V6(v6) if v6.is_loopback() => Ipv4Addr::LOCALHOST.into(),
        _ => return None,
    };
    let connected = timeout(TIMEOUT, TcpStream::connect((other, endpoint.port()))).await;
    matches!(connected, Ok(Ok(_))).then(|| endpoint.at(other))
}

async fn other_scheme(endpoint: &Endpoint) -> Option<Endpoint> {
    let other = endpoint.other_scheme();
    let addresses = loopback_addresses(&other)?;
    let client =
        Client::new(&other, &Ok(addresses), TIMEOUT, (Reuse::Never, Certificates::Ignored)).ok()?;
    client.answers().await.then_some(other)
}

/// Only this machine is looked at: a remote endpoint gets what the user sends, nothing more.
fn loopback_addresses(endpoint: &Endpoint) -> Option<Vec<SocketAddr>> {
    let port = endpoint.port();
    match endpoint.host() {
        "localhost" => Some(vec![
            SocketAddr::from((Ipv4Addr::LOCALHOST, port)),
            SocketAddr::from((Ipv6Addr::LOCALHOST, port)),
        ]),
        host => {
            let address: IpAddr = host.parse().ok()?;
            address.is_loopback().then(|| vec![SocketAddr::from((address, port))])
        }
    }
}
