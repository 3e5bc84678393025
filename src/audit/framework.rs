//! Which framework an endpoint is made with, as far as its answers tell: so that a fix is told in its own code.

use crate::delivery::Response;

/// A header, what its value holds, and who sends it.
const SIGNS: [(&str, &str, &str); 9] = [
    ("x-powered-by", "next.js", "Next.js"),
    ("x-powered-by", "express", "Express"),
    ("server", "wsgiserver", "Django"),
    ("server", "werkzeug", "Flask"),
    ("server", "uvicorn", "FastAPI"),
    ("x-runtime", "", "Rails"),
    ("set-cookie", "laravel_session", "Laravel"),
    ("x-powered-by", "php", "PHP"),
    ("server", "kestrel", "ASP.NET Core"),
];

/// The framework that an answer shows.
pub(super) fn of(response: &Response) -> Option<&'static str> {
    let shows = |(name, part, _): &&(&str, &str, &str)| {
        response.header(name).is_some_and(|value| value.to_ascii_lowercase().contains(part))
    };
    SIGNS.iter().find(shows).map(|(.., framework)| *framework)
}
