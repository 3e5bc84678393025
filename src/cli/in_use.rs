//! The secrets that are in use, for whatever writes text to strike them out.

use std::ffi::OsString;

use crate::config::{Environment, FileConfig, api_key, secret_source};
use crate::delivery::{Endpoint, Header};
use crate::relay::Settings;
use crate::text::credential;
use crate::text::redaction::Redactor;

/// The variables that hold a secret of devtool's own commands.
const VARIABLES: [&str; 4] =
    [api_key::VARIABLE, secret_source::DEFAULT_VARIABLE, "DEVTOOL_SECRET", "GITHUB_TOKEN"];

/// Those of the process's environment.
pub(super) fn of_environment(environment: &Environment, redactor: &Redactor) {
    for secret in VARIABLES.iter().filter_map(|name| environment.variable(name)) {
        redactor.add(secret);
    }
}

/// Those of devtool.toml, whatever comes before them.
pub(super) fn of_config(config: &FileConfig, redactor: &Redactor) {
    let own = config.route.iter().map(|route| &route.secret).chain([&config.secret]);
    for secret in own.flatten() {
        redactor.add(secret.reveal());
    }
    let urls = config.route.iter().map(|route| route.url.get_ref().as_str());
    let urls = urls.chain(config.url.as_ref().map(|url| url.as_ref().as_str()));
    for endpoint in urls.filter_map(|url| Endpoint::read(url).ok()) {
        of_endpoint(&endpoint, redactor);
    }
}

/// That of an endpoint's URL.
pub(super) fn of_endpoint(endpoint: &Endpoint, redactor: &Redactor) {
    for secret in endpoint.secrets() {
        redactor.add(&secret);
    }
}

/// Those of the user's headers.
pub(super) fn of_headers(headers: &[Header], redactor: &Redactor) {
    for secret in headers.iter().flat_map(Header::secrets) {
        redactor.add(&secret);
    }
}

/// Those of all endpoints of a listen.
pub(super) fn of_relay(relay: &Settings, redactor: &Redactor) {
    let routes = relay.routes.iter().map(|route| &route.target);
    for upstream in relay.upstreams.values().chain(routes) {
        of_endpoint(&upstream.endpoint, redactor);
        of_headers(&upstream.headers, redactor);
    }
}

/// Those of a command line that cannot be read, as far as they can be told: values of options that take one,
/// passwords of URLs, and what looks like one.
pub(super) fn typed(arguments: &[OsString], environment: &Environment) -> Redactor {
    let redactor = Redactor::default();
    let arguments: Vec<_> = arguments.iter().map(|argument| argument.to_string_lossy()).collect();
    for (index, argument) in arguments.iter().enumerate() {
        let long = argument.split_once('=').filter(|_| argument.starts_with("--"));
        let short = argument.strip_prefix("-H").filter(|value| !value.is_empty());
        let (name, value) = match (long, short) {
            (Some((name, value)), _) => (name, value),
            (None, Some(value)) => ("-H", value.trim_start_matches('=')),
            (None, None) => ("", argument.as_ref()),
        };
        let before = index.checked_sub(1).map_or("", |before| arguments[before].as_ref());
        value_of(if name.is_empty() { before } else { name }, value, &redactor);
    }
    let names = environment.entries().filter_map(|(name, _)| name.to_str());
    for name in names.filter(|name| name.starts_with("DEVTOOL_")) {
        let option =
            format!("--{}", name["DEVTOOL_".len()..].to_ascii_lowercase().replace('_', "-"));
        value_of(&option, environment.variable(name).unwrap_or_default(), &redactor);
    }
    of_environment(environment, &redactor);
    redactor
}

/// Whether an option's value is a secret, or may hold one.
pub(super) fn holds_secret(option: &str) -> bool {
    let takes_header =
        option == "-H" || option.ends_with("-header") || option.ends_with("-headers");
    takes_header || credential::is_named(option)
}

/// What is secret of an option's value.
fn value_of(option: &str, value: &str, redactor: &Redactor) {
    if holds_secret(option) {
        redactor.add(value);
        for part in value.split([':', ' ']).skip(1) {
            redactor.add(part.trim());
        }
    }
    if let Some((before, _)) = value.rsplit_once('@') {
        let user = before.rsplit("//").next().unwrap_or_default();
        redactor.add(user.split_once(':').map_or(user, |(_, password)| password));
    }
    let query = value.split_once('?').map_or("", |(_, query)| query);
    credential::of_query(query).for_each(|secret| redactor.add(secret));
    for word in value.split([' ', '=', ':', ',', '/']).filter(|word| credential::is_random(word)) {
        redactor.add(word);
    }
}
