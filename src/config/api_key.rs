//! API keys of Stripe's, as a type that cannot be printed, and the one that devtool keeps for the user.

use std::fmt;
use std::io;
use std::path::Path;

use super::environment::Environment;
use super::error;
use super::files;
use super::private;
use super::reading::{self, InputKind};
use crate::error::{Error, Result};

/// The variable that the Stripe CLI reads its key from.
pub const VARIABLE: &str = "STRIPE_API_KEY";

/// A secret or restricted API key of Stripe's test mode. There is no value for a key of live mode, so
/// that none can ever be used.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey(String);

/// The shortest key that the Stripe CLI takes, in characters.
const SHORTEST: usize = 12;

impl ApiKey {
    /// Takes `sk_test_…` and `rk_test_…`.
    ///
    /// # Errors
    /// Says what is wrong, without the text.
    pub fn parse(text: &str) -> std::result::Result<Self, &'static str> {
        let is_plain = text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if text.is_empty() {
            Err("it is empty")
        } else if text.contains("_live_") {
            Err("it is a live mode key, which devtool never uses")
        } else if text.starts_with("pk_") {
            Err("it is a publishable key, not a secret or restricted one")
        } else if !["sk_test_", "rk_test_"].iter().any(|prefix| text.starts_with(prefix)) {
            Err("it does not begin with `sk_test_` or `rk_test_`")
        } else if !is_plain {
            Err("it has other characters than letters, digits and `_`")
        } else if text.len() < SHORTEST {
            Err("it is too short")
        } else {
            Ok(Self(text.to_owned()))
        }
    }

    /// The key itself, for a child's environment and devtool's own file.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Enough to tell two keys apart: what kind of key it is, and its last four characters as the
    /// Dashboard shows them.
    pub fn hint(&self) -> String {
        let prefix = &self.0[.."sk_test_".len()];
        let rest = &self.0[prefix.len()..];
        let shown = if rest.len() >= 16 { &rest[rest.len() - 4..] } else { "" };
        format!("{prefix}…{shown}")
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(redacted)")
    }
}

/// The key of the environment's `STRIPE_API_KEY`, where it is set.
///
/// # Errors
/// It is none that devtool uses.
pub fn of_environment(environment: &Environment) -> Result<Option<ApiKey>> {
    let origin = format!("{VARIABLE} in the environment");
    let invalid = |reason: &str| error::invalid_key(&origin, reason);
    if environment.is_no_text(VARIABLE) {
        return Err(invalid("it is not UTF-8"));
    }
    environment.variable(VARIABLE).map(|text| ApiKey::parse(text).map_err(invalid)).transpose()
}

/// The key that devtool keeps in that file, where there is one.
///
/// # Errors
/// The file cannot be read, or holds no key.
pub fn read(file: &Path) -> Result<Option<ApiKey>> {
    private::check(file).map_err(|source| private::untrusted(file, source))?;
    let text = match reading::text(file, InputKind::Text) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(Error::read(file, source)),
    };
    ApiKey::parse(text.trim_end()).map(Some).map_err(|reason| {
        let origin = format!("`{}`", file.display());
        error::invalid_key(&origin, reason)
    })
}

/// Keeps a key in that file, readable by its owner only.
///
/// # Errors
/// The file cannot be written.
pub fn keep(file: &Path, key: &ApiKey) -> Result<()> {
    let unwritable = |source| Error::write(file, source);
    private::directory(&files::directory_of(file)).map_err(unwritable)?;
    files::replace(file, &format!("{}\n", key.reveal())).map_err(unwritable)
}

/// Removes the saved API key, and says whether there was one.
///
/// # Errors
/// The file cannot be removed.
pub fn forget(file: &Path) -> Result<bool> {
    match std::fs::remove_file(file) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(source) => Err(Error::write(file, source)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_keys_are_taken_and_others_are_not() {
        for text in ["sk_test_0123456789abcdef", "rk_test_51Abc"] {
            assert!(ApiKey::parse(text).is_ok(), "{text}");
        }
        for (text, reason) in [
            ("", "it is empty"),
            ("sk_live_0123456789", "it is a live mode key, which devtool never uses"),
            ("rk_live_0123456789", "it is a live mode key, which devtool never uses"),
            ("pk_test_0123456789", "it is a publishable key, not a secret or restricted one"),
            ("whsec_0123456789", "it does not begin with `sk_test_` or `rk_test_`"),
            ("sk_test_1", "it is too short"),
            ("sk_test_01234 6789", "it has other characters than letters, digits and `_`"),
            ("sk_test_01234\u{0}789", "it has other characters than letters, digits and `_`"),
        ] {
            assert_eq!(ApiKey::parse(text).unwrap_err(), reason, "{text}");
        }
    }

    #[test]
    fn a_hint_shows_four_characters_at_most() {
        let hint = |text: &str| ApiKey::parse(text).unwrap().hint();
        assert_eq!(hint("sk_test_0123456789abcdef"), "sk_test_…cdef");
        assert_eq!(hint("rk_test_0123"), "rk_test_…");
        let key = ApiKey::parse("sk_test_0123456789abcdef").unwrap();
        assert_eq!(format!("{key:?}"), "ApiKey(redacted)");
    }

    #[test]
    fn a_key_is_kept_and_forgotten() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("devtool/api_key");
        assert_eq!(read(&file).unwrap(), None);
        let key = ApiKey::parse("sk_test_0123456789abcdef").unwrap();
        keep(&file, &key).unwrap();
        assert_eq!(read(&file).unwrap(), Some(key));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::metadata(&file).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        assert!(forget(&file).unwrap());
        assert!(!forget(&file).unwrap());
    }
}
