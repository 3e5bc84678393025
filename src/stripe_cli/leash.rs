//! Children that do not outlive devtool, whatever ends it.
//!
//! On Linux a child can ask the system for a signal when its parent is gone, but only the child itself
//! can, after the fork. So devtool starts itself again, in a hidden command that asks for the signal,
//! looks whether its parent is still there, and then becomes the program. Elsewhere a child is started
//! as it is, and ended when its handle goes.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::error;
use crate::error::Result;

/// The hidden command.
pub const COMMAND: &str = "leash";

/// What holds children.
#[derive(Clone, Debug, Default)]
pub struct Leash {
    devtool: Option<PathBuf>,
}

impl Leash {
    /// The leash of this system.
    pub fn new() -> Self {
        let is_there = cfg!(target_os = "linux");
        Self { devtool: std::env::current_exe().ok().filter(|_| is_there) }
    }

    /// The command, held. Directory and environment are kept; streams and groups are still to be set.
    pub fn hold(&self, command: &Command) -> Command {
        let (program, arguments) = (command.get_program(), command.get_args());
        let mut held = match &self.devtool {
            None => Command::new(program),
            Some(devtool) => {
                let mut held = Command::new(devtool);
                held.args([COMMAND, &std::process::id().to_string(), "--"]).arg(program);
                held
            }
        };
        held.args(arguments);
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => held.env(name, value),
                None => held.env_remove(name),
            };
        }
        if let Some(directory) = command.get_current_dir() {
            held.current_dir(directory);
        }
        held
    }
}

/// Becomes the program, to be killed when the parent ends. Comes back only where that fails.
///
/// # Errors
/// The parent is gone already, or the program does not run.
#[cfg(target_os = "linux")]
pub fn run(parent: u32, program: &[OsString]) -> Result<()> {
    use std::os::unix::process::CommandExt as _;

    use rustix::process::{Signal, getppid, set_parent_process_death_signal};

    let unusable =
        |reason: &str| error::unusable(program.first().map_or(Path::new(""), Path::new), reason);
    set_parent_process_death_signal(Some(Signal::KILL))
        .map_err(|fault| unusable(&fault.to_string()))?;
    // It may have ended before the signal was asked for.
    let is_there = getppid().is_some_and(|pid| i64::from(pid.as_raw_pid()) == i64::from(parent));
    let (true, Some((name, arguments))) = (is_there, program.split_first()) else {
        return Err(unusable("devtool is gone"));
    };
    Err(unusable(&Command::new(name).args(arguments).exec().to_string()))
}

/// There is no leash on this system.
///
/// # Errors
/// Always.
#[cfg(not(target_os = "linux"))]
pub fn run(_parent: u32, program: &[OsString]) -> Result<()> {
    let program = program.first().map_or(Path::new(""), Path::new);
    Err(error::unusable(program, "this system has no leash"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_held_command_keeps_arguments_environment_and_directory() {
        let mut command = Command::new("app");
        command.args(["--port", "1"]).env("A", "1").env_remove("B").current_dir("/tmp");
        let leash = Leash { devtool: Some("/bin/devtool".into()) };
        let held = leash.hold(&command);
        let arguments: Vec<_> = held.get_args().map(|a| a.to_string_lossy().into_owned()).collect();
        let parent = std::process::id().to_string();
        assert_eq!(arguments, ["leash", &parent, "--", "app", "--port", "1"]);
        assert_eq!(held.get_envs().collect::<Vec<_>>(), command.get_envs().collect::<Vec<_>>());
        assert_eq!(held.get_current_dir(), command.get_current_dir());
        let free = Leash::default().hold(&command);
        assert_eq!((free.get_program(), free.get_args().count()), (command.get_program(), 2));
    }
}
