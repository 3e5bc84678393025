//! `devtool man`.

use clap::Args;
use clap::builder::PossibleValuesParser;

use super::context::Context;
use crate::error::{Error, Exit, Result};

/// Print the manual page of devtool or of one of its commands
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct ManArguments {
    /// Command whose page to print
    #[arg(value_name = "COMMAND", value_parser = command_names())]
    command: Option<String>,
}

const EXAMPLES: &str = "Examples:
  devtool man | man -l -
  devtool man scenario > devtool-scenario.1";

/// The names of all commands. Written out, because asking the definition would ask itself.
fn command_names() -> PossibleValuesParser {
    PossibleValuesParser::new([
        "scenario",
        "trigger",
        "events",
        "listen",
        "history",
        "ui",
        "replay",
        "demo",
        "api",
        "audit",
        "doctor",
        "setup",
        "login",
        "logout",
        "stripe",
        "secret",
        "sign",
        "verify",
        "completions",
        "man",
    ])
}

impl ManArguments {
    pub(super) fn execute(self, mut whole: clap::Command, context: &mut Context) -> Result<Exit> {
        whole.build();
        let page = match &self.command {
            None => whole,
            Some(name) => whole
                .find_subcommand(name)
                .cloned()
                .ok_or_else(|| Error::bug(format!("no command `{name}`")))?,
        };
        let mut text = Vec::new();
        clap_mangen::Man::new(page)
            .render(&mut text)
            .map_err(|error| Error::bug(format!("no manual page: {error}")))?;
        context.out.revealed(&String::from_utf8_lossy(&text));
        Ok(Exit::Done)
    }
}
