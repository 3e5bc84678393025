//! `stripe listen`: which arguments it needs, by its version, and what it says while it runs.

use std::process::Stdio;
use std::time::Duration;

use semver::Version;
use tokio::io::AsyncRead;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::time::timeout;

use super::api;
use super::child::Stripe;
use super::error;
use crate::config::Secret;
use crate::error::{Error, Kind, Result};
use crate::process::{Child, Lines};

/// From this version on, `listen` has to be told which events to forward, and thin events need a
/// listener of their own.
const CHOOSES_EVENTS: Version = Version::new(1, 51, 0);
/// How long a listener may take to end when it is asked to.
const LAST_WORDS: Duration = Duration::from_secs(2);
/// How much of what it wrote to stderr is kept for the case that it fails, in bytes.
const TAIL: usize = 4_096;
/// How many lines may wait to be read.
const BACKLOG: usize = 64;

/// What is to be listened for, and where it goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Snapshot events of the account.
    pub snapshot: Stream,
    /// Where those of connected accounts go; to the same place if it is not said.
    pub connect: Option<String>,
    /// Thin events.
    pub thin: Option<Stream>,
    /// In which API version snapshot events are rendered.
    pub rendering: Rendering,
}

/// Some events and their place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stream {
    /// The URL that they are posted to.
    pub to: String,
    /// Their types; empty for all.
    pub types: Vec<String>,
}

/// In which API version snapshot events are rendered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rendering {
    /// The account's default.
    Default,
    /// The latest one.
    Latest,
}

impl Wanted {
    /// The arguments of each listener that this needs.
    pub fn listeners(&self, version: &Version) -> Vec<Vec<String>> {
        let mut first = words(&["listen", "--skip-update", "--forward-to", &self.snapshot.to]);
        if let Some(url) = &self.connect {
            first.extend(words(&["--forward-connect-to", url]));
        }
        if self.rendering == Rendering::Latest {
            first.push("--latest".to_owned());
        }
        let chooses = *version >= CHOOSES_EVENTS;
        first.extend(match (self.snapshot.types.as_slice(), chooses) {
            ([], true) => words(&["--all-snapshot"]),
            ([], false) => Vec::new(),
            (types, _) => words(&["--events", &types.join(",")]),
        });
        let Some(thin) = &self.thin else { return vec![first] };
        if chooses {
            let mut second = words(&["listen", "--skip-update", "--forward-to", &thin.to]);
            second.extend(match thin.types.as_slice() {
                [] => words(&["--all-thin"]),
                types => words(&["--events", &types.join(",")]),
            });
            return vec![first, second];
        }
        let types = if thin.types.is_empty() { "*".to_owned() } else { thin.types.join(",") };
        let to = thin.to.as_str();
        first.extend(words(&["--thin-events", &types, "--forward-thin-to", to]));
        first.extend(words(&["--forward-thin-connect-to", to]));
        vec![first]
    }
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(ToString::to_string).collect()
}

/// What a listener says.
#[derive(Debug)]
pub enum ListenerMessage {
    /// It is connected. That may come again, with another secret.
    Ready {
        /// The secret that Stripe signs with.
        secret: Secret,
        /// The API version of events, where it names one.
        api_version: Option<String>,
    },
    /// Something that the user should know.
    Remark(String),
    /// It has ended, and why.
    Ended(Error),
}

/// A `stripe listen` that runs. When it is dropped, it is killed.
#[derive(Debug)]
pub struct Listener {
    child: Child,
    lines: Receiver<String>,
    tail: String,
    websocket: Websocket,
    stripe: Stripe,
}

/// How much a listener tells of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Telling {
    /// As usual.
    Usual,
    /// Also why its websocket does not come up, which it says in its log only.
    Everything,
}

impl Stripe {
    /// Starts a listener.
    ///
    /// # Errors
    /// It does not run.
    pub fn listen(&self, arguments: &[String], telling: Telling) -> Result<Listener> {
        let log: &[&str] = match telling {
            Telling::Usual => &[],
            Telling::Everything => &["--log-level", "debug"],
        };
        let arguments: Vec<&str> =
            arguments.iter().map(String::as_str).chain(log.iter().copied()).collect();
        // What it prints of deliveries the relay knows better; to read it would cost each of them time.
        let child = Child::start(self.command(&arguments), Stdio::null(), Stdio::piped());
        let mut child = child.map_err(|error| self.unusable(&error))?;
        let (sender, lines) = channel(BACKLOG);
        if let Some(stderr) = child.take_stderr() {
            tokio::spawn(read(stderr, sender));
        }
        Ok(Listener {
            child,
            lines,
            tail: String::new(),
            websocket: Websocket::default(),
            stripe: self.clone(),
        })
    }
}

/// Hands lines on until the pipe ends.
async fn read(pipe: impl AsyncRead + Unpin, to: Sender<String>) {
    let mut lines = Lines::new(pipe);
    while let Some(line) = lines.next().await {
        // Nobody listens any more when it is about to be ended.
        let _ = to.send(line).await;
    }
}

impl Listener {
    /// What it says next. After [`ListenerMessage::Ended`] nothing comes any more.
    pub async fn next(&mut self) -> ListenerMessage {
        while let Some(line) = self.lines.recv().await {
            // What else is in its log may be an event's, and means nothing here.
            if line.contains(DEBUG) {
                self.websocket.read(&line);
                continue;
            }
            if let Some(said) = said(&line) {
                return said;
            }
            self.remember(&line);
        }
        // Its stderr has ended; soon it will have, too.
        let status = timeout(LAST_WORDS, self.child.wait()).await;
        let how = match status {
            Ok(Ok(status)) => format!("`stripe listen` ended with {status}"),
            Ok(Err(error)) => return ListenerMessage::Ended(self.stripe.unusable(&error)),
            Err(_) => "`stripe listen` closed its output".to_owned(),
        };
        ListenerMessage::Ended(error_in(&self.tail, &self.stripe.credential(), how))
    }

    fn remember(&mut self, line: &str) {
        self.tail.push_str(line);
        self.tail.push('\n');
        if let Some(cut) = self.tail.len().checked_sub(TAIL) {
            let cut = (cut..self.tail.len()).find(|at| self.tail.is_char_boundary(*at));
            self.tail.drain(..cut.unwrap_or(0));
        }
    }

    /// Why its websocket does not come up, where it says so.
    pub fn websocket_error(&self) -> Option<String> {
        let Websocket { host, error } = &self.websocket;
        let error = error.as_ref()?;
        Some(match host {
            Some(host) => format!("cannot open the websocket to {host}: {error}"),
            None => format!("cannot open the websocket: {error}"),
        })
    }

    /// Asks it to end, and sees to it that it does.
    pub async fn end(mut self) {
        // What it still says would fill its pipe.
        let drained = async {
            while self.lines.recv().await.is_some() {}
            std::future::pending::<()>().await;
        };
        tokio::select! {
            () = self.child.end(LAST_WORDS) => {}
            () = drained => {}
        }
    }
}

/// The mark of a line that is said with [`Telling::Everything`] only.
const DEBUG: &str = " level=debug ";

/// What a listener's log says of its websocket.
#[derive(Debug, Default)]
struct Websocket {
    host: Option<String>,
    error: Option<String>,
}

impl Websocket {
    fn read(&mut self, line: &str) {
        if line.contains("msg=\"Dialing websocket\"") {
            let host = quoted(line, " url=\"").and_then(|url| url.split('/').nth(2));
            self.host = host.map(ToOwned::to_owned);
        } else if line.contains("msg=\"Websocket connection error\"") {
            self.error = quoted(line, " error=\"").map(ToOwned::to_owned);
        }
    }
}

/// What stands between a start and the next quotation mark.
fn quoted<'l>(line: &'l str, start: &str) -> Option<&'l str> {
    line.split_once(start)?.1.split_once('"').map(|(text, _)| text)
}

/// What a line of stderr means, where it means something by itself.
fn said(line: &str) -> Option<ListenerMessage> {
    if let Some((_, rest)) = line.split_once("Ready! ") {
        return ready(rest);
    }
    let message = line.split_once("level=warning msg=\"").map(|(_, message)| message)?;
    let message = message.trim_end().trim_end_matches(['"', '\\', 'n']);
    Some(ListenerMessage::Remark(message.replace("\\\"", "\"")))
}

/// `You are using Stripe API Version [2020-08-27]. Your webhook signing secret is whsec_… (^C to quit)`
fn ready(rest: &str) -> Option<ListenerMessage> {
    let version = rest.split_once("API Version [").and_then(|(_, rest)| rest.split_once(']'));
    let at = rest.find("whsec_")?;
    let is_of_secret = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let secret: String = rest[at..].chars().take_while(|c| is_of_secret(*c)).collect();
    let api_version = version.map(|(version, _)| version.to_owned());
    Some(ListenerMessage::Ready { secret: Secret::parse(&secret).ok()?, api_version })
}

/// The error behind the end of a listener.
fn error_in(tail: &str, credential: &str, how: String) -> Error {
    let Some((_, message)) = tail.split_once("level=fatal msg=\"") else {
        if tail.contains("not configured API keys") || tail.contains("has expired") {
            return api::refusal(tail, credential);
        }
        return ended(how, last_line(tail));
    };
    if message.contains("too many") {
        let source = "too many `stripe listen` sessions are open; close some";
        return error::refused("stripe listen", source);
    }
    // The message is written as a quoted string.
    api::refusal(&message.replace("\\n", "\n").replace("\\\"", "\""), credential)
}

/// The error where `stripe listen` has ended by itself, with what it said last.
fn ended(how: String, last_words: Option<String>) -> Error {
    let message = match last_words {
        Some(words) => format!("{how}: {words}"),
        None => how,
    };
    Error::new(Kind::StripeRefused, message)
        .hinted("check the Stripe CLI and the network:\ndevtool doctor")
}

/// The last line that says something.
fn last_line(tail: &str) -> Option<String> {
    let is_telling = |line: &&str| !line.is_empty() && *line != "Getting ready...";
    tail.lines().map(str::trim).rfind(is_telling).map(ToOwned::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(types: &[&str], thin: Option<&[&str]>) -> Wanted {
        let stream = |to: &str, types: &[&str]| Stream { to: to.to_owned(), types: words(types) };
        Wanted {
            snapshot: stream("http://127.0.0.1:1/snapshot", types),
            connect: None,
            thin: thin.map(|types| stream("http://127.0.0.1:1/thin", types)),
            rendering: Rendering::Default,
        }
    }

    fn typed(wanted: &Wanted, version: &Version) -> Vec<String> {
        let start = "listen --skip-update --forward-to http://127.0.0.1:1/";
        let all = wanted.listeners(version);
        all.iter().map(|one| one.join(" ").replace(start, "…")).collect()
    }

    #[test]
    fn each_version_gets_the_flags_that_it_knows() {
        let (old, new) = (Version::new(1, 50, 11), Version::new(1, 51, 0));
        let all = wanted(&[], None);
        assert_eq!(typed(&all, &new), ["…snapshot --all-snapshot"]);
        assert_eq!(typed(&all, &old), ["…snapshot"]);
        let some = wanted(&["a.b", "c.d"], None);
        assert_eq!(typed(&some, &new), ["…snapshot --events a.b,c.d"]);
        let thin = wanted(&[], Some(&[]));
        assert_eq!(typed(&thin, &new), ["…snapshot --all-snapshot", "…thin --all-thin"]);
        let to = "--forward-thin-to http://127.0.0.1:1/thin --forward-thin-connect-to http://127.0.0.1:1/thin";
        assert_eq!(typed(&thin, &old), [format!("…snapshot --thin-events * {to}")]);
        let thin = wanted(&[], Some(&["v1.x"]));
        assert_eq!(typed(&thin, &new)[1], "…thin --events v1.x");
    }

    #[test]
    fn ready_lines_are_read() {
        let line = "Ready! You are using Stripe API Version [2025-09-30.clover]. Your webhook signing secret is whsec_0aF9 (^C to quit)\n";
        for (line, version) in [
            (line, Some("2025-09-30.clover")),
            ("> Ready! Your webhook signing secret is \u{1b}[1mwhsec_0aF9\u{1b}[0m", None),
        ] {
            let Some(ListenerMessage::Ready { secret, api_version }) = said(line) else {
                panic!("{line}")
            };
            assert_eq!((secret.reveal(), api_version.as_deref()), ("whsec_0aF9", version));
        }
        assert!(said("Getting ready...\n").is_none());
    }

    #[test]
    fn the_log_tells_why_a_websocket_does_not_come_up() {
        let mut websocket = Websocket::default();
        for line in [
            "time=\"x\" level=debug msg=\"Dialing websocket\" prefix=websocket.Client.connect url=\"wss://a.example:443/x?y=z\"",
            "time=\"x\" level=debug msg=\"Websocket connection error\" error=\"dial tcp: no such host\" message= prefix=y",
            "time=\"x\" level=debug msg=\"Failed to connect to Stripe. Retrying...\" prefix=y",
        ] {
            assert!(line.contains(DEBUG));
            websocket.read(line);
        }
        assert_eq!(websocket.host.as_deref(), Some("a.example:443"));
        assert_eq!(websocket.error.as_deref(), Some("dial tcp: no such host"));
    }

    #[test]
    fn ends_are_told_apart() {
        let told = |tail: &str| error_in(tail, "the key", "it ended".to_owned()).to_string();
        let expired = "Getting ready...\n\ntime=\"x\" level=fatal msg=\"Error while authenticating with Stripe: Authorization failed, status=401, body={\\n  \\\"error\\\": {\\n    \\\"message\\\": \\\"Invalid API Key provided: sk_test_***\\\"\\n  }\\n}\\n\"\n";
        assert_eq!(told(expired), "Stripe rejects the key: Invalid API Key provided: sk_test_***");
        let many = "level=fatal msg=\"you have too many `stripe listen` sessions open\"";
        assert_eq!(told(many), "Stripe rejects `stripe listen`");
        let down = "level=fatal msg=\"Post x: dial tcp: connection refused\"";
        assert_eq!(told(down), "cannot reach Stripe");
        assert_eq!(told("Getting ready...\n"), "it ended");
        assert_eq!(told("Getting ready...\npanic: close\n"), "it ended: panic: close");
    }
}
