//! What of an endpoint's URL is secret: found, and left out of what is shown and recorded.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;
use url::Url;

use crate::text::credential::{self, HIDDEN};

/// The password, the parameters that are credentials, and, where there is one, the encoded user with it.
pub(super) fn secrets(url: &Url, basic: Option<&str>) -> Vec<String> {
    let mut secrets: Vec<String> = match url.password() {
        Some(password) => basic.into_iter().chain([password]).map(str::to_owned).collect(),
        None if credential::is_random(url.username()) => {
            basic.into_iter().chain([url.username()]).map(str::to_owned).collect()
        }
        None => Vec::new(),
    };
    secrets.extend(url.password().map(decoded));
    for value in credential::of_query(url.query().unwrap_or_default()) {
        // Most servers take a plus sign for a space.
        secrets.extend([value.to_owned(), decoded(value), decoded(&value.replace('+', " "))]);
    }
    secrets
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// The URL without them.
pub(super) fn shown(url: &Url) -> Cow<'_, Url> {
    let has_secret = url.query().is_some_and(|query| credential::of_query(query).next().is_some());
    if url.password().is_none() && !has_secret {
        return Cow::Borrowed(url);
    }
    let mut shown = url.clone();
    if shown.password().is_some() {
        // Fails only for URLs without a host.
        let _ = shown.set_password(Some(HIDDEN));
    }
    let query = url.query().map(credential::hidden_query);
    shown.set_query(query.as_deref());
    Cow::Owned(shown)
}

/// Whether something was left out of the URL.
pub(super) fn is_in(url: &Url) -> bool {
    let value = |parameter: &str| parameter.rsplit('=').next() == Some(HIDDEN);
    url.password() == Some(HIDDEN) || url.query().is_some_and(|q| q.split('&').any(value))
}

/// The text of a URL, which may be a broken one, without what stands before an `@` and without secret parameters.
pub(super) fn in_text(text: &str) -> String {
    let start = text.find("://").map_or(0, |at| at + 3);
    let (scheme, rest) = text.split_at(start);
    let shown = match rest.rsplit_once('@') {
        Some((_, host)) => format!("{scheme}{HIDDEN}@{host}"),
        None => text.to_owned(),
    };
    match shown.split_once('?') {
        Some((place, query)) => format!("{place}?{}", credential::hidden_query(query)),
        None => shown,
    }
}
