//! devtool as in a container: as a user that the system does not know, or as its first process.

use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use super::{Devtool, Run};

/// A user without a passwd entry.
const NOBODY_KNOWN: u32 = 12_345;

/// An unknown user in a directory that is open to all, with no variables but the PATH.
pub(crate) struct Stranger {
    place: tempfile::TempDir,
    variables: Vec<(String, String)>,
}

impl Stranger {
    /// `None` where the tests may not become another user, as root may where all may look into the target
    /// directory.
    pub(crate) fn new() -> Option<Self> {
        let place = tempfile::tempdir().unwrap();
        chmod(place.path(), 0o755);
        let stranger = Self { place, variables: Vec::new() };
        if stranger.command(&["--version"]).output().is_err() {
            return None;
        }
        Some(stranger)
    }

    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Its directory, which is root's.
    pub(crate) fn directory(&self) -> &Path {
        self.place.path()
    }

    /// A script on the PATH.
    pub(crate) fn program(self, name: &str, script: &str) -> Self {
        let directory = self.directory().join("bin");
        std::fs::create_dir_all(&directory).unwrap();
        super::write_program(&directory.join(name), script);
        let others = super::path_without_stripe();
        let path = std::iter::once(directory).chain(std::env::split_paths(&others));
        let path = std::env::join_paths(path).unwrap();
        self.env("PATH", path.to_str().unwrap())
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_devtool"));
        command.args(arguments).env_clear().env("PATH", super::path_without_stripe());
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command.current_dir(self.directory()).stdin(Stdio::null());
        command.uid(NOBODY_KNOWN).gid(NOBODY_KNOWN);
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        Run::of(self.command(arguments).output().unwrap())
    }
}

fn chmod(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

/// The command as process 1 of namespaces of its own; `None` where the system gives none.
pub(crate) fn as_process_1(devtool: &Devtool) -> Option<Command> {
    let apart = ["--user", "--map-root-user", "--pid", "--fork"];
    if !Command::new("unshare").args(apart).arg("true").status().unwrap().success() {
        return None;
    }
    let real = devtool.command();
    let mut command = Command::new("unshare");
    command.args(apart).arg(real.get_program()).args(real.get_args()).env_clear();
    command.envs(real.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.current_dir(devtool.directory()).stdin(Stdio::null());
    Some(command)
}
