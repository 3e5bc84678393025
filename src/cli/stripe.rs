//! `devtool stripe`.

use std::ffi::OsString;

use clap::Args;

use super::context::Context;
use crate::error::{Exit, Result};
use crate::stripe_cli::{InstallDir, Platform, Program, error, find};

/// Run the Stripe CLI that devtool found or installed
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct StripeArguments {
    /// Arguments for the Stripe CLI, after `--`
    #[arg(value_name = "ARGS", last = true)]
    arguments: Vec<OsString>,
}

const EXAMPLES: &str = "Examples:
  devtool stripe -- --version
  devtool stripe -- login";

impl StripeArguments {
    pub(super) fn execute(self, context: &mut Context) -> Result<Exit> {
        let place = InstallDir::new(Context::stripe_directory()?, Platform::current()?);
        let program = match find::all(&place).as_slice() {
            [] => return Err(error::missing()),
            // Asking one for its version takes as long as many a command of it.
            [only] => only.clone(),
            _ => {
                let chosen = Context::runtime()?.block_on(find::choose(&place));
                chosen.ok_or_else(error::missing)?.path
            }
        };
        // From here on signals are the program's to heed, also where this process waits for it.
        let _graceful = context.shutdown.graceful();
        Program::hand_over(&program, &self.arguments).map(Exit::Child)
    }
}
