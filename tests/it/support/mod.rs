//! The program in a clean environment, and endpoints for it to talk to.

#[cfg(target_os = "linux")]
pub(crate) mod apart;
pub(crate) mod asking;
pub(crate) mod audited;
pub(crate) mod draw;
pub(crate) mod endpoint;
pub(crate) mod filters;
pub(crate) mod listening;
pub(crate) mod local_api;
pub(crate) mod ordered_app;
pub(crate) mod raw_servers;
pub(crate) mod raw;
pub(crate) mod relay;
pub(crate) mod release;
pub(crate) mod running_api;
pub(crate) mod stripe;
pub(crate) mod stub;
pub(crate) mod terminal;
pub(crate) mod tls;
#[cfg(unix)]
pub(crate) mod tmux;
pub(crate) mod visitor;
#[cfg(unix)]
pub(crate) mod triggering;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// The secret of the tests.
pub(crate) const SECRET: &str = "whsec_c0ffee00c0ffee00c0ffee00";

/// devtool, to be run with a home and a working directory of its own and nothing else of the
/// machine's environment but the PATH.
#[must_use]
pub(crate) struct Devtool {
    home: tempfile::TempDir,
    arguments: Vec<String>,
    variables: BTreeMap<String, String>,
    directory: Option<PathBuf>,
}

/// What a run of the program left.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) code: i32,
}

impl Devtool {
    pub(crate) fn new(arguments: &[&str]) -> Self {
        let home = tempfile::tempdir().unwrap();
        std::fs::create_dir(home.path().join("project")).unwrap();
        let arguments = arguments.iter().map(ToString::to_string).collect();
        Self { home, arguments, variables: BTreeMap::new(), directory: None }
    }

    /// A run that sends to this port, with the tests' secret and a fixed seed.
    pub(crate) fn sending(arguments: &[&str], port: u16) -> Self {
        Self::new(arguments)
            .args(&["--port", &port.to_string(), "--seed", "42"])
            .env("STRIPE_WEBHOOK_SECRET", SECRET)
    }

    pub(crate) fn args(mut self, more: &[&str]) -> Self {
        self.arguments.extend(more.iter().map(ToString::to_string));
        self
    }

    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.to_owned(), value.to_owned());
        self
    }

    /// A file in the working directory.
    pub(crate) fn file(self, name: &str, text: &str) -> Self {
        let path = self.directory().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
        self
    }

    /// A script in the home that is found before the machine's programs.
    pub(crate) fn program(self, name: &str, script: &str) -> Self {
        let directory = self.home().join("bin");
        std::fs::create_dir_all(&directory).unwrap();
        write_program(&directory.join(name), script);
        let others = path_without_stripe();
        let path = std::iter::once(directory).chain(std::env::split_paths(&others));
        let path = std::env::join_paths(path).unwrap();
        self.env("PATH", path.to_str().unwrap())
    }

    /// Runs in another directory.
    pub(crate) fn within(mut self, directory: &Path) -> Self {
        self.directory = Some(directory.to_owned());
        self
    }

    pub(crate) fn home(&self) -> &Path {
        self.home.path()
    }

    /// Where devtool keeps what must last.
    pub(crate) fn data(&self) -> PathBuf {
        let place =
            if cfg!(windows) { "AppData/Local/devtool/data" } else { ".local/share/devtool" };
        self.home().join(place)
    }

    /// The file of the history.
    pub(crate) fn history(&self) -> PathBuf {
        let state = self.home().join(".local/state/devtool");
        if cfg!(windows) { self.data() } else { state }.join("history.db")
    }

    pub(crate) fn directory(&self) -> PathBuf {
        self.directory.clone().unwrap_or_else(|| self.home.path().join("project"))
    }

    /// The process, not yet started.
    pub(crate) fn command(&self) -> Command {
        self.command_of(&self.arguments)
    }

    /// The process with other arguments, in the same home and directory.
    pub(crate) fn command_of(&self, arguments: &[impl AsRef<std::ffi::OsStr>]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_devtool"));
        command
            .args(arguments)
            .env_clear()
            .env("PATH", path_without_stripe())
            .envs(profile(self.home.path()))
            .envs(&self.variables)
            .current_dir(self.directory())
            .stdin(Stdio::null());
        for variable in ["SystemRoot", "LLVM_PROFILE_FILE"] {
            if let Some(value) = std::env::var_os(variable) {
                command.env(variable, value);
            }
        }
        in_its_own_group(&mut command);
        command
    }

    /// Runs to the end with this text on stdin.
    pub(crate) fn run_with_stdin(&self, text: &str) -> Run {
        let mut command = self.command();
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        Run::of(child.wait_with_output().unwrap())
    }

    /// Runs to the end.
    pub(crate) fn run(&self) -> Run {
        Run::of(self.command().output().unwrap())
    }

    /// The process with more arguments, in the same home and directory. They are pairs of an option
    /// and its value, which take the place of earlier ones; a switch stands last.
    pub(crate) fn with(&self, more: &[&str]) -> Command {
        let mut arguments = self.arguments.clone();
        for pair in more.chunks(2) {
            if let Some(at) = arguments.iter().position(|a| a == pair[0] && pair.len() == 2) {
                arguments.drain(at..at + 2);
            }
        }
        arguments.extend(more.iter().map(ToString::to_string));
        self.command_of(&arguments)
    }

    /// Runs with more arguments, in the same home and directory.
    pub(crate) fn rerun_with(&self, more: &[&str]) -> Run {
        Run::of(self.with(more).output().unwrap())
    }

    /// Runs another command in the same home and directory.
    pub(crate) fn rerun(&self, arguments: &[&str]) -> Run {
        let arguments: Vec<String> = arguments.iter().map(ToString::to_string).collect();
        Run::of(self.command_of(&arguments).output().unwrap())
    }
}

/// A client for posts to servers of this machine. Any client asks for the ciphers of TLS.
pub(crate) fn http_client() -> reqwest::ClientBuilder {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy()
}

/// Writes a script that can be run.
pub(crate) fn write_program(file: &Path, script: &str) {
    std::fs::write(file, script).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
}

/// The variables that say where a user's files are, on every system, so that no test touches those of whoever
/// runs it.
pub(crate) fn profile(home: &Path) -> [(&'static str, PathBuf); 4] {
    let roaming = home.join("AppData").join("Roaming");
    let local = home.join("AppData").join("Local");
    [
        ("HOME", home.to_owned()),
        ("USERPROFILE", home.to_owned()),
        ("APPDATA", roaming),
        ("LOCALAPPDATA", local),
    ]
}

/// The machine's PATH without the directories that hold a Stripe CLI of its own.
pub(crate) fn path_without_stripe() -> std::ffi::OsString {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let holds_one = |directory: &PathBuf| which_stripe(directory);
    let others = std::env::split_paths(&path).filter(|directory| !holds_one(directory));
    std::env::join_paths(others).unwrap()
}

fn which_stripe(directory: &Path) -> bool {
    ["stripe", "stripe.exe", "stripe.cmd"].iter().any(|name| directory.join(name).exists())
}

impl Run {
    pub(crate) fn of(output: Output) -> Self {
        Self {
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
            code: output.status.code().unwrap_or(-1),
        }
    }

    /// The run, if it ended with this code.
    #[track_caller]
    pub(crate) fn code(self, expected: i32) -> Self {
        assert_eq!(self.code, expected, "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    /// stdout as the one JSON document that it has to be.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).expect(&self.stdout)
    }
}

/// Whether a request has a good signature with that secret.
pub(crate) fn verified(received: &endpoint::Received, secret: &str) -> bool {
    let secret = devtool::config::Secret::parse(secret).unwrap();
    let header = received.header("stripe-signature");
    let now = devtool::protocol::Clock::system().now();
    devtool::protocol::signature::verify(&secret, header, &received.body, now).is_ok()
}

/// Sends Ctrl-C's signal.
pub(crate) fn interrupt(child: &std::process::Child) {
    signal(child.id(), "INT");
}

/// Sends a process a signal.
#[cfg(unix)]
#[track_caller]
pub(crate) fn signal(pid: u32, name: &str) {
    use rustix::process::{Pid, Signal, kill_process};
    let signal = match name {
        "HUP" => Signal::HUP,
        "INT" => Signal::INT,
        "KILL" => Signal::KILL,
        "TERM" => Signal::TERM,
        other => panic!("{other} is no signal that a test sends"),
    };
    let pid = Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
    kill_process(pid, signal).unwrap();
}

/// Sends a process what Windows has for a signal: the console's Ctrl-Break, which devtool takes for a Ctrl-C and which
/// alone can be meant for one group of processes (`GenerateConsoleCtrlEvent`), or its end. Both programs are there on
/// every Windows.
#[cfg(not(unix))]
#[track_caller]
pub(crate) fn signal(pid: u32, name: &str) {
    let mut sender = match name {
        "INT" => {
            let mut powershell = Command::new("powershell");
            let script = CTRL_BREAK.replace("GROUP", &pid.to_string());
            powershell.args(["-NoProfile", "-NonInteractive", "-Command", &script]);
            powershell
        }
        "KILL" => {
            let mut taskkill = Command::new("taskkill");
            taskkill.args(["/F", "/PID", &pid.to_string()]);
            taskkill
        }
        other => panic!("Windows has no {other}"),
    };
    assert!(sender.stdin(Stdio::null()).stdout(Stdio::null()).status().unwrap().success());
}

/// What powershell runs for that.
#[cfg(not(unix))]
const CTRL_BREAK: &str = "\
    Add-Type -Namespace Tests -Name Console -MemberDefinition '[DllImport(\"kernel32.dll\")] \
    public static extern bool GenerateConsoleCtrlEvent(uint kind, uint group);'; \
    if (-not [Tests.Console]::GenerateConsoleCtrlEvent(1, GROUP)) { exit 1 }";

/// Lets a process be sent a Ctrl-Break alone (`CREATE_NEW_PROCESS_GROUP`), where the system has that for a signal.
fn in_its_own_group(command: &mut Command) {
    #[cfg(windows)]
    std::os::windows::process::CommandExt::creation_flags(command, 0x0000_0200);
    #[cfg(not(windows))]
    let _ = command;
}
