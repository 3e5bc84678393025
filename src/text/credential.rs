//! What is taken for a credential of the user's: by the name of its header or of its parameter in a URL, or by its
//! look.

use std::borrow::Cow;

/// What stands in a URL in place of a value that is not shown.
pub const HIDDEN: &str = "***";
/// Words of a header's name that say so.
const WORDS: [&str; 19] = [
    "apikey",
    "auth",
    "authentication",
    "authorization",
    "bypass",
    "cookie",
    "credential",
    "csrf",
    "jwt",
    "key",
    "passphrase",
    "password",
    "passwd",
    "secret",
    "session",
    "signature",
    "sid",
    "token",
    "xsrf",
];
/// Ends of such words that stand for themselves.
const ENDS: [&str; 5] = ["apikey", "authorization", "password", "secret", "token"];
/// The signature of a delivery: it proves one body, for minutes.
const SIGNATURE: &str = "stripe-signature";
/// The fewest characters of a value that looks like one.
const SHORTEST_RANDOM: usize = 20;
/// One change between small letters, capitals and digits stands for so many characters of it at most: words
/// and versions have fewer.
const LONGEST_RUN: usize = 5;

/// Whether a header of that name carries a credential, whatever its value looks like.
pub fn is_named(name: &str) -> bool {
    // It is asked of every header of every event, and most names are written small.
    let is_small = !name.bytes().any(|byte| byte.is_ascii_uppercase());
    let name = if is_small { Cow::Borrowed(name) } else { Cow::Owned(name.to_ascii_lowercase()) };
    let is_one = |word: &str| WORDS.contains(&word) || ENDS.iter().any(|end| word.ends_with(end));
    name != SIGNATURE && name.split(['-', '_', '.']).any(is_one)
}

/// Whether a text looks like a key or a token: long, without spaces, letters and digits mixed.
pub fn is_random(text: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "+/=_-.~".contains(c);
    let class = |c: char| (c.is_ascii_digit(), c.is_ascii_uppercase());
    let classes: Vec<_> = text.chars().filter(char::is_ascii_alphanumeric).map(class).collect();
    let changes = classes.windows(2).filter(|pair| pair[0] != pair[1]).count();
    let digits = classes.iter().filter(|(is_digit, _)| *is_digit).count();
    text.len() >= SHORTEST_RANDOM
        && text.chars().all(is_plain)
        && digits >= 2
        && changes * LONGEST_RUN >= classes.len()
}

/// The parts of a header's value that are secret: the whole, and what may be shown without the rest. None
/// where the header is an ordinary one.
pub fn of_header(name: &str, value: &str) -> Vec<String> {
    let parts: Vec<&str> = value
        .split([' ', ';', ','])
        .filter(|part| !part.is_empty())
        .flat_map(|part| {
            [Some(part), part.split_once('=').map(|(_, value)| value.trim_matches('"'))]
        })
        .flatten()
        .collect();
    if !is_named(name) {
        return parts.into_iter().filter(|part| is_random(part)).map(str::to_owned).collect();
    }
    // The first of several words is the scheme: `Bearer`.
    let scheme = value.split_once(' ').map(|(scheme, _)| scheme);
    let parts = parts.into_iter().filter(|part| Some(*part) != scheme);
    std::iter::once(value).chain(parts).map(str::to_owned).collect()
}

/// The values of a URL's query that are secret, as they stand there.
pub fn of_query(query: &str) -> impl Iterator<Item = &str> {
    query.split('&').filter_map(of_parameter)
}

/// A URL's query without them.
pub fn hidden_query(query: &str) -> String {
    let hidden = |parameter: &str| match of_parameter(parameter) {
        Some(value) => parameter[..parameter.len() - value.len()].to_owned() + HIDDEN,
        None => parameter.to_owned(),
    };
    query.split('&').map(hidden).collect::<Vec<_>>().join("&")
}

/// What is secret of `name=value`, or of a value without a name.
fn of_parameter(parameter: &str) -> Option<&str> {
    let (name, value) = parameter.split_once('=').unwrap_or(("", parameter));
    // A percent sign begins an escape.
    let is_secret = !value.is_empty() && is_named(name) || is_random(&value.replace('%', ""));
    is_secret.then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_told_by_their_names() {
        for name in [
            "Authorization",
            "Proxy-Authorization",
            "Cookie",
            "Set-Cookie",
            "X-Api-Key",
            "Api-Key",
            "X-Auth-Token",
            "X-Vercel-Protection-Bypass",
            "CF-Access-Client-Secret",
            "X-Accesstoken",
            "X_CSRF_TOKEN",
            "X-Hub-Signature-256",
        ] {
            assert!(is_named(name), "{name}");
        }
        for name in ["X-Tenant", "Stripe-Signature", "User-Agent", "X-Monkey", "Author", "Accept"] {
            assert!(!is_named(name), "{name}");
        }
    }

    #[test]
    fn credentials_are_told_by_their_look() {
        assert!(is_random("eyJhbGciOiJIUzI1NiJ9.e30"));
        assert!(is_random("3f9a1c0b7d2e48a5966f"));
        for text in [
            "",
            "blue",
            "2026-11-26T10:00:00Z",
            "my-web-client-v2.10.0-beta",
            "/home/user/project2/index.html",
            "20261126100000000000",
        ] {
            assert!(!is_random(text), "{text}");
        }
    }

    #[test]
    fn the_parts_of_a_value_are_secret_too() {
        assert_eq!(of_header("Authorization", "Bearer abc"), ["Bearer abc", "abc"]);
        assert_eq!(
            of_header("Cookie", "a=1; b=\"2\""),
            ["a=1; b=\"2\"", "a=1", "1", "b=\"2\"", "2"]
        );
        assert_eq!(of_header("X-Tenant", "blue"), Vec::<String>::new());
        let random = "id=3f9a1c0b7d2e48a5966f";
        assert_eq!(of_header("X-Trace", random), [random, &random[3..]]);
    }

    #[test]
    fn parameters_of_a_url_are_secret_by_their_names_or_their_look() {
        let query =
            "a=1&token=x&key=&x-vercel-protection-bypass=y%2Fz&id=3f9a1c0b%2Bd2e48a5966f&page=2";
        let secrets: Vec<&str> = of_query(query).collect();
        assert_eq!(secrets, ["x", "y%2Fz", "3f9a1c0b%2Bd2e48a5966f"]);
        let hidden = hidden_query(query);
        assert_eq!(hidden, "a=1&token=***&key=&x-vercel-protection-bypass=***&id=***&page=2");
        assert_eq!(hidden_query(&hidden), hidden);
        assert_eq!(hidden_query("3f9a1c0b7d2e48a5966f&plain"), "***&plain");
    }
}
