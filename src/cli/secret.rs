//! `devtool secret`.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use clap::Args;

use super::arguments::{Format, Output};
use super::context::Context;
use crate::config::{FoundSecret, SecretSource, dotenv, secret_source};
use crate::error::{Exit, Result};
use crate::report;

/// Print the signing secret, or write it to a .env file
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct SecretArguments {
    /// File to write the secret to, keeping its other lines
    #[arg(long, env = "DEVTOOL_WRITE", value_name = "FILE")]
    write: Option<PathBuf>,

    /// Signing secret, in place of the one that would be found
    #[arg(long, env = "DEVTOOL_SECRET", hide_env_values = true, value_name = "SECRET")]
    secret: Option<String>,

    #[command(flatten)]
    output: Output,
}

const EXAMPLES: &str = "Examples:
  devtool secret
  devtool secret --write .env";

impl SecretArguments {
    pub(super) fn execute(self, context: &mut Context) -> Result<Exit> {
        let config = context.config()?;
        let found = context.secret(self.secret.as_deref(), &config)?;
        let variable = config.secret_env.as_deref().unwrap_or(secret_source::DEFAULT_VARIABLE);
        match self.write {
            Some(file) => write(&file, variable, &found, context)?,
            None => print(&found, self.output.format, context),
        }
        Ok(Exit::Done)
    }
}

fn print(found: &FoundSecret, format: Format, context: &mut Context) {
    let source = found.source.describe(&context.environment.working_directory);
    let text = match format {
        Format::Text | Format::Compact => format!("{}\n", found.secret.reveal()),
        Format::Json => report::json::secret(found, &source),
    };
    context.out.result(&text);
}

fn write(file: &Path, variable: &str, found: &FoundSecret, context: &mut Context) -> Result<()> {
    dotenv::write(file, variable, found.secret.reveal())?;
    let shown = file.display();
    context.out.note(&format!("wrote {variable} ({}) to {shown}", found.secret.hint()));
    if matches!(found.source, SecretSource::Variable(_)) {
        context.out.note(&format!("{variable} in the environment still comes first"));
    }
    if would_be_committed(file) {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        context.out.warning(&format!("git would commit {shown}: add `{name}` to .gitignore"));
    }
    Ok(())
}

/// Whether the file lies in a git repository and is not ignored there. Without git, no.
fn would_be_committed(file: &Path) -> bool {
    let directory = match file.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let Some(name) = file.file_name() else { return false };
    let git = Command::new("git")
        .arg("-C")
        .arg(directory)
        .args(["check-ignore", "--quiet", "--"])
        .arg(name)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    // 0: ignored; 1: not ignored; 128: no repository. A tracked file is never ignored.
    git.is_ok_and(|status| status.code() == Some(1))
}
