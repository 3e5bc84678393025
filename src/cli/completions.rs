//! `devtool completions`.

use clap::Args;
use clap_complete::Shell;

use super::arguments::command;
use super::context::Context;
use crate::error::Exit;

/// Print the completion script of a shell
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct CompletionsArguments {
    /// Shell to print it for
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

const EXAMPLES: &str = "Examples:
  devtool completions bash > ~/.local/share/bash-completion/completions/devtool
  devtool completions zsh > ~/.zfunc/_devtool
  devtool completions fish > ~/.config/fish/completions/devtool.fish";

impl CompletionsArguments {
    pub(super) fn execute(self, context: &mut Context) -> Exit {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut command(), "devtool", &mut script);
        context.out.result(&String::from_utf8_lossy(&script));
        Exit::Done
    }
}
