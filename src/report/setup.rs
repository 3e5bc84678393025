//! What a setup does and finds.

use std::error::Error as _;

use serde_json::{Value, json};

use crate::error::Error;
use crate::run::setup::{Check, Stage};
use crate::stripe_cli::Program;
use crate::stripe_cli::program::OLDEST;

/// A line for a stage; `None` for those that a progress line shows.
pub fn stage(stage: &Stage<'_>) -> Option<String> {
    Some(match stage {
        Stage::NotFound => "no Stripe CLI found".to_owned(),
        Stage::TooOld(program) => format!(
            "the Stripe CLI at {} is {}, older than {OLDEST}",
            program.path.display(),
            program.version
        ),
        Stage::Waiting => "waiting for another installation to end".to_owned(),
        Stage::Asking { host } => format!("asking {host} for the latest version"),
        Stage::Downloading { asset, host, received: 0, .. } => {
            format!("downloading {asset} from {host}")
        }
        Stage::Found(_) | Stage::Downloading { .. } => return None,
        Stage::Instead(fault) => format!("{}: trying npm", with_cause(fault)),
        Stage::Npm => "installing @stripe/cli with npm".to_owned(),
        Stage::Installed(program) => format!("installed Stripe CLI {}", program.version),
    })
}

/// An error with its innermost cause, on one line.
pub fn with_cause(fault: &Error) -> String {
    let causes = std::iter::successors(fault.source(), |cause| (*cause).source());
    causes.last().map_or_else(|| fault.to_string(), |cause| format!("{fault} ({cause})"))
}

/// The program that is there in the end.
pub fn text(program: &Program) -> String {
    format!("Stripe CLI {} at {}\n", program.version, program.path.display())
}

/// The same as JSON.
pub fn json(program: &Program) -> String {
    format!("{:#}\n", json!({"schema": 1, "installed": described(program)}))
}

fn described(program: &Program) -> Value {
    json!({
        "version": program.version.to_string(),
        "path": program.path.display().to_string(),
        "supported": program.is_supported(),
    })
}

/// What is installed, and what is the latest.
pub fn check_text(check: &Check) -> String {
    let mut lines = match &check.installed {
        Some(program) => format!("installed {} at {}\n", program.version, program.path.display()),
        None => "installed none\n".to_owned(),
    };
    match &check.latest {
        Some(Ok(version)) => lines.push_str(&format!("latest    {version}\n")),
        Some(Err(_)) => lines.push_str("latest    unknown\n"),
        None => {}
    }
    lines
}

/// The same as JSON.
pub fn check_json(check: &Check) -> String {
    let latest = check.latest.as_ref().and_then(|latest| latest.as_ref().ok());
    let document = json!({
        "schema": 1,
        "installed": check.installed.as_ref().map(described),
        "latest": latest.map(ToString::to_string),
    });
    format!("{document:#}\n")
}
