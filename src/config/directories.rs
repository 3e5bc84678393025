//! The user's directories, by each system's rules.

use std::path::{Path, PathBuf};

use etcetera::{AppStrategy, AppStrategyArgs, choose_app_strategy};

use super::environment::Environment;
use super::error::GIVE_A_SECRET;
use super::private;
use crate::error::{Error, Kind, Result};

/// Where devtool keeps what must last: `$XDG_DATA_HOME/devtool`, `~/.local/share/devtool`, or
/// `%APPDATA%\devtool\data`.
///
/// # Errors
/// The home directory is not known.
pub fn data() -> Result<PathBuf> {
    usable(strategy()?.data_dir())
}

/// Where devtool keeps what it has seen: `$XDG_STATE_HOME/devtool`, `~/.local/state/devtool`, or the
/// data directory where the system has none for that.
///
/// # Errors
/// The home directory is not known.
pub fn state() -> Result<PathBuf> {
    let strategy = strategy()?;
    usable(strategy.state_dir().unwrap_or_else(|| strategy.data_dir()))
}

/// A directory that is the same wherever devtool is started.
fn usable(directory: PathBuf) -> Result<PathBuf> {
    if directory.is_absolute() {
        return Ok(directory);
    }
    let message = format!("cannot use the directory `{}`", directory.display());
    Err(Error::new(Kind::Config, message)
        .caused_by("HOME is not an absolute path")
        .hinted("set HOME to your home directory"))
}

/// The variables that name a directory which is not used, because it is relative and so another one in
/// each project.
pub fn ignored(environment: &Environment) -> Vec<&'static str> {
    let is_relative = |name: &&str| {
        environment.variable(name).is_some_and(|value| Path::new(value).is_relative())
    };
    ["XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"].into_iter().filter(is_relative).collect()
}

/// How to have the state elsewhere.
#[cfg(not(windows))]
pub const MOVE_STATE: &str = "set XDG_STATE_HOME to a directory that you can write to";
/// How to have the state elsewhere: on Windows the system says where the profile is.
#[cfg(windows)]
pub const MOVE_STATE: &str = "make it writable for you";

/// Closes both to other users, where devtool 0.1 has left them open.
pub fn close() {
    for directory in [data(), state()].into_iter().flatten() {
        private::close_whole(&directory);
    }
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
    let named = environment.variable("XDG_CONFIG_HOME").map(PathBuf::from);
    let base = match named.filter(|directory| directory.is_absolute()) {
        Some(directory) => directory,
        None => etcetera::home_dir().ok().filter(|home| home.is_absolute())?.join(".config"),
    };
    Some(base.join("stripe").join("config.toml"))
}
