//! A delivery as a command line of curl, and as data.

use serde_json::json;

use super::curl_powershell;
use crate::delivery::{Certificates, Endpoint, Request};
use crate::event::Event;
use crate::text::shell;

/// The shells that a command is written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum CommandShell {
    Posix,
    PowerShell,
}

/// The shell that people of this system paste commands into.
const USUAL: CommandShell =
    if cfg!(windows) { CommandShell::PowerShell } else { CommandShell::Posix };

/// The command for the usual shell of this system: the same request, byte for byte.
pub(crate) fn command(
    endpoint: &Endpoint,
    request: &Request,
    certificates: Certificates,
) -> String {
    command_for(USUAL, endpoint, request, certificates)
}

fn command_for(
    shell: CommandShell,
    endpoint: &Endpoint,
    request: &Request,
    certificates: Certificates,
) -> String {
    let url = endpoint.as_str();
    // curl would take them for patterns.
    let globoff = url.contains(['[', ']', '{', '}']).then_some("--globoff");
    let insecure = (certificates == Certificates::Ignored).then_some("--insecure");
    let options: Vec<&str> = globoff.into_iter().chain(insecure).collect();
    let header = |(name, value): &(String, String)| {
        // `Name:` would take the header away.
        if value.is_empty() { format!("{name};") } else { format!("{name}: {value}") }
    };
    let headers: Vec<String> = request.headers.iter().map(header).collect();
    match shell {
        CommandShell::Posix => posix(url, &options, &headers, &request.body),
        CommandShell::PowerShell => {
            curl_powershell::command(url, &options, &headers, &request.body)
        }
    }
}

fn posix(url: &str, options: &[&str], headers: &[String], body: &[u8]) -> String {
    let mut parts = vec![format!("curl {}", shell::quote(url))];
    parts.extend(options.iter().map(|option| (*option).to_owned()));
    parts.extend(headers.iter().map(|line| format!("--header {}", shell::quote(line))));
    let body = String::from_utf8_lossy(body);
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
