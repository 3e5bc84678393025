//! Where the signing secret comes from, in the order of precedence.

use std::path::{Path, PathBuf};

use super::dotenv;
use super::environment::Environment;
use super::error;
use super::file::FileConfig;
use super::own_secret;
use super::project;
use super::reading::{self, InputKind};
use super::secret::Secret;
use crate::error::{Error, Result};

/// The variable that Stripe's own examples use.
pub const DEFAULT_VARIABLE: &str = "STRIPE_WEBHOOK_SECRET";

/// The variable of `--secret`.
const FLAG_VARIABLE: &str = "DEVTOOL_SECRET";

/// Where a secret was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretSource {
    /// `--secret`.
    Flag,
    /// An environment variable.
    Variable(String),
    /// A variable in a `.env` file.
    DotEnv {
        /// The file.
        file: PathBuf,
        /// The variable.
        variable: String,
    },
    /// `secret` in devtool.toml.
    File(PathBuf),
    /// devtool's own, made once and kept in this file.
    Own(PathBuf),
    /// Made for one run and kept nowhere.
    Run,
}

impl SecretSource {
    /// The source for a reader, file names as short as the working directory allows.
    pub fn describe(&self, working_directory: &Path) -> String {
        let short = |file: &Path| {
            file.strip_prefix(working_directory).unwrap_or(file).display().to_string()
        };
        match self {
            Self::Flag => "--secret".to_owned(),
            Self::Variable(name) => format!("{name} in the environment"),
            Self::DotEnv { file, variable } => format!("{variable} in {}", short(file)),
            Self::File(file) => short(file),
            Self::Own(_) => "devtool's own; `devtool secret` prints it for your app".to_owned(),
            Self::Run => "made for this run".to_owned(),
        }
    }
}

/// A secret and where it was found.
#[derive(Clone, Debug)]
pub struct FoundSecret {
    /// The secret.
    pub secret: Secret,
    /// Where it was found.
    pub source: SecretSource,
}

/// Finds the signing secret: the flag; the variable in the environment, then in the nearest `.env`;
/// devtool.toml; else devtool's own, which `own_file` holds or will hold.
///
/// # Errors
/// A source names a secret that is none, or a file cannot be read or written.
pub fn find(
    flag: Option<&str>,
    environment: &Environment,
    config: &FileConfig,
    own_file: impl FnOnce() -> Result<PathBuf>,
) -> Result<FoundSecret> {
    if let Some(text) = flag {
        let from_variable = environment.variable(FLAG_VARIABLE) == Some(text);
        let variable = SecretSource::Variable(FLAG_VARIABLE.to_owned());
        return checked(text, if from_variable { variable } else { SecretSource::Flag });
    }
    let variable = config.secret_env.as_deref().unwrap_or(DEFAULT_VARIABLE);
    if environment.is_no_text(variable) {
        let origin = SecretSource::Variable(variable.to_owned()).describe(Path::new(""));
        return Err(error::invalid_secret(&origin, "it is not UTF-8"));
    }
    if let Some(text) = environment.variable(variable) {
        return checked(text, SecretSource::Variable(variable.to_owned()));
    }
    if let Some(found) = in_dotenv(&environment.working_directory, variable)? {
        return Ok(found);
    }
    if let (Some(secret), Some(path)) = (&config.secret, &config.path) {
        let source = SecretSource::File(path.clone());
        return Ok(FoundSecret { secret: secret.clone(), source });
    }
    let file = own_file()?;
    Ok(FoundSecret { secret: own_secret::read_or_make(&file)?, source: SecretSource::Own(file) })
}

/// Every secret that is set somewhere, also where one that comes first hides it. What cannot be read
/// is left out.
pub fn all(
    environment: &Environment,
    config: &FileConfig,
    own_file: Option<&Path>,
) -> Vec<FoundSecret> {
    let variable = config.secret_env.as_deref().unwrap_or(DEFAULT_VARIABLE);
    let named = environment
        .variable(variable)
        .and_then(|text| checked(text, SecretSource::Variable(variable.to_owned())).ok());
    let dotenv = in_dotenv(&environment.working_directory, variable).ok().flatten();
    let file = config
        .secret
        .clone()
        .zip(config.path.clone())
        .map(|(secret, path)| FoundSecret { secret, source: SecretSource::File(path) });
    let own = own_file.and_then(|file| {
        let secret = own_secret::read(file).ok().flatten()?;
        Some(FoundSecret { secret, source: SecretSource::Own(file.to_owned()) })
    });
    [named, dotenv, file, own].into_iter().flatten().collect()
}

/// The nearest `.env` that sets the variable decides.
fn in_dotenv(working_directory: &Path, variable: &str) -> Result<Option<FoundSecret>> {
    for file in project::upward(working_directory, ".env") {
        let text =
            reading::text(&file, InputKind::Text).map_err(|source| Error::read(&file, source))?;
        let value = dotenv::value(&text, variable).map_err(|error| {
            let reason = format!("`{variable}`: the quote is not closed");
            error::invalid_file(&file, error.line, &reason)
        })?;
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            let variable = variable.to_owned();
            return checked(&value, SecretSource::DotEnv { file, variable }).map(Some);
        }
    }
    Ok(None)
}

fn checked(text: &str, source: SecretSource) -> Result<FoundSecret> {
    match Secret::parse(text) {
        Ok(secret) => Ok(FoundSecret { secret, source }),
        Err(reason) => Err(error::invalid_secret(&source.describe(Path::new("")), reason)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Place {
        directory: tempfile::TempDir,
    }

    impl Place {
        fn new() -> Self {
            Self { directory: tempfile::tempdir().unwrap() }
        }

        fn find(&self, flag: Option<&str>, variables: &[(&str, &str)], toml: &str) -> FoundSecret {
            let environment = Environment::new(variables, self.directory.path());
            let path = self.directory.path().join("devtool.toml");
            std::fs::write(&path, toml).unwrap();
            let config = FileConfig::find(self.directory.path()).unwrap();
            let own = self.directory.path().join("data/webhook_secret");
            find(flag, &environment, &config, || Ok(own)).unwrap()
        }
    }

    #[test]
    fn the_order_is_flag_environment_dotenv_file_own() {
        let place = Place::new();
        let toml = "secret = \"from_file\"\n";
        let variables = [("STRIPE_WEBHOOK_SECRET", "from_environment")];
        let reveal = |found: FoundSecret| found.secret.reveal().to_owned();
        assert!(place.find(None, &[], "").secret.is_stripes_form());
        assert_eq!(reveal(place.find(None, &[], toml)), "from_file");
        std::fs::write(place.directory.path().join(".env"), "STRIPE_WEBHOOK_SECRET=dotenv")
            .unwrap();
        assert_eq!(reveal(place.find(None, &[], toml)), "dotenv");
        assert_eq!(reveal(place.find(None, &variables, toml)), "from_environment");
        assert_eq!(reveal(place.find(Some("flag"), &variables, toml)), "flag");
    }

    #[test]
    fn the_variable_can_have_another_name() {
        let place = Place::new();
        let variables = [("STRIPE_WEBHOOK_SECRET", "usual"), ("HOOK", "other")];
        let found = place.find(None, &variables, "secret_env = \"HOOK\"\n");
        assert_eq!(found.secret.reveal(), "other");
        assert_eq!(found.source, SecretSource::Variable("HOOK".to_owned()));
    }

    #[test]
    fn an_error_names_the_source_and_not_the_secret() {
        let environment = Environment::new(&[("STRIPE_WEBHOOK_SECRET", "a b")], "/");
        let error = find(None, &environment, &FileConfig::default(), || Ok(PathBuf::new()));
        insta::assert_snapshot!(error.unwrap_err(), @"cannot use the signing secret from STRIPE_WEBHOOK_SECRET in the environment: it has white space in it");
    }
}
