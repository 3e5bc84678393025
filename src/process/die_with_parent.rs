//! Children that do not outlive devtool, whatever ends it.
//!
//! On Unix devtool starts itself between itself and each child. That process (the supervisor) holds one
//! end of a socket, devtool the other: when devtool's closes, because it is done with the child or is
//! gone, the supervisor kills the child's group, with what the child has started. It stands in a group
//! of its own, so that no Ctrl-C reaches it. (A signal at the parent's end, which Linux has, reaches the
//! child only, and only on Linux.) On Windows the job object of each child does the same (`group`).

#[cfg(unix)]
pub(crate) use unix::answer;
#[cfg(unix)]
pub(super) use unix::{ASK_TO_END, Report, supervised};
#[cfg(windows)]
pub(crate) use windows::answer;

#[cfg(windows)]
mod windows {
    use std::ffi::OsString;

    use crate::error::Exit;

    /// Nobody is started to supervise.
    pub(crate) const fn answer(_arguments: &[OsString]) -> Option<Exit> {
        None
    }
}

#[cfg(unix)]
mod unix {
    use std::ffi::{OsStr, OsString};
    use std::fs::File;
    use std::io::{self, Read as _, Write as _};
    use std::os::fd::{AsFd as _, OwnedFd};
    use std::os::unix::net::UnixStream;
    use std::os::unix::process::CommandExt as _;
    use std::path::{Path, PathBuf};
    use std::process::{Child, Command, Stdio};
    use std::sync::OnceLock;

    use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};
    use rustix::stdio::{dup2_stderr, dup2_stdout};

    use crate::error::Exit;

    /// The hidden command.
    const COMMAND: &str = "__die-with-parent";
    /// What devtool writes to have the group asked to end.
    pub(in crate::process) const ASK_TO_END: &[u8] = b"t";
    /// The program of this process, whatever lies at its path by now.
    const THIS_PROGRAM: &str = "/proc/self/exe";

    /// devtool's program; not set in other programs that use this library.
    static DEVTOOL: OnceLock<PathBuf> = OnceLock::new();

    /// Supervises a child, if that is what devtool is started for. Otherwise children are supervised
    /// from now on.
    pub(crate) fn answer(arguments: &[OsString]) -> Option<Exit> {
        match arguments {
            [_, command, program @ ..] if command == OsStr::new(COMMAND) => {
                Some(if supervise(program).is_ok() { Exit::Done } else { Exit::Bug })
            }
            _ => {
                let here = Some(Path::new(THIS_PROGRAM)).filter(|path| path.exists());
                let here = here.map_or_else(|| std::env::current_exe().ok(), |p| Some(p.into()));
                here.map(|here| DEVTOOL.get_or_init(|| here));
                None
            }
        }
    }

    /// The command with the supervisor before it, and devtool's end of the socket; `None` where
    /// nothing can supervise. Directory and environment are kept.
    pub(in crate::process) fn supervised(
        command: &Command,
    ) -> io::Result<Option<(Command, UnixStream)>> {
        let Some(devtool) = DEVTOOL.get() else { return Ok(None) };
        let (here, there) = UnixStream::pair()?;
        let mut supervised = Command::new(devtool);
        supervised.arg0("devtool").arg(COMMAND).arg(command.get_program());
        supervised.args(command.get_args()).stdin(OwnedFd::from(there));
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => supervised.env(name, value),
                None => supervised.env_remove(name),
            };
        }
        if let Some(directory) = command.get_current_dir() {
            supervised.current_dir(directory);
        }
        Ok(Some((supervised, here)))
    }

    /// What the supervisor tells devtool, once.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(in crate::process) enum Report {
        /// The system's error.
        NotStarted(i32),
        /// The status as wait(2) gives it.
        Ended(i32),
    }

    impl Report {
        pub(in crate::process) fn parse(line: &[u8]) -> Option<Self> {
            let (word, number) = std::str::from_utf8(line).ok()?.trim_end().split_once(' ')?;
            let number = number.parse().ok()?;
            match word {
                "error" => Some(Self::NotStarted(number)),
                "ended" => Some(Self::Ended(number)),
                _ => None,
            }
        }

        fn send(self, mut to: &UnixStream) {
            let line = match self {
                Self::NotStarted(error) => format!("error {error}\n"),
                Self::Ended(status) => format!("ended {status}\n"),
            };
            // devtool may be gone.
            let _ = to.write_all(line.as_bytes());
        }
    }

    /// Runs the program in a group of its own until devtool lets go of the socket that is stdin here.
    fn supervise(program: &[OsString]) -> io::Result<()> {
        let control = UnixStream::from(io::stdin().as_fd().try_clone_to_owned()?);
        let (name, arguments) = program.split_first().ok_or(io::ErrorKind::InvalidInput)?;
        let mut command = Command::new(name);
        command.args(arguments).stdin(Stdio::null()).process_group(0);
        let mut child = match command.spawn() {
            Ok(child) => child,
            Err(error) => {
                Report::NotStarted(error.raw_os_error().unwrap_or(0)).send(&control);
                return Ok(());
            }
        };
        // The pipes are the child's alone, so that devtool sees their ends.
        let nowhere = File::options().write(true).open("/dev/null")?;
        dup2_stdout(&nowhere)?;
        dup2_stderr(&nowhere)?;
        let group = Pid::from_child(&child);
        let tells = control.try_clone()?;
        std::thread::spawn(move || tell_end(group, &tells));
        obey(&control, group);
        finish(group, &mut child)
    }

    /// Tells the program's end, and leaves the system's record of it: as long as that is there, no
    /// other group has the same number.
    fn tell_end(program: Pid, control: &UnixStream) {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
        let status = loop {
            match waitid(WaitId::Pid(program), options) {
                Err(rustix::io::Errno::INTR) => {}
                status => break status.ok().flatten(),
            }
        };
        let Some(status) = status else { return };
        let code = status.exit_status().map(|code| (code & 0xFF) << 8);
        Report::Ended(code.or(status.terminating_signal()).unwrap_or(0)).send(control);
    }

    /// Does what devtool wants until it lets go.
    fn obey(mut control: &UnixStream, group: Pid) {
        let mut order = [0];
        loop {
            match control.read(&mut order) {
                // Where it fails, the group is gone already.
                Ok(1..) => drop(kill_process_group(group, Signal::TERM)),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                _ => return,
            }
        }
    }

    fn finish(group: Pid, child: &mut Child) -> io::Result<()> {
        let _ = kill_process_group(group, Signal::KILL);
        child.wait().map(|_| ())
    }
}
