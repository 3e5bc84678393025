//! What the user hands in: a file, or stdin for `-`.

use std::io::IsTerminal as _;
use std::path::Path;

use super::context::Context;
use crate::config::reading::{self, InputKind};
use crate::error::{Error, Result};

/// The name of stdin.
pub(super) const STDIN: &str = "-";

/// The bytes of a file, of stdin for `-`.
pub(super) fn read(file: &Path, input: InputKind) -> Result<Vec<u8>> {
    let read = if file.as_os_str() == STDIN {
        reading::all(std::io::stdin().lock(), input)
    } else {
        reading::file(file, input)
    };
    read.map_err(|source| Error::read(file, source))
}

/// The bytes of a file; of stdin where none is named.
pub(super) fn payload(file: Option<&Path>, context: &mut Context) -> Result<Vec<u8>> {
    let file = file.unwrap_or(Path::new(STDIN));
    if file.as_os_str() == STDIN && std::io::stdin().is_terminal() {
        context.out.note("reading the payload from the terminal (Ctrl-D to end)");
    }
    let payload = read(file, InputKind::Payload)?;
    if reading::is_utf16(&payload) {
        context.out.warning(&format!("`{}`: {}", file.display(), reading::UTF_16));
    }
    Ok(payload)
}
