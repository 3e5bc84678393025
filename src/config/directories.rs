//! The user's directories, by each system's rules.

use std::path::{Path, PathBuf};

#[cfg(windows)]
use etcetera::app_strategy::Windows as Strategy;
#[cfg(not(windows))]
use etcetera::app_strategy::Xdg as Strategy;
use etcetera::{AppStrategy, AppStrategyArgs};

use super::environment::Environment;
use super::private;
use crate::error::{Error, Kind, Result};

/// Where devtool keeps what must last: `$XDG_DATA_HOME/devtool`, `~/.local/share/devtool`, or
/// `%LOCALAPPDATA%\devtool\data`.
///
/// # Errors
/// The home directory is not known, and nothing takes its place.
pub fn data() -> Result<PathBuf> {
    usable("data", DATA_VARIABLE, of_system)
}

/// Where devtool keeps what it has seen: `$XDG_STATE_HOME/devtool`, `~/.local/state/devtool`, or the
/// data directory where the system has none for that.
///
/// # Errors
/// The home directory is not known, and nothing takes its place.
pub fn state() -> Result<PathBuf> {
    usable("state", STATE_VARIABLE, |strategy| {
        strategy.state_dir().unwrap_or_else(|| of_system(strategy))
    })
}

#[cfg(not(windows))]
fn of_system(strategy: &Strategy) -> PathBuf {
    strategy.data_dir()
}

/// In the part of the profile that does not travel from machine to machine: a history is large. devtool 0.1 had it in
/// the other part, from where it is moved once; where that fails, as while a program has a file open, it stays.
#[cfg(windows)]
fn of_system(strategy: &Strategy) -> PathBuf {
    let (local, roaming) = (strategy.cache_dir().with_file_name("data"), strategy.data_dir());
    if local.exists() || !roaming.exists() {
        return local;
    }
    let above = local.parent().map_or(Ok(()), std::fs::create_dir_all);
    match above.and_then(|()| std::fs::rename(&roaming, &local)) {
        Ok(()) => local,
        Err(_) => roaming,
    }
}

const DATA_VARIABLE: &str = "XDG_DATA_HOME";
const STATE_VARIABLE: &str = "XDG_STATE_HOME";

/// A directory that is the same wherever devtool is started. The variable counts also where there is no home.
fn usable(name: &str, variable: &str, of: impl FnOnce(&Strategy) -> PathBuf) -> Result<PathBuf> {
    let app = AppStrategyArgs {
        top_level_domain: String::new(),
        author: String::new(),
        app_name: "devtool".to_owned(),
    };
    let cause = match Strategy::new(app) {
        Ok(strategy) => match of(&strategy) {
            directory if directory.is_absolute() => return Ok(directory),
            _ => "HOME is not an absolute path",
        },
        Err(_) => "HOME is not set",
    };
    match absolute(&Environment::of_process(), variable) {
        Some(directory) => Ok(directory.join("devtool")),
        None => Err(missing(name, variable, cause)),
    }
}

#[cfg(not(windows))]
fn missing(name: &str, variable: &str, cause: &'static str) -> Error {
    Error::new(Kind::NoPlace, format!("devtool has no {name} directory"))
        .caused_by(cause)
        .hinted(format!("set HOME or {variable} to a directory that you can write to"))
}

/// On Windows the system says where the profile is.
#[cfg(windows)]
fn missing(name: &str, _: &str, _: &'static str) -> Error {
    Error::new(Kind::NoPlace, format!("devtool has no {name} directory"))
        .caused_by("the profile's directory is not known")
        .hinted("set USERPROFILE to your profile's directory")
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

/// The home directory; `None` where it is not known.
pub fn home() -> Option<PathBuf> {
    etcetera::home_dir().ok().filter(|home| home.is_absolute())
}

/// The same in an environment.
pub(super) fn home_in(environment: &Environment) -> Option<PathBuf> {
    absolute(environment, "HOME").or_else(home)
}

/// A directory that a variable names, else one below the home directory.
pub(super) fn base(environment: &Environment, name: &str, below_home: &str) -> Option<PathBuf> {
    absolute(environment, name).or_else(|| Some(home_in(environment)?.join(below_home)))
}

/// The absolute path that a variable names.
pub(super) fn absolute(environment: &Environment, name: &str) -> Option<PathBuf> {
    environment.variable(name).map(PathBuf::from).filter(|path| path.is_absolute())
}

/// Where the Stripe CLI keeps its configuration: `$XDG_CONFIG_HOME/stripe`, else `~/.config/stripe`, on
/// every system. `None` where the home directory is not known.
pub fn stripe_config(environment: &Environment) -> Option<PathBuf> {
    Some(base(environment, "XDG_CONFIG_HOME", ".config")?.join("stripe").join("config.toml"))
}
