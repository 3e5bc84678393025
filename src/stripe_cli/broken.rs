//! A `stripe` that is there and does not run: why, and what mends it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::config_trouble;
use super::said::{self, LONGEST_LINE};
use super::wrong_format;
use crate::config::private;
use crate::error::{Error, Kind};
use crate::text::shell;

/// A `stripe` that is there and does not run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// Where it is.
    pub path: PathBuf,
    /// Why it does not run.
    pub problem: Problem,
}

/// Why a program does not run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// It is a link to something that is not there.
    #[error("it is a link to `{}`, which does not exist", .0.display())]
    DanglingLink(PathBuf),
    /// Its mode lets nobody run it.
    #[error("it is not executable")]
    NotExecutable,
    /// Its mode lets it run, and the system does not.
    #[error("the system does not let it run (permission denied)")]
    NotAllowed,
    /// What the system would run it with is not there.
    #[error("the interpreter or loader that it names does not exist")]
    NoInterpreter,
    /// It is no program of this system.
    #[error("{0}")]
    WrongFormat(String),
    /// It gave no answer.
    #[error("`--version` gave no answer in {0} s")]
    Silent(u64),
    /// It ended with an error.
    #[error("{}", .last.as_ref().unwrap_or(.how))]
    Failed {
        /// How it ended.
        how: String,
        /// The last line that it wrote.
        last: Option<String>,
    },
    /// It is another program.
    #[error("`--version` prints {0}")]
    Another(String),
    /// The system's own words.
    #[error("{0}")]
    System(String),
}

impl Broken {
    /// A program that the system did not start.
    pub(super) fn not_started(path: &Path, error: &io::Error) -> Self {
        Self { path: path.to_owned(), problem: Problem::of_start(path, error) }
    }

    /// What it is, without the cause.
    pub fn describe(&self) -> String {
        let path = self.path.display();
        match self.problem {
            Problem::Another(_) => format!("the `stripe` at `{path}` is not the Stripe CLI"),
            _ => format!("the Stripe CLI at `{path}` does not run"),
        }
    }

    /// What mends it, other than another Stripe CLI.
    pub fn fix(&self) -> Option<String> {
        let path = || shell::quote(&self.path.display().to_string());
        match &self.problem {
            Problem::NotExecutable => Some(format!("`chmod +x {}` makes it a program", path())),
            Problem::Failed { last: Some(last), .. } => config_trouble::fix(last),
            Problem::Silent(_) | Problem::Failed { .. } => {
                Some(format!("`{} --version` shows what it does", path()))
            }
            _ => None,
        }
    }

    /// Whether another Stripe CLI would fail in the same way.
    pub fn is_in_the_way_of_all(&self) -> bool {
        matches!(&self.problem, Problem::Failed { last: Some(last), .. } if config_trouble::is_said(last))
    }

    /// The error of a command that needs it.
    pub fn error(&self) -> Error {
        let hint = match self.fix() {
            Some(fix) if self.is_in_the_way_of_all() => fix,
            Some(fix) => format!("{fix}; to install another:\ndevtool setup"),
            None => "install another:\ndevtool setup".to_owned(),
        };
        Error::new(Kind::StripeCli, self.describe()).caused_by(self.problem.clone()).hinted(hint)
    }
}

impl Problem {
    /// A program that ended with an error.
    pub(super) fn failed(how: &str, stderr: &str) -> Self {
        Self::Failed { how: format!("`--version` ended with {how}"), last: said::last_line(stderr) }
    }

    /// A program that says something else than a version of the Stripe CLI.
    pub(super) fn another(line: &str) -> Self {
        Self::Another(match line.trim() {
            "" => "nothing".to_owned(),
            line => format!("`{}`", line.chars().take(LONGEST_LINE).collect::<String>()),
        })
    }

    fn of_start(path: &Path, error: &io::Error) -> Self {
        let system = || Self::System(error.to_string());
        match error.kind() {
            io::ErrorKind::NotFound => match fs::read_link(path) {
                Ok(target) if !path.exists() => Self::DanglingLink(target),
                _ if path.exists() => Self::NoInterpreter,
                _ => system(),
            },
            io::ErrorKind::PermissionDenied if private::is_program(path) => Self::NotAllowed,
            io::ErrorKind::PermissionDenied => Self::NotExecutable,
            _ if wrong_format::is_meant(error) => Self::WrongFormat(wrong_format::of(path)),
            _ => system(),
        }
    }
}
