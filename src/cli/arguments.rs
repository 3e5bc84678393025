//! What can be typed.
//!
//! House rules: a subcommand is a verb or a noun; the same word means the same thing everywhere;
//! every option has a long form, a value name in capitals and, where it is a setting, an environment
//! variable (`variables`); short forms only for -p -H -o -q, and in `listen` those of the Stripe CLI; each command's help ends with examples, which a test types, and runs where
//! they need neither the Stripe CLI nor the network.

use std::ffi::OsString;

use clap::builder::FalseyValueParser;
use clap::error::ErrorKind;
use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use super::context::Context;
use super::out::{ColorChoice, Verbosity};
use super::{definitions, help, own_words, suggestions};
use crate::config::Environment;
use crate::error::{Error, Exit, Result};
use crate::text::command_line::CommandLine;

/// Build and test Stripe webhook handlers
///
/// devtool sends your handler the events that Stripe would send: signed, in the order of a real
/// payment, with only your app running. It reports what the handler answered, and how to fix what
/// failed.
#[derive(Debug, Parser)]
#[command(name = "devtool", version, after_long_help = EXAMPLES, disable_help_subcommand = true)]
pub(super) struct Arguments {
    /// When to use colours
    #[arg(
        long,
        global = true,
        help_heading = "Output",
        env = "DEVTOOL_COLOR",
        hide_short_help = true,
        value_name = "WHEN",
        default_value = "auto"
    )]
    pub(super) color: ColorChoice,

    /// Print failures only
    #[arg(long, short, global = true, help_heading = "Output", env = "DEVTOOL_QUIET", value_parser = FalseyValueParser::new())]
    quiet: bool,

    /// Print results that are longer than the screen without a pager
    #[arg(long, global = true, help_heading = "Output", env = "DEVTOOL_NO_PAGER", value_parser = FalseyValueParser::new(), hide_short_help = true)]
    pub(super) no_pager: bool,

    #[command(subcommand)]
    pub(super) command: Command,

    /// The same, to be suggested again.
    #[arg(skip)]
    pub(super) typed: CommandLine,
}

const EXAMPLES: &str = "Examples:
  devtool demo
  devtool scenario payment --port 5000
  devtool trigger invoice.paid";

impl Arguments {
    /// Reads the command line.
    pub(super) fn read(
        arguments: Vec<OsString>,
        environment: &Environment,
    ) -> std::result::Result<Self, NotUnderstood> {
        if let Some(read) = Self::read_one(&arguments, environment) {
            return read;
        }
        let mut definition = without_empty_variables(command(), environment);
        let arguments = own_words::in_own_words(arguments, &definition)?;
        Self::by_definition(&arguments, &mut definition)
    }

    /// Reads a command line by the definition of its own command alone, where it is right or asks for the version: to
    /// define all commands takes a third of the time in which an event is made. The definition is kept for the next
    /// line of that command, of which `serve` has many.
    fn read_one(
        arguments: &[OsString],
        environment: &Environment,
    ) -> Option<std::result::Result<Self, NotUnderstood>> {
        if has_empty_variable(environment) {
            return None;
        }
        let (own, mut definition) = if let Some(kept) = definitions::kept(arguments) {
            (own_words::in_own_words(arguments.to_vec(), &kept), kept)
        } else {
            let definition = Self::command();
            let known = definitions::with_own_built(definition.clone(), arguments);
            (own_words::in_own_words(arguments.to_vec(), &known), definition)
        };
        match Self::by_definition(&own.ok()?, &mut definition) {
            Ok(read) => {
                definitions::keep(definition, read.typed.name());
                Some(Ok(read))
            }
            Err(NotUnderstood::Clap(error)) if error.kind() == ErrorKind::DisplayVersion => {
                Some(Err(NotUnderstood::Clap(error)))
            }
            Err(_) => None,
        }
    }

    pub(super) fn by_definition(
        arguments: &[OsString],
        definition: &mut clap::Command,
    ) -> std::result::Result<Self, NotUnderstood> {
        let mut matches = match definition.try_get_matches_from_mut(arguments) {
            Ok(matches) => matches,
            Err(error) => return Err(not_understood(error, arguments, definition.clone())),
        };
        let name = matches.subcommand_name().unwrap_or_default().to_owned();
        let typed = suggestions::command_line(definition, &matches);
        let read = Self::from_arg_matches_mut(&mut matches).map_err(|error| {
            // With the usage of the command that was typed.
            match definition.find_subcommand_mut(&name) {
                Some(command) => error.format(command),
                None => error,
            }
        });
        Ok(Self { typed, ..read? })
    }

    pub(super) fn verbosity(&self) -> Verbosity {
        if self.quiet { Verbosity::Quiet } else { Verbosity::Normal }
    }
}

/// What clap's refusal means: that help is asked for, or that the command line is wrong.
fn not_understood(
    error: clap::Error,
    arguments: &[OsString],
    definition: clap::Command,
) -> NotUnderstood {
    let is_for_help = matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
    );
    if is_for_help {
        return NotUnderstood::Help(own_words::asked_for_help(arguments, definition));
    }
    NotUnderstood::Clap(own_words::mended(error, arguments, &definition))
}

/// How results are to look: what the options of every command say of it, on a command line that may not be
/// understood in other respects.
#[derive(Debug, Default)]
pub(super) struct Appearance {
    pub(super) color: ColorChoice,
    pub(super) no_pager: bool,
}

impl Appearance {
    pub(super) fn read(arguments: &[OsString], environment: &Environment) -> Self {
        let definition = without_empty_variables(command(), environment);
        let typed = own_words::of_every_command(arguments, &definition);
        let options = definition.get_arguments().filter(|one| one.is_global_set()).cloned();
        let options = clap::Command::new("devtool").args(options).no_binary_name(true);
        let Ok(read) = options.try_get_matches_from(typed) else { return Self::default() };
        Self {
            color: read.get_one("color").copied().unwrap_or_default(),
            no_pager: read.get_flag("no_pager"),
        }
    }
}

/// Why a command line cannot be read.
#[derive(Debug)]
pub(super) enum NotUnderstood {
    /// clap says it; the version is asked for in this way, too.
    Clap(clap::Error),
    /// It asks for help.
    Help(help::HelpRequest),
    /// Something that devtool has another word for.
    Typed(Error),
}

impl From<clap::Error> for NotUnderstood {
    fn from(error: clap::Error) -> Self {
        Self::Clap(error)
    }
}

impl From<Error> for NotUnderstood {
    fn from(error: Error) -> Self {
        Self::Typed(error)
    }
}

/// What devtool can do.
#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub(super) enum Command {
    Scenario(super::scenario::ScenarioArguments),
    Trigger(super::trigger::TriggerArguments),
    Events(super::events::EventsArguments),
    Listen(Box<super::listen::ListenArguments>),
    History(super::history::HistoryArguments),
    Ui(super::ui::UiArguments),
    Replay(super::replay::ReplayArguments),
    Demo(super::demo::DemoArguments),
    Api(super::api::ApiArguments),
    Audit(Box<super::audit::AuditArguments>),
    Doctor(super::doctor::DoctorArguments),
    Init(super::init::InitArguments),
    Setup(super::setup::SetupArguments),
    Login(super::login::LoginArguments),
    Logout(super::logout::LogoutArguments),
    Stripe(super::stripe::StripeArguments),
    Secret(super::secret::SecretArguments),
    #[command(name = "self")]
    Own(super::self_check::SelfArguments),
    Serve(super::serve::ServeArguments),
    Sign(super::sign::SignArguments),
    Verify(super::verify::VerifyArguments),
    Completions(super::completions::CompletionsArguments),
    Man(super::man::ManArguments),
    Help(super::help::HelpArguments),
}

/// Whether a variable that an option may have is empty.
fn has_empty_variable(environment: &Environment) -> bool {
    environment.entries().any(|(name, value)| value.is_empty() && is_own(name))
}

fn is_own(variable: &std::ffi::OsStr) -> bool {
    variable.as_encoded_bytes().starts_with(b"DEVTOOL_")
}

/// An empty variable counts as not set.
fn without_empty_variables(definition: clap::Command, environment: &Environment) -> clap::Command {
    let is_empty = |argument: &clap::Arg| {
        let name = argument.get_env().and_then(std::ffi::OsStr::to_str);
        name.is_some_and(|name| environment.is_empty(name))
    };
    if !has_empty_variable(environment) {
        return definition;
    }
    with_each_argument(definition, &|argument| {
        if is_empty(&argument) { argument.env(None) } else { argument }
    })
}

/// Changes the arguments of a command and of those below it.
fn with_each_argument(
    definition: clap::Command,
    change: &impl Fn(clap::Arg) -> clap::Arg,
) -> clap::Command {
    definition.mut_args(change).mut_subcommands(|command| with_each_argument(command, change))
}

impl Command {
    pub(super) fn execute(self, context: &mut Context) -> Result<Exit> {
        match self {
            Self::Scenario(arguments) => arguments.execute(context),
            Self::Trigger(arguments) => arguments.execute(context),
            Self::Events(arguments) => arguments.execute(context),
            Self::Listen(arguments) => arguments.execute(context),
            Self::History(arguments) => arguments.execute(context),
            Self::Ui(arguments) => arguments.execute(context),
            Self::Replay(arguments) => arguments.execute(context),
            Self::Demo(arguments) => arguments.execute(context),
            Self::Api(arguments) => arguments.execute(context),
            Self::Audit(arguments) => arguments.execute(context),
            Self::Doctor(arguments) => arguments.execute(context),
            Self::Init(arguments) => arguments.execute(context),
            Self::Setup(arguments) => arguments.execute(context),
            Self::Login(arguments) => arguments.execute(context),
            Self::Logout(arguments) => arguments.execute(context),
            Self::Stripe(arguments) => arguments.execute(context),
            Self::Secret(arguments) => arguments.execute(context),
            Self::Own(arguments) => arguments.execute(context),
            Self::Serve(arguments) => arguments.execute(context),
            Self::Sign(arguments) => arguments.execute(context),
            Self::Verify(arguments) => arguments.execute(context),
            Self::Completions(arguments) => arguments.execute(context),
            Self::Man(arguments) => arguments.execute(command(), context),
            Self::Help(arguments) => arguments.execute(context),
        }
    }
}

/// The definition of the command line, from which help, completions and man pages are made.
pub fn command() -> clap::Command {
    let mut definition = Arguments::command();
    definition.build();
    // A value from the environment may be a secret, or hold one.
    with_each_argument(definition, &|one| one.hide_env_values(true))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_holds_together() {
        command().debug_assert();
    }

    #[test]
    fn everything_has_help() {
        fn check(command: &clap::Command) {
            for argument in command.get_arguments() {
                let name = format!("{} {}", command.get_name(), argument.get_id());
                assert!(argument.get_help().is_some(), "{name} has no help");
            }
            command.get_subcommands().for_each(check);
        }
        check(&command());
    }

    #[test]
    fn help_shows_no_value_of_a_variable() {
        fn check(command: &clap::Command) {
            for argument in command.get_arguments().filter(|one| one.get_env().is_some()) {
                let name = format!("{} {}", command.get_name(), argument.get_id());
                assert!(argument.is_hide_env_values_set(), "{name}");
            }
            command.get_subcommands().for_each(check);
        }
        check(&command());
    }

    #[test]
    fn every_variable_of_an_option_is_devtools_own() {
        fn check(command: &clap::Command) {
            for variable in command.get_arguments().filter_map(clap::Arg::get_env) {
                assert!(is_own(variable), "{}: {}", command.get_name(), variable.display());
            }
            command.get_subcommands().for_each(check);
        }
        check(&command());
    }

    #[test]
    fn a_command_is_read_by_its_own_definition_whatever_else_is_empty() {
        let arguments = ["devtool", "doctor"].map(OsString::from);
        for (name, is_read) in [("EDITOR", true), ("DEVTOOL_QUIET", false)] {
            let environment = Environment::new(&[(name, "")], ".");
            let read = Arguments::read_one(&arguments, &environment);
            assert_eq!(read.is_some(), is_read, "{name}");
        }
    }

    #[test]
    fn every_command_has_examples() {
        fn check(command: &clap::Command) {
            let text = command.get_after_long_help().map(ToString::to_string).unwrap_or_default();
            let (title, examples) = text.split_once('\n').unwrap_or_default();
            assert_eq!(title, "Examples:", "{}", command.get_name());
            let is_example = |line: &str| line.starts_with("  devtool");
            assert!(examples.lines().all(is_example), "{}: {text}", command.get_name());
            command.get_subcommands().for_each(check);
        }
        check(&command());
    }
}
