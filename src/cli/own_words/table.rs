//! The options and commands of the Stripe CLI, and other words that fingers type: what each is in devtool.

use std::ffi::OsStr;

/// What an option that devtool does not have is in devtool.
#[derive(Clone, Copy, Debug)]
pub(super) enum Meaning {
    /// What devtool does anyway.
    Always,
    /// That option, with the same value.
    Named(&'static str),
    /// That option once for each part of the value between commas.
    Each(&'static str),
    /// That option with that value.
    Option(&'static str, &'static str),
    /// No option of devtool's: what to do about it, and what to type.
    Other(&'static str, Instead),
}

/// What to type in place of something.
#[derive(Clone, Copy, Debug)]
pub(super) enum Instead {
    /// There is nothing.
    Nothing,
    /// That command.
    Command(&'static str),
    /// The same command line with that option, whose value is a path in the event.
    Field(&'static str),
    /// The same command line with that option and value.
    Value(&'static str),
    /// The same command of the Stripe CLI, without options that devtool has.
    Stripe,
}

/// One option, in the commands that have it in the Stripe CLI; in all where none is named.
#[derive(Clone, Copy, Debug)]
pub(super) struct OptionRow {
    pub(super) commands: &'static [&'static str],
    pub(super) names: &'static [&'static str],
    pub(super) takes_value: bool,
    pub(super) meaning: Meaning,
}

const fn flag(
    commands: &'static [&'static str],
    names: &'static [&'static str],
    meaning: Meaning,
) -> OptionRow {
    OptionRow { commands, names, takes_value: false, meaning }
}

const fn value(
    commands: &'static [&'static str],
    names: &'static [&'static str],
    meaning: Meaning,
) -> OptionRow {
    OptionRow { commands, names, takes_value: true, meaning }
}

use Instead::{Command, Field, Nothing, Stripe, Value};
use Meaning::{Always, Each, Named, Option, Other};

const LISTEN: &[&str] = &["listen"];
const TRIGGER: &[&str] = &["trigger"];
const SENDING: &[&str] = &["listen", "trigger", "scenario", "replay"];
const LOGIN: &[&str] = &["login"];

/// The options.
pub(super) const OPTIONS: &[OptionRow] = &[
    value(SENDING, &["--headers"], Each("--header")),
    value(LISTEN, &["--connect-headers"], Each("--connect-header")),
    value(
        LISTEN,
        &["--forward-thin-connect-to"],
        Other(
            "thin events of connected accounts go where the other thin events go:",
            Value("--thin-url"),
        ),
    ),
    flag(LISTEN, &["--all-snapshot"], Option("--events", "*")),
    flag(LISTEN, &["--all-thin"], Option("--thin-events", "*")),
    value(
        LISTEN,
        &["--events-from"],
        Other(
            "devtool listens to your account and its connected accounts; `--connect-url` sends events of the \
             latter elsewhere",
            Nothing,
        ),
    ),
    flag(LISTEN, &["--skip-update", "-s"], Always),
    flag(LISTEN, &["--print-json", "-j"], Option("--format", "json")),
    flag(
        LISTEN,
        &["--print-secret"],
        Other("devtool signs events with this secret:", Command("devtool secret")),
    ),
    flag(
        LISTEN,
        &["--use-configured-webhooks", "--load-from-webhooks-api", "-a"],
        Other(
            "devtool does not read the Dashboard's endpoints; `--route PATTERN=URL` sends event types to \
             another URL",
            Nothing,
        ),
    ),
    flag(LISTEN, &["--no-wss"], Other("only the Stripe CLI itself has it:", Stripe)),
    flag(&[], &["--live"], Other("devtool uses test mode only", Nothing)),
    value(
        TRIGGER,
        &["--override", "--add"],
        Other("set fields of the event's object:", Field("--set")),
    ),
    value(TRIGGER, &["--remove"], Other("remove fields of the event's object:", Field("--unset"))),
    value(&["trigger", "scenario"], &["--stripe-account"], Named("--account")),
    value(
        TRIGGER,
        &["--skip"],
        Other("devtool sends one event and creates nothing to skip; the Stripe CLI does:", Stripe),
    ),
    flag(
        TRIGGER,
        &["--edit"],
        Other(
            "edit the event in a file, and send it with `--from FILE`; this prints one:",
            Command("devtool trigger invoice.paid --print"),
        ),
    ),
    value(TRIGGER, &["--raw"], Other("only the Stripe CLI runs fixtures:", Stripe)),
    flag(LOGIN, &["-i"], Option("--interactive", "")),
    value(LOGIN, &["--complete"], Other("the Stripe CLI completes its own login:", Stripe)),
    flag(
        LOGIN,
        &["--complete-device", "--new-session"],
        Other("only the Stripe CLI itself has it:", Stripe),
    ),
    value(
        &[],
        &["-p"],
        Other("`-p` is the port here; a project of the Stripe CLI is:", Value("--project-name")),
    ),
    value(
        &[],
        &["--api-key"],
        Other(
            "set STRIPE_API_KEY, or save the key once: other users can see command lines",
            Command("devtool login --api-key-stdin"),
        ),
    ),
    value(
        &[],
        &["--config"],
        Other(
            "devtool uses the Stripe CLI's own configuration; `--project-name` names a login in it",
            Nothing,
        ),
    ),
    value(&[], &["--device-name"], Other("set STRIPE_DEVICE_NAME in the environment", Nothing)),
    value(&[], &["--log-level"], Other("devtool has no log levels; the Stripe CLI has:", Stripe)),
    flag(&[""], &["-v"], Option("--version", "")),
];

/// What an option is in a command, where devtool does not have it.
pub(super) fn option(command: &str, name: &str) -> std::option::Option<&'static OptionRow> {
    let is_it = |row: &&OptionRow| {
        row.names.contains(&name) && (row.commands.is_empty() || row.commands.contains(&command))
    };
    OPTIONS.iter().find(is_it)
}

/// Whether an option that devtool has, too, has a value that only the Stripe CLI's takes: `-p NAME`.
pub(super) fn is_of_others(name: &str, value: std::option::Option<&OsStr>) -> bool {
    let value = value.map(OsStr::to_string_lossy).unwrap_or_default();
    name == "-p" && value.starts_with(|c: char| c.is_ascii_alphabetic())
}

/// A word that is no command of devtool's.
#[derive(Clone, Copy, Debug)]
pub(super) struct CommandRow {
    pub(super) words: &'static [&'static str],
    /// Where to find what it does.
    pub(super) hint: &'static str,
    /// What to type.
    pub(super) instead: CommandInstead,
}

/// What to type in place of a command that there is not.
#[derive(Clone, Copy, Debug)]
pub(super) enum CommandInstead {
    /// That command, alone.
    Alone(&'static str),
    /// That command with all that was typed after the word.
    WithRest(&'static str),
    /// The Stripe CLI's command, with all that was typed.
    Stripe,
}

use CommandInstead::{Alone, WithRest};

const fn row(
    words: &'static [&'static str],
    hint: &'static str,
    instead: CommandInstead,
) -> CommandRow {
    CommandRow { words, hint, instead }
}

/// The commands.
pub(super) const COMMANDS: &[CommandRow] = &[
    row(&["resend"], "deliver a recorded event again:", WithRest("replay")),
    row(&["send", "emit", "fire"], "send one event:", WithRest("trigger")),
    row(&["run", "test"], "send a sequence of events:", WithRest("scenario")),
    row(&["forward"], "forward Stripe's events:", WithRest("listen")),
    row(&["whoami"], "show which account is logged in:", Alone("devtool login --status")),
    row(
        &["install", "update", "upgrade"],
        "install the Stripe CLI, log in and write the secret:",
        Alone("devtool setup"),
    ),
    row(&["status", "check", "config"], "check the setup:", Alone("devtool doctor")),
    row(&["list", "types"], "list the event types:", Alone("devtool events")),
    row(
        &[
            "fixtures",
            "logs",
            "get",
            "post",
            "delete",
            "samples",
            "open",
            "switch",
            "sandbox",
            "sandboxes",
            "resources",
            "plugin",
            "community",
            "feedback",
            "daemon",
            "customers",
            "charges",
            "payment_intents",
            "invoices",
            "subscriptions",
            "products",
            "prices",
            "refunds",
            "webhook_endpoints",
        ],
        "the Stripe CLI has that command:",
        CommandInstead::Stripe,
    ),
];

/// What the Stripe CLI's `events` does with an event of the account.
pub(super) const EVENTS: &[CommandRow] = &[
    row(&["resend"], "deliver a recorded event again:", WithRest("replay")),
    row(&["retrieve", "list"], "the Stripe CLI has that command:", CommandInstead::Stripe),
];

/// The row of a word.
pub(super) fn command<'t>(
    table: &'t [CommandRow],
    word: &str,
) -> std::option::Option<&'t CommandRow> {
    table.iter().find(|row| row.words.contains(&word))
}
