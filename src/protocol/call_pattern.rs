//! Which calls of Stripe's API are meant: a method and a path.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::text::pattern;

/// Calls of the API: `GET /v1/subscriptions/*`. `*` stands for any text, in the method as well; a path without `?`
/// means the calls with any query.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallPattern(String);

impl CallPattern {
    /// Whether a call is meant, whose path has its query.
    pub fn fits(&self, method: &str, path: &str) -> bool {
        let path = match path.split_once('?') {
            Some((path, _)) if !self.0.contains('?') => path,
            _ => path,
        };
        pattern::fits(&self.0, &format!("{method} {path}"))
    }
}

impl FromStr for CallPattern {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (method, path) = text.trim().split_once(' ').unwrap_or_default();
        let is_method = method.bytes().all(|byte| byte.is_ascii_uppercase()) || method == "*";
        let path = path.trim_start();
        if method.is_empty() || !is_method || !(path.starts_with('/') || path == "*") {
            let expected = "expected a method and a path, such as `GET /v1/customers/*`";
            return Err(expected.to_owned());
        }
        Ok(Self(format!("{method} {path}")))
    }
}

impl fmt::Display for CallPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_means_method_and_path_and_a_query_only_where_it_names_one() {
        for (pattern, method, path, expected) in [
            ("GET /v1/customers/*", "GET", "/v1/customers/cus_1?expand[]=a", true),
            ("GET /v1/customers/*", "POST", "/v1/customers/cus_1", false),
            ("GET /v1/customers", "GET", "/v1/customers/cus_1", false),
            ("* /v1/customers*", "POST", "/v1/customers", true),
            ("GET /v1/prices?*limit=3*", "GET", "/v1/prices?a=b&limit=3", true),
            ("GET /v1/prices?*limit=3*", "GET", "/v1/prices", false),
            ("* *", "GET", "/v2/core/events/evt_1", true),
        ] {
            let parsed: CallPattern = pattern.parse().unwrap();
            assert_eq!(parsed.fits(method, path), expected, "{pattern} {method} {path}");
        }
        for wrong in ["", "GET", "/v1/customers", "get /v1", "GET v1", "GET  "] {
            assert!(wrong.parse::<CallPattern>().is_err(), "{wrong}");
        }
    }
}
