//! A `devtool listen` that runs, with what it writes.

use std::io::{BufRead as _, BufReader, Read};
use std::process::{Child, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use super::stripe::FakeStripe;
use super::stripe::binary;
use super::{Devtool, SECRET, signal};

/// How long a test waits for what has to happen.
const TIME_LIMIT: Duration = Duration::from_secs(60);

/// The lines of both streams as they come.
#[derive(Default)]
struct Lines {
    stdout: Vec<String>,
    stderr: Vec<String>,
    /// How many of the two streams have ended.
    ended: usize,
}

/// A listen, killed when it goes out of scope.
pub(crate) struct Listening {
    pub(crate) child: Child,
    lines: Arc<(Mutex<Lines>, Condvar)>,
    pub(crate) devtool: Arc<Devtool>,
}

/// `devtool listen` for a port, with a version of the Stripe CLI and the fake for Stripe, not yet started.
pub(crate) fn listen(fake: &FakeStripe, version: &str, port: u16, more: &[&str]) -> Devtool {
    binary::devtool(&["listen", "--port", &port.to_string()], version)
        .env("DEVTOOL_STRIPE_API_BASE", &fake.url())
        .env("STRIPE_WEBHOOK_SECRET", SECRET)
        .args(more)
}

impl Listening {
    /// Starts it and waits until it is ready.
    pub(crate) fn ready(fake: &FakeStripe, devtool: Devtool) -> Self {
        let listening = Self::start(devtool);
        listening.wait_for_output("secret: ");
        fake.wait("an open websocket", |state| !state.sockets.is_empty());
        listening
    }

    pub(crate) fn start(devtool: Devtool) -> Self {
        Self::start_again(&Arc::new(devtool))
    }

    /// Starts one in the same home as those before it.
    pub(crate) fn start_again(devtool: &Arc<Devtool>) -> Self {
        let mut command = devtool.command();
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        Self::of(child, Arc::clone(devtool))
    }

    /// The same where no file may become larger than so many KiB, as on a disk that is full.
    #[cfg(unix)]
    pub(crate) fn with_small_files(devtool: Devtool, kibibytes: usize) -> Self {
        Self::within(devtool, &format!("trap '' XFSZ; ulimit -f {}", kibibytes * 2))
    }

    /// The same where no more than so many files may be open.
    #[cfg(unix)]
    pub(crate) fn with_few_files(devtool: Devtool, files: usize) -> Self {
        Self::within(devtool, &format!("ulimit -n {files}"))
    }

    /// Starts it within limits that a shell sets.
    #[cfg(unix)]
    fn within(devtool: Devtool, limits: &str) -> Self {
        let real = devtool.command();
        let mut command = std::process::Command::new("sh");
        let script = format!("{limits}; exec \"$0\" \"$@\"");
        command.args(["-c", &script]).arg(real.get_program()).args(real.get_args()).env_clear();
        for (name, value) in real.get_envs() {
            command.env(name, value.unwrap());
        }
        command.current_dir(devtool.directory()).stdin(Stdio::null());
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        Self::of(child, Arc::new(devtool))
    }

    /// A process that has pipes for both streams.
    pub(crate) fn of(mut child: Child, devtool: Arc<Devtool>) -> Self {
        let lines = Arc::new((Mutex::new(Lines::default()), Condvar::new()));
        keep(child.stdout.take().unwrap(), Arc::clone(&lines), |lines| &mut lines.stdout);
        keep(child.stderr.take().unwrap(), Arc::clone(&lines), |lines| &mut lines.stderr);
        Self { child, lines, devtool }
    }

    pub(crate) fn stdout(&self) -> Vec<String> {
        self.lines.0.lock().unwrap().stdout.clone()
    }

    pub(crate) fn stderr(&self) -> Vec<String> {
        self.lines.0.lock().unwrap().stderr.clone()
    }

    /// Waits until a line of either stream holds the text.
    #[track_caller]
    pub(crate) fn wait_for_output(&self, text: &str) -> String {
        let end = Instant::now() + TIME_LIMIT;
        let mut lines = self.lines.0.lock().unwrap();
        loop {
            let mut all = lines.stdout.iter().chain(&lines.stderr);
            if let Some(line) = all.find(|line| line.contains(text)) {
                return line.clone();
            }
            let left = end.saturating_duration_since(Instant::now());
            assert!(
                !left.is_zero(),
                "waited in vain for `{text}`\n{:#?}\n{:#?}",
                lines.stdout,
                lines.stderr
            );
            lines = self.lines.1.wait_timeout(lines, left).unwrap().0;
        }
    }

    /// Waits until so many lines of stdout hold the text.
    #[track_caller]
    pub(crate) fn wait_for_rows(&self, text: &str, count: usize) {
        let end = Instant::now() + TIME_LIMIT;
        let mut lines = self.lines.0.lock().unwrap();
        while lines.stdout.iter().filter(|line| line.contains(text)).count() < count {
            let left = end.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "waited in vain for {count} of `{text}`: {:#?}", lines.stderr);
            lines = self.lines.1.wait_timeout(lines, left).unwrap().0;
        }
    }

    /// Runs another command in this one's home, in the directory of another devtool.
    pub(crate) fn rerun_in(&self, other: &Devtool, arguments: &[&str]) -> super::Run {
        let mut command = self.devtool.command_of(arguments);
        super::Run::of(command.current_dir(other.directory()).output().unwrap())
    }

    pub(crate) fn signal(&self, name: &str) {
        signal(self.child.id(), name);
    }

    /// Waits until it ends.
    pub(crate) fn wait(&mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }

    /// Waits until both streams have ended, so that nothing more comes.
    pub(crate) fn wait_for_end(&self) {
        let mut lines = self.lines.0.lock().unwrap();
        while lines.ended < 2 {
            lines = self.lines.1.wait(lines).unwrap();
        }
    }

    /// Waits until it ends, and returns its code.
    #[track_caller]
    pub(crate) fn code(&mut self) -> i32 {
        let end = Instant::now() + TIME_LIMIT;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code().expect("it was killed");
            }
            assert!(Instant::now() < end, "it does not end: {:#?}", self.stderr());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Waits until a file is in its home, and returns what that holds.
    #[track_caller]
    pub(crate) fn wait_for_file(&self, name: &str) -> String {
        let end = Instant::now() + TIME_LIMIT;
        loop {
            if let Ok(text) = std::fs::read_to_string(self.devtool.home().join(name)) {
                return text;
            }
            assert!(Instant::now() < end, "waited in vain for {name}: {:#?}", self.stderr());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Ends it as Ctrl-C does, and returns its code.
    #[track_caller]
    pub(crate) fn interrupt(&mut self) -> i32 {
        self.signal("INT");
        self.code()
    }

    /// Ends it as Ctrl-C does, in order.
    #[track_caller]
    pub(crate) fn end(&mut self) {
        assert_eq!(self.interrupt(), 0);
    }

    /// The programs that it started, as far as they are there, each behind devtool's process that ends
    /// it with devtool.
    pub(crate) fn children(&self) -> Vec<u32> {
        children(self.child.id()).into_iter().flat_map(children).collect()
    }
}

/// The children of a process.
pub(crate) fn children(pid: u32) -> Vec<u32> {
    let mut found = Vec::new();
    let tasks = std::fs::read_dir(format!("/proc/{pid}/task"));
    for task in tasks.into_iter().flatten().flatten() {
        let list = std::fs::read_to_string(task.path().join("children")).unwrap_or_default();
        found.extend(list.split_whitespace().map(|pid| pid.parse::<u32>().unwrap()));
    }
    found
}

/// Whether a process runs (one that has ended and was not yet asked for its code does not).
pub(crate) fn is_running(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with('Z'))
}

/// A figure of a process's memory, in MiB.
#[cfg(target_os = "linux")]
pub(crate) fn memory(pid: u32, name: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    line.trim_matches(|c: char| !c.is_ascii_digit()).parse::<u64>().unwrap() / 1024
}

/// Waits until a process is gone.
#[track_caller]
pub(crate) fn wait_until_gone(pid: u32) {
    let end = Instant::now() + Duration::from_secs(10);
    while is_running(pid) {
        assert!(Instant::now() < end, "process {pid} is still there");
        std::thread::sleep(Duration::from_millis(10));
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn keep(
    pipe: impl Read + Send + 'static,
    lines: Arc<(Mutex<Lines>, Condvar)>,
    which: fn(&mut Lines) -> &mut Vec<String>,
) {
    std::thread::spawn(move || {
        for line in BufReader::new(pipe).lines().map_while(Result::ok) {
            which(&mut lines.0.lock().unwrap()).push(line);
            lines.1.notify_all();
        }
        lines.0.lock().unwrap().ended += 1;
        lines.1.notify_all();
    });
}
