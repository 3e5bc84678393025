//! Starts every `stripe` that devtool drives itself, with surroundings in which it neither asks (variables
//! of agents make it), nor phones home, nor changes itself, nor learns more than it needs.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use super::broken::Broken;
use super::error;
use super::program::Program;
use crate::config::api_key::VARIABLE as KEY_VARIABLE;
use crate::config::device_name::VARIABLE as DEVICE_VARIABLE;
use crate::config::{ApiKey, Environment, directories};
use crate::error::{Error, Kind, Result};
use crate::process::Child;
use crate::process::inheritance::{self, Heir};

/// Where Stripe's API is, in place of its own; a test or a company's proxy stands there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiBase(String);

impl ApiBase {
    /// Takes what the Stripe CLI takes: `http://127.0.0.1` with a port, or an address of Stripe's.
    ///
    /// # Errors
    /// It is another address.
    pub fn parse(text: &str) -> Result<Self> {
        let text = text.trim_end_matches('/');
        let port = text.strip_prefix("http://127.0.0.1:");
        let is_here = port.is_some_and(|port| port.parse::<u16>().is_ok_and(|port| port > 0));
        if is_here || text == "https://api.stripe.com" {
            return Ok(Self(text.to_owned()));
        }
        let reason = "the Stripe CLI takes http://127.0.0.1:PORT only";
        let message = format!("cannot use the API base `{text}`: {reason}");
        Err(Error::new(Kind::Usage, message)
            .hinted("an API base looks like http://127.0.0.1:12111"))
    }

    /// The URL, without a slash at its end.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a child gets besides its arguments.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// Where Stripe's API is.
    pub api_base: Option<ApiBase>,
    /// The Stripe CLI's project.
    pub project: Option<String>,
    /// The name of this machine for Stripe.
    pub device_name: String,
    /// The Stripe CLI's own configuration, which its first run writes.
    config_file: Option<PathBuf>,
}

impl Surroundings {
    /// Surroundings on this machine.
    pub fn new(
        environment: &Environment,
        device_name: String,
        api_base: Option<ApiBase>,
        project: Option<String>,
    ) -> Self {
        let config_file = directories::stripe_config(environment);
        Self { api_base, project, device_name, config_file }
    }

    fn has_run_before(&self) -> bool {
        self.config_file.as_ref().is_none_or(|file| file.is_file())
    }
}

/// A Stripe CLI that devtool drives.
#[derive(Clone, Debug)]
pub struct Stripe {
    /// The program itself, never a shim.
    pub program: Program,
    /// What its children get.
    pub surroundings: Surroundings,
    /// The key that they use; without one, the Stripe CLI's own login.
    pub key: Option<ApiKey>,
}

/// What a child left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextOutput {
    /// Its exit code; `None` where a signal ended it.
    pub code: Option<i32>,
    /// What it wrote to stdout; bytes that are no UTF-8 replaced.
    pub stdout: String,
    /// What it wrote to stderr; bytes that are no UTF-8 replaced.
    pub stderr: String,
}

impl Stripe {
    /// The program with arguments and environment, for a reader that is no terminal.
    pub(super) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.plain_command(arguments);
        command.env("CLICOLOR", "0").env_remove("CLICOLOR_FORCE");
        command
    }

    /// The program with arguments and environment; the terminal is the user's.
    pub fn plain_command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program.path);
        command.args(self.arguments(arguments));
        let surroundings = &self.surroundings;
        inheritance::limit(&mut command, Heir::Stripe);
        command
            .env("STRIPE_CLI_TELEMETRY_OPTOUT", "1")
            .env("STRIPE_NO_AUTO_UPDATE", "1")
            .env(DEVICE_VARIABLE, &surroundings.device_name);
        match &self.key {
            Some(key) => command.env(KEY_VARIABLE, key.reveal()),
            None => command.env_remove(KEY_VARIABLE),
        };
        command
    }

    fn arguments(&self, arguments: &[&str]) -> Vec<OsString> {
        let mut all: Vec<OsString> = arguments.iter().map(OsString::from).collect();
        if let Some(base) = &self.surroundings.api_base {
            all.extend(["--api-base".into(), base.as_str().into()]);
            if arguments.first() == Some(&"login") {
                all.extend(["--dashboard-base".into(), base.as_str().into()]);
            }
        }
        if let Some(project) = &self.surroundings.project {
            all.extend(["--project-name".into(), project.into()]);
        }
        all
    }

    /// Runs a child to its end.
    ///
    /// # Errors
    /// It does not run, or is not done when the time is up; it is ended then.
    pub async fn output(&self, arguments: &[&str], time_limit: Duration) -> Result<TextOutput> {
        self.make_first_run(time_limit).await?;
        self.run(self.command(arguments), arguments, time_limit).await
    }

    pub(super) async fn run(
        &self,
        command: Command,
        arguments: &[&str],
        time_limit: Duration,
    ) -> Result<TextOutput> {
        let done = match Child::start(command, Stdio::piped(), Stdio::piped()) {
            Ok(child) => child.output(time_limit).await,
            Err(error) => Err(error),
        };
        let done = done.map_err(|error| match error.kind() {
            std::io::ErrorKind::TimedOut => {
                let what = format!("stripe {}", arguments.join(" "));
                error::silent(&what, time_limit.as_secs())
            }
            _ => self.unusable(&error),
        })?;
        Ok(TextOutput {
            code: done.status.code(),
            stdout: String::from_utf8_lossy(&done.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&done.stderr).into_owned(),
        })
    }

    pub(super) fn unusable(&self, error: &std::io::Error) -> Error {
        Broken::not_started(&self.program.path, error).error()
    }

    /// The Stripe CLI's very first run keeps its project's name as the default for ever, so that run is
    /// made without one.
    ///
    /// # Errors
    /// It does not run.
    pub async fn make_first_run(&self, time_limit: Duration) -> Result<()> {
        if self.surroundings.has_run_before() {
            return Ok(());
        }
        let mut plain = self.clone();
        plain.surroundings.project = None;
        let arguments = ["whoami"];
        let mut command = plain.command(&arguments);
        command.env_remove("STRIPE_PROJECT_NAME");
        plain.run(command, &arguments, time_limit).await.map(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stripe() -> Stripe {
        let environment = Environment::new(&[], "/");
        let base = ApiBase::parse("http://127.0.0.1:12111/").unwrap();
        let surroundings =
            Surroundings::new(&environment, "mine".to_owned(), Some(base), Some("shop".to_owned()));
        let key = Some(ApiKey::parse("sk_test_0123456789").unwrap());
        let version = semver::Version::new(1, 52, 0);
        let program = Program { path: "/bin/stripe".into(), version };
        Stripe { program, surroundings, key }
    }

    #[test]
    fn a_child_gets_its_key_by_environment_only() {
        let command = stripe().plain_command(&["get", "/v1/account"]);
        let arguments: Vec<_> = command.get_args().collect();
        let expected = [
            "get",
            "/v1/account",
            "--api-base",
            "http://127.0.0.1:12111",
            "--project-name",
            "shop",
        ];
        assert_eq!(arguments, expected);
        let variable = |name: &str| {
            let mut set = command.get_envs();
            set.find(|(key, _)| *key == name).map(|(_, value)| value.map(ToOwned::to_owned))
        };
        assert_eq!(variable("STRIPE_API_KEY"), Some(Some("sk_test_0123456789".into())));
        assert_eq!(variable("STRIPE_DEVICE_NAME"), Some(Some("mine".into())));
    }

    #[test]
    fn without_a_key_the_child_gets_none() {
        let stripe = Stripe { key: None, ..stripe() };
        let command = stripe.plain_command(&["login"]);
        assert!(command.get_envs().any(|(k, v)| k == "STRIPE_API_KEY" && v.is_none()));
        assert!(command.get_args().any(|argument| argument == "--dashboard-base"));
    }

    #[test]
    fn an_api_base_is_here_or_stripes_own() {
        for text in ["http://127.0.0.1:80", "https://api.stripe.com/"] {
            assert!(ApiBase::parse(text).is_ok(), "{text}");
        }
        for text in ["http://localhost:80", "http://127.0.0.1:0", "http://127.0.0.1:80@evil", ""] {
            assert!(ApiBase::parse(text).is_err(), "{text}");
        }
    }
}
