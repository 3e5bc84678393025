//! The signing secret, as a type that cannot be printed.

use std::fmt;

use rand::TryRng as _;
use rand::rngs::SysRng;

use crate::error::Error;
use crate::text::hexadecimal;

/// A webhook signing secret. It is shown by [`Secret::hint`] only; whoever needs the text itself
/// says so with [`Secret::reveal`].
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

/// What the secrets that Stripe gives out begin with.
const PREFIX: &str = "whsec_";

/// So many bytes of the system's randomness as hexadecimal digits.
///
/// # Errors
/// The system has none.
pub fn random_digits<const BYTES: usize>() -> crate::error::Result<String> {
    let mut bytes = [0u8; BYTES];
    SysRng.try_fill_bytes(&mut bytes).map_err(|_| Error::no_random_bytes())?;
    Ok(hexadecimal::digits(&bytes))
}

impl Secret {
    /// Takes any text without white space.
    ///
    /// # Errors
    /// Says what is wrong, without the text.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        if text.is_empty() {
            Err("it is empty")
        } else if text.chars().any(char::is_whitespace) {
            Err("it has white space in it")
        } else {
            Ok(Self(text.to_owned()))
        }
    }

    /// A new secret of Stripe's form (`whsec_` and 64 hexadecimal digits) from the system's
    /// randomness.
    ///
    /// # Errors
    /// The system has none.
    pub fn random() -> crate::error::Result<Self> {
        Ok(Self(format!("{PREFIX}{}", random_digits::<32>()?)))
    }

    /// One of Stripe's form that is made of a digest.
    pub(crate) fn of_digest(digest: &[u8]) -> Self {
        Self(format!("{PREFIX}{}", hexadecimal::digits(digest)))
    }

    /// The secret itself, for signing and for the user's own file.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Whether it looks like a secret of Stripe's.
    pub fn is_stripes_form(&self) -> bool {
        self.0.starts_with(PREFIX)
    }

    /// Enough to tell two secrets apart: `whsec_` where it begins so, at most four characters more
    /// and never more than a quarter of the rest.
    pub fn hint(&self) -> String {
        let (prefix, rest) = match self.0.strip_prefix(PREFIX) {
            Some(rest) => (PREFIX, rest),
            None => ("", self.0.as_str()),
        };
        let shown = (rest.chars().count() / 4).min(4);
        let start: String = rest.chars().take(shown).collect();
        format!("{prefix}{start}…")
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hint_never_tells_more_than_a_quarter() {
        let hint = |text: &str| Secret::parse(text).unwrap().hint();
        assert_eq!(hint("whsec_0123456789abcdef0123"), "whsec_0123…");
        assert_eq!(hint("whsec_abcde"), "whsec_a…");
        assert_eq!(hint("abc"), "…");
        assert_eq!(hint("abcdefgh"), "ab…");
        assert_eq!(hint("größe-länge-höhe"), "größ…");
    }

    #[test]
    fn debug_output_holds_nothing_of_it() {
        assert_eq!(format!("{:?}", Secret::parse("whsec_abc").unwrap()), "Secret(redacted)");
    }

    #[test]
    fn white_space_and_nothing_are_no_secrets() {
        assert!(Secret::parse("").is_err());
        assert!(Secret::parse("whsec_a b").is_err());
        assert!(Secret::parse("whsec_a\n").is_err());
    }

    #[test]
    fn random_secrets_have_stripes_form_and_differ() {
        let (a, b) = (Secret::random().unwrap(), Secret::random().unwrap());
        assert!(a.is_stripes_form() && a.reveal().len() == PREFIX.len() + 64);
        assert!(a != b);
    }
}
