//! API keys of requests: looked at, and never kept.

use std::borrow::Cow;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::error::RequestError;
use crate::text::credential::HIDDEN;

/// How keys begin.
const PREFIXES: [&str; 6] =
    ["sk_test_", "rk_test_", "sk_live_", "rk_live_", "pk_test_", "pk_live_"];

/// Whether a request may pass with that `Authorization`.
pub(super) fn check(authorization: Option<&str>) -> Result<(), RequestError> {
    let key = authorization.and_then(key).filter(|key| !key.is_empty());
    let Some(key) = key else { return Err(RequestError::no_key()) };
    let is_whole = |rest: &str| {
        !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    match PREFIXES.iter().find_map(|prefix| Some((*prefix, key.strip_prefix(prefix)?))) {
        Some(("sk_test_" | "rk_test_", rest)) if is_whole(rest) => Ok(()),
        Some(("sk_live_" | "rk_live_", _)) => Err(RequestError::live_key()),
        Some(("pk_test_" | "pk_live_", _)) => Err(RequestError::publishable_key()),
        _ => Err(RequestError::invalid_key(&masked(&key))),
    }
}

/// The key of `Bearer KEY`, or of `Basic` with the key for a user.
fn key(authorization: &str) -> Option<String> {
    let (scheme, value) = authorization.split_once(' ')?;
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(value.trim().to_owned());
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let user = String::from_utf8(BASE64_STANDARD.decode(value.trim()).ok()?).ok()?;
    Some(user.split(':').next().unwrap_or_default().to_owned())
}

/// As Stripe shows a key: the beginning and the last four characters, and nothing of a short one.
fn masked(key: &str) -> String {
    let characters: Vec<char> = key.chars().take(200).collect();
    if characters.len() < 16 || !key.is_ascii() {
        return "*".repeat(characters.len());
    }
    let ends = |range: std::ops::Range<usize>| characters[range].iter().collect::<String>();
    let (first, last) = (ends(0..8), ends(characters.len() - 4..characters.len()));
    format!("{first}{}{last}", "*".repeat(characters.len() - 12))
}

/// A text without the keys in it.
pub(super) fn struck(text: &str) -> Cow<'_, str> {
    let mut struck = Cow::Borrowed(text);
    for prefix in PREFIXES.iter().chain(&["whsec_"]) {
        while let Some(at) = struck.find(prefix) {
            let tail = &struck[at..];
            let is_key = |c: char| c.is_ascii_alphanumeric() || c == '_';
            let end = at + tail.find(|c| !is_key(c)).unwrap_or(tail.len());
            struck = format!("{}{HIDDEN}{}", &struck[..at], &struck[end..]).into();
        }
    }
    struck
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_keys_pass_and_others_are_told_why_not() {
        for authorization in ["Bearer sk_test_1", "bearer rk_test_a_b", "Basic c2tfdGVzdF8xMjM6"] {
            assert!(check(Some(authorization)).is_ok(), "{authorization}");
        }
        for authorization in
            ["", "Bearer", "Bearer ", "Basic !", "Digest a", "Bearer sk_test_", "Bearer sk_live_1"]
        {
            assert!(check(Some(authorization)).is_err(), "{authorization}");
        }
        assert!(check(None).is_err());
    }

    #[test]
    fn no_key_is_shown() {
        assert_eq!(masked("sk_tost_abcdefgh1234"), "sk_tost_********1234");
        assert_eq!(masked("secret"), "******");
        assert_eq!(struck("a sk_test_1/rk_live_2? b"), "a ***/***? b");
    }
}
