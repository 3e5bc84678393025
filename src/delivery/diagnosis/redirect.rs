//! Redirects: Stripe follows none, and not every target is an address to use.

use super::likely::{AddedOption, Diagnosis};
use crate::delivery::endpoint::Endpoint;
use crate::delivery::outcome::Response;

/// The words of a path that lead to a login.
const LOGIN: [&str; 12] = [
    "login", "signin", "sign-in", "sign_in", "log-in", "log_in", "auth", "sso", "oauth", "oauth2",
    "session", "sessions",
];

pub(super) fn diagnose(endpoint: &Endpoint, response: &Response) -> Diagnosis {
    let location = response.header("location");
    let Some(target) = location.and_then(|location| endpoint.join(location)) else {
        return Diagnosis::new(
            "redirect.no_location",
            "the endpoint redirects without a usable Location header, and Stripe does not follow redirects",
            "answer here",
        );
    };
    let path = endpoint.path();
    if leads_to_login(&target) {
        return Diagnosis::new(
            "redirect.login",
            format!(
                "the app wants a login at `{path}`, and Stripe has none: it redirects to {target}"
            ),
            "take the webhook's path out of the login's middleware: the signature is its login",
        );
    }
    if target.host() != endpoint.host() {
        return Diagnosis::new(
            "redirect.other_host",
            format!(
                "the endpoint redirects to another host, `{}`, and Stripe does not follow",
                target.host()
            ),
            "let the app answer for this host, too",
        );
    }
    if target.path().trim_end_matches('/').is_empty() {
        return Diagnosis::new(
            "redirect.front_page",
            "the endpoint redirects to the app's front page, and Stripe does not follow",
            format!(
                "exempt `{path}` from what sends its visitors there, or set your handler's path with `--path`"
            ),
        );
    }
    moved(endpoint, &target)
}

/// A redirect to an address that may well be the handler's.
fn moved(endpoint: &Endpoint, target: &Endpoint) -> Diagnosis {
    let place = |endpoint: &Endpoint| (endpoint.is_https(), endpoint.port());
    let (from, to) = (endpoint.path(), target.path());
    let is_slash = from != to && from.trim_end_matches('/') == to.trim_end_matches('/');
    if is_slash && place(target) == place(endpoint) {
        let option = AddedOption::new("--path", target.path_and_query());
        return Diagnosis::new(
            "redirect.trailing_slash",
            format!(
                "the app's route is `{to}`, not `{from}`: it redirects, and Stripe does not follow"
            ),
            format!("use `{option}`"),
        )
        .with_option(option);
    }
    let option = AddedOption::new("--url", target.as_str());
    Diagnosis::new(
        "redirect.moved",
        "the endpoint redirects, and Stripe does not follow",
        format!("use the final address with `{option}`, or answer here"),
    )
    .with_option(option)
}

fn leads_to_login(target: &Endpoint) -> bool {
    let path = target.path().to_ascii_lowercase();
    path.split('/').any(|word| LOGIN.contains(&word.split('.').next().unwrap_or_default()))
}
