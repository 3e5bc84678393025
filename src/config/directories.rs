//! The user's directories, by each system's rules.

use std::path::PathBuf;

use etcetera::{AppStrategy, AppStrategyArgs, choose_app_strategy};

use super::environment::Environment;
use super::error::GIVE_A_SECRET;
use crate::error::{Error, Kind, Result};

/// Where devtool keeps what must last: `$XDG_DATA_HOME/devtool`, `~/.local/share/devtool`, or
/// `%APPDATA%\devtool\data`.
///
/// # Errors
/// The home directory is not known.
pub fn data() -> Result<PathBuf> {
    strategy().map(|strategy| strategy.data_dir())
}

/// Where devtool keeps what it has seen: `$XDG_STATE_HOME/devtool`, `~/.local/state/devtool`, or the
/// data directory where the system has none for that.
///
/// # Errors
/// The home directory is not known.
pub fn state() -> Result<PathBuf> {
    strategy().map(|strategy| strategy.state_dir().unwrap_or_else(|| strategy.data_dir()))
}

fn strategy() -> Result<impl AppStrategy> {
    let app = AppStrategyArgs {
        top_level_domain: String::new(),
        author: String::new(),
        app_name: "devtool".to_owned(),
    };
    choose_app_strategy(app).map_err(|home| {
        Error::new(Kind::Config, "cannot find the directory for the signing secret")
            .caused_by(home)
            .hinted(GIVE_A_SECRET)
    })
}

/// Where the Stripe CLI keeps its configuration: `$XDG_CONFIG_HOME/stripe`, else `~/.config/stripe`, on
/// every system. `None` where the home directory is not known.
pub fn stripe_config(environment: &Environment) -> Option<PathBuf> {
    let base = match environment.variable("XDG_CONFIG_HOME") {
        Some(directory) => PathBuf::from(directory),
        None => etcetera::home_dir().ok()?.join(".config"),
    };
    Some(base.join("stripe").join("config.toml"))
}
