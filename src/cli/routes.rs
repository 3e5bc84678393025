//! The routes of devtool.toml.

use std::path::Path;

use crate::config::error::invalid_file;
use crate::config::file::RouteConfig;
use crate::config::{FileConfig, FoundSecret, SecretSource};
use crate::delivery::{Endpoint, EventTarget, Route};
use crate::error::Result;

/// The routes of devtool.toml; one without a secret of its own has that of the main endpoint.
///
/// # Errors
/// The URL of one cannot be posted to.
pub(super) fn of_file(config: &FileConfig, main: &FoundSecret) -> Result<Vec<Route<EventTarget>>> {
    config.route.iter().map(|route| read(route, main, config)).collect()
}

/// Where the routes of devtool.toml lead.
///
/// # Errors
/// The URL of one cannot be posted to.
pub(super) fn endpoints(config: &FileConfig) -> Result<Vec<Endpoint>> {
    config.route.iter().map(|route| endpoint(route, config)).collect()
}

fn endpoint(route: &RouteConfig, config: &FileConfig) -> Result<Endpoint> {
    let file = config.path.as_deref().unwrap_or(Path::new(""));
    Endpoint::read(route.url.get_ref()).map_err(|reason| {
        invalid_file(
            file,
            route.line,
            &format!("`url` of the `[[route]]` for `{}`: {reason}", route.events),
        )
    })
}

fn read(
    route: &RouteConfig,
    main: &FoundSecret,
    config: &FileConfig,
) -> Result<Route<EventTarget>> {
    let file = config.path.as_deref().unwrap_or(Path::new(""));
    let endpoint = endpoint(route, config)?;
    let secret = match &route.secret {
        Some(own) => {
            FoundSecret { secret: own.clone(), source: SecretSource::File(file.to_owned()) }
        }
        None => main.clone(),
    };
    Ok(Route { pattern: route.events.clone(), target: EventTarget { endpoint, secret } })
}
