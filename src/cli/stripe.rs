//! `devtool stripe`.

use std::ffi::OsString;

use clap::Args;

use super::context::Context;
use super::stripe_options;
use crate::error::{Exit, Result};
use crate::stripe_cli::{Found, Program, find};

/// Run the Stripe CLI that devtool found or installed
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct StripeArguments {
    /// Arguments for the Stripe CLI; `--` in front of those that devtool has, too: --help, --color, --quiet
    #[arg(value_name = "ARGS", trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<OsString>,
}

const EXAMPLES: &str = "Examples:
  devtool stripe --version
  devtool stripe logs tail
  devtool stripe -- --help";

impl StripeArguments {
    pub(super) fn execute(self, context: &mut Context) -> Result<Exit> {
        let place = stripe_options::install_dir();
        let all = find::all(place.as_ref());
        // Asking one for its version takes as long as many a command of it.
        let program = if let [only] = all.as_slice() {
            only.clone()
        } else {
            match Context::runtime()?.block_on(stripe_options::found(context)) {
                Found::Runs(program) => program.path,
                none => none.supported()?.path,
            }
        };
        // From here on signals are the program's to heed, also where this process waits for it.
        let _graceful = context.shutdown.graceful();
        // The console tells both; the program may take more than one Ctrl-C to end.
        let _lent = context.shutdown.lend_interrupts();
        Program::hand_over(&program, &self.arguments).map(Exit::Child)
    }
}
