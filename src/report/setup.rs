//! What a setup does and finds.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::hint;
use super::layout::Layout;
use crate::config::file::ProjectMirror;
use crate::doctor::Finding;
use crate::stripe_cli::download::shown;
use crate::stripe_cli::program::OLDEST;
use crate::stripe_cli::setup::{Question, SetupCheck, Stage};
use crate::stripe_cli::{Found, Program};
use crate::text::escape;

/// A line for a stage; `None` for those that a progress line shows.
pub(crate) fn stage(stage: &Stage<'_>) -> Option<String> {
    Some(match stage {
        Stage::NotFound => "no Stripe CLI found".to_owned(),
        Stage::Broken(broken) => {
            format!("{}: {}", broken.describe(), escape::line(&broken.problem.to_string()))
        }
        Stage::TooOld(program) => format!(
            "the Stripe CLI at {} is {}, older than {OLDEST}",
            program.path.display(),
            program.version
        ),
        Stage::Waiting => "waiting for another installation to finish".to_owned(),
        Stage::Asking { host } => format!("asking {host} for the latest version"),
        Stage::Downloading { asset, host, received: 0, .. } => {
            format!("downloading {asset} from {host}")
        }
        Stage::Looking | Stage::Found(_) | Stage::Downloading { .. } | Stage::Trying => {
            return None;
        }
        Stage::Instead(error) => format!("{}: trying npm", error.with_root_cause()),
        Stage::Npm => "installing @stripe/cli with npm".to_owned(),
        Stage::Installed(program) => format!("installed Stripe CLI {}", program.version),
    })
}

/// A question that is answered with yes or no.
pub(crate) fn question(question: Question<'_>) -> String {
    match question {
        Question::Mirror(ProjectMirror { url, file, line }) => format!(
            "{} line {line} names the mirror {}. Download the Stripe CLI from there and run it?",
            escape::line(&file.display().to_string()),
            shown(url)
        ),
        Question::GoBack { from, to } => {
            format!(
                "the latest version there is {to}, older than the installed {from}. Go back to it?"
            )
        }
    }
}

/// What the login's step came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum LoginStep {
    /// Stripe has confirmed it: who it speaks for.
    Confirmed(String),
    /// It is there, and Stripe was not asked.
    Unconfirmed(&'static str),
    /// Nobody is logged in, and why.
    Failed(String),
    /// It was left out.
    Skipped,
}

/// What the step of the signing secret came to. The text is the secret's hint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SecretStep {
    /// It was written to a file.
    Written {
        /// The secret's hint.
        hint: String,
        /// The file.
        file: PathBuf,
        /// The hint of the secret that was there.
        replaced: Option<String>,
    },
    /// Another variable has one: which, and the line of devtool.toml that names it.
    Elsewhere(String, String),
    /// The file had it.
    AlreadyThere(String, PathBuf),
    /// The app keeps the one that it has; where that is from.
    Left(String, String),
    /// It cannot be written, and why.
    Failed(String),
    /// It was left out.
    Skipped,
}

/// Everything that a setup did.
#[derive(Debug)]
pub(crate) struct SetupView<'s> {
    /// The Stripe CLI.
    pub program: &'s Program,
    /// The login.
    pub login: &'s LoginStep,
    /// The signing secret.
    pub secret: &'s SecretStep,
    /// What the doctor found after it.
    pub findings: &'s [Finding],
}

/// A line for each step, the doctor's findings, and what to type next.
pub(crate) fn text(shown: &SetupView<'_>, layout: Layout) -> String {
    let program = shown.program;
    let mut out = format!("Stripe CLI {} at {}\n", program.version, program.path.display());
    out.push_str(&format!("login      {}\n", login_text(shown.login)));
    out.push_str(&format!("secret     {}\n", secret_text(shown.secret)));
    out.push_str(&format!("doctor\n{}", super::doctor::text(shown.findings, layout)));
    let next = next(shown.login, shown.secret);
    out.push_str(&format!("next: {}\n", hint::text(&next, 6, usize::MAX)));
    out
}

/// A line for each step, and nothing else.
pub(crate) fn compact(shown: &SetupView<'_>) -> String {
    let program = shown.program;
    format!(
        "stripe-cli {} {}\nlogin {}\nsecret {}\n{}",
        program.version,
        program.path.display(),
        login_text(shown.login),
        secret_text(shown.secret),
        super::doctor::compact(shown.findings)
    )
}

fn login_text(login: &LoginStep) -> String {
    match login {
        LoginStep::Confirmed(who) => escape::line(who),
        LoginStep::Unconfirmed(credential) => format!("{credential} (not confirmed: offline)"),
        LoginStep::Failed(error) => format!("failed: {}", escape::line(error)),
        LoginStep::Skipped => "skipped".to_owned(),
    }
}

fn secret_text(secret: &SecretStep) -> String {
    match secret {
        SecretStep::Written { hint, file, replaced } => {
            let replaced = replaced.as_ref().map(|old| format!(", which had {old}"));
            format!(
                "{hint} written to {}{}; restart your app: it reads the secret when it starts",
                file.display(),
                replaced.unwrap_or_default()
            )
        }
        SecretStep::Elsewhere(other, line) => {
            format!("not written: {other}; to use that one, put `{line}` into devtool.toml")
        }
        SecretStep::AlreadyThere(hint, file) => format!("{hint} is in {}", file.display()),
        SecretStep::Left(hint, source) => {
            format!("{hint} of the Stripe CLI not written; using {source}")
        }
        SecretStep::Failed(error) => format!("failed: {}", escape::line(error)),
        SecretStep::Skipped => "skipped".to_owned(),
    }
}

/// What is to be typed next.
fn next(login: &LoginStep, secret: &SecretStep) -> String {
    let write = match secret {
        SecretStep::Skipped => "write a signing secret for your app:\ndevtool secret --write\n",
        _ => "",
    };
    let real = match login {
        LoginStep::Confirmed(_) | LoginStep::Unconfirmed(_) => "devtool listen --port 5000",
        LoginStep::Failed(_) | LoginStep::Skipped => "devtool login",
    };
    format!(
        "{write}start your app, then:\ndevtool scenario payment --port 5000\nfor real Stripe events:\n{real}"
    )
}

/// The same as JSON.
pub(crate) fn json(shown: &SetupView<'_>) -> String {
    let login = match shown.login {
        LoginStep::Confirmed(who) => json!({"confirmed": true, "seen": who}),
        LoginStep::Unconfirmed(credential) => json!({"confirmed": false, "seen": credential}),
        LoginStep::Failed(_) | LoginStep::Skipped => Value::Null,
    };
    let secret = match shown.secret {
        SecretStep::Written { hint, file, .. } => {
            json!({"hint": hint, "file": file, "written": true})
        }
        SecretStep::AlreadyThere(hint, file) => {
            json!({"hint": hint, "file": file, "written": false})
        }
        SecretStep::Left(hint, _) => json!({"hint": hint, "file": null, "written": false}),
        SecretStep::Elsewhere(..) | SecretStep::Failed(_) | SecretStep::Skipped => Value::Null,
    };
    let document = json!({
        "schema": 1,
        "installed": described(shown.program),
        "login": login,
        "secret": secret,
        "findings": super::doctor::value(shown.findings),
    });
    super::json::document(&document)
}

fn described(program: &Program) -> Value {
    json!({
        "version": program.version.to_string(),
        "path": program.path.display().to_string(),
        "supported": program.is_supported(),
    })
}

/// What is installed, and what is the latest.
pub(crate) fn check_text(check: &SetupCheck) -> String {
    let mut lines = match &check.found {
        Found::Runs(program) => {
            format!("installed {} at {}\n", program.version, program.path.display())
        }
        Found::Broken(broken) => {
            format!("installed one that does not run at {}\n", broken.path.display())
        }
        Found::Nowhere => "installed none\n".to_owned(),
    };
    match &check.latest {
        Some(Ok(version)) => lines.push_str(&format!("latest    {version}\n")),
        Some(Err(_)) => lines.push_str("latest    unknown\n"),
        None => {}
    }
    lines
}

/// The same as JSON.
pub(crate) fn check_json(check: &SetupCheck) -> String {
    let latest = check.latest.as_ref().and_then(|latest| latest.as_ref().ok());
    let broken = match &check.found {
        Found::Broken(broken) => {
            json!({"path": broken.path.display().to_string(), "cause": broken.problem.to_string()})
        }
        Found::Runs(_) | Found::Nowhere => Value::Null,
    };
    let document = json!({
        "schema": 1,
        "installed": check.found.program().map(described),
        "broken": broken,
        "latest": latest.map(ToString::to_string),
    });
    super::json::document(&document)
}
