//! Whether the app verifies with the secret that devtool signs with: what it answers to one event with a
//! signature, beside the same event without.

use super::finding::{Finding, Health};
use crate::config::FoundSecret;
use crate::delivery::{Circumstances, Diagnosis, EventTarget, Outcome, Signer, diagnosis};

/// The finding about a signed event, once the endpoint has refused an unsigned one with that status.
pub(super) fn judged(target: &EventTarget, unsigned: u16, signed: &Outcome) -> Finding {
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
    let with = Circumstances { signer: Signer::Secret(&target.secret), ..Circumstances::default() };
    let diagnosis = diagnosis::diagnose(&target.endpoint, signed, with);
    let known = diagnosis.as_ref().filter(|diagnosis| diagnosis.id.starts_with("signature."));
    if known.is_some_and(|diagnosis| diagnosis.id == "signature.other_secret") {
        let seen = format!("the app has another secret than {hint} ({status})");
        return about(Health::Broken, seen)
            .with_fix(with_command(diagnosis::secret_fix(&target.secret), &target.secret));
    }
    if let Some(Diagnosis { cause, fix, .. }) = known {
        return about(Health::Broken, format!("refuses a signed event ({status}): {cause}"))
            .with_fix(fix.clone());
    }
    if status == unsigned {
        let seen =
            format!("refuses an event signed with {hint} as it refuses an unsigned one ({status})");
        return about(Health::Broken, seen).with_fix(either(&target.secret, status));
    }
    about(Health::Warning, format!("refuses an event of a type that it does not know ({status})"))
        .with_fix("Stripe adds types: answer 2xx to those that the app does not handle")
}

/// What the same status for both events may come of. Their bodies tell nothing: many have a time in them.
fn either(secret: &FoundSecret, status: u16) -> String {
    let other = match status {
        401 | 403 => "a login or CSRF check refuses both",
        500..=599 => "it fails before it looks at the signature",
        _ => "verifies a parsed body",
    };
    let fix = format!(
        "the app has another secret, or {other}: {}. Or it refuses every type that it does not know: Stripe adds \
         types, so answer 2xx to those",
        diagnosis::secret_fix(secret)
    );
    with_command(fix, secret)
}

/// The way out, with the command that writes devtool's own secret below it.
fn with_command(fix: String, secret: &FoundSecret) -> String {
    match diagnosis::secret_command(secret) {
        Some(command) => format!("{fix}\n{command}"),
        None => fix,
    }
}
