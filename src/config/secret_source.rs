//! Where the signing secret comes from, in the order of precedence.

use std::path::{Path, PathBuf};

use super::env_files;
use super::environment::Environment;
use super::error;
use super::file::FileConfig;
use super::own_secret;
use super::secret::Secret;
use crate::error::{Error, Kind, Result};

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
    /// devtool's own, made once and kept.
    Own {
        /// The file that keeps it.
        file: PathBuf,
        /// Where other variables have signing secrets: the app may well verify with one of those.
        others: Vec<OtherVariable>,
    },
    /// Made for one run and kept nowhere.
    Run,
    /// Of a webhook endpoint that the app has made by the local API.
    WebhookEndpoint(String),
}

impl SecretSource {
    /// The source for a reader, file names as short as the working directory allows.
    pub fn describe(&self, working_directory: &Path) -> String {
        let short = |file: &Path| short(file, working_directory);
        match self {
            Self::Flag => "--secret".to_owned(),
            Self::Variable(name) => format!("{name} in the environment"),
            Self::DotEnv { file, variable } => format!("{variable} in {}", short(file)),
            Self::File(file) => short(file),
            Self::Own { .. } => "devtool's own; `devtool secret` prints it for your app".to_owned(),
            Self::Run => "made for this run".to_owned(),
            Self::WebhookEndpoint(id) => format!("of the webhook endpoint {id}"),
        }
    }
}

/// A variable that has a signing secret, though devtool does not look for it by that name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherVariable {
    /// Its name.
    pub name: String,
    /// Where it is set: `the environment`, or a file as short as the working directory allows.
    pub place: String,
    /// What may be shown of the secret.
    pub hint: String,
}

impl OtherVariable {
    /// What it is, for a reader.
    pub fn describe(&self) -> String {
        format!("{} has a signing secret as {} ({})", self.place, self.name, self.hint)
    }

    /// The line of devtool.toml that has devtool use it.
    pub fn line(&self) -> String {
        format!("secret_env = \"{}\"", self.name)
    }
}

/// A secret and where it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundSecret {
    /// The secret.
    pub secret: Secret,
    /// Where it was found.
    pub source: SecretSource,
}

impl FoundSecret {
    /// The variable that the app may have its secret from, where this one is devtool's own.
    pub fn other_variable(&self) -> Option<&OtherVariable> {
        match &self.source {
            SecretSource::Own { others, .. } => others.first(),
            _ => None,
        }
    }
}

/// A file as short as the working directory allows.
pub(crate) fn short(file: &Path, working_directory: &Path) -> String {
    file.strip_prefix(working_directory).unwrap_or(file).display().to_string()
}

impl FileConfig {
    /// The variable that holds the signing secret.
    pub fn secret_variable(&self) -> &str {
        self.secret_env.as_deref().unwrap_or(DEFAULT_VARIABLE)
    }
}

/// Finds the signing secret: the flag; the variable in the environment, then in the files of
/// [`env_files::NAMES`]; devtool.toml; else devtool's own, which `own_file` holds or will hold.
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
    let variable = config.secret_variable();
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
    let file = own_file().map_err(|error| {
        let cause = error.with_root_cause();
        let hint = error.hint().map_or_else(String::new, |hint| format!(", or {hint}"));
        Error::new(Kind::NoPlace, "cannot save a signing secret")
            .caused_by(cause)
            .hinted(format!("{}{hint}", error::GIVE_A_SECRET))
    })?;
    let secret = own_secret::read_or_make(&file)?;
    let others = other_variables(&secret, variable, environment);
    Ok(FoundSecret { secret, source: SecretSource::Own { file, others } })
}

/// The variables that hold another secret than devtool's own: in the environment, then in files.
fn other_variables(own: &Secret, variable: &str, environment: &Environment) -> Vec<OtherVariable> {
    let set = environment.entries().filter_map(|(name, value)| {
        let secret = Secret::parse(value.to_str()?).ok().filter(Secret::is_stripes_form)?;
        Some(("the environment".to_owned(), name.to_str()?.to_owned(), secret))
    });
    let mut set: Vec<(String, String, Secret)> = set.collect();
    set.sort_by(|one, other| one.1.cmp(&other.1));
    let directory = &environment.working_directory;
    let in_files = env_files::signing_secrets(directory).into_iter();
    let in_files = in_files.map(|(file, name, secret)| (short(&file, directory), name, secret));
    let all = set.into_iter().chain(in_files);
    // devtool's own variables are no app's, and the variable itself is looked for already.
    let is_other = |name: &str, secret: &Secret| {
        name != variable && !name.starts_with("DEVTOOL_") && secret != own
    };
    all.filter(|(_, name, secret)| is_other(name, secret))
        .map(|(place, name, secret)| OtherVariable { name, place, hint: secret.hint() })
        .collect()
}

/// What is to be known of where the secret comes from: files that contradict each other, and an empty
/// variable that a reader may take for a secret, or that an app reads before the one in use.
pub fn remarks(found: &FoundSecret, environment: &Environment, config: &FileConfig) -> Vec<String> {
    let variable = config.secret_variable();
    let directory = &environment.working_directory;
    let values = env_files::values(directory, variable).unwrap_or_default();
    match &found.source {
        SecretSource::DotEnv { file, .. } => {
            let mut is_before = true;
            let remark = |(other, value): &(PathBuf, String)| {
                is_before &= other != file;
                let (file, other) = (short(file, directory), short(other, directory));
                match value.as_str() {
                    "" => is_before.then(|| {
                        format!("{variable} is empty in {other}, which apps read before {file}")
                    }),
                    value => (value != found.secret.reveal()).then(|| {
                        format!(
                            "{other} has another {variable} than {file}, which takes precedence"
                        )
                    }),
                }
            };
            values.iter().filter_map(remark).collect()
        }
        SecretSource::Own { .. } => {
            let empty = values.iter().filter(|(_, value)| value.is_empty());
            empty
                .map(|(file, _)| format!("{variable} is empty in {}", short(file, directory)))
                .collect()
        }
        _ => Vec::new(),
    }
}

/// The file to write the app's secret to: the first that sets the variable, else `.env`. One that sets it to
/// nothing counts, since an app that reads it first looks no further.
///
/// # Errors
/// One of the files cannot be read.
pub fn file_to_write(environment: &Environment, config: &FileConfig) -> Result<PathBuf> {
    let directory = &environment.working_directory;
    let first = env_files::values(directory, config.secret_variable())?.into_iter().next();
    Ok(first.map_or_else(|| directory.join(".env"), |(file, _)| file))
}

/// Every secret that is set somewhere, also where one that comes first hides it. What cannot be read
/// is left out.
pub fn all(
    environment: &Environment,
    config: &FileConfig,
    own_file: Option<&Path>,
) -> Vec<FoundSecret> {
    let variable = config.secret_variable();
    let named = environment
        .variable(variable)
        .and_then(|text| checked(text, SecretSource::Variable(variable.to_owned())).ok());
    let directory = &environment.working_directory;
    let in_files = env_files::signing_secrets(directory).into_iter();
    let in_files = in_files.map(|(file, variable, secret)| FoundSecret {
        secret,
        source: SecretSource::DotEnv { file, variable },
    });
    let dotenv = in_dotenv(directory, variable).ok().flatten();
    let file = config
        .secret
        .clone()
        .zip(config.path.clone())
        .map(|(secret, path)| FoundSecret { secret, source: SecretSource::File(path) });
    let own = own_file.and_then(|file| {
        let secret = own_secret::read(file).ok().flatten()?;
        let source = SecretSource::Own { file: file.to_owned(), others: Vec::new() };
        Some(FoundSecret { secret, source })
    });
    let first = [named, dotenv, file, own].into_iter().flatten();
    first.chain(in_files).collect()
}

/// The first file that sets the variable to something decides.
fn in_dotenv(working_directory: &Path, variable: &str) -> Result<Option<FoundSecret>> {
    let values = env_files::values(working_directory, variable)?;
    let first = values.into_iter().find(|(_, value)| !value.is_empty());
    let found = first.map(|(file, value)| {
        checked(&value, SecretSource::DotEnv { file, variable: variable.to_owned() })
    });
    found.transpose()
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
