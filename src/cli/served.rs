//! A command that `devtool serve` runs: read as any other, with what it writes kept.

use std::ffi::OsString;
use std::sync::PoisonError;

use super::arguments::{self, Arguments, Command, NotUnderstood};
use super::context::{Context, Served};
use super::out::Out;
use crate::config::Environment;
use crate::error::Exit;

/// The exit code of a command, what it printed, and what it said besides.
pub(super) fn run(words: Vec<OsString>, environment: Environment) -> Served {
    let (out, captured) = Out::captured(&environment);
    let exit = match Arguments::read(words, &environment) {
        Ok(arguments) if is_served(&arguments.command) => {
            let typed = arguments.typed.clone();
            let mut context =
                Context { typed, ..Context::new(environment, out, arguments::command) };
            context.out.verbosity = arguments.verbosity();
            context.ended(|context| arguments.command.execute(context))
        }
        Ok(_) => {
            return refused(
                "only scenario, trigger, audit, replay, history and events are run here",
            );
        }
        Err(NotUnderstood::Clap(message)) => {
            return Served {
                exit: Exit::Usage,
                output: String::new(),
                errors: message.render().to_string(),
            };
        }
        Err(NotUnderstood::Help(_)) => return refused("help is shown at the terminal alone"),
        Err(NotUnderstood::Typed(error)) => {
            Context::new(environment, out, arguments::command).error(error)
        }
    };
    let mut captured = captured.lock().unwrap_or_else(PoisonError::into_inner);
    let (output, errors) =
        (std::mem::take(&mut captured.stdout), std::mem::take(&mut captured.stderr));
    Served { exit, output, errors }
}

fn refused(why: &str) -> Served {
    Served { exit: Exit::Usage, output: String::new(), errors: format!("error: {why}\n") }
}

/// Those that end by themselves, and ask nobody.
const fn is_served(command: &Command) -> bool {
    matches!(
        command,
        Command::Scenario(_)
            | Command::Trigger(_)
            | Command::Audit(_)
            | Command::Replay(_)
            | Command::History(_)
            | Command::Events(_)
    )
}
