//! `devtool leash`: starts a child of devtool's own so that it does not outlive devtool.

use std::ffi::OsString;

use clap::Args;

use super::context::Context;
use crate::error::{Exit, Result};
use crate::stripe_cli::leash;

/// Become a program that ends with the process PARENT; devtool starts its children so
#[derive(Args, Debug)]
#[command(hide = true, after_long_help = EXAMPLES)]
pub(super) struct LeashArguments {
    /// Process that has to be the parent
    #[arg(value_name = "PARENT")]
    parent: u32,

    /// Program and its arguments
    #[arg(value_name = "PROGRAM", last = true, required = true)]
    program: Vec<OsString>,
}

const EXAMPLES: &str = "Examples:
  devtool leash 4242 -- stripe listen";

impl LeashArguments {
    pub(super) fn execute(self, _context: &mut Context) -> Result<Exit> {
        leash::run(self.parent, &self.program).map(|()| Exit::Done)
    }
}
