//! Unix: a process group. devtool's hold on it is one end of a socket whose other end a process of its
//! own has (`die_with_parent`): when that closes, the group is killed.

use std::io;
use std::os::unix::net::UnixStream as Control;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, ExitStatus};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use tokio::io::AsyncReadExt as _;
use tokio::net::UnixStream;
use tokio::process::Child;

use crate::process::die_with_parent::{self, Report};

#[derive(Debug)]
pub(in crate::process) enum Group {
    /// Through the process that stands between.
    Supervised { control: UnixStream, said: Vec<u8> },
    /// Directly, where this program has no such process (it is not devtool itself).
    Own(Option<Pid>),
    /// The child only: its group is devtool's.
    Alone(Option<Pid>),
}

/// A group to come.
pub(in crate::process) struct Prepared(Option<Control>);

impl Group {
    /// The command that starts a program in a group of its own, without a stdin.
    pub(in crate::process) fn prepare(
        command: Command,
    ) -> io::Result<(tokio::process::Command, Prepared)> {
        let (mut command, control) = match die_with_parent::supervised(&command)? {
            Some((supervised, control)) => (supervised, Some(control)),
            None => (command, None),
        };
        if control.is_none() {
            command.stdin(std::process::Stdio::null());
        }
        let mut command = tokio::process::Command::from(command);
        // A supervisor ends by itself, after it has ended the group.
        command.process_group(0).kill_on_drop(control.is_none());
        Ok((command, Prepared(control)))
    }

    pub(in crate::process) fn alone(process: &Child) -> Self {
        Self::Alone(pid(process))
    }

    /// Waits for the program's end.
    pub(in crate::process) async fn ended(
        &mut self,
        process: &mut Child,
    ) -> io::Result<ExitStatus> {
        let Self::Supervised { control, said } = self else { return process.wait().await };
        while !said.ends_with(b"\n") {
            if control.read_buf(said).await.unwrap_or(0) == 0 {
                // Somebody has ended the process that stands between.
                return process.wait().await;
            }
        }
        match Report::parse(said) {
            Some(Report::Ended(status)) => Ok(ExitStatus::from_raw(status)),
            Some(Report::NotStarted(error)) => Err(io::Error::from_raw_os_error(error)),
            None => Err(io::Error::other("what it came to is not known")),
        }
    }

    /// Asks all of it to end; whether that could be asked.
    pub(in crate::process) fn ask_to_end(&self) -> bool {
        match self {
            Self::Supervised { control, .. } => {
                // Where it fails, it is gone already.
                let _ = control.try_write(die_with_parent::ASK_TO_END);
            }
            Self::Own(pid) => signal(*pid, kill_process_group, Signal::TERM),
            Self::Alone(pid) => signal(*pid, kill_process, Signal::TERM),
        }
        true
    }

    /// Kills all of it.
    pub(in crate::process) fn kill(&mut self, process: &mut Child) {
        match self {
            Self::Supervised { .. } => *self = Self::Alone(None),
            Self::Own(pid) => signal(*pid, kill_process_group, Signal::KILL),
            // It may have ended by itself.
            Self::Alone(_) => drop(process.start_kill()),
        }
    }
}

impl Prepared {
    /// The group of the process that was started.
    pub(in crate::process) fn of(self, process: &Child) -> io::Result<Group> {
        let Some(control) = self.0 else { return Ok(Group::Own(pid(process))) };
        control.set_nonblocking(true)?;
        Ok(Group::Supervised { control: UnixStream::from_std(control)?, said: Vec::new() })
    }
}

fn pid(process: &Child) -> Option<Pid> {
    process.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw)
}

fn signal(pid: Option<Pid>, send: fn(Pid, Signal) -> rustix::io::Result<()>, signal: Signal) {
    if let Some(pid) = pid {
        // Where it fails, it is gone already.
        let _ = send(pid, signal);
    }
}
