//! The real Stripe CLI, in the versions that devtool is held against, in a clean environment.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::{FakeStripe, KEY};
use crate::support::release::real_stripe_of;
use crate::support::{Devtool, path_without_stripe, profile};

/// The versions: the newest, in which `listen` has to be told which events, and one before that.
pub(crate) const VERSIONS: [&str; 2] = ["1.52.0", "1.50.11"];

/// A `stripe` program of one version, with a home of its own, that takes the fake for Stripe, or a local API.
#[must_use]
pub(crate) struct RealStripe {
    pub(crate) home: tempfile::TempDir,
    pub(crate) program: PathBuf,
    base: String,
}

impl RealStripe {
    pub(crate) fn new(version: &str, fake: &FakeStripe) -> Self {
        Self::at(version, fake.url())
    }

    /// One that takes what answers at that address for Stripe.
    pub(crate) fn at(version: &str, base: String) -> Self {
        let home = tempfile::tempdir().unwrap();
        Self { home, program: real_stripe_of(version), base }
    }

    /// The process, not yet started. No key: only what this home knows.
    pub(crate) fn without_key(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(arguments)
            .env_clear()
            .envs(profile(self.home.path()))
            .envs(environment(self.home.path()))
            .current_dir(self.home.path())
            .stdin(Stdio::null());
        command
    }

    /// The process with a key and the fake's address, not yet started.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.without_key(arguments);
        command.args(["--api-base", &self.base]).env("STRIPE_API_KEY", KEY);
        command
    }

    /// Runs to the end.
    pub(crate) fn run(&self, arguments: &[&str]) -> crate::support::Run {
        crate::support::Run::of(self.command(arguments).output().unwrap())
    }
}

/// What keeps the Stripe CLI away from everything but loopback: hosts outside fail at once.
pub(crate) fn environment(home: &Path) -> Vec<(String, String)> {
    let home = home.to_str().unwrap();
    let path = path_without_stripe();
    let pairs = [
        ("PATH", path.to_str().unwrap()),
        ("XDG_CONFIG_HOME", &format!("{home}/config")),
        ("XDG_DATA_HOME", &format!("{home}/data")),
        ("XDG_STATE_HOME", &format!("{home}/state")),
        ("HTTPS_PROXY", "http://127.0.0.1:9"),
        ("STRIPE_CLI_TELEMETRY_OPTOUT", "1"),
        ("STRIPE_NO_AUTO_UPDATE", "1"),
        ("STRIPE_DEVICE_NAME", "devtool-tests"),
    ];
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// devtool with that version of the Stripe CLI on its PATH, a key, and nothing of the network.
pub(crate) fn devtool(arguments: &[&str], version: &str) -> Devtool {
    without_key(arguments, version).env("STRIPE_API_KEY", KEY)
}

/// The same without a key.
pub(crate) fn without_key(arguments: &[&str], version: &str) -> Devtool {
    let program = real_stripe_of(version);
    let others = path_without_stripe();
    let own = std::iter::once(program.parent().unwrap().to_owned());
    let path = std::env::join_paths(own.chain(std::env::split_paths(&others))).unwrap();
    Devtool::new(arguments)
        .env("PATH", path.to_str().unwrap())
        .env("HTTPS_PROXY", "http://127.0.0.1:9")
        .env("STRIPE_DEVICE_NAME", "devtool-tests")
}
