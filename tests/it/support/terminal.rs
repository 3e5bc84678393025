//! A pseudo-terminal, by way of util-linux's `script`: what a user sees and types.

use std::io::{Read as _, Write as _};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use super::Devtool;
use super::listening::children;

/// How long something may take to appear.
const TIME_LIMIT: Duration = Duration::from_secs(30);

/// A program on a terminal of its own.
pub(crate) struct Terminal {
    child: Child,
    keyboard: ChildStdin,
    screen: Receiver<Vec<u8>>,
    seen: String,
}

impl Terminal {
    /// Starts devtool on it.
    pub(crate) fn start(devtool: &Devtool) -> Self {
        Self::start_before(devtool, "")
    }

    /// Starts devtool on one of that size; others have none.
    pub(crate) fn start_sized(devtool: &Devtool, rows: u16, columns: u16) -> Self {
        Self::start_between(
            devtool,
            &format!("stty rows {rows} columns {columns}; trap : INT; "),
            "; exit $?",
        )
    }

    /// Starts devtool on it, and when that has ended a command of the shell.
    pub(crate) fn start_before(devtool: &Devtool, then: &str) -> Self {
        // A shell that a signal reached would not go on.
        let before = if then.is_empty() { "" } else { "trap : INT; " };
        Self::start_between(devtool, before, then)
    }

    fn start_between(devtool: &Devtool, before: &str, then: &str) -> Self {
        let plain = devtool.command();
        let words = std::iter::once(plain.get_program()).chain(plain.get_args());
        let line: Vec<String> = words.map(|word| format!("'{}'", word.to_str().unwrap())).collect();
        let line = format!("{before}{}{then}", line.join(" "));
        let mut command = Command::new("script");
        command
            .args(["--quiet", "--return", "--flush", "--command", &line, "/dev/null"])
            .env_clear()
            .envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))))
            .env("SHELL", "/bin/sh")
            .current_dir(plain.get_current_dir().unwrap())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut child = command.spawn().expect("util-linux's `script`");
        let (tell, screen) = channel();
        let mut output = child.stdout.take().unwrap();
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(length @ 1..) = output.read(&mut buffer) {
                if tell.send(buffer[..length].to_vec()).is_err() {
                    break;
                }
            }
        });
        let keyboard = child.stdin.take().unwrap();
        Self { child, keyboard, screen, seen: String::new() }
    }

    /// Waits until a text is on the screen.
    #[track_caller]
    pub(crate) fn wait_for(&mut self, text: &str) {
        let deadline = Instant::now() + TIME_LIMIT;
        while !self.seen.contains(text) {
            let left = deadline.saturating_duration_since(Instant::now());
            let Ok(bytes) = self.screen.recv_timeout(left) else {
                panic!("`{text}` does not appear in:\n{}", self.seen);
            };
            self.seen.push_str(&String::from_utf8_lossy(&bytes));
        }
    }

    /// Waits until the terminal no longer shows what is typed.
    #[track_caller]
    pub(crate) fn wait_until_hidden(&self) {
        let terminal = format!("/proc/{}/fd/0", self.devtool());
        let deadline = Instant::now() + TIME_LIMIT;
        loop {
            let settings = Command::new("stty").args(["-F", &terminal, "-a"]).output().unwrap();
            if String::from_utf8_lossy(&settings.stdout).contains(" -echo ") {
                return;
            }
            assert!(Instant::now() < deadline, "what is typed is shown:\n{}", self.seen);
        }
    }

    /// The process of devtool.
    pub(crate) fn devtool(&self) -> u32 {
        let mut pid = self.child.id();
        while !std::fs::read_to_string(format!("/proc/{pid}/comm")).unwrap().starts_with("devtool")
        {
            pid = children(pid)[0];
        }
        pid
    }

    /// Closes it, as the window of a terminal is closed.
    pub(crate) fn close(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Types Ctrl-C.
    pub(crate) fn type_interrupt(&mut self) {
        self.keyboard.write_all(b"\x03").unwrap();
        self.keyboard.flush().unwrap();
    }

    /// Types a text, and Enter.
    pub(crate) fn type_line(&mut self, text: &str) {
        writeln!(self.keyboard, "{text}").unwrap();
        self.keyboard.flush().unwrap();
    }

    /// Waits for the end: everything that was on the screen, and the exit code.
    pub(crate) fn finish(mut self) -> (String, i32) {
        let deadline = Instant::now() + TIME_LIMIT;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.screen.recv_timeout(left) {
                Ok(bytes) => self.seen.push_str(&String::from_utf8_lossy(&bytes)),
                Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => break,
                Err(std::sync::mpsc::RecvTimeoutError::Timeout) => {
                    let _ = self.child.kill();
                    panic!("it does not end:\n{}", self.seen);
                }
            }
        }
        (self.seen, self.child.wait().unwrap().code().unwrap_or(-1))
    }
}
