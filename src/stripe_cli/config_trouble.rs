//! The Stripe CLI's own configuration, where it may not be used: the Stripe CLI ends every command then, even
//! `--version` (observed with 1.52.0). A `sudo stripe …` leaves it to root.

use std::path::Path;

use super::said;
use crate::config::{Environment, directories, private};
use crate::error::{Error, Kind};
use crate::text::shell;

/// Whether a line says so.
pub(super) fn is_said(line: &str) -> bool {
    let line = line.to_ascii_lowercase();
    let is_refused = ["permission denied", "operation not permitted", "read-only file system"];
    is_refused.iter().any(|words| line.contains(words)) && line.contains("config")
}

/// What mends it.
pub(super) fn fix(line: &str) -> Option<String> {
    if !is_said(line) {
        return None;
    }
    let environment = Environment::of_process();
    let file = directories::stripe_config(&environment);
    let foreign = file.as_deref().and_then(foreign);
    Some(match foreign {
        Some(path) => {
            let path = shell::quote(&path.display().to_string());
            format!("`sudo chown -R \"$(id -u)\" {path}` makes it yours")
        }
        None => "set XDG_CONFIG_HOME to a directory that you can write to".to_owned(),
    })
}

/// The error of a command that has ended for it, where its words say so.
pub(super) fn error(stderr: &str) -> Option<Error> {
    let line = said::last_line(stderr).filter(|line| is_said(line))?;
    let hint = fix(&line)?;
    let message = "the Stripe CLI cannot use its configuration";
    Some(Error::new(Kind::StripeCli, message).caused_by(line).hinted(hint))
}

/// What belongs to another user: the directory of all configuration if it lies below the home directory, that of
/// the Stripe CLI, or its file.
fn foreign(file: &Path) -> Option<&Path> {
    let own = file.parent()?;
    let all = own.parent()?;
    let is_below_home = directories::home()
        .is_some_and(|home| all != home && all.starts_with(&home) && !private::is_foreign(&home));
    let candidates = [Some(all).filter(|_| is_below_home), Some(own), Some(file)];
    candidates.into_iter().flatten().find(|path| private::is_foreign(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_stripe_cli_says_of_it_is_known() {
        for line in [
            "chmod /home/a/.config/stripe/config.toml: operation not permitted",
            "mkdir /home/a/.config/stripe: permission denied",
            "open /home/a/.config/stripe/config.toml: read-only file system",
        ] {
            assert!(is_said(line), "{line}");
        }
        for line in ["sh: 1: /usr/lib/x: Permission denied", "cannot read config.toml: line 3"] {
            assert!(!is_said(line) && fix(line).is_none(), "{line}");
        }
    }
}
