//! `devtool secret`.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::{OsStringValueParser, TypedValueParser as _};

use super::context::Context;
use super::output_options::{Format, OutputOptions};
use crate::config::dotenv::{self, DotenvChange};
use crate::config::{FileConfig, FoundSecret, Secret, SecretSource, secret_source};
use crate::error::{Error, Exit, Kind, Result};
use crate::process::git;
use crate::report;

/// Print the signing secret or write it to a .env file
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct SecretArguments {
    /// Write the secret to a .env file, keeping its other lines [default: the first that sets it, or .env]
    #[arg(long, value_name = "FILE", num_args = 0..=1, default_missing_value = "", value_parser = OsStringValueParser::new().map(WriteTo::of))]
    write: Option<WriteTo>,

    /// Write the secret even if another variable has one already
    #[arg(long, requires = "write")]
    force: bool,

    /// Signing secret of the endpoint [default: the one that devtool finds]
    #[arg(long, env = "DEVTOOL_SECRET", value_name = "SECRET")]
    secret: Option<String>,

    #[command(flatten)]
    output: OutputOptions,
}

/// Where the secret is to be written.
#[derive(Clone, Debug)]
enum WriteTo {
    /// To this file.
    File(PathBuf),
    /// To the first that sets it, else to `.env`.
    WhereItStands,
}

impl WriteTo {
    fn of(named: OsString) -> Self {
        if named.is_empty() { Self::WhereItStands } else { Self::File(named.into()) }
    }
}

const EXAMPLES: &str = "Examples:
  devtool secret
  devtool secret --write
  devtool secret --write .env.local";

impl SecretArguments {
    pub(super) fn execute(self, context: &mut Context) -> Result<Exit> {
        let config = context.config()?;
        let found = context.secret(self.secret.as_deref(), &config)?;
        match self.write {
            Some(to) => {
                if !self.force {
                    refuse_a_second(&found)?;
                }
                let file = match to {
                    WriteTo::File(file) => file,
                    WriteTo::WhereItStands => default_file(&config, context)?,
                };
                write(&file, &found, &config, context)?;
            }
            None => print(&found, self.output.format, context),
        }
        Ok(Exit::Done)
    }
}

/// The file that apps read the secret from, else `.env`, as short as the working directory allows.
fn default_file(config: &FileConfig, context: &Context) -> Result<PathBuf> {
    let file = secret_source::file_to_write(&context.environment, config)?;
    let short = file.strip_prefix(&context.environment.working_directory).map(Path::to_owned);
    Ok(short.unwrap_or(file))
}

/// Refuses to write devtool's own secret where another variable has one: the app would never read it.
///
/// # Errors
/// There is such a variable.
pub(super) fn refuse_a_second(found: &FoundSecret) -> Result<()> {
    let Some(other) = found.other_variable() else { return Ok(()) };
    let message = format!("no secret was written: {}", other.describe());
    Err(Error::new(Kind::Config, message).hinted(format!(
        "to use that one, put `{}` into devtool.toml\nto write devtool's own all the same:\ndevtool secret \
         --write --force",
        other.line()
    )))
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
    found: &FoundSecret,
    config: &FileConfig,
    context: &mut Context,
) -> Result<()> {
    let variable = config.secret_variable();
    let change = dotenv::write(file, variable, found.secret.reveal())?;
    context.out.note(&said(&change, variable, &found.secret, file));
    if matches!(found.source, SecretSource::Variable(_)) {
        context.out.note(&format!("{variable} in the environment still takes precedence"));
    }
    if change != DotenvChange::None {
        context.out.note(RESTART);
    }
    if git::would_be_committed(file) {
        let (shown, name) = (file.display(), file.file_name().unwrap_or_default());
        let name = name.to_string_lossy();
        context.out.warning(&format!("git would commit {shown}: add `{name}` to .gitignore"));
    }
    Ok(())
}

/// What follows from a new secret.
pub(super) const RESTART: &str = "restart your app: it reads the secret when it starts";

fn said(change: &DotenvChange, variable: &str, new: &Secret, file: &Path) -> String {
    let (hint, file) = (new.hint(), file.display());
    match change {
        DotenvChange::None => format!("{file} has {variable} ({hint}) already"),
        DotenvChange::Added => format!("wrote {variable} ({hint}) to {file}"),
        DotenvChange::Replaced(old) => {
            let old = Secret::parse(old).map_or_else(|_| "…".to_owned(), |old| old.hint());
            format!("replaced {variable} ({old}) by {hint} in {file}")
        }
    }
}
