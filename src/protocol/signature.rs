//! The `Stripe-Signature` header: made as Stripe makes it, checked as Stripe's libraries check it.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};

use super::moment::Moment;
use crate::config::Secret;
use crate::text::hexadecimal;

/// How old a signature may be, in seconds: the default of Stripe's libraries.
pub const TOLERANCE_SECONDS: i64 = 300;

/// Why a signature is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// The header has no `t=` with a number.
    #[error("the header has no timestamp")]
    NoTimestamp,
    /// The header has no `v1=`.
    #[error("the header has no v1 signature")]
    NoSignature,
    /// No `v1` is that of this body with this secret.
    #[error("the signature does not match")]
    Mismatch,
    /// The timestamp is older than [`TOLERANCE_SECONDS`].
    #[error("the timestamp is too old")]
    TooOld,
}

/// The header's value for a body: `t=…,v1=…`, where v1 is the HMAC-SHA256 of `t.body` with the whole
/// secret as text for its key.
pub fn header(secret: &Secret, at: Moment, body: &[u8]) -> String {
    header_by(secret.reveal(), at, body)
}

/// The same by a key that need be no secret: by none at all, as an app has it whose variable is not set.
pub fn header_by(key: &str, at: Moment, body: &[u8]) -> String {
    let seconds = at.seconds().to_string();
    let digest = mac(key, &seconds, body).map(|mac| mac.finalize().into_bytes());
    format!("t={seconds},v1={}", hexadecimal::digits(&digest.unwrap_or_default()))
}

/// The header's value for a delivery: Stripe's test mode adds a `v0`, which no library checks. Its key is not
/// known; what stands here belongs to the body and its second, so that the same seed gives the same header.
pub fn delivery_header(secret: &Secret, at: Moment, body: &[u8]) -> String {
    let header = header(secret, at, body);
    let v0 = hexadecimal::digits(&Sha256::digest(&header));
    header + ",v0=" + &v0
}

/// Checks a header by the rules of Stripe's libraries: one matching `v1` is enough, other schemes do
/// not count, nothing is trimmed, a timestamp in the future is no error.
///
/// # Errors
/// Says which rule it breaks.
pub fn verify(secret: &Secret, header: &str, body: &[u8], now: Moment) -> Result<(), VerifyError> {
    let pairs: Vec<(&str, &str)> = header.split(',').filter_map(|p| p.split_once('=')).collect();
    let seconds = pairs.iter().find(|(key, _)| *key == "t").map(|(_, value)| *value);
    let seconds = seconds.ok_or(VerifyError::NoTimestamp)?;
    let signed_at: i64 = seconds.parse().map_err(|_| VerifyError::NoTimestamp)?;
    let mut signatures = pairs.iter().filter(|(key, _)| *key == "v1").peekable();
    signatures.peek().ok_or(VerifyError::NoSignature)?;
    let matches =
        |digits: &str| match (hexadecimal::bytes(digits), mac(secret.reveal(), seconds, body)) {
            (Some(bytes), Some(mac)) => mac.verify_slice(&bytes).is_ok(),
            _ => false,
        };
    if !signatures.any(|(_, digits)| matches(digits)) {
        return Err(VerifyError::Mismatch);
    }
    if signed_at < now.seconds().saturating_sub(TOLERANCE_SECONDS) {
        return Err(VerifyError::TooOld);
    }
    Ok(())
}

/// `None` never happens: HMAC takes keys of every length.
fn mac(key: &str, seconds: &str, body: &[u8]) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).ok()?;
    mac.update(seconds.as_bytes());
    mac.update(b".");
    mac.update(body);
    Some(mac)
}

/// A secret of Stripe's form that belongs to a name: the same each time, for whoever has the key.
pub(crate) fn secret_of(key: &str, name: &str) -> Secret {
    let digest = mac(key, "", name.as_bytes()).map(|mac| mac.finalize().into_bytes());
    Secret::of_digest(&digest.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn secret(text: &str) -> Secret {
        Secret::parse(text).unwrap()
    }

    fn at(seconds: i64) -> Moment {
        Moment::from_seconds(seconds)
    }

    /// Computed with Python: `hmac.new(b"whsec_test", b"1700000000.{}", "sha256").hexdigest()`.
    #[test]
    fn a_known_vector_is_met() {
        assert_eq!(
            header(&secret("whsec_test"), at(1_700_000_000), b"{}"),
            "t=1700000000,v1=35495024f4ef3f94e5a93e22221544c4b75e9a42300cd965ab81cb85cd994e91"
        );
    }

    #[test]
    fn a_delivery_has_a_second_signature_that_does_not_count() {
        let (key, moment) = (secret("whsec_test"), at(1_700_000_000));
        let whole = delivery_header(&key, moment, b"{}");
        let (checked, v0) = whole.rsplit_once(",v0=").unwrap();
        assert_eq!(checked, header(&key, moment, b"{}"));
        assert!(v0.len() == 64 && hexadecimal::bytes(v0).is_some(), "{v0}");
        assert_eq!(verify(&key, &whole, b"{}", moment), Ok(()));
        assert_eq!(whole, delivery_header(&key, moment, b"{}"), "nothing of it is random");
        let v0_alone = format!("t=1700000000,v0={v0}");
        assert_eq!(verify(&key, &v0_alone, b"{}", moment), Err(VerifyError::NoSignature));
    }

    #[test]
    fn the_rules_are_those_of_stripes_libraries() {
        let key = secret("whsec_a");
        let good = header(&key, at(1_000), b"body");
        let check = |header: &str, now| verify(&key, header, b"body", at(now));
        let v1 = good.split_once("v1=").unwrap().1;
        assert_eq!(check(&good, 1_300), Ok(()));
        assert_eq!(check(&good, 1_301), Err(VerifyError::TooOld));
        assert_eq!(check(&good, 0), Ok(()));
        assert_eq!(check(&format!("t=1000,v1={},v1={v1},v0=x", "0".repeat(64)), 1_000), Ok(()));
        assert_eq!(check(&format!("t=1000,v0={v1}"), 1_000), Err(VerifyError::NoSignature));
        assert_eq!(check(&format!("t=1000, v1={v1}"), 1_000), Err(VerifyError::NoSignature));
        assert_eq!(check(&format!("v1={v1}"), 1_000), Err(VerifyError::NoTimestamp));
        assert_eq!(check(&format!("t=1001,v1={v1}"), 1_000), Err(VerifyError::Mismatch));
        assert_eq!(check("", 1_000), Err(VerifyError::NoTimestamp));
        assert_eq!(check("t=1000,v1=größe!", 1_000), Err(VerifyError::Mismatch));
        assert_eq!(verify(&secret("b"), &good, b"body", at(1_000)), Err(VerifyError::Mismatch));
    }

    proptest! {
        #[test]
        fn a_signature_verifies_for_any_body(
            body in proptest::collection::vec(any::<u8>(), 0..2_000),
            text in "[!-~]{1,80}",
            seconds in 0i64..4_000_000_000,
        ) {
            let header = header(&secret(&text), at(seconds), &body);
            prop_assert_eq!(verify(&secret(&text), &header, &body, at(seconds)), Ok(()));
            let mut other = body.clone();
            other.push(0);
            prop_assert!(verify(&secret(&text), &header, &other, at(seconds)).is_err());
        }

        #[test]
        fn no_header_panics(header in ".{0,80}") {
            let _ = verify(&secret("s"), &header, b"", at(0));
        }
    }
}
