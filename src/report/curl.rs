//! A delivery as a command line of curl, and as data.

use serde_json::json;

use crate::delivery::{Certificates, Endpoint, Request};
use crate::event::Event;
use crate::text::shell;

/// The command for a POSIX shell: the same request, byte for byte.
pub(crate) fn command(
    endpoint: &Endpoint,
    request: &Request,
    certificates: Certificates,
) -> String {
    let url = endpoint.as_str();
    let mut parts = vec![format!("curl {}", shell::quote(url))];
    // curl would take them for patterns.
    if url.contains(['[', ']', '{', '}']) {
        parts.push("--globoff".to_owned());
    }
    if certificates == Certificates::Ignored {
        parts.push("--insecure".to_owned());
    }
    let header = |(name, value): &(String, String)| {
        // `Name:` would take the header away.
        let line = if value.is_empty() { format!("{name};") } else { format!("{name}: {value}") };
        format!("--header {}", shell::quote(&line))
    };
    parts.extend(request.headers.iter().map(header));
    let body = String::from_utf8_lossy(&request.body);
    parts.push(format!("--data-raw {}", shell::quote(&body)));
    format!("{}\n", parts.join(" \\\n  "))
}

/// The same as JSON.
pub(crate) fn json(event: &Event, endpoint: &Endpoint, request: &Request, command: &str) -> String {
    let value = json!({
        "schema": 1,
        "event": event.name,
        "event_id": event.id,
        "endpoint": endpoint.to_string(),
        "headers": request.headers,
        "body": String::from_utf8_lossy(&request.body),
        "command": command,
    });
    super::json::document(&value)
}
