//! `devtool completions --install`: the script where the shell looks for it. Files that shells start with are the
//! user's: what belongs there is said.

use std::path::{Path, PathBuf};

use super::context::Context;
use crate::config::completion::{self, Shell};
use crate::config::files;
use crate::error::{Error, Kind, Result};
use crate::process::parent;

/// Whether a file that is there may be replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Overwrite {
    /// No.
    Refused,
    /// `--force`.
    Allowed,
}

/// The user's shell: that of the login, else the one that devtool was started from.
///
/// # Errors
/// It is none that devtool knows.
pub(super) fn own_shell(context: &Context) -> Result<Shell> {
    let login = context.environment.variable("SHELL").and_then(Shell::of_program);
    let starting = || parent::name().as_deref().and_then(Shell::of_program);
    // Windows has no such variable, and cmd completes nothing.
    let usual = || cfg!(windows).then_some(Shell::PowerShell);
    login.or_else(starting).or_else(usual).ok_or_else(|| {
        Error::new(Kind::Usage, "cannot tell which shell you use")
            .hinted("name bash, zsh, fish, powershell or elvish, as here:\ndevtool completions zsh")
    })
}

/// Puts the script where the shell looks for it, and says what is left to do.
///
/// # Errors
/// There is another file, the place is not known, or it cannot be written.
pub(super) fn install(
    shell: Shell,
    script: &str,
    overwrite: Overwrite,
    context: &mut Context,
) -> Result<()> {
    let text = match shell {
        Shell::PowerShell => line_to_add(
            "$PROFILE",
            "devtool completions powershell | Out-String | Invoke-Expression",
        ),
        Shell::Elvish => {
            let file = shell.start_file(&context.environment);
            let file = file.map_or_else(|| "rc.elv".to_owned(), |file| file.display().to_string());
            line_to_add(&file, "eval (devtool completions elvish | slurp)")
        }
        Shell::Bash | Shell::Fish | Shell::Zsh => {
            let files = shell.completion_files(&context.environment);
            let file = files.first().ok_or_else(|| without_a_home(shell))?;
            let done = write(shell, file, script, overwrite)?;
            format!("{done} {}\n{}", file.display(), next(shell, file, context))
        }
    };
    context.out.result(&text);
    Ok(())
}

fn line_to_add(file: &str, line: &str) -> String {
    format!("add this line to {file}, and start a new shell:\n  {line}\n")
}

fn without_a_home(shell: Shell) -> Error {
    let message = format!("cannot find where {} looks for completions", shell.name());
    Error::new(Kind::Config, message).hinted("set HOME to your home directory")
}

/// Writes the script; what was done, as the text begins with it.
fn write(shell: Shell, file: &Path, script: &str, overwrite: Overwrite) -> Result<&'static str> {
    match std::fs::read(file) {
        Ok(there) if there == script.as_bytes() => return Ok("already installed:"),
        Ok(_) if overwrite == Overwrite::Refused => {
            let message = format!("`{}` is there already, with other content", file.display());
            return Err(Error::new(Kind::Config, message)
                .hinted("to replace the file:")
                .suggesting(&format!("devtool completions {} --install --force", shell.name())));
        }
        _ => {}
    }
    let written = files::prepare(file).and_then(|()| files::publish(file, script));
    written.map_err(|source| Error::write(file, source))?;
    Ok("wrote")
}

/// What is left to do.
fn next(shell: Shell, file: &Path, context: &Context) -> String {
    let bash_needs =
        "bash reads it if the package bash-completion is installed, which devtool does not find\n";
    match shell {
        Shell::Bash if !completion::has_bash_completion() => bash_needs.to_owned(),
        Shell::Zsh => next_for_zsh(file, context),
        // fish reads it when it is needed.
        Shell::Fish => String::new(),
        _ => "next: start a new shell\n".to_owned(),
    }
}

/// zsh has to know the directory, and to look for completions at all.
fn next_for_zsh(file: &Path, context: &Context) -> String {
    let directory = file.parent().unwrap_or(file);
    let fpath = context.environment.variable("FPATH").unwrap_or_default();
    let start =
        Shell::Zsh.start_file(&context.environment).unwrap_or_else(|| PathBuf::from(".zshrc"));
    let text = std::fs::read_to_string(&start).unwrap_or_default();
    let name = directory.file_name().unwrap_or_default().to_string_lossy();
    let is_known = fpath.split(':').any(|known| Path::new(known) == directory)
        || text.lines().map(str::trim_start).any(|line| {
            !line.starts_with('#') && line.contains("fpath") && line.contains(name.as_ref())
        });
    if is_known {
        return "next: start a new shell\n".to_owned();
    }
    format!(
        "next: add these lines to {} (the first one before `compinit`, if that is there already), and start a \
         new shell:\n  fpath=({} $fpath)\n  autoload -Uz compinit && compinit\n",
        start.display(),
        crate::text::shell::quote(&directory.to_string_lossy()),
    )
}
