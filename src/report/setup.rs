//! What a setup does and finds.

use serde_json::{Value, json};

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
        Stage::Downloading { asset, received: 0, .. } => format!("downloading {asset}"),
        Stage::Found(_) | Stage::Downloading { .. } => return None,
        Stage::Instead(fault) => format!("{fault}: trying npm"),
        Stage::Npm => "installing @stripe/cli with npm".to_owned(),
        Stage::Installed(program) => format!("installed Stripe CLI {}", program.version),
    })
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
