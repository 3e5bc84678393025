//! What signed an event, and how the app comes to the same secret.

use std::path::Path;

use crate::config::{FoundSecret, SecretSource};
use crate::text::command_line::CommandLine;

/// What signed an event, as far as that is known.
#[derive(Clone, Copy, Debug, Default)]
pub enum Signer<'s> {
    /// It is not known, as of a recorded delivery.
    #[default]
    Unknown,
    /// The endpoint's secret.
    Secret(&'s FoundSecret),
    /// `stripe listen`, whose signatures are passed on.
    Stripe,
}

impl Signer<'_> {
    /// The secret that signed the event; where it was found only if [`secret_fix`] does not name that.
    pub(super) fn shown(self) -> String {
        const IT: &str = "the one that signed this event";
        let found = match self {
            Self::Unknown => return IT.to_owned(),
            Self::Stripe => return format!("{IT} (that of `stripe listen`)"),
            Self::Secret(found) => found,
        };
        let hint = found.secret.hint();
        match &found.source {
            SecretSource::DotEnv { .. } | SecretSource::File(_) => format!("{IT} ({hint})"),
            source => format!("{IT} ({hint}, {})", place(source)),
        }
    }

    /// How the app and devtool come to the same secret.
    pub(super) fn fix(self) -> String {
        match self {
            Self::Secret(found) => secret_fix(found),
            Self::Unknown => "give the app the secret of the endpoint (its route's, or that of `--secret`; else \
                 `devtool secret` prints it), and restart the app"
                .to_owned(),
            Self::Stripe => "give the app the secret that `devtool stripe listen --print-secret` prints, and restart \
                 the app; or let devtool sign with the endpoint's own: leave out `--no-resign`"
                .to_owned(),
        }
    }

    /// How an app that has none comes to the secret.
    pub(super) fn fix_without(self) -> String {
        let Self::Secret(found) = self else { return self.fix() };
        if let Some(other) = found.other_variable() {
            return format!(
                "let the app read {} in {}, restart the app, and put `{}` into devtool.toml",
                other.name,
                other.place,
                other.line()
            );
        }
        match &found.source {
            SecretSource::Flag => "give it the one of `--secret`, and restart it".to_owned(),
            SecretSource::Variable(name) => format!("start it with the same {name} as devtool"),
            SecretSource::File(_) => {
                format!("give it the one in {}, and restart it", place(&found.source))
            }
            SecretSource::DotEnv { .. }
            | SecretSource::Own { .. }
            | SecretSource::Run
            | SecretSource::WebhookEndpoint(_) => self.fix(),
        }
    }

    /// The command that brings it to the app, where there is one.
    pub(super) fn command(self) -> Option<CommandLine> {
        match self {
            Self::Secret(found) => secret_command(found),
            Self::Unknown | Self::Stripe => None,
        }
    }
}

/// Where a secret was found, in few words.
fn place(source: &SecretSource) -> String {
    let directory = match source {
        SecretSource::DotEnv { file, .. } | SecretSource::File(file) => file.parent(),
        SecretSource::Own { .. } => return "devtool's own".to_owned(),
        SecretSource::Flag
        | SecretSource::Variable(_)
        | SecretSource::Run
        | SecretSource::WebhookEndpoint(_) => None,
    };
    source.describe(directory.unwrap_or(Path::new("")))
}

/// How the app and devtool come to the same secret.
pub(crate) fn secret_fix(found: &FoundSecret) -> String {
    if let Some(other) = found.other_variable() {
        return format!(
            "{}. To sign with that one, put `{}` into devtool.toml",
            other.describe(),
            other.line()
        );
    }
    match &found.source {
        SecretSource::Flag => "give `--secret` the app's own".to_owned(),
        SecretSource::Variable(name) => {
            format!("start the app with the same {name}, or leave it out of devtool's environment")
        }
        SecretSource::DotEnv { .. } => format!(
            "let the app read {}, and restart the app: it reads its secret when it starts",
            place(&found.source)
        ),
        SecretSource::File(_) => format!(
            "put the app's own into {}, or give the app the one from there, and restart the app",
            place(&found.source)
        ),
        SecretSource::Own { .. } => {
            "`devtool secret --write` writes it to the app's .env, `devtool secret` prints it; then \
             restart the app"
                .to_owned()
        }
        SecretSource::Run => {
            "no app has it, as it is made for this run: give `--secret` the app's own".to_owned()
        }
        SecretSource::WebhookEndpoint(id) => {
            format!("let the app verify by the `secret` that the call which made {id} was answered")
        }
    }
}

/// The command that brings devtool's own secret to the app.
pub(crate) fn secret_command(found: &FoundSecret) -> Option<CommandLine> {
    let is_own = matches!(found.source, SecretSource::Own { .. });
    let is_in_force = is_own && found.other_variable().is_none();
    is_in_force.then(|| CommandLine::new("secret").with_flag("--write"))
}
