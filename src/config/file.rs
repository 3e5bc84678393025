//! devtool.toml, found upward from the working directory.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _};
use toml::Spanned;

use super::error;
use super::from_toml::{from_toml, line_at};
use super::project;
use super::reading::{self, InputKind};
use super::secret::Secret;
use crate::error::{Error, Kind, Result};
use crate::text::{duration, size};

/// The name of the file.
pub const FILE_NAME: &str = "devtool.toml";

/// What devtool.toml sets; everything is optional.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FileConfig {
    /// The endpoint; [`FileConfig::error_in_url`] says where it stands.
    pub url: Option<Spanned<String>>,
    /// The signing secret itself.
    #[serde(deserialize_with = "secret")]
    pub secret: Option<Secret>,
    /// The environment variable that holds the signing secret.
    #[serde(deserialize_with = "variable_name")]
    pub secret_env: Option<String>,
    /// How long to wait for one answer.
    #[serde(deserialize_with = "timeout")]
    pub timeout: Option<Duration>,
    /// The API version that events name.
    #[serde(deserialize_with = "api_version")]
    pub api_version: Option<String>,
    /// The Stripe CLI.
    pub stripe: StripeConfig,
    /// The local Stripe API.
    pub api: ApiConfig,
    /// What an audit looks at, and what it counts.
    pub audit: AuditConfig,
    /// The history.
    pub history: HistoryConfig,
    /// `[[route]]`: event types with an endpoint of their own.
    pub route: Vec<RouteConfig>,
    /// The file that this was read from.
    #[serde(skip)]
    pub path: Option<PathBuf>,
    /// The line of the url.
    #[serde(skip)]
    url_line: usize,
    /// The line of the mirror.
    #[serde(skip)]
    mirror_line: usize,
}

/// A mirror that a project's file names. Whoever wrote that file may be a stranger, and what comes from
/// the mirror is run: it is not used before the user has said so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectMirror {
    /// Its URL.
    pub url: String,
    /// The file that names it.
    pub file: PathBuf,
    /// The line in it.
    pub line: usize,
}

/// `[stripe]` in devtool.toml.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StripeConfig {
    /// Who has the releases, in place of GitHub; [`FileConfig::mirror`] says where it stands.
    mirror: Option<Spanned<String>>,
    /// The only account that may be used; any other is refused.
    #[serde(deserialize_with = "account")]
    pub account: Option<String>,
    /// Stripe CLI project to use; each project has its own login.
    pub project: Option<String>,
}

/// `[[route]]` in devtool.toml.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RouteConfig {
    /// The types, as a pattern: `invoice.*`.
    pub events: String,
    /// Where they go.
    pub url: Spanned<String>,
    /// The line of that.
    #[serde(skip)]
    pub line: usize,
    /// The secret of that endpoint, where it has its own.
    #[serde(default, deserialize_with = "secret")]
    pub secret: Option<Secret>,
}

/// `[api]` in devtool.toml.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ApiConfig {
    /// The port of the local Stripe API; 0 for a free one.
    pub port: Option<u16>,
}

/// `[audit]` in devtool.toml.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AuditConfig {
    /// The type of the events.
    pub event: Option<String>,
    /// The probes and groups that run.
    pub only: Vec<String>,
    /// The probes and groups that do not.
    pub skip: Vec<String>,
    /// From which severity on a fault counts.
    pub fail_on: Option<String>,
    /// Whether what is worth knowing is shown, too.
    pub pedantic: bool,
    /// The file with the findings that are known.
    pub baseline: Option<PathBuf>,
    /// Where the handler is in the project: `FILE` or `FILE:LINE`.
    pub source: Option<String>,
}

/// `[history]` in devtool.toml.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HistoryConfig {
    /// The file, from the directory of devtool.toml.
    pub file: Option<PathBuf>,
    /// How long deliveries are kept.
    #[serde(deserialize_with = "timeout")]
    pub keep: Option<Duration>,
    /// The bytes that the history may take.
    #[serde(deserialize_with = "size")]
    pub max_size: Option<u64>,
}

impl FileConfig {
    /// The configuration for a working directory; empty where there is no file.
    ///
    /// # Errors
    /// The file cannot be read, or has an error: an unknown key, a bad value.
    pub fn find(working_directory: &Path) -> Result<Self> {
        match project::find_upward(working_directory, FILE_NAME) {
            Some(file) => Self::read(&file),
            None => Ok(Self::default()),
        }
    }

    fn read(file: &Path) -> Result<Self> {
        let text =
            reading::text(file, InputKind::Text).map_err(|source| Error::read(file, source))?;
        let mut config: Self = from_toml(file, &text)?;
        config.path = Some(file.to_owned());
        let directory = file.parent().unwrap_or(Path::new(""));
        config.history.file = config.history.file.map(|named| directory.join(named));
        config.audit.baseline = config.audit.baseline.map(|named| directory.join(named));
        let line = |named: &Option<Spanned<String>>| {
            named.as_ref().map_or(0, |named| line_at(&text, named.span().start))
        };
        config.url_line = line(&config.url);
        config.mirror_line = line(&config.stripe.mirror);
        for route in &mut config.route {
            route.line = line_at(&text, route.url.span().start);
        }
        Ok(config)
    }

    /// The mirror that the file names.
    pub fn mirror(&self) -> Option<ProjectMirror> {
        let url = self.stripe.mirror.as_ref()?.get_ref().clone();
        let file = self.path.clone().unwrap_or_default();
        Some(ProjectMirror { url, file, line: self.mirror_line })
    }

    /// The history's file, where one is set. A project is read before it is trusted: it may have a history of
    /// its own, and must not write anywhere else.
    ///
    /// # Errors
    /// It lies outside of the directory of devtool.toml.
    pub fn history_file(&self) -> Result<Option<&Path>> {
        let (Some(file), Some(path)) = (&self.history.file, &self.path) else { return Ok(None) };
        if project::is_within(path.parent().unwrap_or(Path::new("")), file) {
            return Ok(Some(file));
        }
        let message = format!(
            "{FILE_NAME} sets `[history] file` to `{}`, which is outside of the project",
            file.display()
        );
        Err(Error::new(Kind::History, message)
            .caused_by(format!("the project is `{}`", path.parent().unwrap_or(path).display()))
            .hinted("name it with `--history FILE` or DEVTOOL_HISTORY, if you mean it"))
    }

    /// The error for a url that cannot be used, with its place.
    pub fn error_in_url(&self, reason: &str) -> Error {
        let file = self.path.as_deref().unwrap_or(Path::new(""));
        error::invalid_file(file, self.url_line, &format!("`url`: {reason}"))
    }
}

fn secret<'de, D: Deserializer<'de>>(input: D) -> std::result::Result<Option<Secret>, D::Error> {
    // By way of a value of any type: the usual message would show it.
    let value = toml::Value::deserialize(input)?;
    let text = value.as_str().ok_or_else(|| D::Error::custom("expected text in quotes"))?;
    Secret::parse(text).map(Some).map_err(D::Error::custom)
}

fn variable_name<'de, D>(input: D) -> std::result::Result<Option<String>, D::Error>
where
    D: Deserializer<'de>,
{
    let name = String::deserialize(input)?;
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if name.is_empty() || !name.chars().all(plain) {
        return Err(D::Error::custom("expected the name of an environment variable"));
    }
    Ok(Some(name))
}

fn account<'de, D>(input: D) -> std::result::Result<Option<String>, D::Error>
where
    D: Deserializer<'de>,
{
    let id = String::deserialize(input)?;
    if !id.starts_with("acct_") {
        return Err(D::Error::custom("expected the id of an account, `acct_…`"));
    }
    Ok(Some(id))
}

fn timeout<'de, D>(input: D) -> std::result::Result<Option<Duration>, D::Error>
where
    D: Deserializer<'de>,
{
    let text = String::deserialize(input)?;
    positive_duration(&text).map(Some).map_err(D::Error::custom)
}

fn size<'de, D>(input: D) -> std::result::Result<Option<u64>, D::Error>
where
    D: Deserializer<'de>,
{
    let text = String::deserialize(input)?;
    size::parse(&text).map(Some).map_err(D::Error::custom)
}

fn api_version<'de, D>(input: D) -> std::result::Result<Option<String>, D::Error>
where
    D: Deserializer<'de>,
{
    let text = String::deserialize(input)?;
    checked_api_version(&text).map(Some).map_err(D::Error::custom)
}

/// An API version.
///
/// # Errors
/// Says what was expected.
pub fn checked_api_version(text: &str) -> std::result::Result<String, String> {
    if is_api_version(text) {
        Ok(text.to_owned())
    } else {
        Err("expected an API version such as `2026-10-28.endive`".to_owned())
    }
}

/// A duration that is longer than nothing.
///
/// # Errors
/// Says what was expected.
pub fn positive_duration(text: &str) -> std::result::Result<Duration, String> {
    match duration::parse(text)? {
        Duration::ZERO => Err("expected a duration above zero".to_owned()),
        duration => Ok(duration),
    }
}

/// A date, and since 2024 a name after it: `2020-08-27`, `2026-10-28.endive`.
fn is_api_version(text: &str) -> bool {
    let (date, name) = text.split_once('.').unwrap_or((text, "x"));
    let digits =
        |part: &str, count| part.len() == count && part.bytes().all(|b| b.is_ascii_digit());
    let parts: Vec<&str> = date.split('-').collect();
    let is_date = matches!(parts[..], [y, m, d] if digits(y, 4) && digits(m, 2) && digits(d, 2));
    is_date && !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error_of(text: &str) -> String {
        from_toml::<FileConfig>(Path::new("devtool.toml"), text).unwrap_err().to_string()
    }

    #[test]
    fn every_key_is_read() {
        let text = "url = \"http://x/y\"\nsecret = \"s\"\nsecret_env = \"A_1\"\ntimeout = \"2s\"\n\
                    api_version = \"2020-08-27\"\n[history]\nfile = \"h.db\"\nkeep = \"7d\"\n\
                    max_size = \"2MB\"\n";
        let config: FileConfig = from_toml(Path::new("f"), text).unwrap();
        assert_eq!(config.url.unwrap().as_ref(), "http://x/y");
        assert_eq!(config.secret.unwrap().reveal(), "s");
        assert_eq!(config.secret_env.as_deref(), Some("A_1"));
        assert_eq!(config.timeout, Some(Duration::from_secs(2)));
        assert_eq!(config.api_version.as_deref(), Some("2020-08-27"));
        assert_eq!(config.history.file.as_deref(), Some(Path::new("h.db")));
        assert_eq!(config.history.keep, Some(Duration::from_secs(7 * 86_400)));
        assert_eq!(config.history.max_size, Some(2 << 20));
    }

    #[test]
    fn errors_name_the_line_and_the_key() {
        insta::assert_snapshot!(error_of("url = \"http://x\"\ntimeuot = \"1s\"\n"), @"devtool.toml:2:1: unknown key `timeuot`");
        insta::assert_snapshot!(error_of("\n\ntimeout = \"soon\"\n"), @"devtool.toml:3:11: `timeout`: expected a duration such as `500ms`, `30s` or `2m`");
        insta::assert_snapshot!(error_of("timeout = 30\n"), @"devtool.toml:1:11: `timeout`: invalid type: integer `30`, expected a string");
        insta::assert_snapshot!(error_of("secret = \"two words\"\n"), @"devtool.toml:1:10: `secret`: it has white space in it");
        insta::assert_snapshot!(error_of("api_version = \"latest\"\n"), @"devtool.toml:1:15: `api_version`: expected an API version such as `2026-10-28.endive`");
    }

    #[test]
    fn an_error_never_shows_the_secret() {
        for text in [
            "secret = \"hush hush\"",
            "secret: hush==",
            "secret hush==",
            "secret = hush",
            "secret = 4857",
            "secret = [\"hush\"]",
            "secret = \"hush",
            "secert = \"hush\"",
            "timeout = 30 # whsec_hush",
            "stripe = { acount = \"acct_1\", mirror = \"https://hush@x/\" }",
        ] {
            let error = from_toml::<FileConfig>(Path::new("f"), &format!("{text}\n")).unwrap_err();
            let shown = format!("{error:?}");
            assert!(!shown.contains("hush") && !shown.contains("4857"), "{shown}");
        }
    }
}
