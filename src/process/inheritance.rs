//! What children get of devtool's own environment: by name, what each needs, and nothing else, because
//! anything in it may be a secret.

use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;

use super::search;
use crate::config::{Environment, directories};

/// What every program needs: where it is, who runs it, and in which language. Names that end in `*` stand
/// for all that begin like them. Case does not count: proxies are often named in small letters.
const EVERY_PROGRAM: &str = "HOME LANG LANGUAGE LC_* LOGNAME PATH TEMP TMP TMPDIR TZ USER";

/// The same on Windows.
const WINDOWS: &str = "ALLUSERSPROFILE APPDATA COMMONPROGRAMFILES* COMSPEC HOMEDRIVE HOMEPATH \
    LOCALAPPDATA NUMBER_OF_PROCESSORS OS PATHEXT PROCESSOR_* PROGRAMDATA PROGRAMFILES* PROGRAMW6432 \
    PUBLIC SYSTEMDRIVE SYSTEMROOT USERDOMAIN USERNAME USERPROFILE WINDIR";

/// The way to the network, and where configuration is.
const NETWORK: &str = "ALL_PROXY HTTPS_PROXY HTTP_PROXY NO_PROXY SSL_CERT_DIR SSL_CERT_FILE XDG_*";

/// The Stripe CLI's own settings; its key is given apart. Its login opens a browser, keeps what it gets
/// in the system's keyring, and shows on a terminal what to do.
const STRIPE: &str = "BROWSER CLICOLOR CLICOLOR_FORCE COLORTERM DBUS_SESSION_BUS_ADDRESS DISPLAY \
    NO_COLOR SSH_CLIENT SSH_CONNECTION SSH_TTY STRIPE_PROJECT_NAME TERM WAYLAND_DISPLAY \
    WSL_DISTRO_NAME WSL_INTEROP XAUTHORITY";

/// Where the Stripe CLI's configuration is, which it reads even to say its version.
const CONFIGURATION: &str = "XDG_CONFIG_HOME";

/// Which repository is meant.
const GIT: &str = "GIT_CEILING_DIRECTORIES GIT_CONFIG_GLOBAL GIT_CONFIG_SYSTEM GIT_DIR GIT_WORK_TREE \
    XDG_CONFIG_HOME";

/// npm's settings and its registry's token, and what tells version managers which Node is meant.
const NPM: &str = "ASDF_* FNM_* MISE_* NODENV_* NODE_* NPM_* NVM_* VOLTA_*";

/// The home of a Stripe CLI where none is known: it ends without one, also where it needs nothing of it.
const NO_HOME: &str = "/nonexistent";

/// A program that devtool starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Heir {
    /// The Stripe CLI, at work.
    Stripe,
    /// Any program that may be the Stripe CLI, asked for its version.
    Unknown,
    /// git.
    Git,
    /// npm.
    Npm,
    /// The Stripe CLI with the user's own arguments: all that the user's shell has, but for devtool's own.
    Users,
}

impl Heir {
    fn gets(self, name: &str) -> bool {
        let lists: &[&str] = match self {
            Self::Stripe => &[EVERY_PROGRAM, WINDOWS, NETWORK, STRIPE],
            Self::Unknown => &[EVERY_PROGRAM, WINDOWS, CONFIGURATION],
            Self::Git => &[EVERY_PROGRAM, WINDOWS, GIT],
            Self::Npm => &[EVERY_PROGRAM, WINDOWS, NETWORK, NPM],
            Self::Users => return !name.starts_with("DEVTOOL_"),
        };
        lists.iter().flat_map(|list| list.split(' ')).any(|listed| is_listed(name, listed))
    }
}

fn is_listed(name: &str, listed: &str) -> bool {
    match listed.strip_suffix('*') {
        Some(start) => name.get(..start.len()).is_some_and(|s| s.eq_ignore_ascii_case(start)),
        None => name.eq_ignore_ascii_case(listed),
    }
}

/// Takes away what the program does not need, relative directories (they would lie below the working
/// directory), and the relative elements of the PATH.
pub(crate) fn limit(command: &mut Command, heir: Heir) {
    for (name, value) in Environment::of_process().entries() {
        let is_given = name.to_str().is_some_and(|name| heir.gets(name));
        if !is_given || (heir != Heir::Users && is_relative_directory(name, value)) {
            command.env_remove(name);
        }
    }
    if heir != Heir::Users {
        match std::env::join_paths(search::path()) {
            Ok(path) if !path.is_empty() => command.env("PATH", path),
            _ => command.env_remove("PATH"),
        };
    }
    if matches!(heir, Heir::Stripe | Heir::Unknown) && directories::home().is_none() {
        command.env("HOME", NO_HOME);
    }
}

fn is_relative_directory(name: &OsStr, value: &OsStr) -> bool {
    let name = name.to_str().unwrap_or_default();
    let is_directory = name == "HOME" || (name.starts_with("XDG_") && name.ends_with("_HOME"));
    is_directory && Path::new(value).is_relative()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_listed_whole_or_by_their_start_in_any_case() {
        assert!(Heir::Unknown.gets("LC_ALL") && Heir::Unknown.gets("SystemRoot"));
        assert!(Heir::Stripe.gets("https_proxy") && Heir::Npm.gets("npm_config_registry"));
        for name in ["LC", "PATHS", "HTTPS_PROXY", "STRIPE_API_KEY", "é"] {
            assert!(!Heir::Unknown.gets(name), "{name}");
        }
        assert!(Heir::Users.gets("STRIPE_API_KEY") && !Heir::Users.gets("DEVTOOL_SECRET"));
    }
}
