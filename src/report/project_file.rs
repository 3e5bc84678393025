//! devtool.toml as devtool writes it.

use crate::config::schema;

/// The file for an endpoint, with the variable that holds the signing secret where that is not the usual one.
pub(crate) fn new(url: &str, secret_env: Option<&str>) -> String {
    let secret = secret_env.map(|name| format!("secret_env = \"{name}\"\n")).unwrap_or_default();
    let line = schema::LINE;
    format!("{line}# What can be set: devtool help config\nurl = \"{url}\"\n{secret}")
}
