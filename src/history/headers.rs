//! Headers as the history keeps them: exact, in their order, duplicates included, but for values that
//! nobody should find in a file.

use std::borrow::Cow;

use crate::protocol::headers;
use crate::text::credential;
use crate::text::redaction::Redactor;

/// What stands in place of a value that is not kept.
const REDACTED: &[u8] = b"(redacted)";

/// A list of headers, written as HTTP writes them: `Name: value`, each on its line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Headers(Vec<u8>);

impl Headers {
    /// Adds a header. The value of one that carries a credential is not kept.
    pub fn push(&mut self, name: &str, value: &[u8]) {
        self.0.extend_from_slice(name.as_bytes());
        self.0.extend_from_slice(b": ");
        self.0.extend_from_slice(if credential::is_named(name) { REDACTED } else { value });
        self.0.extend_from_slice(b"\r\n");
    }

    /// The same headers without what the redactor knows.
    pub(super) fn redacted(self, redactor: &Redactor) -> Self {
        match redactor.bytes(&self.0) {
            Cow::Borrowed(_) => self,
            Cow::Owned(bytes) => Self(bytes),
        }
    }

    /// The user's own headers, to be sent again: not those whose value was not kept.
    pub fn added(&self) -> Vec<(String, String)> {
        let own = self.iter().filter(|(name, value)| headers::is_added(name, value));
        let kept = own.filter(|(_, value)| !is_redacted(value));
        kept.map(|(name, value)| (name, String::from_utf8_lossy(value).into_owned())).collect()
    }

    /// The names of the user's own headers whose values were not kept.
    pub fn not_kept(&self) -> Vec<String> {
        let own = self.iter().filter(|(name, value)| headers::is_added(name, value));
        own.filter(|(_, value)| is_redacted(value)).map(|(name, _)| name).collect()
    }

    /// Each header's name and value. Those that an earlier devtool kept are left out here.
    pub fn iter(&self) -> impl Iterator<Item = (String, &[u8])> {
        let lines = self.0.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        lines.filter_map(|line| {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            let colon = line.iter().position(|byte| *byte == b':')?;
            let value = &line[colon + 1..];
            let name = String::from_utf8_lossy(&line[..colon]).into_owned();
            let value = value.strip_prefix(b" ").unwrap_or(value);
            let value = if credential::is_named(&name) { REDACTED } else { value };
            Some((name, value))
        })
    }

    /// The first value of that name, as text.
    pub fn value(&self, name: &str) -> Option<String> {
        let mut all = self.iter();
        let found = all.find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| String::from_utf8_lossy(value).into_owned())
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    pub(super) fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

/// Whether a value was not kept, or a secret was struck out of it.
fn is_redacted(value: &[u8]) -> bool {
    value == REDACTED || value.windows(6).any(|part| part == b"******")
}

impl<N: AsRef<str>, V: AsRef<[u8]>> FromIterator<(N, V)> for Headers {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        let mut headers = Self::default();
        for (name, value) in pairs {
            headers.push(name.as_ref(), value.as_ref());
        }
        headers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_come_back_as_they_were() {
        let pairs: [(&str, &[u8]); 4] =
            [("A", b"1"), ("b", b"x: y"), ("A", b"\xff2"), ("Empty", b"")];
        let headers: Headers = pairs.into_iter().collect();
        let back: Vec<(String, Vec<u8>)> =
            headers.iter().map(|(name, value)| (name, value.to_vec())).collect();
        let expected: Vec<(String, Vec<u8>)> =
            pairs.iter().map(|(name, value)| ((*name).to_owned(), value.to_vec())).collect();
        assert_eq!(back, expected);
        assert_eq!(headers.value("B").as_deref(), Some("x: y"));
    }

    #[test]
    fn credentials_are_not_kept() {
        let pairs = [
            ("Authorization", "Bearer hush"),
            ("COOKIE", "hush"),
            ("X-Mine", "key sk_test_hush end"),
            ("Stripe-Signature", "t=1,v1=abc"),
        ];
        let headers: Headers = pairs.into_iter().collect();
        let headers = headers.redacted(&Redactor::default());
        let text = String::from_utf8_lossy(headers.as_bytes()).into_owned();
        assert!(!text.contains("hush"), "{text}");
        assert!(text.contains("key sk_test_**** end") && text.contains("t=1,v1=abc"), "{text}");
    }
}
