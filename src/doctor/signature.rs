//! Whether the app verifies with the secret that devtool signs with: what it answers to one event with a
//! signature, beside the same event without.

use super::finding::{Finding, Health};
use crate::config::{FoundSecret, SecretSource};
use crate::delivery::{Circumstances, Diagnosis, EventTarget, Outcome, Response, diagnosis};

/// The finding about a signed event, once the endpoint has refused an unsigned one.
pub(super) fn judged(target: &EventTarget, unsigned: &Response, signed: &Outcome) -> Finding {
    let about = |health, seen: String| Finding::new("signature", health, seen);
    let hint = target.secret.secret.hint();
    let response = match signed {
        Outcome::Response(response) => response,
        Outcome::None { error, .. } => {
            return about(Health::Broken, format!("no answer to a signed event ({error})"));
        }
    };
    let status = response.status;
    if response.is_accepted() {
        let seen = format!("accepts an event signed with {hint} ({status})");
        return about(Health::Good, seen);
    }
    let with = Circumstances { secret: Some(&target.secret), ..Circumstances::default() };
    let diagnosis = diagnosis::diagnose(&target.endpoint, signed, with);
    let known = diagnosis.as_ref().filter(|diagnosis| diagnosis.id.starts_with("signature."));
    if known.is_some_and(|diagnosis| diagnosis.id == "signature.other_secret") {
        let seen = format!("the app has another secret than {hint} ({status})");
        return about(Health::Broken, seen).with_fix(way_out(&target.secret));
    }
    if response.status == unsigned.status && response.body == unsigned.body {
        let seen = format!(
            "refuses an event signed with {hint} in the same way as an unsigned one ({status})"
        );
        let others = match status {
            401 | 403 => ", or a login or CSRF check refuses both",
            500..=599 => ", or fails before it looks at the signature",
            _ => ", or verifies a parsed body",
        };
        let fix = format!("the app has another secret{others}: {}", way_out(&target.secret));
        return about(Health::Broken, seen).with_fix(fix);
    }
    if let Some(Diagnosis { cause, fix, .. }) = known {
        return about(Health::Broken, format!("refuses a signed event ({status}): {cause}"))
            .with_fix(fix.clone());
    }
    about(Health::Warning, format!("refuses an event of a type that it does not know ({status})"))
        .with_fix("Stripe adds types: answer 2xx to those that the app does not handle")
}

/// How the app and devtool come to the same secret.
fn way_out(secret: &FoundSecret) -> String {
    if let Some(other) = secret.other_variable() {
        return format!(
            "{}; to use that one, put `{}` into devtool.toml",
            other.describe(),
            other.line()
        );
    }
    match &secret.source {
        SecretSource::Own { .. } => {
            "`devtool secret --write` writes this one for the app; restart the app then".to_owned()
        }
        SecretSource::DotEnv { variable, .. } => format!(
            "restart it, as it reads its secret when it starts; if that does not help, it reads another \
             file or another variable than {variable}"
        ),
        _ => "give it this one, and restart it: `devtool secret` prints it".to_owned(),
    }
}
