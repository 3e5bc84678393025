//! What is wrong with a signature that is not accepted, as far as it can be told.

use std::time::Duration;

use super::body_form;
use super::moment::Moment;
use super::signature::{self, VerifyError};
use crate::config::Secret;

/// The largest body whose other forms are tried, in bytes: there are a hundred of them, each as large as
/// the body. Stripe's events are far smaller.
const LARGEST_TO_REWRITE: usize = 1024 * 1024;

/// What a signature comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Examination {
    /// When the body was signed, where the header says so.
    pub signed_at: Option<Moment>,
    /// Everything that is wrong; nothing where Stripe's libraries accept it.
    pub problems: Vec<SignatureProblem>,
}

/// Something that is wrong with a signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignatureProblem {
    /// The header is empty.
    NoHeader,
    /// The header has no `t=`.
    NoTimestamp,
    /// What stands after `t=` is no whole number.
    TimestampIsNoNumber,
    /// The header has no `v1=`; these are the schemes that it has.
    NoSignature {
        /// The names in front of the other signs of equality.
        schemes: Vec<String>,
    },
    /// White space, which Stripe's libraries do not take away.
    Space,
    /// The signature is right but for its capital letters.
    Capitals,
    /// The body is not the one that was signed.
    BodyChanged {
        /// The form of it that was.
        signed: String,
    },
    /// The body was signed with another secret of the user's.
    OtherSecret {
        /// Where that one is.
        place: String,
    },
    /// The signature is that of another body, or of another secret, or of both.
    Mismatch,
    /// The same of a body that is too large for its other forms to be tried.
    LargeMismatch,
    /// The signature is too old.
    Expired {
        /// How old.
        age: Duration,
        /// How old it may be.
        tolerance: Duration,
    },
}

/// What a signature is examined with.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'f> {
    /// The secret that it has to be of.
    pub secret: &'f Secret,
    /// Other secrets that it may be of by mistake, each with its place.
    pub others: &'f [(String, Secret)],
    /// The body.
    pub body: &'f [u8],
    /// The time now.
    pub now: Moment,
    /// How old a signature may be; zero for any age.
    pub tolerance: Duration,
}

/// Examines a header's value.
pub fn examine(header: &str, facts: Facts<'_>) -> Examination {
    let mut problems = Vec::new();
    let cleaned: String = header.chars().filter(|c| !c.is_whitespace()).collect();
    if cleaned.is_empty() {
        return Examination { signed_at: None, problems: vec![SignatureProblem::NoHeader] };
    }
    if cleaned != header {
        problems.push(SignatureProblem::Space);
    }
    let pairs: Vec<(&str, &str)> = cleaned.split(',').filter_map(|p| p.split_once('=')).collect();
    let timestamp = pairs.iter().find(|(key, _)| *key == "t").map(|(_, value)| *value);
    let seconds: Option<i64> = timestamp.and_then(|text| text.parse().ok());
    match (timestamp, seconds) {
        (None, _) => problems.push(SignatureProblem::NoTimestamp),
        (Some(_), None) => problems.push(SignatureProblem::TimestampIsNoNumber),
        _ => {}
    }
    let has_signature = pairs.iter().any(|(key, _)| *key == "v1");
    if !has_signature {
        let others = pairs.iter().filter(|(key, _)| *key != "t");
        let schemes = others.map(|(key, _)| (*key).to_owned()).collect();
        problems.push(SignatureProblem::NoSignature { schemes });
    }
    let signed_at = seconds.map(Moment::from_seconds);
    if let (Some(signed_at), true) = (signed_at, has_signature) {
        problems.extend(compared(&cleaned, facts));
        problems.extend(age_problem(signed_at, facts));
    }
    Examination { signed_at, problems }
}

/// Why no `v1` fits, where none does.
fn compared(header: &str, facts: Facts<'_>) -> Vec<SignatureProblem> {
    if is_of(header, facts.secret, facts.body) {
        return Vec::new();
    }
    if is_of(&header.to_ascii_lowercase(), facts.secret, facts.body) {
        return vec![SignatureProblem::Capitals];
    }
    let other = |place: &String| SignatureProblem::OtherSecret { place: place.clone() };
    if let Some((place, _)) = facts.others.iter().find(|(_, s)| is_of(header, s, facts.body)) {
        return vec![other(place)];
    }
    if facts.body.len() > LARGEST_TO_REWRITE {
        return vec![SignatureProblem::LargeMismatch];
    }
    for form in body_form::forms(facts.body) {
        let changed = SignatureProblem::BodyChanged { signed: form.description.clone() };
        if is_of(header, facts.secret, &form.body) {
            return vec![changed];
        }
        if let Some((place, _)) = facts.others.iter().find(|(_, s)| is_of(header, s, &form.body)) {
            return vec![other(place), changed];
        }
    }
    vec![SignatureProblem::Mismatch]
}

/// Whether the header is of that secret and that body, whenever it was made.
fn is_of(header: &str, secret: &Secret, body: &[u8]) -> bool {
    let long_ago = Moment::from_seconds(i64::MIN);
    !matches!(signature::verify(secret, header, body, long_ago), Err(VerifyError::Mismatch))
}

fn age_problem(signed_at: Moment, facts: Facts<'_>) -> Option<SignatureProblem> {
    let age = facts.now.seconds().saturating_sub(signed_at.seconds());
    let age = Duration::from_secs(u64::try_from(age).unwrap_or(0));
    let is_old = !facts.tolerance.is_zero() && age > facts.tolerance;
    is_old.then_some(SignatureProblem::Expired { age, tolerance: facts.tolerance })
}

impl SignatureProblem {
    /// Its name in JSON.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::NoHeader => "no_header",
            Self::NoTimestamp => "no_timestamp",
            Self::TimestampIsNoNumber => "timestamp_is_no_number",
            Self::NoSignature { .. } => "no_signature",
            Self::Space => "space",
            Self::Capitals => "capitals",
            Self::BodyChanged { .. } => "body_changed",
            Self::OtherSecret { .. } => "other_secret",
            Self::Mismatch | Self::LargeMismatch => "mismatch",
            Self::Expired { .. } => "expired",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &[u8] = b"{\n  \"id\": \"evt_1\"\n}";

    fn problems_of(header: &str, body: &[u8], now: i64) -> Vec<SignatureProblem> {
        let secret = Secret::parse("whsec_mine").unwrap();
        let others = [("staging".to_owned(), Secret::parse("whsec_staging").unwrap())];
        let now = Moment::from_seconds(now);
        let tolerance = Duration::from_secs(300);
        let facts = Facts { secret: &secret, others: &others, body, now, tolerance };
        examine(header, facts).problems
    }

    fn signed(secret: &str, body: &[u8]) -> String {
        signature::header(&Secret::parse(secret).unwrap(), Moment::from_seconds(1_000), body)
    }

    #[test]
    fn a_good_signature_has_no_problem() {
        assert_eq!(problems_of(&signed("whsec_mine", BODY), BODY, 1_300), []);
        assert_eq!(problems_of(&signed("whsec_mine", BODY), BODY, 0), []);
    }

    #[test]
    fn each_problem_is_named() {
        let good = signed("whsec_mine", BODY);
        let v1 = good.split_once("v1=").unwrap().1;
        let problems = |header: &str| problems_of(header, BODY, 1_000);
        assert_eq!(problems(" "), [SignatureProblem::NoHeader]);
        assert_eq!(problems(&format!("v1={v1}")), [SignatureProblem::NoTimestamp]);
        assert_eq!(problems(&format!("t=now,v1={v1}")), [SignatureProblem::TimestampIsNoNumber]);
        let schemes = vec!["v0".to_owned()];
        assert_eq!(
            problems(&format!("t=1000,v0={v1}")),
            [SignatureProblem::NoSignature { schemes }]
        );
        assert_eq!(problems(&good.replace(',', ", ")), [SignatureProblem::Space]);
        assert_eq!(
            problems(&format!("t=1000,v1={}", v1.to_uppercase())),
            [SignatureProblem::Capitals]
        );
        assert_eq!(problems(&signed("whsec_else", BODY)), [SignatureProblem::Mismatch]);
        let place = "staging".to_owned();
        assert_eq!(
            problems(&signed("whsec_staging", BODY)),
            [SignatureProblem::OtherSecret { place }]
        );
        let (age, tolerance) = (Duration::from_secs(301), Duration::from_secs(300));
        assert_eq!(problems_of(&good, BODY, 1_301), [SignatureProblem::Expired { age, tolerance }]);
    }

    #[test]
    fn a_body_that_was_written_again_is_recognised() {
        let changed = |signed: &str| SignatureProblem::BodyChanged { signed: signed.to_owned() };
        let good = signed("whsec_mine", BODY);
        let problems = |body: &[u8]| problems_of(&good, body, 1_000);
        assert_eq!(problems(b"{\"id\":\"evt_1\"}"), [changed("indented by two spaces")]);
        assert_eq!(
            problems(b"{\n  \"id\": \"evt_1\"\n}\n"),
            [changed("without the newline at its end")]
        );
        let place = "staging".to_owned();
        let good = signed("whsec_staging", BODY);
        let both = [SignatureProblem::OtherSecret { place }, changed("indented by two spaces")];
        assert_eq!(problems_of(&good, b"{\"id\":\"evt_1\"}", 1_000), both);
    }
}
