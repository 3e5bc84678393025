//! Lets the user change an event in an editor.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::cli::context::Context;
use crate::config::reading::{self, InputKind};
use crate::config::scratch::ScratchDirectory;
use crate::error::{Error, Kind, Result};
use crate::process::inheritance::{self, Heir};
use crate::process::{Child, search};
use crate::text::shell;

/// The editor where none is set.
const USUAL: &str = if cfg!(windows) { "notepad" } else { "vi" };

/// How long the editor may take to restore the terminal.
const TIME_TO_END: Duration = Duration::from_secs(2);

/// An event's body that lies in a file, to be changed.
pub(super) struct Edited {
    directory: ScratchDirectory,
    before: Vec<u8>,
}

impl Edited {
    /// Writes the body; JSON that stands on one line is indented.
    pub(super) fn new(body: &[u8]) -> Result<Self> {
        let is_one_line = !body.contains(&b'\n');
        let value = serde_json::from_slice::<serde_json::Value>(body).ok().filter(|_| is_one_line);
        let mut before = value.map_or_else(|| body.to_vec(), |value| format!("{value:#}").into());
        if !before.ends_with(b"\n") {
            before.push(b'\n');
        }
        let directory = ScratchDirectory::new().map_err(Error::bug)?;
        let edited = Self { directory, before };
        let file = edited.file();
        std::fs::write(&file, &edited.before).map_err(|source| Error::write(&file, source))?;
        Ok(edited)
    }

    fn file(&self) -> PathBuf {
        self.directory.path().join("event.json")
    }

    /// Runs the editor until it ends, or a signal ends that.
    pub(super) fn edit(&self, context: &Context) -> Result<()> {
        let environment = &context.environment;
        let set = environment.variable("VISUAL").or_else(|| environment.variable("EDITOR"));
        let words = shell::words(set.unwrap_or(USUAL));
        let name = words.join(" ");
        let failed = |why: String| Error::new(Kind::Usage, format!("the editor `{name}` {why}"));
        let graceful = context.shutdown.graceful();
        // Ctrl-C is a key of the editor's.
        let _lent = context.shutdown.lend_interrupts();
        let runtime = Context::runtime()?;
        let editing = async {
            let mut child = Child::on_terminal(self.command(&words)?)?;
            let ended = graceful.unless_ended(child.wait()).await;
            if ended.is_none() {
                child.end(TIME_TO_END).await;
            }
            ended.transpose()
        };
        // A listen shows the full screen from within a runtime of its own, where no other can run or end.
        let edit = move || runtime.block_on(editing);
        let thread = std::thread::scope(|scope| scope.spawn(edit).join());
        let ended = thread.map_err(|_| Error::bug("the thread of the editor panicked"))?;
        match ended.map_err(|error: io::Error| failed(format!("does not run: {error}")))? {
            Some(status) if !status.success() => Err(failed(format!("ended with {status}"))),
            _ => Ok(()),
        }
    }

    fn command(&self, words: &[String]) -> io::Result<Command> {
        let (program, arguments) = words.split_first().ok_or(io::ErrorKind::NotFound)?;
        let mut command = Command::new(search::typed(Path::new(program))?);
        command.args(arguments).arg(self.file());
        inheritance::limit(&mut command, Heir::Users);
        Ok(command)
    }

    /// The body as it was left; `None` where it is as before.
    pub(super) fn body(&self) -> Result<Option<Vec<u8>>> {
        let file = self.file();
        let text =
            reading::text(&file, InputKind::Event).map_err(|source| Error::read(&file, source))?;
        if text.as_bytes() == self.before {
            return Ok(None);
        }
        serde_json::from_str::<serde_json::Value>(&text).map_err(|error| {
            Error::new(Kind::Usage, format!("what was edited is no JSON: {error}"))
        })?;
        Ok(Some(text.trim_end().as_bytes().to_vec()))
    }
}
