//! `devtool man`.

use std::process::{Command as Process, Stdio};

use clap::Args;

use super::context::Context;
use super::out::Out;
use super::{completers, help, pager};
use crate::error::{Exit, Result};
use crate::process::inheritance::{self, Heir};
use crate::process::search;

/// Show the manual page of devtool or of one of its commands
///
/// On a terminal the page is shown by `man`; elsewhere it is printed in the language of `man`, to be installed.
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct ManArguments {
    /// Command whose page to show; also devtool.toml and scenario-files
    #[arg(value_name = "COMMAND", add = completers::commands(&["devtool.toml", "scenario-files"]))]
    command: Vec<String>,
}

const EXAMPLES: &str = "Examples:
  devtool man
  devtool man history show
  devtool man scenario > devtool-scenario.1";

impl ManArguments {
    pub(super) fn execute(self, mut whole: clap::Command, context: &mut Context) -> Result<Exit> {
        whole.build();
        let text = match help::file_page(&self.command) {
            Some(page) => page,
            None => help::manual_page(&self.command, &whole)?,
        };
        if !Out::is_terminal() {
            context.out.revealed(&text);
            return Ok(Exit::Done);
        }
        // Not every `man` reads a page from stdin.
        let viewer = viewer().filter(|_| context.out.is_at_terminal());
        match viewer.map(|viewer| pager::feed(viewer, text.as_bytes(), context)) {
            Some(Ok(exit)) if exit != Exit::Fail => Ok(exit),
            _ => help::show_long(self.command, context),
        }
    }
}

/// `man`, reading a page from stdin.
fn viewer() -> Option<Process> {
    let mut man = Process::new(search::first("man")?);
    man.args(["-l", "-"]).stdin(Stdio::piped());
    inheritance::limit(&mut man, Heir::Users);
    Some(man)
}
