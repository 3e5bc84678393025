//! Who the login in force speaks for.

use serde_json::{Value, json};

use crate::protocol::Moment;
use crate::stripe_cli::login::{Credential, Login};
use crate::text::escape;

/// A login and what it was confirmed with.
#[derive(Debug)]
pub(crate) struct LoginView<'s> {
    /// Where the credential comes from.
    pub credential: Credential,
    /// The key's hint, where the credential is one.
    pub key: Option<String>,
    /// What Stripe said of it.
    pub login: &'s Login,
    /// The time now.
    pub now: Moment,
}

/// Account, mode, credential, each in a line.
pub(crate) fn text(shown: &LoginView<'_>) -> String {
    let account = escape::line(&shown.login.shown_account());
    format!("account  {account}\nmode     test\nlogin    {}\n", credential(shown))
}

/// The account's id and the credential's word.
pub(crate) fn compact(shown: &LoginView<'_>) -> String {
    let account = shown.login.account.as_deref().unwrap_or("unknown");
    format!("{} test {}\n", escape::line(account), shown.credential.word())
}

/// The same in one line, for a step of the setup or a finding of the doctor.
pub(crate) fn line(shown: &LoginView<'_>) -> String {
    format!("{}, test mode, {}", escape::line(&shown.login.shown_account()), credential(shown))
}

fn credential(shown: &LoginView<'_>) -> String {
    let mut words = shown.credential.describe().to_owned();
    if let Some(key) = &shown.key {
        words.push_str(&format!(", {key}"));
    }
    if let (Some(ends), Some(days)) = (shown.login.ends, shown.login.days_left(shown.now)) {
        words.push_str(&format!(", expires {} (in {})", ends.date(), days_text(days)));
    }
    if shown.login.is_restricted {
        words.push_str(", restricted");
    }
    words
}

fn days_text(days: i64) -> String {
    if days == 1 { "1 day".to_owned() } else { format!("{days} days") }
}

/// What is to be said in a login's last days.
pub(crate) fn warning(login: &Login, now: Moment) -> Option<String> {
    let days = login.days_left(now).filter(|_| login.ends_soon(now))?;
    Some(format!("the login expires in {}; renew it:\ndevtool login", days_text(days)))
}

/// The login as JSON.
pub(crate) fn value(shown: &LoginView<'_>) -> Value {
    json!({
        "credential": shown.credential.word(),
        "key": shown.key,
        "account": shown.login.account,
        "account_name": shown.login.name,
        "mode": "test",
        "is_restricted": shown.login.is_restricted,
        "ends": shown.login.ends.map(Moment::date),
        "days_left": shown.login.days_left(shown.now),
    })
}

/// The login as a JSON document.
pub(crate) fn json(shown: &LoginView<'_>) -> String {
    super::json::document(&json!({"schema": 1, "login": value(shown)}))
}

/// What a logout did; `said` is what the Stripe CLI said, where there is one.
pub(crate) fn logout_text(is_key_removed: bool, said: Option<&str>) -> String {
    let key = if is_key_removed { "removed" } else { "none saved" };
    let cli = said.and_then(last_line).unwrap_or("not installed");
    format!("API key     {key}\nStripe CLI  {}\n", escape::line(cli))
}

/// The same as JSON.
pub(crate) fn logout_json(is_key_removed: bool, said: Option<&str>) -> String {
    let cli = said.and_then(last_line);
    let document = json!({"schema": 1, "key_removed": is_key_removed, "stripe_cli": cli});
    super::json::document(&document)
}

fn last_line(said: &str) -> Option<&str> {
    said.lines().map(str::trim).rfind(|line| !line.is_empty())
}
