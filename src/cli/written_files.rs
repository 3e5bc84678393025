//! Files of the user's project that devtool writes unless they are there, and what it says of each.

use std::io;
use std::path::Path;

use super::context::Context;
use crate::config::files::{self, Kept};
use crate::config::reading::{self, InputKind};
use crate::config::secret_source::short;
use crate::error::{Error, Result};

/// What a schema beside a scenario file is for.
pub(super) const FOR_EDITORS: &str = "editors complete and check scenario files by it";

/// Writes a file unless there is one, and says which of the two.
pub(super) fn add(named: &Path, text: &str, what: &str, context: &mut Context) -> Result<()> {
    let file = context.environment.working_directory.join(named);
    let kept = files::add(&file, text).map_err(|source| Error::write(named, source))?;
    let shown = named.display();
    context.out.prose(&match kept {
        Kept::Written => format!("wrote {shown}: {what}"),
        Kept::AlreadyThere => format!("left {shown}: it is there already"),
    });
    Ok(())
}

/// Adds a line at the end of a list such as .gitignore, which keeps its other lines.
pub(super) fn add_line(list: &Path, line: &str, context: &mut Context) -> Result<()> {
    let old = match reading::text(list, InputKind::Text) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        read => read.map_err(|source| Error::read(list, source))?,
    };
    let end = if old.contains("\r\n") { "\r\n" } else { "\n" };
    let gap = if old.is_empty() || old.ends_with('\n') { "" } else { end };
    files::publish(list, &format!("{old}{gap}{line}{end}"))
        .map_err(|source| Error::write(list, source))?;
    let shown = short(list, &context.environment.working_directory);
    context.out.prose(&format!("added {line} to {shown}: git leaves the secret out"));
    Ok(())
}
