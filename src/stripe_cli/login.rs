//! Who the Stripe CLI speaks for: which credential is in force, and what Stripe says to it.
//!
//! `stripe whoami` alone tells little: it believes any key, and any date of expiry (observed with
//! 1.52.0). So Stripe itself is asked, too.

use std::time::Duration;

use serde_json::Value;

use super::api::{self, Reply};
use super::child::Stripe;
use super::error;
use crate::config::Secret;
use crate::error::{Error, Kind, Result};
use crate::process::Child;
use crate::protocol::Moment;

/// How long Stripe may take to answer. Where names are not resolved, the Stripe CLI itself takes 15 s to
/// say so.
pub const TIME_LIMIT: Duration = Duration::from_secs(30);
/// How much later than to a child the same signal may come to devtool.
const SAME_SIGNAL: Duration = Duration::from_millis(100);
/// How many days before a login ends it is warned of.
const LAST_DAYS: i64 = 14;
const SECONDS_A_DAY: i64 = 86_400;

/// Where the credential in force comes from, in the order of precedence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credential {
    /// `STRIPE_API_KEY` in the environment.
    Environment,
    /// The key that devtool keeps.
    Kept,
    /// The Stripe CLI's own login.
    Login,
}

impl Credential {
    /// The source for a reader.
    pub const fn describe(self) -> &'static str {
        match self {
            Self::Environment => "STRIPE_API_KEY in the environment",
            Self::Kept => "the saved API key",
            Self::Login => "the Stripe CLI's login",
        }
    }

    /// The error with the way out, where it is the environment's key that Stripe rejects.
    #[must_use]
    pub fn with_way_out(self, error: Error) -> Error {
        if self != Self::Environment || error.kind() != Kind::LoginRefused {
            return error;
        }
        error.hinted(
            "set STRIPE_API_KEY to another key, or unset it: it takes precedence over every login",
        )
    }

    /// The word of JSON documents.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Environment => "environment",
            Self::Kept => "kept_key",
            Self::Login => "login",
        }
    }
}

/// A login that Stripe has confirmed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    /// The account's id; `None` where a restricted key may not ask for it.
    pub account: Option<String>,
    /// The account's name.
    pub name: Option<String>,
    /// The day the login ends. API keys and the newer login, which renews itself, have none.
    pub ends: Option<Moment>,
    /// Whether the key is good, but may not do everything.
    pub is_restricted: bool,
}

impl Login {
    /// The account for a reader: `Acme (acct_1…)`.
    pub fn shown_account(&self) -> String {
        match (&self.name, &self.account) {
            (Some(name), Some(id)) => format!("{name} ({id})"),
            (None, Some(id)) => id.clone(),
            (_, None) => "unknown account (the restricted key does not name it)".to_owned(),
        }
    }

    /// Whole days until the login ends.
    pub fn days_left(&self, now: Moment) -> Option<i64> {
        let ends = self.ends?;
        Some((ends.seconds() - now.seconds()).max(0) / SECONDS_A_DAY)
    }

    /// Whether the login ends in its last 14 days.
    pub fn ends_soon(&self, now: Moment) -> bool {
        self.days_left(now).is_some_and(|days| days < LAST_DAYS)
    }

    /// The login, if it is for that account.
    ///
    /// # Errors
    /// It is for another.
    pub fn only_for(self, wanted: Option<&str>) -> Result<Self> {
        match wanted {
            Some(wanted) if self.account.as_deref() != Some(wanted) => {
                Err(other_account(self.account.as_deref(), wanted))
            }
            _ => Ok(self),
        }
    }
}

impl Stripe {
    /// Asks Stripe who the credential in force speaks for.
    ///
    /// # Errors
    /// There is no login; Stripe refuses it or cannot be reached; it is in live mode.
    pub async fn login(&self) -> Result<Login> {
        let ends = match self.key {
            Some(_) => None,
            None => self.who_am_i().await?,
        };
        match self.ask(&["get", "/v1/account"], TIME_LIMIT).await? {
            Reply::Object(account) => Ok(Login {
                account: text(&account["id"]),
                name: text(&account["settings"]["dashboard"]["display_name"]),
                ends,
                is_restricted: false,
            }),
            Reply::Error(error) if error.is_lack_of_permission() => Ok(Login {
                account: account_in(&error.message),
                name: None,
                ends,
                is_restricted: true,
            }),
            Reply::Error(error) => Err(error::refused("GET /v1/account", error.message)),
        }
    }

    /// The day on which the Stripe CLI's own login ends, if it has one; asked without a network where
    /// the login is a classic one.
    ///
    /// # Errors
    /// There is no login, or it is in live mode.
    pub async fn who_am_i(&self) -> Result<Option<Moment>> {
        let output = self.output(&["whoami", "--format", "json"], TIME_LIMIT).await?;
        match serde_json::from_str::<Value>(&output.stdout) {
            Ok(answer) => ends(&answer),
            // Before 1.50 there is no such command; the account's own answer has to do then.
            Err(_) if output.stderr.contains("nknown command") => Ok(None),
            Err(_) => Err(api::refusal(&output.stderr, &self.credential())),
        }
    }
}

/// The Stripe CLI's own login.
impl Stripe {
    /// Runs `stripe login` with the user's terminal.
    ///
    /// # Errors
    /// It does not run, or ends without a login.
    pub async fn log_in(&self) -> Result<()> {
        let status = match Child::on_terminal(self.plain_command(&["login"])) {
            Ok(mut child) => child.wait().await,
            Err(error) => Err(error),
        };
        let status = status.map_err(|error| self.unusable(&error))?;
        if status.success() {
            return Ok(());
        }
        if status.code().is_none() {
            // Ctrl-C came to both: devtool's own end says more.
            tokio::time::sleep(SAME_SIGNAL).await;
        }
        Err(error::login_failed(format!("`stripe login` ended with {status}")))
    }

    /// The secret that `stripe listen` signs with. It stays the same for an account and a device's name.
    ///
    /// # Errors
    /// There is no login; Stripe refuses it or cannot be reached.
    pub async fn signing_secret(&self) -> Result<Secret> {
        let output = self.output(&["listen", "--print-secret"], TIME_LIMIT).await?;
        let secret = output.stdout.lines().find_map(|line| Secret::parse(line.trim()).ok());
        let secret = secret.filter(|secret| output.code == Some(0) && secret.is_stripes_form());
        secret.ok_or_else(|| api::refusal(&output.stderr, &self.credential()))
    }

    /// The URL to open and the command to run next, for a login without a terminal here.
    ///
    /// # Errors
    /// Stripe cannot be reached.
    pub async fn next_step(&self) -> Result<Value> {
        let output = self.output(&["login", "--non-interactive"], TIME_LIMIT).await?;
        let parsed: Option<Value> = serde_json::from_str(&output.stdout).ok();
        let Some(mut step) = parsed.filter(|_| output.code == Some(0)) else {
            return Err(api::refusal(&output.stderr, &self.credential()));
        };
        // The user may have the Stripe CLI by way of devtool only.
        if let Some(command) = step["next_step"].as_str().and_then(|c| c.strip_prefix("stripe ")) {
            step["next_step"] = format!("devtool stripe -- {command}").into();
        }
        Ok(step)
    }
}

/// Reads both of whoami's forms: the classic login has `authenticated` and the day on which its key
/// expires, the newer one has a mode and renews itself by the hour.
fn ends(answer: &Value) -> Result<Option<Moment>> {
    match (answer["authenticated"].as_bool(), answer["mode"].as_str()) {
        (Some(false), _) | (None, None) => Err(error::not_logged_in()),
        (None, Some("live")) => Err(live_mode()),
        (None, Some(_)) => Ok(None),
        (Some(true), _) => {
            let day = answer["test_mode_key"]["expires_at"].as_str();
            Ok(day.and_then(Moment::of_date))
        }
    }
}

fn live_mode() -> Error {
    Error::new(Kind::Config, "the login is in live mode")
        .hinted("log in again and choose test mode or a sandbox:\ndevtool login")
}

/// Another account than the one that devtool.toml names.
fn other_account(found: Option<&str>, wanted: &str) -> Error {
    let found = found.unwrap_or("unknown (the key has no permission to read it)");
    let message =
        format!("the login is for the account {found}, but devtool.toml requires {wanted}");
    Error::new(Kind::Config, message)
        .hinted("change `[stripe] account`, or log in to that account:\ndevtool login")
}

fn text(value: &Value) -> Option<String> {
    value.as_str().filter(|text| !text.is_empty()).map(ToOwned::to_owned)
}

/// The account that a message about permissions names.
fn account_in(message: &str) -> Option<String> {
    let mut words = message.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    words.find(|word| word.starts_with("acct_")).map(ToOwned::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn both_kinds_of_login_are_understood() {
        let classic = json!({"authenticated": true, "test_mode_key": {"expires_at": "2027-02-21"}});
        assert_eq!(ends(&classic).unwrap(), Moment::of_date("2027-02-21"));
        let key = json!({"authenticated": true, "test_mode_key": {"expires_at": null}});
        assert_eq!(ends(&key).unwrap(), None);
        let renewed = json!({"account_id": "acct_1", "mode": "test", "expires_at": 1_795_000_000});
        assert_eq!(ends(&renewed).unwrap(), None);
        let kind = |answer: Value| ends(&answer).unwrap_err().kind();
        assert_eq!(kind(json!({"mode": "live"})), Kind::Config);
        assert_eq!(kind(json!({"authenticated": false})), Kind::NotLoggedIn);
    }

    #[test]
    fn the_last_days_are_counted() {
        let day = Moment::of_date("2026-11-24").unwrap();
        let login = |ends: &str| Login {
            account: Some("acct_1".to_owned()),
            name: None,
            ends: Moment::of_date(ends),
            is_restricted: false,
        };
        assert_eq!(login("2027-02-22").days_left(day), Some(90));
        assert!(!login("2026-12-08").ends_soon(day));
        assert!(login("2026-12-07").ends_soon(day));
        assert_eq!(login("2026-11-01").days_left(day), Some(0));
    }

    #[test]
    fn another_account_is_refused() {
        let login = Login {
            account: Some("acct_1".to_owned()),
            name: None,
            ends: None,
            is_restricted: false,
        };
        assert!(login.clone().only_for(None).is_ok());
        assert!(login.clone().only_for(Some("acct_1")).is_ok());
        assert!(login.only_for(Some("acct_2")).is_err());
        let message = "The key 'rk_test_*' does not have the required permissions for this \
                       endpoint on account 'acct_1Abc'.";
        assert_eq!(account_in(message).as_deref(), Some("acct_1Abc"));
    }
}
