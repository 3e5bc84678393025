//! LEK: what the answers of the whole audit show.

use super::super::finding::{Evidence, ProbeResult, ProbeVerdict};
use super::super::probe::{AuditProbe, Severity};
use super::super::prober::{AnsweredProbe, Prober};
use super::super::under_way::Audit;
use super::sending::unknown;
use crate::delivery::Outcome;
use crate::error::Result;
use crate::protocol::{Moment, signature};

/// What only the inside of an app has, and what it is.
const INSIDES: [(&str, &str); 16] = [
    ("Traceback (most recent call last)", "a stack trace of Python"),
    ("Werkzeug Debugger", "a debugger"),
    (
        "You're seeing this error because you have <code>DEBUG = True</code>",
        "a debug page of Django",
    ),
    ("node_modules/", "a path of the app"),
    ("at async ", "a stack trace of Node"),
    ("at Object.<anonymous>", "a stack trace of Node"),
    ("/site-packages/", "a path of the app"),
    ("vendor/laravel", "a path of the app"),
    ("/vendor/bundle/", "a path of the app"),
    ("Rails.root", "a debug page of Rails"),
    ("goroutine 1 [", "a stack trace of Go"),
    ("\tat java.", "a stack trace of Java"),
    ("   at System.", "a stack trace of .NET"),
    ("SQLSTATE", "SQL"),
    ("sqlite3.", "an error of the database"),
    ("psycopg", "an error of the database"),
];

/// What secrets of Stripe's begin with.
const SECRETS: [&str; 5] = ["whsec_", "sk_test_", "sk_live_", "rk_test_", "rk_live_"];
/// How many characters follow on that at least.
const SHORTEST: usize = 12;

pub(super) fn run(probe: &'static AuditProbe, audit: &Audit) -> Result<ProbeResult> {
    let prober = &audit.prober;
    let shows: fn(&AnsweredProbe, &Prober) -> Option<String> = match probe.id.as_str() {
        "LEK-01" => |answered, _| inside(answered),
        "LEK-02" => secret,
        "LEK-03" => |answered, _| customer(answered),
        id => return Err(unknown(id)),
    };
    let pass = ProbeResult::new(probe, ProbeVerdict::Pass);
    let mut answered = prober.answered();
    let [unsigned, signed] = prober.answer_counts();
    // A customer's own data may stand in an answer to Stripe.
    let read = if probe.id == "LEK-03" { unsigned } else { unsigned + signed };
    if read == 0 {
        let reason = "no probe ran whose answer could show it";
        return Ok(ProbeResult::not_tested(probe, reason, Some("run other probes with it")));
    }
    // What anybody can see is worse than what Stripe alone does.
    answered.sort_by_key(|one| one.is_signed);
    let found = answered.into_iter().find_map(|one| Some((shows(&one, prober)?, one)));
    let Some((what, one)) = found else { return Ok(pass) };
    let is_stripes_to_see = one.is_signed && probe.severity < Severity::Critical;
    let severity = if is_stripes_to_see { Severity::Info } else { probe.severity };
    let whose = if one.is_signed { "a rightly signed request" } else { "anybody's request" };
    let seen = format!("the answer {} to {whose} shows {what}", one.response.status);
    Ok(pass.failed(severity, seen, vec![evidence(one, prober)]))
}

fn evidence(one: AnsweredProbe, prober: &Prober) -> Evidence {
    Evidence {
        name: "a request of the audit".to_owned(),
        method: "POST",
        target: prober.target().to_owned(),
        request: one.request,
        outcome: Outcome::Response(one.response),
        latency: std::time::Duration::ZERO,
        state_before: None,
        state_after: None,
    }
}

fn inside(answered: &AnsweredProbe) -> Option<String> {
    let text = answered.response.text();
    let found = INSIDES.iter().find(|(sign, _)| text.contains(sign));
    found.map(|(_, what)| (*what).to_owned())
}

fn secret(answered: &AnsweredProbe, prober: &Prober) -> Option<String> {
    let text = answered.response.text();
    if text.contains(prober.secret().reveal()) {
        return Some("the signing secret".to_owned());
    }
    let is_one = |start: &&&str| {
        text.match_indices(**start).any(|(at, _)| {
            let rest = text[at + start.len()..].chars();
            rest.take_while(char::is_ascii_alphanumeric).count() >= SHORTEST
        })
    };
    if let Some(start) = SECRETS.iter().find(is_one) {
        return Some(format!("a secret that begins with {start}"));
    }
    let digest = expected_digest(answered, prober)?;
    let header = answered.signature();
    (text.contains(&digest) && !header.contains(&digest))
        .then(|| "the signature that it expected".to_owned())
}

/// What the handler computes for a request.
fn expected_digest(answered: &AnsweredProbe, prober: &Prober) -> Option<String> {
    let seconds = answered.signature().split(',').find_map(|part| part.strip_prefix("t="))?;
    let at = Moment::from_seconds(seconds.parse().ok()?);
    let header = signature::header(prober.secret(), at, &answered.request.body);
    header.split_once(",v1=").map(|(_, digest)| digest.to_owned())
}

/// What of a customer an answer says to a request that is not rightly signed.
fn customer(answered: &AnsweredProbe) -> Option<String> {
    if answered.is_signed {
        return None;
    }
    let body: serde_json::Value = serde_json::from_slice(&answered.request.body).ok()?;
    let text = answered.response.text();
    let object = &body["data"]["object"];
    let fields = ["customer", "receipt_email", "customer_email", "email"];
    let shows = |name: &&&str| {
        object[**name].as_str().is_some_and(|value| !value.is_empty() && text.contains(value))
    };
    fields
        .iter()
        .find(shows)
        .map(|name| format!("the event's `{name}`, though it was not rightly signed"))
}
