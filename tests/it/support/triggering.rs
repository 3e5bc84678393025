//! A stub of `stripe` that triggers and listens: a script that hands what it is asked for
//! to the test, which posts events to where its `listen` forwards them, signed, as the real one does.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use devtool::config::Secret;
use devtool::protocol::{Clock, signature};
use serde_json::json;

use super::listening::Listening;
use super::{Devtool, SECRET, stub};

/// What the stub's `listen` says that Stripe signs with.
const STRIPES: &str = "whsec_0000stub0000stub";
/// The stub's key.
const KEY: &str = "sk_test_51Stub00000000000000000";
/// How long a test waits for what has to happen.
const TIMEOUT: Duration = Duration::from_secs(30);
/// The metadata key of devtool's mark.
const MARK: &str = "metadata.devtool_run=";

/// What it does, by its arguments. A trigger's call lies in a file of its own until there is one beside it
/// that says that it is done.
const CASES: &str = r#"get*)
  [ ! -e "$dir/silent-get" ] || exec sleep 60
  echo '{"id": "acct_1Stub", "settings": {"dashboard": {"display_name": "Stub Shop"}}}' ;;
listen*)
  while [ $# -gt 1 ]; do [ "$1" != --forward-to ] || url="$2"; shift; done
  [ ! -e "$dir/silent-listen" ] || exec sleep 60
  echo "$url" > "$dir/url.new"
  mv "$dir/url.new" "$dir/url"
  echo "Ready! You are using Stripe API Version [2025-09-30.clover]. Your webhook signing secret is whsec_0000stub0000stub (^C to quit)" >&2
  exec sleep 600 ;;
trigger*)
  printf '%s\n' "$@" > "$dir/$$.new"
  mv "$dir/$$.new" "$dir/$$.call"
  while [ ! -e "$dir/$$.done" ]; do sleep 0.01; done ;;
delete*)
  [ ! -e "$dir/silent-delete" ] || exec sleep 60
  echo '{"deleted": true}' ;;
whoami*) echo '{}' ;;
"#;

/// The stub, up until it goes out of scope.
pub(crate) struct TriggeringStub {
    directory: tempfile::TempDir,
    ends: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl TriggeringStub {
    pub(crate) fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let ends = Arc::new(AtomicBool::new(false));
        let (at, until) = (directory.path().to_owned(), Arc::clone(&ends));
        let thread = std::thread::spawn(move || serve(&at, &until));
        Self { directory, ends, thread: Some(thread) }
    }

    /// devtool with the stub on its PATH, to this port.
    pub(crate) fn devtool(&self, arguments: &[&str], port: u16) -> Devtool {
        let notes = "case";
        let start = format!(
            "dir='{}'\nprintf '%s\\n' \"$*\" >> \"$dir/calls\"\n{notes}",
            self.directory.path().display()
        );
        let script = stub::script(stub::VERSION, &[CASES]).replacen(notes, &start, 1);
        Devtool::new(arguments)
            .program("stripe", &script)
            .args(&["--port", &port.to_string()])
            .env("STRIPE_API_KEY", KEY)
            .env("STRIPE_DEVICE_NAME", "devtool-tests")
            .env("STRIPE_WEBHOOK_SECRET", SECRET)
    }

    /// A `devtool listen` for this port that is ready.
    pub(crate) fn listening(&self, port: u16) -> Listening {
        let listening = Listening::start(self.devtool(&["listen"], port));
        listening.wait_for_output("secret: ");
        self.wait_for("url");
        listening
    }

    /// From now on, that command does not answer.
    pub(crate) fn silence(&self, command: &str) {
        fs::write(self.directory.path().join(format!("silent-{command}")), "").unwrap();
    }

    /// What the stub was called with so far, but for its version, a line each.
    pub(crate) fn calls(&self) -> Vec<String> {
        let calls = fs::read_to_string(self.directory.path().join("calls")).unwrap_or_default();
        calls.lines().filter(|line| *line != "--version").map(ToOwned::to_owned).collect()
    }

    /// The names of the triggers that were run.
    pub(crate) fn triggers(&self) -> Vec<String> {
        let calls = self.calls();
        let triggers = calls.iter().filter_map(|call| call.strip_prefix("trigger "));
        triggers.map(|rest| rest.split(' ').next().unwrap().to_owned()).collect()
    }

    /// Waits until it was called with that.
    #[track_caller]
    pub(crate) fn wait_for_call(&self, start: &str) {
        let end = Instant::now() + TIMEOUT;
        while !self.calls().iter().any(|call| call.starts_with(start)) {
            assert!(
                Instant::now() < end,
                "waited in vain for `stripe {start}`: {:?}",
                self.calls()
            );
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    #[track_caller]
    fn wait_for(&self, name: &str) {
        let end = Instant::now() + TIMEOUT;
        while !self.directory.path().join(name).exists() {
            assert!(Instant::now() < end, "waited in vain for {name}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for TriggeringStub {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::SeqCst);
        let ended = self.thread.take().map(JoinHandle::join);
        if !std::thread::panicking() {
            assert!(matches!(ended, Some(Ok(()))), "the stub of `stripe` panicked");
        }
    }
}

/// Answers the calls of triggers, in their order.
fn serve(directory: &Path, ends: &AtomicBool) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let http = super::http_client().build().unwrap();
    let mut number = 0;
    while !ends.load(Ordering::SeqCst) {
        let Some(call) = next_call(directory) else {
            std::thread::sleep(Duration::from_millis(2));
            continue;
        };
        let arguments = fs::read_to_string(&call).unwrap();
        fs::remove_file(&call).unwrap();
        let url = fs::read_to_string(directory.join("url")).unwrap();
        for body in events(&arguments, &mut number) {
            let at = Clock::system().now();
            let signed = signature::header(&Secret::parse(STRIPES).unwrap(), at, body.as_bytes());
            let post = http.post(url.trim()).header("Stripe-Signature", signed).body(body);
            runtime.block_on(post.send()).unwrap();
        }
        fs::write(call.with_extension("done"), "").unwrap();
    }
}

fn next_call(directory: &Path) -> Option<PathBuf> {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.extension().is_some_and(|end| end == "call")).min()
}

/// What a trigger causes: a product by the way, then its own event. Both are of one request, and the
/// object of the second has the mark.
fn events(arguments: &str, number: &mut u32) -> [String; 2] {
    let name = arguments.lines().nth(1).unwrap();
    let mark = arguments.lines().find_map(|line| Some(line.split_once(MARK)?.1));
    *number += 1;
    ["coupon.created", name].map(|name| {
        let created = Clock::system().now().seconds();
        let (family, _) = name.rsplit_once('.').unwrap();
        let object = json!({
            "id": format!("{}_1Stub{number:08}", &family[..2]),
            "object": family,
            "metadata": {"devtool_run": mark},
        });
        let event = json!({
            "id": format!("evt_1Stub{}{number:08}", &family[..2]),
            "object": "event",
            "api_version": "2025-09-30.clover",
            "created": created,
            "data": {"object": object},
            "livemode": false,
            "pending_webhooks": 1,
            "request": {"id": format!("req_1Stub{number:08}"), "idempotency_key": null},
            "type": name,
        });
        format!("{event:#}")
    })
}
