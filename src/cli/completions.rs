//! `devtool completions`, and the answers to a shell that completes a command line.
//!
//! The scripts only register devtool with the shell; at each TAB the shell asks devtool itself.

use std::ffi::OsString;

use clap::Args;
use clap_complete::Shell;
use clap_complete::env::{EnvCompleter, Shells};

use super::completion_install::{self, Overwrite};
use super::context::Context;
use crate::config::completion;
use crate::error::{Error, Exit, Result};

/// Names the shell where a shell asks what could be typed.
pub(super) const VARIABLE: &str = "DEVTOOL_COMPLETE";

/// Print or install the completion script of your shell
///
/// `--install` writes the script to where the shell looks for completions, and says what is left to do; files that
/// your shell starts with stay as they are.
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct CompletionsArguments {
    /// Shell to print or install the script for [default: your shell]
    #[arg(value_name = "SHELL")]
    shell: Option<Shell>,

    /// Write the script to where the shell looks for completions
    #[arg(long)]
    install: bool,

    /// Replace a file that is there with other content
    #[arg(long, requires = "install")]
    force: bool,
}

const EXAMPLES: &str = "Examples:
  devtool completions --install
  devtool completions zsh --install
  devtool completions bash > devtool.bash";

/// What zsh needs besides: without it, the first TAB after the script was loaded would do nothing.
const ZSH_FIRST_TIME: &str = r#"
if [[ "$funcstack[1]" == "_devtool" ]]; then
    _clap_dynamic_completer_devtool "$@"
fi
"#;

impl CompletionsArguments {
    pub(super) fn execute(self, context: &mut Context) -> Result<Exit> {
        let own = match self.shell {
            Some(shell) => completion::Shell::of_program(&shell.to_string()),
            None => Some(completion_install::own_shell(context)?),
        };
        let own = own.ok_or_else(|| Error::bug("a shell that devtool does not know"))?;
        let script = script(own)?;
        if self.install {
            let overwrite = if self.force { Overwrite::Allowed } else { Overwrite::Refused };
            completion_install::install(own, &script, overwrite, context)?;
        } else {
            context.out.revealed(&script);
        }
        Ok(Exit::Done)
    }
}

/// The script that registers devtool with a shell.
fn script(own: completion::Shell) -> Result<String> {
    let mut script = Vec::new();
    shell(own.name())?
        .write_registration(VARIABLE, "devtool", "devtool", "devtool", &mut script)
        .map_err(bug)?;
    let mut script = String::from_utf8_lossy(&script).into_owned();
    if own == completion::Shell::Zsh {
        script.push_str(ZSH_FIRST_TIME);
    }
    Ok(script)
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
