//! The one error type, and for each of its variants the exit code and the way out.

mod exit;
mod hint;

use std::path::PathBuf;

pub use exit::Exit;

/// Anything boxed that caused an error, so that [`Error`] names no type of the modules above it.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// The result of everything that can fail.
pub type Result<T> = std::result::Result<T, Error>;

/// Everything that ends a command before it has a verdict.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No event type of that name.
    #[error("unknown event `{name}`")]
    UnknownEvent {
        /// What was asked for.
        name: String,
        /// Types with a similar name.
        near: Vec<String>,
    },
    /// No object type of that name.
    #[error("unknown object `{name}`")]
    UnknownObject {
        /// What was asked for.
        name: String,
        /// Object types with a similar name, or all of them.
        near: Vec<String>,
    },
    /// No scenario of that name.
    #[error("unknown scenario `{name}`")]
    UnknownScenario {
        /// What was asked for.
        name: String,
        /// Scenarios with a similar name.
        near: Vec<String>,
    },
    /// A `--set` names a field that the events do not have.
    #[error("no event of this run has the field `{path}`")]
    UnknownField {
        /// The path as given.
        path: String,
        /// Fields with a similar name at the place where the path leaves the object.
        near: Vec<String>,
    },
    /// A `--set` has a value that its story or field cannot take.
    #[error("cannot set {setting}: {reason}")]
    InvalidSetting {
        /// The name or path that was to be set.
        setting: String,
        /// Why not, and what fits.
        reason: String,
    },
    /// The endpoint's URL is none that devtool can post to.
    #[error("cannot use the endpoint `{url}`: {reason}")]
    InvalidEndpoint {
        /// The URL as given.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The endpoint is on another machine.
    #[error("the endpoint's host `{host}` is not this machine")]
    RemoteEndpoint {
        /// The host as given.
        host: String,
    },
    /// A signing secret that is empty or has white space.
    #[error("cannot use the signing secret from {origin}: {reason}")]
    InvalidSecret {
        /// Where it was found.
        origin: String,
        /// What is wrong, without the secret itself.
        reason: String,
    },
    /// An API key that devtool does not use.
    #[error("cannot use the API key from {origin}: {reason}")]
    InvalidKey {
        /// Where it was found.
        origin: String,
        /// What is wrong, without the key itself.
        reason: String,
    },
    /// An API base that the Stripe CLI does not take.
    #[error("cannot use the API base `{url}`: {reason}")]
    InvalidApiBase {
        /// The URL as given.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// devtool's own secret cannot be read or kept.
    #[error("cannot keep a signing secret in `{}`", file.display())]
    OwnSecret {
        /// The file.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// What the user handed in is no event.
    #[error("cannot make an event of `{}`: {reason}", file.display())]
    NoEvent {
        /// The file, `-` for stdin.
        file: PathBuf,
        /// Why not.
        reason: String,
    },
    /// An object without the type of an event about it.
    #[error("`{}` holds an object of type `{object}`, and no event was named", file.display())]
    NoEventType {
        /// The file, `-` for stdin.
        file: PathBuf,
        /// What it holds.
        object: String,
    },
    /// No event type fits a pattern.
    #[error("no event type fits `{pattern}`")]
    NoEventFits {
        /// The pattern.
        pattern: String,
        /// Types with a similar name.
        near: Vec<String>,
    },
    /// The result could not be written to stdout (a reader that went away is no error).
    #[error("cannot write the result to stdout")]
    Output {
        /// Why.
        source: std::io::Error,
    },
    /// A configuration or scenario file with a fault.
    #[error("{} line {line}: {reason}", file.display())]
    InvalidFile {
        /// The file.
        file: PathBuf,
        /// The line of the fault, from 1.
        line: usize,
        /// What is wrong there, with the key.
        reason: String,
    },
    /// A scenario file with a fault.
    #[error("{} line {line}, column {column}: {}{reason}", file.display(), if key.is_empty() { String::new() } else { format!("{key}: ") })]
    InvalidScenario {
        /// The file.
        file: PathBuf,
        /// The line of the fault, from 1.
        line: usize,
        /// Its column, from 1.
        column: usize,
        /// The key, and what it belongs to.
        key: String,
        /// What is wrong there.
        reason: String,
        /// Names that may be meant.
        near: Vec<String>,
    },
    /// A scenario file that cannot be read.
    #[error("cannot read scenario `{}`", file.display())]
    ReadScenario {
        /// The file.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file that cannot be read.
    #[error("cannot read `{}`", file.display())]
    Read {
        /// The file.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file that cannot be written.
    #[error("cannot write `{}`", file.display())]
    Write {
        /// The file.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The user's home directory is not known.
    #[error("cannot find the directory to keep the signing secret in")]
    NoHome {
        /// Why.
        source: Cause,
    },
    /// The history cannot be opened, read or written.
    #[error("cannot use the history `{}`", file.display())]
    History {
        /// The file.
        file: PathBuf,
        /// Why.
        source: Cause,
    },
    /// The history has no such delivery.
    #[error("the history has no delivery `{wanted}`")]
    NoDelivery {
        /// The number or event id that was asked for.
        wanted: String,
    },
    /// Something that was asked of Stripe, and cannot go through it.
    #[error("{what} cannot go through Stripe: {reason}")]
    NotThroughStripe {
        /// The option, the key of a scenario, or the event's type.
        what: String,
        /// Why not.
        reason: String,
        /// Types that may be meant.
        near: Vec<String>,
    },
    /// Stripe publishes no Stripe CLI for this machine.
    #[error("there is no Stripe CLI for {machine}")]
    UnsupportedSystem {
        /// System and processor.
        machine: String,
    },
    /// No Stripe CLI is installed.
    #[error("the Stripe CLI is not installed")]
    StripeMissing,
    /// The installed Stripe CLI is older than what devtool supports.
    #[error("the Stripe CLI at `{}` is {found}, older than {oldest}", program.display())]
    StripeTooOld {
        /// The program.
        program: PathBuf,
        /// Its version.
        found: String,
        /// The oldest that devtool supports.
        oldest: String,
    },
    /// A `stripe` program that does not do what it should.
    #[error("cannot use the Stripe CLI at `{}`: {reason}", program.display())]
    StripeUnusable {
        /// The program.
        program: PathBuf,
        /// What it did.
        reason: String,
    },
    /// There is no login, and no API key.
    #[error("the Stripe CLI is not logged in")]
    NotLoggedIn,
    /// Stripe does not take the login or the API key.
    #[error("Stripe refuses {credential}: {reason}")]
    LoginRefused {
        /// What was refused, without the key itself.
        credential: String,
        /// What Stripe said.
        reason: String,
    },
    /// A login that did not come about.
    #[error("the login was not completed")]
    LoginFailed {
        /// What the Stripe CLI ended with.
        source: Cause,
    },
    /// Somebody has to answer, and there is no terminal.
    #[error("{what} needs a terminal")]
    NoTerminal {
        /// What cannot be asked.
        what: String,
    },
    /// The login is in live mode.
    #[error("the login is in live mode")]
    LiveMode,
    /// Another account than the one that devtool.toml names.
    #[error("the login is for the account {found}, and devtool.toml names {wanted}")]
    OtherAccount {
        /// The account that was found.
        found: String,
        /// The account of devtool.toml.
        wanted: String,
    },
    /// The Stripe CLI said nothing for too long, and was ended.
    #[error("`{what}` gave no answer in {seconds} s")]
    StripeSilent {
        /// The command without its secrets.
        what: String,
        /// How long it was waited for.
        seconds: u64,
    },
    /// Stripe cannot be reached.
    #[error("cannot reach Stripe")]
    StripeUnreachable {
        /// What the Stripe CLI said.
        source: Cause,
    },
    /// Stripe's API refused a call.
    #[error("Stripe refuses `{what}`")]
    StripeRefused {
        /// The call.
        what: String,
        /// What it said.
        source: Cause,
    },
    /// `stripe listen` has ended by itself.
    #[error("{how}{}", last_words.as_ref().map(|words| format!(": {words}")).unwrap_or_default())]
    ListenEnded {
        /// What ended, and with which status.
        how: String,
        /// What it said last.
        last_words: Option<String>,
    },
    /// A listen for that endpoint runs already.
    #[error("a listen for {endpoint} is running already{}", pid.map(|pid| format!(": process {pid}")).unwrap_or_default())]
    AlreadyListening {
        /// The endpoint.
        endpoint: String,
        /// Its process.
        pid: Option<u32>,
    },
    /// The user's app does not run.
    #[error("cannot start `{}`", program.display())]
    App {
        /// The program.
        program: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A download that failed.
    #[error("cannot download {url}")]
    Download {
        /// What was to be had.
        url: String,
        /// Why not.
        source: Cause,
    },
    /// A file that a server does not have.
    #[error("there is no {url}")]
    NotThere {
        /// What was to be had.
        url: String,
    },
    /// A release that does not exist.
    #[error("there is no Stripe CLI {version} for this system")]
    UnknownRelease {
        /// The version.
        version: String,
    },
    /// The releases' server takes no more requests for now.
    #[error("the server's rate limit is reached{}", until.as_ref().map(|u| format!(" {u}")).unwrap_or_default())]
    RateLimited {
        /// When it takes requests again, where it said so: `until …` or `for …`.
        until: Option<String>,
    },
    /// Bytes that are not what they have to be.
    #[error("`{what}` is not installed: {reason}")]
    Unverified {
        /// The archive.
        what: String,
        /// What is wrong with it.
        reason: String,
    },
    /// An archive of the user's that cannot be opened.
    #[error("cannot open the archive `{}`", file.display())]
    Archive {
        /// The file.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// npm did not install the Stripe CLI.
    #[error("npm did not install the Stripe CLI: {reason}")]
    Npm {
        /// What npm said.
        reason: String,
    },
    /// A port that another program has.
    #[error("cannot listen on port {port}")]
    PortTaken {
        /// The port.
        port: u16,
        /// Why.
        source: std::io::Error,
    },
    /// A fault of devtool itself: in the embedded data, or in what it asks of the system.
    #[error("devtool itself is at fault: {what}")]
    Bug {
        /// What does not hold.
        what: String,
    },
}

impl Error {
    /// The system gave no random bytes, which no supported system does.
    pub(crate) fn no_random_bytes() -> Self {
        Self::Bug { what: "the system gave no random bytes".to_owned() }
    }
}
