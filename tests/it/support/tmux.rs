//! A terminal that shows full screens, by way of tmux: what a user sees, and keys.

use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::Devtool;
use super::listening::children;

/// How long something may take to appear.
const TIME_LIMIT: Duration = Duration::from_secs(60);

/// How many were started.
static STARTED: AtomicUsize = AtomicUsize::new(0);

/// A shell in a terminal of its own.
pub(crate) struct Tmux {
    socket: PathBuf,
}

impl Tmux {
    /// Starts a shell in the home of devtool, where `./run` starts devtool.
    pub(crate) fn start(devtool: &Devtool, (columns, lines): (u16, u16)) -> Self {
        let plain = devtool.command();
        let quoted = |text: &std::ffi::OsStr| format!("'{}'", text.to_str().unwrap());
        let words = std::iter::once(plain.get_program()).chain(plain.get_args()).map(quoted);
        let words: Vec<String> = words.collect();
        let script = format!(
            "#!/bin/sh\ncd '{}'\nexec {} \"$@\"\n",
            plain.get_current_dir().unwrap().display(),
            words.join(" ")
        );
        super::write_program(&devtool.home().join("run"), &script);
        // A server that has just ended may still have its socket.
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let socket = devtool.home().join(format!("tmux{number}"));
        let tmux = Self { socket };
        let mut command = tmux.command(&["new-session", "-d"]);
        command.args(["-x", &columns.to_string(), "-y", &lines.to_string()]);
        let variables = plain.get_envs().filter_map(|(name, value)| Some((name, value?)));
        let variables = variables.map(|(name, value)| {
            format!("'{}={}'", name.to_str().unwrap(), value.to_str().unwrap())
        });
        let variables: Vec<String> = variables.collect();
        // A shell with jobs: what it starts can be suspended.
        let shell =
            format!("exec env -i {} TERM=xterm-256color PS1='$ ' sh -i", variables.join(" "));
        command.args(["-c", devtool.home().to_str().unwrap(), &shell]);
        assert!(command.status().unwrap().success());
        tmux.run(&["set-option", "-g", "set-clipboard", "on"]);
        tmux.wait_until("the shell", |screen| screen.trim_end().ends_with('$'));
        tmux
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("tmux");
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap()).env("LC_ALL", "C.UTF-8");
        command.args(["-u", "-f", "/dev/null", "-S"]).arg(&self.socket).args(arguments);
        command
    }

    fn run(&self, arguments: &[&str]) -> String {
        let output = self.command(arguments).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    }

    /// Takes the terminal away from whatever runs in it.
    pub(crate) fn close(&self) {
        self.run(&["kill-server"]);
    }

    /// Types a text.
    pub(crate) fn type_text(&self, text: &str) {
        self.run(&["send-keys", "-l", text]);
    }

    /// Presses a key of tmux's name: `Enter`, `C-c`.
    pub(crate) fn press(&self, key: &str) {
        self.run(&["send-keys", key]);
    }

    /// Types a command of the shell.
    pub(crate) fn type_line(&self, text: &str) {
        self.type_text(text);
        self.press("Enter");
    }

    pub(crate) fn resize(&self, (columns, lines): (u16, u16)) {
        self.run(&["resize-window", "-x", &columns.to_string(), "-y", &lines.to_string()]);
    }

    /// Changes the size, and types a text in the same moment.
    pub(crate) fn resize_and_type(&self, (columns, lines): (u16, u16), text: &str) {
        let (columns, lines) = (columns.to_string(), lines.to_string());
        self.run(&["resize-window", "-x", &columns, "-y", &lines, ";", "send-keys", "-l", text]);
    }

    /// What is seen.
    pub(crate) fn screen(&self) -> String {
        self.run(&["capture-pane", "-p"])
    }

    /// What was copied.
    pub(crate) fn clipboard(&self) -> String {
        self.run(&["show-buffer"])
    }

    /// Waits until a text is seen.
    #[track_caller]
    pub(crate) fn wait_for(&self, text: &str) -> String {
        self.wait_until(text, |screen| screen.contains(text))
    }

    #[track_caller]
    pub(crate) fn wait_until(&self, what: &str, is_so: impl Fn(&str) -> bool) -> String {
        let deadline = Instant::now() + TIME_LIMIT;
        loop {
            let screen = self.screen();
            if is_so(&screen) {
                return screen;
            }
            assert!(Instant::now() < deadline, "`{what}` is not seen in:\n{screen}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// The process of devtool.
    pub(crate) fn devtool(&self) -> u32 {
        let pid = self.run(&["display-message", "-p", "#{pane_pid}"]);
        let mut below = vec![pid.trim().parse().unwrap()];
        while let Some(pid) = below.pop() {
            let name = std::fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
            if name.starts_with("devtool") {
                return pid;
            }
            below.extend(children(pid));
        }
        panic!("devtool does not run in:\n{}", self.screen());
    }
}

impl Drop for Tmux {
    fn drop(&mut self) {
        let _ = self.command(&["kill-server"]).status();
    }
}
