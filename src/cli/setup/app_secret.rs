//! A setup's step that gives the app its signing secret.

use std::path::{Path, PathBuf};

use crate::cli::context::Context;
use crate::cli::out::{Out, YesOrNo};
use crate::cli::secret;
use crate::cli::stripe_options::Driven;
use crate::config::dotenv::{self, DotenvChange};
use crate::config::{FileConfig, FoundSecret, Secret, SecretSource, secret_source};
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
        let Some(file) = self.file(&secret, &in_force, config, context)? else {
            return Ok(SecretStep::Left(secret.hint(), in_force.source.describe(directory)));
        };
        written(file, config.secret_variable(), &secret)
    }

    /// The file to write the secret to: the option's, else the one that apps read it from, where the user
    /// agrees to it.
    fn file(
        &self,
        secret: &Secret,
        in_force: &FoundSecret,
        config: &FileConfig,
        context: &Context,
    ) -> Result<Option<PathBuf>> {
        if let Some(file) = self.write_env {
            return Ok(Some(context.environment.working_directory.join(file)));
        }
        if !matches!(in_force.source, SecretSource::DotEnv { .. } | SecretSource::Own { .. }) {
            // The app gets its secret from elsewhere, and `devtool listen` signs with that one.
            return Ok(None);
        }
        let file = secret_source::file_to_write(&context.environment, config)?;
        let (shown, variable) = (file.display(), config.secret_variable());
        let (question, default) = match &in_force.source {
            SecretSource::DotEnv { file: holder, .. } if *holder == file => {
                if in_force.secret == *secret {
                    return Ok(Some(file));
                }
                let hint = in_force.secret.hint();
                (format!("{shown} has another {variable} ({hint}). Replace it?"), YesOrNo::No)
            }
            _ => (format!("write {variable} to {shown} for your app?"), YesOrNo::Yes),
        };
        let is_wanted = self.yes
            || Out::can_ask() && {
                let _question = context.shutdown.immediate();
                Out::agrees(&question, default)
            };
        Ok(is_wanted.then_some(file))
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
