//! `devtool serve`.

use std::ffi::OsString;
use std::io::BufRead as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};

use clap::Args;

use super::context::{Context, Served};
use super::out::Out;
use crate::config::Environment;
use crate::error::{Exit, Result};
use crate::serve::{Bridge, Run, Say, SuiteMessage, done, error, greeting};

/// Run commands for a test suite, over lines of JSON
///
/// The plugin for pytest and the helper for Node talk to devtool in this way: what devtool delivers is a
/// line on stdout, and the app's answer a line on stdin, so that the app needs no port. It ends with
/// stdin. docs/serve.md describes the lines.
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct ServeArguments {
    /// Take commands from stdin, and answer on stdout
    #[arg(long, required = true)]
    stdio: bool,
}

const EXAMPLES: &str = "Examples:
  devtool serve --stdio";

impl ServeArguments {
    #[expect(clippy::unused_self, reason = "the flag says how, and there is no other way yet")]
    pub(super) fn execute(self, context: &mut Context) -> Result<Exit> {
        let runtime = Context::two_threads()?;
        let say = lines(context.out.another());
        let bridge = Bridge::new(Arc::clone(&say));
        let port = runtime.block_on(bridge.listen())?;
        let (runs, commands) = channel();
        let is_running = Arc::<AtomicBool>::default();
        let runner = Runner {
            port,
            say: Arc::clone(&say),
            served: context.served,
            environment: context.environment.clone(),
            is_running: Arc::clone(&is_running),
        };
        // A thread of its own: this one brings a command the app's answers.
        std::thread::spawn(move || runner.run_all(&commands));
        let suite = Suite { say, bridge, runs, is_running };
        (suite.say)(&greeting());
        let (mut stdin, mut line) = (std::io::stdin().lock(), Vec::new());
        while stdin.read_until(b'\n', &mut line).is_ok_and(|length| length > 0) {
            suite.take(&String::from_utf8_lossy(&line));
            line.clear();
        }
        suite.bridge.close();
        runtime.shutdown_background();
        Ok(Exit::Done)
    }
}

/// Writes each line whole, whichever thread says it.
fn lines(out: Out) -> Say {
    let out = Mutex::new(out);
    Arc::new(move |value| {
        let mut out = out.lock().unwrap_or_else(PoisonError::into_inner);
        out.revealed(&format!("{value}\n"));
        out.is_read()
    })
}

/// The test suite at the other end.
struct Suite {
    say: Say,
    bridge: Bridge,
    /// What is to be run.
    runs: Sender<Run>,
    is_running: Arc<AtomicBool>,
}

impl Suite {
    fn take(&self, line: &str) {
        match SuiteMessage::parse(line) {
            Ok(SuiteMessage::Answer(answer)) => {
                let number = answer.request;
                if !self.bridge.answer(answer) {
                    (self.say)(&error(&format!("nothing waits for an answer to request {number}")));
                }
            }
            Ok(SuiteMessage::Run(run)) => self.start(run),
            Err(why) => {
                (self.say)(&error(&format!("this line is not understood: {why}")));
            }
        }
    }

    fn start(&self, run: Run) {
        if self.is_running.swap(true, Ordering::SeqCst) {
            (self.say)(&done(
                run.id,
                Exit::Usage.code(),
                ("", "error: another command is running\n"),
            ));
            return;
        }
        // It takes them until nobody can send one.
        let _ = self.runs.send(run);
    }
}

/// Runs the commands, one after the other.
struct Runner {
    port: u16,
    say: Say,
    /// How a command is run.
    served: fn(Vec<OsString>, Environment) -> Served,
    environment: Environment,
    is_running: Arc<AtomicBool>,
}

impl Runner {
    fn run_all(&self, commands: &Receiver<Run>) {
        for run in commands {
            let id = run.id;
            let work = || (self.served)(words(run, self.port), self.environment.clone());
            // What panicked has said so, and nothing of it is used any more.
            let result = catch_unwind(AssertUnwindSafe(work)).unwrap_or_default();
            self.is_running.store(false, Ordering::SeqCst);
            (self.say)(&done(id, result.exit.code(), (&result.output, &result.errors)));
        }
    }
}

/// The command line: as JSON, where nothing else is wanted, and to the suite, where that is the app.
fn words(run: Run, port: u16) -> Vec<OsString> {
    let mut words = vec!["devtool".to_owned()];
    words.extend(run.words);
    if run.app {
        words.extend(["--port".to_owned(), port.to_string()]);
    }
    if !words.iter().any(|word| word == "--format" || word.starts_with("--format=")) {
        words.extend(["--format".to_owned(), "json".to_owned()]);
    }
    words.into_iter().map(Into::into).collect()
}
