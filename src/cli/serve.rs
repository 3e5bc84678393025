//! `devtool serve`.

use std::ffi::OsString;
use std::io::BufRead as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use clap::Args;
use serde_json::Value;

use super::arguments::{Arguments, Command, NotUnderstood};
use super::context::Context;
use super::out::Out;
use super::{arguments, ended};
use crate::config::Environment;
use crate::error::{Exit, Result};
use crate::serve::{Bridge, Message, Run, done, error, greeting};

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

/// What a line is answered with.
type Say = Arc<dyn Fn(&Value) -> bool + Send + Sync>;

impl ServeArguments {
    #[expect(clippy::unused_self, reason = "the flag says how, and there is no other way yet")]
    pub(super) fn execute(self, context: &mut Context) -> Result<Exit> {
        let runtime = Context::two_threads()?;
        let say = lines(context.out.another());
        let bridge = Bridge::new(Arc::clone(&say));
        let port = runtime.block_on(bridge.listen())?;
        let suite = Suite { port, say, bridge, is_running: Arc::default() };
        (suite.say)(&greeting());
        let (mut stdin, mut line) = (std::io::stdin().lock(), Vec::new());
        while stdin.read_until(b'\n', &mut line).is_ok_and(|length| length > 0) {
            suite.take(&String::from_utf8_lossy(&line), &context.environment);
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
    port: u16,
    say: Say,
    bridge: Bridge,
    is_running: Arc<AtomicBool>,
}

impl Suite {
    fn take(&self, line: &str, environment: &Environment) {
        match Message::parse(line) {
            Ok(Message::Answer(answer)) => {
                let number = answer.request;
                if !self.bridge.answer(answer) {
                    (self.say)(&error(&format!("nothing waits for an answer to request {number}")));
                }
            }
            Ok(Message::Run(run)) => self.start(run, environment.clone()),
            Err(why) => {
                (self.say)(&error(&format!("this line is not understood: {why}")));
            }
        }
    }

    /// Runs a command on a thread of its own: this one brings it the app's answers.
    fn start(&self, run: Run, environment: Environment) {
        if self.is_running.swap(true, Ordering::SeqCst) {
            (self.say)(&done(
                run.id,
                Exit::Usage.code(),
                ("", "error: another command is running\n"),
            ));
            return;
        }
        let (say, is_running, port) =
            (Arc::clone(&self.say), Arc::clone(&self.is_running), self.port);
        std::thread::spawn(move || {
            let id = run.id;
            // What panicked has said so, and nothing of it is used any more.
            let result = catch_unwind(AssertUnwindSafe(|| executed(run, port, environment)));
            let result = result.unwrap_or_else(|_| (Exit::Bug, String::new(), String::new()));
            is_running.store(false, Ordering::SeqCst);
            say(&done(id, result.0.code(), (&result.1, &result.2)));
        });
    }
}

/// The exit code of a command, what it printed, and what it said besides.
fn executed(run: Run, port: u16, environment: Environment) -> (Exit, String, String) {
    let (out, captured) = Out::captured(&environment);
    let exit = match Arguments::read(words(run, port), &environment) {
        Ok(arguments) if is_served(&arguments.command) => {
            let typed = arguments.typed.clone();
            let mut context =
                Context { typed, ..Context::new(environment, out, arguments::command) };
            context.out.verbosity = arguments.verbosity();
            ended(context, |context| arguments.command.execute(context))
        }
        Ok(_) => {
            return refused(
                "only scenario, trigger, audit, replay, history and events are run here",
            );
        }
        Err(NotUnderstood::Clap(message)) => {
            return (Exit::Usage, String::new(), message.render().to_string());
        }
        Err(NotUnderstood::Help(_)) => return refused("help is shown at the terminal alone"),
        Err(NotUnderstood::Typed(error)) => {
            Context::new(environment, out, arguments::command).error(error)
        }
    };
    let mut captured = captured.lock().unwrap_or_else(PoisonError::into_inner);
    (exit, std::mem::take(&mut captured.stdout), std::mem::take(&mut captured.stderr))
}

fn refused(why: &str) -> (Exit, String, String) {
    (Exit::Usage, String::new(), format!("error: {why}\n"))
}

/// Those that end by themselves, and ask nobody.
const fn is_served(command: &Command) -> bool {
    matches!(
        command,
        Command::Scenario(_)
            | Command::Trigger(_)
            | Command::Audit(_)
            | Command::Replay(_)
            | Command::History(_)
            | Command::Events(_)
    )
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
