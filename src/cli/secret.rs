//! `devtool secret`.

use std::path::{Path, PathBuf};

use clap::Args;

use super::context::Context;
use super::output_options::{Format, OutputOptions};
use crate::config::{FoundSecret, SecretSource, dotenv, secret_source};
use crate::error::{Exit, Result};
use crate::process::git;
use crate::report;

/// Print the signing secret or write it to a .env file
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct SecretArguments {
    /// File to write the secret to, keeping its other lines
    #[arg(long, value_name = "FILE")]
    write: Option<PathBuf>,

    /// Signing secret of the endpoint [default: the one that devtool finds]
    #[arg(long, env = "DEVTOOL_SECRET", value_name = "SECRET")]
    secret: Option<String>,

    #[command(flatten)]
    output: OutputOptions,
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
    context.out.revealed(&text);
}

/// Writes the secret to a .env file, and says so.
pub(super) fn write(
    file: &Path,
    variable: &str,
    found: &FoundSecret,
    context: &mut Context,
) -> Result<()> {
    dotenv::write(file, variable, found.secret.reveal())?;
    let shown = file.display();
    context.out.note(&format!("wrote {variable} ({}) to {shown}", found.secret.hint()));
    if matches!(found.source, SecretSource::Variable(_)) {
        context.out.note(&format!("{variable} in the environment still takes precedence"));
    }
    if git::would_be_committed(file) {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        context.out.warning(&format!("git would commit {shown}: add `{name}` to .gitignore"));
    }
    Ok(())
}
