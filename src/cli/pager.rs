//! Results that are longer than the screen, shown through the user's pager as git does it: `$PAGER`, by a shell where
//! it is more than words, else `less -FRX`.

use std::io;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use tokio::io::AsyncWriteExt as _;

use super::context::Context;
use crate::config::Environment;
use crate::error::Exit;
use crate::process::inheritance::{self, Heir};
use crate::process::{Child, search};
use crate::text::shell;

/// What pagers are told where the user tells them nothing: less ends where the text fits, shows colours and
/// leaves the text on the screen; lv shows colours.
const DEFAULTS: [(&str, &str); 2] = [("LESS", "FRX"), ("LV", "-c")];

/// How long a pager may take to restore the terminal.
const TIME_TO_END: Duration = Duration::from_secs(2);

/// Shows a result: through the pager where it is longer than the terminal, else like any other.
pub(super) fn show(text: &str, context: &mut Context) -> Exit {
    let text = context.out.foreign(text);
    show_own(&text, context)
}

/// The same for a text of devtool's own, which holds no secrets.
pub(super) fn show_own(text: &str, context: &mut Context) -> Exit {
    let is_paged = context.out.is_too_long(text);
    let Some(words) = chosen(&context.environment).filter(|_| is_paged) else {
        context.out.revealed(text);
        return Exit::Done;
    };
    page(&words, text.as_bytes(), context).unwrap_or_else(|error| {
        let name = words.join(" ");
        context.out.warning(&format!("the pager `{name}` does not run: {error}"));
        context.out.revealed(text);
        Exit::Done
    })
}

/// The pager's program and arguments; `None` where the user wants none, or there is none.
fn chosen(environment: &Environment) -> Option<Vec<String>> {
    if environment.is_empty("PAGER") {
        return None;
    }
    let shell = |pager: &&str| search::first("sh").filter(|_| shell::is_for_a_shell(pager));
    let words = match environment.variable("PAGER") {
        Some(pager) => match shell(&pager) {
            Some(sh) => vec![sh.to_string_lossy().into_owned(), "-c".to_owned(), pager.to_owned()],
            None => shell::words(pager),
        },
        None => search::first("less").map(|less| vec![less.to_string_lossy().into_owned()])?,
    };
    words.first().filter(|program| *program != "cat")?;
    Some(words)
}

/// Shows a text through the pager, until that or a signal ends it.
///
/// # Errors
/// The pager does not run.
fn page(words: &[String], text: &[u8], context: &Context) -> io::Result<Exit> {
    let exit = feed(command(words, &context.environment)?, text, context)?;
    // How a pager ends says nothing of devtool.
    Ok(if exit == Exit::Fail { Exit::Done } else { exit })
}

/// Runs a program on the terminal that shows what its stdin, a pipe, gives it; `Fail` where the program fails.
///
/// # Errors
/// It does not run.
pub(super) fn feed(program: Command, text: &[u8], context: &Context) -> io::Result<Exit> {
    let graceful = context.shutdown.graceful();
    // Ctrl-C is a key of the program's.
    let _lent = context.shutdown.lend_interrupts();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut child = Child::on_terminal(program)?;
        let stdin = child.take_stdin();
        let shown = async {
            if let Some(mut stdin) = stdin {
                // A pager that is left early reads no more.
                let _ = stdin.write_all(text).await;
            }
            child.wait().await
        };
        if let Some(ended) = graceful.unless_ended(shown).await {
            return Ok(if ended?.success() { Exit::Done } else { Exit::Fail });
        }
        child.end(TIME_TO_END).await;
        Ok(context.shutdown.exit())
    })
}

fn command(words: &[String], environment: &Environment) -> io::Result<Command> {
    let (program, arguments) = words.split_first().ok_or(io::ErrorKind::NotFound)?;
    let mut command = Command::new(search::typed(Path::new(program))?);
    command.args(arguments).stdin(Stdio::piped());
    inheritance::limit(&mut command, Heir::Users);
    for (name, value) in DEFAULTS {
        if environment.variable(name).is_none() {
            command.env(name, value);
        }
    }
    Ok(command)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_users_pager_is_the_one_that_is_named_and_none_where_it_is_empty() {
        let chosen = |variables: &[(&str, &str)]| chosen(&Environment::new(variables, "/"));
        assert_eq!(chosen(&[("PAGER", "most -s 'a b'")]).unwrap(), ["most", "-s", "a b"]);
        assert_eq!(chosen(&[("PAGER", "")]), None);
        assert_eq!(chosen(&[("PAGER", "cat")]), None);
    }
}
