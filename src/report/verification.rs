//! What a signature comes to, as text and JSON.

use std::time::Duration;

use serde_json::{Value, json};

use super::layout::Layout;
use crate::protocol::Moment;
use crate::protocol::examination::{Examination, Fault};
use crate::runner::Verdict;
use crate::text::{duration, escape, width};

/// Where the label of a hint stands.
const INDENT: usize = 4;

/// A line with the verdict, and for each fault what it is and what to do.
pub fn text(examination: &Examination, secret: &str, now: Moment, layout: Layout) -> String {
    let signed = signed(examination, now);
    let verdict = verdict(examination);
    let word = layout.palette.verdict(verdict, verdict.word().to_uppercase().as_str());
    let what = match verdict {
        Verdict::Pass => format!("Stripe's libraries accept it{signed}"),
        _ => format!("Stripe's libraries reject it{signed}"),
    };
    let mut out = format!("{word}  {what}\nsecret: {}\n", escape::line(secret));
    for fault in &examination.faults {
        let what = width::wrap(&escape::line(&sentence(fault)), INDENT, layout.columns);
        let way_out = width::wrap(hint(fault), INDENT + 6, layout.columns);
        let label = layout.palette.hint("hint:");
        out.push_str(&format!("\n  - {what}\n    {label} {way_out}\n"));
    }
    out
}

/// The verdict, and the name of each fault.
pub fn compact(examination: &Examination) -> String {
    let words = examination.faults.iter().map(Fault::word);
    let line: Vec<&str> = std::iter::once(verdict(examination).word()).chain(words).collect();
    format!("{}\n", line.join(" "))
}

/// The same as JSON.
pub fn json(examination: &Examination, secret: &str, now: Moment) -> String {
    let fault = |fault: &Fault| -> Value {
        json!({"fault": fault.word(), "what": sentence(fault), "hint": hint(fault)})
    };
    let age = examination.signed_at.map(|at| now.seconds().saturating_sub(at.seconds()));
    let value = json!({
        "schema": 1,
        "verdict": verdict(examination).word(),
        "signed_at": examination.signed_at.map(|at| at.whole().seconds()),
        "age_s": age,
        "secret": secret,
        "faults": examination.faults.iter().map(fault).collect::<Vec<_>>(),
    });
    format!("{value:#}\n")
}

/// The signature of a body as JSON.
pub fn signature(header: &str, at: Moment, secret: &str) -> String {
    let value = json!({
        "schema": 1,
        "header": header,
        "timestamp": at.seconds(),
        "secret": secret,
    });
    format!("{value:#}\n")
}

/// Pass where nothing is wrong.
pub fn verdict(examination: &Examination) -> Verdict {
    if examination.faults.is_empty() { Verdict::Pass } else { Verdict::Fail }
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

fn sentence(fault: &Fault) -> String {
    match fault {
        Fault::NoHeader => "the header is empty".to_owned(),
        Fault::NoTimestamp => "the header has no timestamp `t=`".to_owned(),
        Fault::TimestampIsNoNumber => "the timestamp after `t=` is not a whole number".to_owned(),
        Fault::NoSignature { schemes } if schemes.is_empty() => {
            "the header has no signature `v1=`".to_owned()
        }
        Fault::NoSignature { schemes } => {
            format!("the header has no signature `v1=`, only {}", schemes.join(", "))
        }
        Fault::Space => "the header contains white space".to_owned(),
        Fault::Capitals => "the signature is in capital letters".to_owned(),
        Fault::BodyChanged { signed } => {
            format!("the body was changed after signing: the signed text is this JSON {signed}")
        }
        Fault::OtherSecret { place } => format!("it was signed with another secret: {place}"),
        Fault::Mismatch => "the signature does not match this body and this secret".to_owned(),
        Fault::Expired { age, tolerance } => format!(
            "it has expired: signed {} ago, with a tolerance of {}",
            duration::short(*age),
            duration::short(*tolerance)
        ),
    }
}

const fn hint(fault: &Fault) -> &'static str {
    match fault {
        Fault::NoHeader | Fault::NoTimestamp | Fault::TimestampIsNoNumber => {
            "pass the whole value of `Stripe-Signature`: `t=…,v1=…`"
        }
        Fault::NoSignature { .. } => {
            "only `v1` counts; Stripe adds `v0` in test mode, and it proves nothing"
        }
        Fault::Space => "Stripe's libraries do not trim it: pass the value on unchanged",
        Fault::Capitals => "the signature is compared as text, and Stripe's is lower case",
        Fault::BodyChanged { .. } => {
            "verify the raw bytes of the request before anything parses them"
        }
        Fault::OtherSecret { .. } => {
            "use the same secret on both sides; `--secret` sets another one here"
        }
        Fault::Mismatch => {
            "either it was signed with another secret (set it with `--secret`), or the body was changed"
        }
        Fault::Expired { .. } => {
            "sign each delivery freshly; `--tolerance 0s` accepts any age here"
        }
    }
}
