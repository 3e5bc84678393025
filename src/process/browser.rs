//! The user's browser.

use std::io;
use std::process::{Command, Stdio};

use super::inheritance::{self, Heir};
use super::search;

/// What opens an address, by the system.
const OPENER: (&str, &[&str]) = if cfg!(target_os = "macos") {
    ("open", &[])
} else if cfg!(windows) {
    ("rundll32", &["url.dll,FileProtocolHandler"])
} else {
    ("xdg-open", &[])
};

/// Opens an address; what the browser does with it is not waited for.
///
/// # Errors
/// There is no program for that, or it cannot be started.
pub(crate) fn open(address: &str) -> io::Result<()> {
    let (name, arguments) = OPENER;
    let program = search::first(name)
        .ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, format!("there is no `{name}`")))?;
    let mut command = Command::new(program);
    command.args(arguments).arg(address);
    inheritance::limit(&mut command, Heir::Users);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn()?;
    // Whoever waits for it here is nobody else.
    std::thread::Builder::new().name("browser".to_owned()).spawn(move || child.wait()).map(|_| ())
}
