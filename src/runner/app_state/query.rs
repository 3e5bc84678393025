//! What the app is asked for its state.

use std::fmt;
use std::str::FromStr;

use crate::delivery::Endpoint;
use crate::scenario::values;

/// A request whose answer shows the app's state: `GET /api/credits`, `POST /graphql {"query": …}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StateRequest {
    /// `GET`
    pub method: String,
    /// Where, if that is not the endpoint's host and port.
    pub place: Option<Endpoint>,
    /// The path with its query, which may name values in double braces.
    pub path: String,
    /// The body, in the same way; empty for none.
    pub body: String,
}

impl StateRequest {
    /// Whether it names objects of the story.
    pub(crate) fn is_of_story(&self) -> bool {
        let names = |text: &str| values::names(text).is_ok_and(|names| !names.is_empty());
        names(&self.path) || names(&self.body)
    }
}

impl FromStr for StateRequest {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const EXPECTED: &str = "expected a request such as `GET /api/credits`";
        let text = text.trim();
        let (method, rest) = match text.split_once(char::is_whitespace) {
            Some((method, rest)) if !method.contains(['/', '{']) => (method, rest.trim_start()),
            _ => ("GET", text),
        };
        let is_method = !method.is_empty() && method.chars().all(|c| c.is_ascii_alphabetic());
        let (target, body) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        let (place, path) = match target.find("://") {
            Some(at) => {
                let rest = &target[at + 3..];
                let path = rest.find('/').map_or("/", |slash| &rest[slash..]);
                let place = target.strip_suffix(path).unwrap_or(target);
                (Some(Endpoint::read(place)?), path)
            }
            None => (None, target),
        };
        if !is_method || !path.starts_with('/') {
            return Err(EXPECTED.to_owned());
        }
        values::names(path)?;
        values::names(body)?;
        let (path, body) = (path.to_owned(), body.trim().to_owned());
        Ok(Self { method: method.to_ascii_uppercase(), place, path, body })
    }
}

impl fmt::Display for StateRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = self.place.as_ref().map(ToString::to_string).unwrap_or_default();
        write!(f, "{} {}{}", self.method, place.trim_end_matches('/'), self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> String {
        match text.parse::<StateRequest>() {
            Ok(request) if request.body.is_empty() => request.to_string(),
            Ok(request) => format!("{request} with {}", request.body),
            Err(reason) => reason,
        }
    }

    #[test]
    fn requests_are_read() {
        assert_eq!(read("/api/credits"), "GET /api/credits");
        assert_eq!(read("get  /api?x={{customer}}"), "GET /api?x={{customer}}");
        assert_eq!(read("GET http://localhost:3001/a"), "GET http://localhost:3001/a");
        assert_eq!(read("GET http://localhost:3001"), "GET http://localhost:3001/");
        assert_eq!(read("POST /graphql {\"a\": 1}"), "POST /graphql with {\"a\": 1}");
    }

    #[test]
    fn what_is_no_request_is_refused() {
        for text in ["", "GET", "GET credits", "credits", "G-T /a", "GET ftp://x/", "GET /{{a"] {
            assert!(text.parse::<StateRequest>().is_err(), "{text}");
        }
    }
}
