//! `devtool completions`, and the answers to a shell that completes a command line.
//!
//! The scripts only register devtool with the shell; at each TAB the shell asks devtool itself.

use std::ffi::OsString;

use clap::Args;
use clap_complete::Shell;
use clap_complete::env::{EnvCompleter, Shells};

use super::context::Context;
use crate::error::{Error, Exit, Result};

/// Names the shell where a shell asks what could be typed.
pub(super) const VARIABLE: &str = "DEVTOOL_COMPLETE";

/// Print a shell completion script
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct CompletionsArguments {
    /// Shell to print the script for
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

const EXAMPLES: &str = "Examples:
  devtool completions bash > ~/.local/share/bash-completion/completions/devtool
  devtool completions zsh > ~/.zfunc/_devtool
  devtool completions fish > ~/.config/fish/completions/devtool.fish";

/// What zsh needs besides: without it, the first TAB after the script was loaded would do nothing.
const ZSH_FIRST_TIME: &str = r#"
if [[ "$funcstack[1]" == "_devtool" ]]; then
    _clap_dynamic_completer_devtool "$@"
fi
"#;

impl CompletionsArguments {
    pub(super) fn execute(self, context: &mut Context) -> Result<Exit> {
        let mut script = Vec::new();
        shell(&self.shell.to_string())?
            .write_registration(VARIABLE, "devtool", "devtool", "devtool", &mut script)
            .map_err(bug)?;
        context.out.revealed(&String::from_utf8_lossy(&script));
        if self.shell == Shell::Zsh {
            context.out.result(ZSH_FIRST_TIME);
        }
        Ok(Exit::Done)
    }
}

/// Answers a shell: `devtool -- WORDS`, where the shell's own variables tell the word in question.
pub(super) fn answer(
    name: &str,
    mut command: clap::Command,
    arguments: impl IntoIterator<Item = OsString>,
    context: &mut Context,
) -> Result<Exit> {
    let words = arguments.into_iter().skip_while(|word| word != "--").skip(1).collect();
    let directory = &context.environment.working_directory;
    let mut answer = Vec::new();
    shell(name)?.write_complete(&mut command, words, Some(directory), &mut answer).map_err(bug)?;
    context.out.revealed(&String::from_utf8_lossy(&answer));
    Ok(Exit::Done)
}

fn shell(name: &str) -> Result<&'static dyn EnvCompleter> {
    const SHELLS: &Shells<'static> = &Shells::builtins();
    SHELLS.completer(name).ok_or_else(|| Error::bug(format!("no completion for `{name}`")))
}

#[expect(clippy::needless_pass_by_value, reason = "the form of map_err")]
fn bug(error: std::io::Error) -> Error {
    Error::bug(format!("no completion: {error}"))
}
