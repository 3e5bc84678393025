//! A reader that stands still: it holds up neither deliveries nor memory nor signals.
#![cfg(target_os = "linux")]

use std::io::Read as _;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use devtool::history::{Filter, Reader, Storage};

use crate::support::endpoint::Endpoint;
use crate::support::listening::{memory, wait_until_gone};
use crate::support::stub;
use crate::support::{Devtool, signal};

/// How much memory may grow, in MiB.
const MOST_GROWTH: u64 = 20;

/// devtool, with both streams into pipes that nobody reads.
struct Stalled {
    devtool: Devtool,
    child: Child,
}

impl Stalled {
    fn start(devtool: Devtool) -> Self {
        let mut command = devtool.command();
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        Self { devtool, child }
    }

    /// The first signal is heard, and cannot be carried out to its end; the second ends it at once.
    fn end(mut self) {
        let pid = self.child.id();
        signal(pid, "INT");
        std::thread::sleep(Duration::from_millis(500));
        assert_eq!(self.child.try_wait().unwrap(), None, "its last words wait for the reader");
        signal(pid, "TERM");
        let start = Instant::now();
        assert_eq!(self.child.wait().unwrap().code(), Some(143));
        assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    }
}

impl Drop for Stalled {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Posts so many events as `stripe listen` does.
fn post(relay: &str, count: usize) {
    stub::post(relay, (0..count).map(|number| (number, "invoice.paid")));
}

#[test]
fn a_listen_whose_output_nobody_reads_goes_on_and_ends_with_two_signals() {
    const COUNT: usize = 5_000;
    let endpoint = Endpoint::accepting();
    let listen = Stalled::start(stub::listen(endpoint.port(), &[]));
    let relay = stub::relay(&listen.devtool);
    post(&relay, 16);
    let start = memory(listen.child.id(), "VmRSS");
    post(&relay, COUNT);
    let peak = memory(listen.child.id(), "VmHWM");
    assert!(peak <= start + MOST_GROWTH, "from {start} to {peak} MiB");
    // The first sixteen came again, and are known.
    assert_eq!(endpoint.received().len(), COUNT);
    let reader = Reader::open(&Storage::named(listen.devtool.history())).unwrap();
    let mut recorded = 0;
    let count = |record: devtool::history::Record| {
        recorded += usize::from(record.entry.status == Some(200));
        Ok(true)
    };
    reader.each(&Filter::default(), count).unwrap();
    assert_eq!(recorded, COUNT);
    listen.end();
}

#[test]
fn an_app_whose_lines_nobody_reads_takes_no_memory_and_ends() {
    let script =
        "echo $$ > \"$HOME/app\"; while :; do echo 0123456789012345678901234567890123456789; done";
    let listen = Stalled::start(stub::listen(9, &["--", "sh", "-c", script]));
    let app = listen.devtool.home().join("app");
    while std::fs::read_to_string(&app).unwrap_or_default().is_empty() {
        std::thread::sleep(Duration::from_millis(5));
    }
    let start = memory(listen.child.id(), "VmRSS");
    std::thread::sleep(Duration::from_secs(2));
    let peak = memory(listen.child.id(), "VmHWM");
    assert!(peak <= start + MOST_GROWTH, "from {start} to {peak} MiB");
    let app = std::fs::read_to_string(app).unwrap().trim().parse().unwrap();
    listen.end();
    wait_until_gone(app);
}

#[test]
fn what_found_no_room_is_counted_and_said() {
    let script = "i=0; while [ $i -lt 20000 ]; do echo line $i; i=$((i+1)); done; echo > \"$HOME/done\"; sleep 300";
    let mut listen = Stalled::start(stub::listen(9, &["--", "sh", "-c", script]));
    while !listen.devtool.home().join("done").exists() {
        std::thread::sleep(Duration::from_millis(5));
    }
    signal(listen.child.id(), "INT");
    let mut text = String::new();
    listen.child.stderr.take().unwrap().read_to_string(&mut text).unwrap();
    assert_eq!(listen.child.wait().unwrap().code(), Some(0));
    let shown = text.lines().filter(|line| line.starts_with("app | line ")).count();
    let said: Vec<usize> = text
        .lines()
        .filter_map(|line| line.strip_prefix("warning: ")?.split_once(" lines left out"))
        .map(|(count, _)| count.replace(',', "").parse().unwrap())
        .collect();
    assert!(shown < 19_000, "{shown}");
    // That the app is waited for may be among what was left out.
    let all = shown + said.iter().sum::<usize>();
    assert!((20_000..=20_001).contains(&all), "{shown} {said:?}");
}

#[test]
fn a_run_whose_output_nobody_reads_ends_with_two_signals() {
    let endpoint = Endpoint::accepting();
    let more = ["--repeat", "600", "--format", "compact", "--no-history"];
    let scenario = Devtool::sending(&["scenario", "payment"], endpoint.port()).args(&more);
    let run = Stalled::start(scenario);
    let mut seen = 0;
    loop {
        std::thread::sleep(Duration::from_millis(500));
        let now = endpoint.received().len();
        if now > 0 && now == seen {
            break;
        }
        seen = now;
    }
    assert!(seen < 600 * 9, "it waits for the reader: {seen}");
    run.end();
}
