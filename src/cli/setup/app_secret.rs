//! A setup's step that gives the app its signing secret.

use std::path::{Path, PathBuf};

use crate::cli::context::Context;
use crate::cli::out::{Out, YesOrNo};
use crate::cli::secret;
use crate::cli::stripe_options::Driven;
use crate::config::dotenv::{self, DotenvChange};
use crate::config::{FileConfig, FoundSecret, Secret, SecretSource};
use crate::error::Result;
use crate::report::setup::SecretStep;

/// Whether and where the secret is written.
pub(super) struct AppSecret<'o> {
    /// Whether every question is answered with yes.
    pub(super) yes: bool,
    /// The file that the user names.
    pub(super) write_env: Option<&'o Path>,
}

impl AppSecret<'_> {
    /// Gives the app the secret that `stripe listen` signs with, or without a login the one that local
    /// events are signed with.
    pub(super) async fn give(
        &self,
        driven: Option<&Driven>,
        config: &FileConfig,
        context: &mut Context,
    ) -> Result<SecretStep> {
        let in_force = context.secret(None, config)?;
        if self.write_env.is_some() {
            secret::refuse_a_second(&in_force)?;
        }
        let secret = match driven {
            Some(driven) => driven.stripe.signing_secret().await?,
            None if self.write_env.is_some() => in_force.secret.clone(),
            None => return Ok(SecretStep::Skipped),
        };
        let directory = &context.environment.working_directory;
        if let Some(other) = in_force.other_variable() {
            return Ok(SecretStep::Elsewhere(other.describe(), other.line()));
        }
        let variable = config.secret_variable();
        let Some(file) = self.file(&secret, &in_force, variable, context) else {
            return Ok(SecretStep::Left(secret.hint(), in_force.source.describe(directory)));
        };
        written(file, variable, &secret)
    }

    /// The file to write the secret to: the option's, the one that has another, else `.env`, where the
    /// user agrees to it.
    fn file(
        &self,
        secret: &Secret,
        in_force: &FoundSecret,
        variable: &str,
        context: &Context,
    ) -> Option<PathBuf> {
        let directory = &context.environment.working_directory;
        if let Some(file) = self.write_env {
            return Some(directory.join(file));
        }
        let (file, question, default) = match &in_force.source {
            SecretSource::DotEnv { file, .. } if in_force.secret == *secret => {
                return Some(file.clone());
            }
            SecretSource::DotEnv { file, .. } => {
                let hint = in_force.secret.hint();
                let question =
                    format!("{} has another {variable} ({hint}). Replace it?", file.display());
                (file.clone(), question, YesOrNo::No)
            }
            SecretSource::Own { .. } => {
                let file = directory.join(".env");
                let question = format!("write {variable} to {} for your app?", file.display());
                (file, question, YesOrNo::Yes)
            }
            // The app gets its secret from elsewhere, and `devtool listen` signs with that one.
            _ => return None,
        };
        let is_wanted = self.yes
            || Out::can_ask() && {
                let _question = context.shutdown.immediate();
                Out::agrees(&question, default)
            };
        is_wanted.then_some(file)
    }
}

fn written(file: PathBuf, variable: &str, secret: &Secret) -> Result<SecretStep> {
    let hint = secret.hint();
    Ok(match dotenv::write(&file, variable, secret.reveal())? {
        DotenvChange::None => SecretStep::AlreadyThere(hint, file),
        DotenvChange::Added => SecretStep::Written { hint, file, replaced: None },
        DotenvChange::Replaced(old) => {
            let replaced = Secret::parse(&old).ok().map(|old| old.hint());
            SecretStep::Written { hint, file, replaced }
        }
    })
}
