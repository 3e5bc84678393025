//! Windows: a job object for each child, whose processes end when its last handle closes, which is
//! devtool's, however devtool ends.

use std::io;
use std::os::windows::process::CommandExt as _;
use std::process::{Command, ExitStatus, Stdio};

use tokio::process::Child;
use win32job::{ExtendedLimitInfo, Job};

/// Ctrl-C of the console does not reach the child (`CREATE_NEW_PROCESS_GROUP`): what is under way is
/// ended first.
const NEW_GROUP: u32 = 0x0000_0200;

#[derive(Debug)]
pub(in crate::process) struct Group(Option<Job>);

/// A group to come.
pub(in crate::process) struct Prepared(Job);

impl Group {
    /// The command that starts a program in a group of its own, without a stdin.
    pub(in crate::process) fn prepare(
        mut command: Command,
    ) -> io::Result<(tokio::process::Command, Prepared)> {
        let mut limits = ExtendedLimitInfo::new();
        limits.limit_kill_on_job_close();
        let job = Job::create_with_limit_info(&limits).map_err(io::Error::other)?;
        command.stdin(Stdio::null()).creation_flags(NEW_GROUP);
        let mut command = tokio::process::Command::from(command);
        command.kill_on_drop(true);
        Ok((command, Prepared(job)))
    }

    pub(in crate::process) const fn alone(_process: &Child) -> Self {
        Self(None)
    }

    /// Waits for the program's end.
    pub(in crate::process) async fn ended(
        &mut self,
        process: &mut Child,
    ) -> io::Result<ExitStatus> {
        process.wait().await
    }

    /// A program without a window cannot be asked by another one.
    #[expect(clippy::unused_self, reason = "other systems need it")]
    pub(in crate::process) const fn ask_to_end(&self) -> bool {
        false
    }

    /// Kills all of it.
    pub(in crate::process) fn kill(&mut self, process: &mut Child) {
        // It may have ended by itself.
        let _ = process.start_kill();
        self.0 = None;
    }
}

impl Prepared {
    /// The group of the process that was started.
    pub(in crate::process) fn of(self, process: &Child) -> io::Result<Group> {
        // A child that has ended already has no handle.
        if let Some(handle) = process.raw_handle() {
            self.0.assign_process(handle as isize).map_err(io::Error::other)?;
        }
        Ok(Group(Some(self.0)))
    }
}
