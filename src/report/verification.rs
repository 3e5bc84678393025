//! What a signature comes to, as text and JSON.

use std::time::Duration;

use serde_json::{Value, json};

use super::layout::Layout;
use crate::protocol::Moment;
use crate::protocol::examination::{Examination, SignatureProblem};
use crate::runner::Verdict;
use crate::text::{duration, escape, width};

/// Where the label of a hint stands.
const INDENT: usize = 4;

/// A line with the verdict, and for each error what it is and what to do.
pub(crate) fn text(examination: &Examination, secret: &str, now: Moment, layout: Layout) -> String {
    let signed = signed(examination, now);
    let verdict = verdict(examination);
    let word = layout.palette.verdict(verdict, verdict.word().to_uppercase().as_str());
    let what = match verdict {
        Verdict::Pass => format!("Stripe's libraries accept it{signed}"),
        _ => format!("Stripe's libraries reject it{signed}"),
    };
    let mut out = format!("{word}  {what}\nsecret: {}\n", escape::line(secret));
    for error in &examination.problems {
        let what = width::wrap(&escape::line(&sentence(error)), INDENT, layout.columns);
        let way_out = width::wrap(hint(error), INDENT + 6, layout.columns);
        let label = layout.palette.hint("hint:");
        out.push_str(&format!("\n  - {what}\n    {label} {way_out}\n"));
    }
    out
}

/// Whether nothing is wrong but that another secret signed it, or another body was.
pub(crate) fn is_of_another_secret(examination: &Examination) -> bool {
    let is_it = |problem: &SignatureProblem| {
        matches!(problem, SignatureProblem::Mismatch | SignatureProblem::LargeMismatch)
    };
    !examination.problems.is_empty() && examination.problems.iter().all(is_it)
}

/// What is said of a signature that came through a listen, where the secret at hand did not make it: nobody kept
/// the one that did, nor the signature that the app got.
pub(crate) fn unknown(secret: &str, layout: Layout) -> String {
    let word = layout.palette.verdict(Verdict::Skipped, "SKIP");
    let secret = escape::line(secret);
    let text = "It came from Stripe with a signature of the secret of `stripe listen`, which the history does not \
                keep. Your app got the event signed anew with its own secret, where the first lines of the listen say \
                so. To check what came from Stripe, use that secret:";
    let text = width::wrap(text, INDENT, layout.columns);
    format!(
        "{word}  not checked with the secret at hand\nsecret: {secret}\n\n    {text}\n    \
         devtool ui --secret \"$(stripe listen --print-secret)\"\n"
    )
}

/// The verdict, and the name of each error.
pub(crate) fn compact(examination: &Examination) -> String {
    let words = examination.problems.iter().map(SignatureProblem::word);
    let line: Vec<&str> = std::iter::once(verdict(examination).word()).chain(words).collect();
    format!("{}\n", line.join(" "))
}

/// The same as JSON.
pub(crate) fn json(examination: &Examination, secret: &str, now: Moment) -> String {
    let problem = |problem: &SignatureProblem| -> Value {
        json!({"problem": problem.word(), "what": sentence(problem), "hint": hint(problem)})
    };
    let age = examination.signed_at.map(|at| now.seconds().saturating_sub(at.seconds()));
    let value = json!({
        "schema": 1,
        "verdict": verdict(examination).word(),
        "signed_at": examination.signed_at.map(|at| at.whole().seconds()),
        "age_s": age,
        "secret": secret,
        "problems": examination.problems.iter().map(problem).collect::<Vec<_>>(),
    });
    super::json::document(&value)
}

/// The signature of a body as JSON.
pub(crate) fn signature(header: &str, at: Moment, secret: &str) -> String {
    let value = json!({
        "schema": 1,
        "header": header,
        "timestamp": at.seconds(),
        "secret": secret,
    });
    super::json::document(&value)
}

/// Pass where nothing is wrong.
pub(crate) fn verdict(examination: &Examination) -> Verdict {
    if examination.problems.is_empty() { Verdict::Pass } else { Verdict::Fail }
}

fn signed(examination: &Examination, now: Moment) -> String {
    let Some(at) = examination.signed_at else { return String::new() };
    let age = now.seconds().saturating_sub(at.seconds());
    let length = duration::short(Duration::from_secs(age.unsigned_abs()));
    match age {
        0 => "; signed this second".to_owned(),
        1.. => format!("; signed {length} ago"),
        _ => format!("; signed {length} in the future"),
    }
}

fn sentence(error: &SignatureProblem) -> String {
    match error {
        SignatureProblem::NoHeader => "the header is empty".to_owned(),
        SignatureProblem::NoTimestamp => "the header has no timestamp `t=`".to_owned(),
        SignatureProblem::TimestampIsNoNumber => {
            "the timestamp after `t=` is not a whole number".to_owned()
        }
        SignatureProblem::NoSignature { schemes } if schemes.is_empty() => {
            "the header has no signature `v1=`".to_owned()
        }
        SignatureProblem::NoSignature { schemes } => {
            format!("the header has no signature `v1=`, only {}", schemes.join(", "))
        }
        SignatureProblem::Space => "the header contains white space".to_owned(),
        SignatureProblem::Capitals => "the signature is in capital letters".to_owned(),
        SignatureProblem::BodyChanged { signed } => {
            format!("the body was changed after signing: the signed text is this JSON {signed}")
        }
        SignatureProblem::OtherSecret { place } => {
            format!("it was signed with another secret: {place}")
        }
        SignatureProblem::Mismatch => {
            "the signature does not match this body and this secret".to_owned()
        }
        SignatureProblem::LargeMismatch => {
            "the signature does not match this body and this secret; other forms of a body over 1 MB \
             are not tried"
                .to_owned()
        }
        SignatureProblem::Expired { age, tolerance } => format!(
            "it has expired: signed {} ago, with a tolerance of {}",
            duration::short(*age),
            duration::short(*tolerance)
        ),
    }
}

const fn hint(error: &SignatureProblem) -> &'static str {
    match error {
        SignatureProblem::NoHeader
        | SignatureProblem::NoTimestamp
        | SignatureProblem::TimestampIsNoNumber => {
            "pass the whole value of `Stripe-Signature`: `t=…,v1=…`"
        }
        SignatureProblem::NoSignature { .. } => {
            "only `v1` counts; Stripe adds `v0` in test mode, and it proves nothing"
        }
        SignatureProblem::Space => "Stripe's libraries do not trim it: pass the value on unchanged",
        SignatureProblem::Capitals => {
            "the signature is compared as text, and Stripe's is lower case"
        }
        SignatureProblem::BodyChanged { .. } => {
            "verify the raw bytes of the request before anything parses them"
        }
        SignatureProblem::OtherSecret { .. } => {
            "use the same secret on both sides; `--secret` sets another one here"
        }
        SignatureProblem::Mismatch | SignatureProblem::LargeMismatch => {
            "either it was signed with another secret (set it with `--secret`), or the body was changed"
        }
        SignatureProblem::Expired { .. } => {
            "sign each delivery freshly; `--tolerance 0s` accepts any age here"
        }
    }
}
