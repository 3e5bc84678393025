//! A line for the system's shell, as somebody typed it: `sh` on Unix, `cmd` on Windows.

use std::process::Command;

/// The command that has the shell run a line.
#[cfg(unix)]
pub(crate) fn command(line: &str) -> Command {
    let mut command = Command::new("/bin/sh");
    command.arg("-c").arg(line);
    command
}

/// The command that has the shell run a line. `cmd` has quotes of its own, so that the line goes to it as it is.
#[cfg(windows)]
pub(crate) fn command(line: &str) -> Command {
    use std::os::windows::process::CommandExt as _;

    let mut command = Command::new("cmd.exe");
    command.raw_arg("/D /S /C").raw_arg(format!("\"{line}\""));
    command
}
