//! What is said of what runs around a listen: the app, and `stripe listen`.

use std::net::{IpAddr, SocketAddr};
use std::process::ExitStatus;
use std::time::Duration;

use super::palette::Palette;
use crate::delivery::Endpoint;
use crate::delivery::endpoint::DEFAULT_PATH;
use crate::text::colours::{self, Colours};
use crate::text::duration;

/// A line of its output.
pub(crate) fn line(text: &str, palette: Palette) -> String {
    let colours = match palette {
        Palette::Colours => Colours::Kept,
        Palette::Plain => Colours::Stripped,
    };
    format!("{} {}", palette.dim("app |"), colours::line(text, colours))
}

/// That it does not accept connections, and where it may be found.
pub(crate) fn waiting(endpoint: &Endpoint, elsewhere: &[SocketAddr]) -> String {
    let wanted = address(endpoint);
    match elsewhere {
        [] => format!("waiting for the app to listen on {wanted}; events are queued until then"),
        [one] => {
            let options = options(endpoint, *one);
            format!(
                "the app listens on {one}, not on {wanted}; to send events there, use `{options}`"
            )
        }
        several => {
            let all: Vec<String> = several.iter().map(ToString::to_string).collect();
            let all = all.join(", ");
            format!("the app listens on {all}, not on {wanted}; choose with `--port` or `--url`")
        }
    }
}

fn address(endpoint: &Endpoint) -> String {
    let (host, port) = (endpoint.host(), endpoint.port());
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}

/// The options that make an address the endpoint's.
fn options(endpoint: &Endpoint, listens: SocketAddr) -> String {
    let is_usual = endpoint.path_and_query() == DEFAULT_PATH && endpoint.host() == "127.0.0.1";
    let is_reached = listens.ip().is_unspecified() || listens.ip() == IpAddr::from([127, 0, 0, 1]);
    if is_usual && is_reached {
        return format!("--port {}", listens.port());
    }
    let there = endpoint.clone().with_port(listens.port());
    let there = if is_reached { there } else { there.at(listens.ip()) };
    format!("--url {there}")
}

/// How it ended.
pub(crate) fn ended(status: ExitStatus) -> String {
    match status.code() {
        Some(code) => format!("the app exited with status {code}"),
        // `signal: 9 (SIGKILL)`
        None => format!("the app was ended by {}", status.to_string().replacen(": ", " ", 1)),
    }
}

/// That `stripe listen` ended or did not get ready, and when it is tried again.
pub(crate) fn lost(reason: &str, tries: u32, next_in: Duration) -> String {
    if tries == 1 {
        return format!("{reason}; restarting it");
    }
    format!("{reason} (try {tries}); next try in {}", duration::short(next_in))
}
