//! The terminal: the only place that writes to it.
//!
//! stdout carries results, stderr everything else. When a reader goes away (`| head`), its stream
//! falls silent and the run goes on: the exit code stays the verdict.

use std::io::{self, IsTerminal as _, Write as _};
use std::sync::{Arc, Mutex, PoisonError};

use clap::ValueEnum;

use super::clap_words;
use crate::config::Environment;
use crate::error::{Error, Exit, Kind};
use crate::protocol::Zone;
use crate::report::{self, Layout, Palette, github};
use crate::text::redaction::Redactor;
use crate::text::width;

/// When to use colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum ColorChoice {
    /// On a terminal.
    #[default]
    Auto,
    /// Always.
    #[value(alias = "on")]
    Always,
    /// Never.
    #[value(alias = "off")]
    Never,
}

/// How much is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Verbosity {
    /// Failures only.
    Quiet,
    /// As usual.
    Normal,
}

/// An answer to a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum YesOrNo {
    /// Yes.
    Yes,
    /// No.
    No,
}

/// How much of a frame is written at once.
const FRAME_BYTES: usize = 64 * 1024;

/// Both streams, and how to write to them.
pub(super) struct Out {
    pub(super) verbosity: Verbosity,
    stdout: Palette,
    stderr: Palette,
    stderr_is_live: bool,
    /// What neither stream shows.
    pub(super) redactor: Redactor,
    /// Whether a runner of GitHub Actions reads both streams, and does what lines of them say.
    has_runner: bool,
    /// Whether a result that is longer than the screen may be shown through the pager.
    pub(super) may_page: bool,
    /// Why nothing more is written to stdout.
    stdout_error: Option<io::Error>,
    /// Where both streams go instead.
    captured: Option<Arc<Mutex<Captured>>>,
}

/// What was written to both streams.
#[derive(Debug, Default)]
pub(super) struct Captured {
    pub(super) stdout: String,
    pub(super) stderr: String,
}

impl Out {
    pub(super) fn new(color: ColorChoice, verbosity: Verbosity, environment: &Environment) -> Self {
        let (stdout, stderr) = terminals();
        Self {
            verbosity,
            stdout: palette(color, stdout, environment),
            stderr: palette(color, stderr, environment),
            stderr_is_live: stderr && environment.variable("CI").is_none(),
            redactor: Redactor::default(),
            has_runner: environment.variable("GITHUB_ACTIONS") == Some("true"),
            may_page: environment.variable("TERM") != Some("dumb"),
            stdout_error: None,
            captured: None,
        }
    }

    /// Streams that are kept, for nobody is at a terminal.
    pub(super) fn captured(environment: &Environment) -> (Self, Arc<Mutex<Captured>>) {
        let captured = Arc::<Mutex<Captured>>::default();
        let out = Self {
            stderr_is_live: false,
            may_page: false,
            captured: Some(Arc::clone(&captured)),
            ..Self::new(ColorChoice::Never, Verbosity::Normal, environment)
        };
        (out, captured)
    }

    /// The same streams, for a thread of their own.
    pub(super) fn another(&self) -> Self {
        let captured = self.captured.clone();
        Self { redactor: self.redactor.clone(), stdout_error: None, captured, ..*self }
    }

    /// Takes over what another one found out about them.
    pub(super) fn learn_from(&mut self, another: Self) {
        self.stdout_error = self.stdout_error.take().or(another.stdout_error);
    }

    /// Whether a progress line makes sense: stderr is a terminal that somebody may look at.
    pub(super) fn shows_progress(&self) -> bool {
        self.stderr_is_live && self.verbosity > Verbosity::Quiet
    }

    /// Whether a question makes sense: somebody is at the terminal that it is asked on.
    pub(super) fn can_ask() -> bool {
        io::stdin().is_terminal() && terminals().1
    }

    /// Whether a full screen makes sense: somebody is at a terminal that can show one.
    pub(super) fn can_show_screen(environment: &Environment) -> bool {
        let is_dumb = environment.variable("TERM").map_or(cfg!(unix), |term| term == "dumb");
        io::stdin().is_terminal() && terminals().0 && !is_dumb
    }

    /// What frames of a full screen are written to.
    #[expect(clippy::disallowed_methods, reason = "this module is the home of both streams")]
    pub(super) fn frames() -> io::BufWriter<io::Stdout> {
        io::BufWriter::with_capacity(FRAME_BYTES, io::stdout())
    }

    /// Asks a question on the terminal that is answered with yes or no; Enter alone takes the default.
    pub(super) fn agrees(question: &str, default: YesOrNo) -> bool {
        let choices = match default {
            YesOrNo::Yes => "[Y/n]",
            YesOrNo::No => "[y/N]",
        };
        write_stderr(&format!("{question} {choices} "));
        let mut line = String::new();
        let is_read = io::stdin().read_line(&mut line).is_ok_and(|length| length > 0);
        match line.trim().to_ascii_lowercase().as_str() {
            "y" | "yes" => true,
            "" => is_read && default == YesOrNo::Yes,
            _ => false,
        }
    }

    /// Asks a question on the terminal that is answered with a line; Enter alone gives none.
    pub(super) fn answer(question: &str) -> String {
        let columns =
            terminal_size::terminal_size().map_or(usize::MAX, |(columns, _)| columns.0.into());
        write_stderr(&format!("{} ", width::wrap(question, 2, columns)));
        let mut line = String::new();
        let _ = io::stdin().read_line(&mut line);
        line.trim().to_owned()
    }

    /// How results are laid out.
    pub(super) fn layout(&self) -> Layout {
        let columns = terminal_size::terminal_size().map(|(columns, _)| usize::from(columns.0));
        let is_terminal = terminals().0;
        let columns = columns.filter(|_| is_terminal).unwrap_or(usize::MAX);
        let zone = if is_terminal { Zone::Local } else { Zone::Utc };
        Layout { palette: self.stdout, columns, zone }
    }

    /// Whether results are shown on a terminal.
    pub(super) fn is_terminal() -> bool {
        terminals().0
    }

    /// Whether somebody is at a terminal that results are shown on, and wants to turn pages.
    pub(super) fn is_at_terminal(&self) -> bool {
        self.may_page && terminals().0 && io::stdin().is_terminal()
    }

    /// Whether somebody is at a terminal that a result does not fit on.
    pub(super) fn is_too_long(&self, text: &str) -> bool {
        if !self.is_at_terminal() {
            return false;
        }
        let size = terminal_size::terminal_size();
        size.is_some_and(|(columns, rows)| {
            width::rows(text, columns.0.into()) >= usize::from(rows.0)
        })
    }

    /// How remarks are painted.
    pub(super) const fn stderr_palette(&self) -> Palette {
        self.stderr
    }

    /// Writes a result to stdout, without secrets.
    pub(super) fn result(&mut self, text: &str) {
        let text = self.foreign(text);
        self.revealed(&text);
    }

    /// A text that may hold what others wrote, without what should not be seen or done.
    pub(super) fn foreign(&self, text: &str) -> String {
        let text = self.redactor.text(text);
        if self.has_runner {
            github::without_commands(&text).into_owned()
        } else {
            text.into_owned()
        }
    }

    /// Writes a result as it is: the user asked for what may be secret in it.
    pub(super) fn revealed(&mut self, text: &str) {
        if let Some(captured) = &self.captured {
            captured.lock().unwrap_or_else(PoisonError::into_inner).stdout.push_str(text);
        } else if self.stdout_error.is_none() {
            self.stdout_error = write_stdout(text).err();
        }
    }

    /// Writes a result that is exact to the byte: its last line is ended on a terminal only.
    pub(super) fn exact(&mut self, text: &str) {
        self.revealed(text);
        if terminals().0 && !text.ends_with('\n') {
            self.revealed("\n");
        }
    }

    /// Whether somebody still reads stdout.
    pub(super) fn is_read(&self) -> bool {
        self.stdout_error.is_none()
    }

    /// The exit code of a command that comes to `exit`: a result that could not be written is a
    /// failure. A reader that went away has had what it wanted.
    pub(super) fn finish(&mut self, exit: Exit) -> Exit {
        match self.stdout_error.take() {
            Some(source) if source.kind() != io::ErrorKind::BrokenPipe => {
                let error = Error::new(Kind::Output, "cannot write the result to stdout")
                    .caused_by(source)
                    .hinted("the exit code does not reflect the result");
                self.error(&error);
                if exit == Exit::Done { error.exit() } else { exit }
            }
            _ => exit,
        }
    }

    /// Writes an error to stderr.
    pub(super) fn error(&mut self, error: &Error) {
        self.say(&report::error::error(error, self.stderr, stderr_columns()));
    }

    /// Writes a warning to stderr, unless quiet.
    pub(super) fn warning(&mut self, text: &str) {
        if self.verbosity > Verbosity::Quiet {
            self.say(&report::error::warning(text, self.stderr, stderr_columns()));
        }
    }

    /// Writes a remark to stderr, unless quiet.
    pub(super) fn note(&mut self, text: &str) {
        if self.verbosity > Verbosity::Quiet {
            self.say(&format!("{text}\n"));
        }
    }

    /// Writes a remark in sentences: on a narrow terminal in lines that are broken between words.
    pub(super) fn prose(&mut self, text: &str) {
        self.note(&width::wrap(text, 2, stderr_columns()));
    }

    /// The same that ends with a command, which is whole, to be copied: in the next line where it has no room.
    pub(super) fn prose_and_command(&mut self, text: &str, command: &str) {
        let line = format!("{text} {command}");
        if width::of(&line) <= stderr_columns() {
            self.note(&line);
        } else {
            self.prose(text);
            self.note(&format!("  {command}"));
        }
    }

    /// Writes lines to stderr that a CI system reads, if quiet, too.
    pub(super) fn annotate(&mut self, text: &str) {
        self.write(&self.redactor.text(text));
    }

    fn say(&self, text: &str) {
        self.write(&self.foreign(text));
    }

    fn write(&self, text: &str) {
        match &self.captured {
            Some(captured) => {
                captured.lock().unwrap_or_else(PoisonError::into_inner).stderr.push_str(text);
            }
            None => write_stderr(text),
        }
    }
}

/// Prints clap's own message (help, version, or what is wrong with the command line), which may quote what was
/// typed.
pub(super) fn show_clap_message(message: &clap::Error, out: &Out) -> Exit {
    if !message.use_stderr() {
        // clap decides on colours itself, by stream, NO_COLOR and CLICOLOR.
        let _ = message.print();
        return Exit::Done;
    }
    let text = message.render();
    let text = match out.stderr {
        Palette::Colours => text.ansi().to_string(),
        Palette::Plain => text.to_string(),
    };
    out.say(&clap_words::wrapped(&clap_words::worded(&text), stderr_columns()));
    Exit::Usage
}

/// The user's word first, then the environment (no-color.org, CLICOLOR), then the stream.
fn palette(color: ColorChoice, is_terminal: bool, environment: &Environment) -> Palette {
    let is_set = |name: &str| environment.variable(name).is_some_and(|value| value != "0");
    let dumb = environment.variable("TERM") == Some("dumb");
    let colours = match color {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto if environment.variable("NO_COLOR").is_some() => false,
        ColorChoice::Auto if is_set("CLICOLOR_FORCE") => true,
        ColorChoice::Auto => {
            let is_wanted = !dumb && environment.variable("CLICOLOR") != Some("0");
            is_terminal && is_wanted && report::is_understood()
        }
    };
    if colours { Palette::Colours } else { Palette::Plain }
}

#[expect(clippy::disallowed_methods, reason = "this module is the home of both streams")]
fn terminals() -> (bool, bool) {
    (io::stdout().is_terminal(), io::stderr().is_terminal())
}

/// The columns of a terminal that stderr is.
#[expect(clippy::disallowed_methods, reason = "this module is the home of both streams")]
fn stderr_columns() -> usize {
    let size = terminal_size::terminal_size_of(io::stderr());
    size.map_or(usize::MAX, |(columns, _)| columns.0.into())
}

#[expect(clippy::disallowed_methods, reason = "this module is the home of both streams")]
fn write_stdout(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()
}

#[expect(clippy::disallowed_methods, reason = "this module is the home of both streams")]
fn write_stderr(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::ColorChoice::{Always, Auto, Never};
    use super::*;

    #[test]
    fn the_users_word_beats_the_environment_beats_the_stream() {
        let decide = |color, terminal, variables: &[(&str, &str)]| {
            palette(color, terminal, &Environment::new(variables, "/")) == Palette::Colours
        };
        assert!(decide(Auto, true, &[]));
        assert!(!decide(Auto, false, &[]));
        assert!(decide(Auto, true, &[("NO_COLOR", "")]));
        assert!(!decide(Auto, true, &[("NO_COLOR", "1")]));
        assert!(!decide(Auto, true, &[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")]));
        assert!(decide(Auto, false, &[("CLICOLOR_FORCE", "1")]));
        assert!(!decide(Auto, false, &[("CLICOLOR_FORCE", "0")]));
        assert!(!decide(Auto, true, &[("TERM", "dumb")]));
        assert!(!decide(Auto, true, &[("CLICOLOR", "0")]));
        assert!(decide(Always, false, &[("NO_COLOR", "1")]));
        assert!(!decide(Never, true, &[("CLICOLOR_FORCE", "1")]));
    }
}
