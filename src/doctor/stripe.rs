//! The Stripe CLI: which one, how new, who it speaks for, and whether it signs with the secret in force.

use super::finding::{Finding, Health};
use super::network::TIME_LIMIT;
use super::settings::of_error;
use super::subject::Subject;
use crate::error::Kind;
use crate::stripe_cli::download::Downloader;
use crate::stripe_cli::login::{Credential, Login};
use crate::stripe_cli::program::OLDEST;
use crate::stripe_cli::setup::Network;
use crate::stripe_cli::{Found, Program, Stripe};

/// Local events need no Stripe CLI, so that its absence breaks nothing.
pub(super) async fn program(subject: &Subject<'_>) -> Finding {
    let about = |health, seen: String| Finding::new("stripe-cli", health, seen);
    let install = format!("install one (at least {OLDEST}):\ndevtool setup");
    let program = match subject.found {
        Found::Runs(program) => program,
        Found::Broken(broken) => return of_error("stripe-cli", Health::Warning, &broken.error()),
        Found::Nowhere => {
            let seen = "not installed (local events do not need it)".to_owned();
            return about(Health::Warning, seen).with_fix(install);
        }
    };
    let seen = format!("{} at {}", program.version, program.path.display());
    if !program.is_supported() {
        return about(Health::Warning, format!("{seen}, too old")).with_fix(install);
    }
    match newest(subject, program).await {
        Some(newer) => about(Health::Good, format!("{seen}, {newer} is available"))
            .with_fix("install it:\ndevtool setup --force"),
        None => about(Health::Good, seen),
    }
}

/// A version that is newer than the one that is there; `None` where there is none, or none is known.
async fn newest(subject: &Subject<'_>, program: &Program) -> Option<String> {
    if subject.network == Network::Offline {
        return None;
    }
    let downloader = Downloader::new(TIME_LIMIT, None).ok()?;
    let latest = tokio::time::timeout(TIME_LIMIT, subject.host?.latest(&downloader)).await;
    let latest = latest.ok()?.ok()?;
    (latest > program.version).then(|| latest.to_string())
}

/// The login, and whether the Stripe CLI signs with the secret in force.
pub(super) async fn login(subject: &Subject<'_>) -> Vec<Finding> {
    let about = |health, seen: String| Finding::new("login", health, seen);
    let (stripe, credential) = match subject.driven {
        Ok(driven) => driven,
        Err(_) if !subject.found.program().is_some_and(Program::is_supported) => {
            let is_broken = matches!(subject.found, Found::Broken(_));
            let why = if is_broken { "the Stripe CLI does not run" } else { "no Stripe CLI" };
            return vec![about(Health::Skipped, why.to_owned())];
        }
        Err(error) => return vec![of_error("login", Health::Broken, error)],
    };
    if subject.network == Network::Offline {
        return vec![about(Health::Skipped, "not checked (--offline)".to_owned())];
    }
    match stripe.login().await.and_then(|login| login.only_for(subject.account)) {
        Ok(login) => {
            vec![judged(&login, credential, subject), agreement(stripe, subject).await]
        }
        Err(error) => {
            let error = credential.with_way_out(error);
            let health = match error.kind() {
                // Local events need no login.
                Kind::NotLoggedIn | Kind::Unreachable => Health::Warning,
                _ => Health::Broken,
            };
            let found = of_error("login", health, &error);
            vec![match error.kind() {
                // The error's own way out is this look.
                Kind::Unreachable => found.with_fix("check the network and HTTPS_PROXY"),
                _ => found,
            }]
        }
    }
}

fn judged(login: &Login, credential: Credential, subject: &Subject<'_>) -> Finding {
    let now = subject.clock.now();
    let mut seen = format!("{}, test mode, {}", login.shown_account(), credential.describe());
    if let (Some(ends), Some(days)) = (login.ends, login.days_left(now)) {
        seen.push_str(&format!(", expires {} (in {days} days)", ends.date()));
    }
    if login.ends_soon(now) {
        return Finding::new("login", Health::Warning, seen).with_fix("renew it:\ndevtool login");
    }
    Finding::new("login", Health::Good, seen)
}

/// Two secrets are no error: `devtool listen` re-signs events.
async fn agreement(stripe: &Stripe, subject: &Subject<'_>) -> Finding {
    let about = |health, seen: String| Finding::new("listen-secret", health, seen);
    match stripe.signing_secret().await {
        Ok(secret) if secret == subject.plan.job.secret.secret => {
            let directory = &subject.environment.working_directory;
            let source = subject.plan.job.secret.source.describe(directory);
            about(Health::Good, format!("the Stripe CLI signs with the same secret ({source})"))
        }
        Ok(secret) => {
            let seen = format!(
                "the Stripe CLI signs with another secret ({}); `devtool listen` re-signs events with the one above",
                secret.hint()
            );
            about(Health::Good, seen)
        }
        Err(error) => about(Health::Warning, format!("could not read the signing secret: {error}")),
    }
}
