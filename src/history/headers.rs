//! Headers as the history keeps them: exact, in their order, duplicates included, but for values that
//! nobody should find in a file.

/// What stands in place of a value that is not kept.
const REDACTED: &[u8] = b"(redacted)";

/// Headers that carry credentials, whatever their value looks like.
const CREDENTIALS: [&str; 6] =
    ["authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key", "x-auth-token"];

/// What Stripe's keys and signing secrets begin with.
const SECRETS: [&str; 5] = ["sk_test_", "sk_live_", "rk_test_", "rk_live_", "whsec_"];

/// A list of headers, written as HTTP writes them: `Name: value`, each on its line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Headers(Vec<u8>);

impl Headers {
    /// Adds a header. The value of one that carries a credential is not kept.
    pub fn push(&mut self, name: &str, value: &[u8]) {
        let is_credential = CREDENTIALS.iter().any(|known| known.eq_ignore_ascii_case(name));
        self.0.extend_from_slice(name.as_bytes());
        self.0.extend_from_slice(b": ");
        if is_credential {
            self.0.extend_from_slice(REDACTED);
        } else {
            self.0.extend_from_slice(&without_secrets(value));
        }
        self.0.extend_from_slice(b"\r\n");
    }

    /// Each header's name and value.
    pub fn iter(&self) -> impl Iterator<Item = (String, &[u8])> {
        let lines = self.0.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        lines.filter_map(|line| {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            let colon = line.iter().position(|byte| *byte == b':')?;
            let value = &line[colon + 1..];
            let name = String::from_utf8_lossy(&line[..colon]).into_owned();
            Some((name, value.strip_prefix(b" ").unwrap_or(value)))
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

impl<N: AsRef<str>, V: AsRef<[u8]>> FromIterator<(N, V)> for Headers {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        let mut headers = Self::default();
        for (name, value) in pairs {
            headers.push(name.as_ref(), value.as_ref());
        }
        headers
    }
}

/// The bytes with the rest of every key and signing secret of Stripe's form struck out, same length.
pub fn without_secrets(bytes: &[u8]) -> std::borrow::Cow<'_, [u8]> {
    let mut out = std::borrow::Cow::Borrowed(bytes);
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    for start in 0..bytes.len() {
        if !matches!(bytes[start], b's' | b'r' | b'w') {
            continue;
        }
        let rest = &bytes[start..];
        let prefix = SECRETS.iter().find(|prefix| rest.starts_with(prefix.as_bytes()));
        let Some(prefix) = prefix else { continue };
        let length = rest[prefix.len()..].iter().take_while(|byte| is_plain(byte)).count();
        let from = start + prefix.len();
        out.to_mut()[from..from + length].fill(b'*');
    }
    out
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
        let text = String::from_utf8_lossy(headers.as_bytes()).into_owned();
        assert!(!text.contains("hush"), "{text}");
        assert!(text.contains("key sk_test_**** end") && text.contains("t=1,v1=abc"), "{text}");
    }

    #[test]
    fn secrets_are_struck_out_of_bytes() {
        let of = |text: &str| String::from_utf8(without_secrets(text.as_bytes()).into()).unwrap();
        assert_eq!(of("whsec_abc, rk_live_A1"), "whsec_***, rk_live_**");
        assert_eq!(of("risk_test whsec sk_tes"), "risk_test whsec sk_tes");
    }
}
