//! A command line, taken apart by the definition: which words are options, which are their values.

use std::ffi::{OsStr, OsString};
use std::iter::Peekable;

use clap::Arg;

use super::table;
use crate::cli::in_use;
use crate::error::Error;
use crate::text::command_line::CommandLine;
use crate::text::shell;

/// A command line. What it does not understand, it keeps as it is: clap says what is wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) program: OsString,
    /// The command's name, and that of a command of its own; empty where there is none.
    pub(super) command: Vec<String>,
    pub(super) parts: Vec<LinePart>,
    /// From `--` on.
    pub(super) rest: Vec<OsString>,
}

/// One option with its value, or one word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum LinePart {
    /// An option.
    Option(Typed),
    /// What is neither an option nor the value of one.
    Word(OsString),
}

/// An option as it was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Typed {
    /// `--port`, `-p`.
    pub(super) name: String,
    pub(super) value: Option<OsString>,
    /// Whether devtool has it.
    pub(super) is_known: bool,
    /// Whether it stands before the command.
    is_before: bool,
    written: Vec<OsString>,
}

/// Commands whose words are not devtool's.
const OF_OTHERS: [&str; 2] = ["stripe", "help"];

impl Line {
    pub(super) fn read(arguments: &[OsString], root: &clap::Command) -> Self {
        let mut arguments = arguments.iter().peekable();
        let program = arguments.next().cloned().unwrap_or_default();
        let mut line = Self { program, ..Self::default() };
        let mut definition = root;
        while let Some(argument) = arguments.next() {
            let text = &*argument.to_string_lossy();
            let is_end = text == "--" || OF_OTHERS.contains(&line.command().as_str());
            if is_end {
                line.rest = std::iter::once(argument).chain(arguments).cloned().collect();
                return line;
            }
            let is_first = line.words().next().is_none();
            match definition.find_subcommand(text).filter(|_| is_first) {
                Some(command) => {
                    definition = command;
                    line.command.push(text.to_owned());
                }
                None if text.len() > 1 && text.starts_with('-') => {
                    let own = |name: &str| known(name, definition).or_else(|| known(name, root));
                    let mut letters = Some(argument.clone());
                    while let Some(argument) = letters {
                        let (option, rest) = option(&argument, &own, &mut arguments, &line);
                        line.parts.push(LinePart::Option(option));
                        letters = rest;
                    }
                }
                None => line.parts.push(LinePart::Word(argument.clone())),
            }
        }
        line
    }

    /// The command's name with that of a command of its own.
    pub(super) fn command(&self) -> String {
        self.command.join(" ")
    }

    /// The command's definition.
    pub(super) fn definition<'d>(&self, root: &'d clap::Command) -> &'d clap::Command {
        self.command.iter().fold(root, |above, name| above.find_subcommand(name).unwrap_or(above))
    }

    /// The words that belong to no option.
    pub(super) fn words(&self) -> impl Iterator<Item = &OsStr> {
        self.parts.iter().filter_map(|part| match part {
            LinePart::Word(word) => Some(word.as_os_str()),
            LinePart::Option(_) => None,
        })
    }

    /// The command line with nothing but the question for help, where it has one. None of it is left out where a word
    /// may be a command that devtool has under another name, or that nobody has.
    pub(super) fn asking_for_help(&self, root: &clap::Command) -> Option<Self> {
        let is_help = |part: &&LinePart| matches!(part, LinePart::Option(o) if ["--help", "-h"].contains(&o.name.as_str()));
        let help = self.parts.iter().find(is_help)?.clone();
        if self.definition(root).has_subcommands() && self.words().next().is_some() {
            return None;
        }
        Some(Self { parts: vec![help], rest: Vec::new(), ..self.clone() })
    }

    /// Whether it has one of these options.
    pub(super) fn has(&self, names: &[&str]) -> bool {
        let is_one = |part: &LinePart| matches!(part, LinePart::Option(o) if names.contains(&o.name.as_str()));
        self.parts.iter().any(is_one)
    }

    /// Its options that every command has.
    pub(super) fn of_every_command(self, root: &clap::Command) -> Vec<OsString> {
        let is_one = |part: &LinePart| matches!(part, LinePart::Option(o) if known(&o.name, root).is_some_and(Arg::is_global_set));
        self.parts.into_iter().filter(is_one).flat_map(LinePart::written).collect()
    }

    /// The same command of the Stripe CLI.
    #[must_use]
    pub(super) fn of_stripe(mut self) -> Self {
        for part in &mut self.parts {
            if let LinePart::Option(option) = part {
                option.is_before &= option.is_known;
            }
        }
        self.command.insert(0, "stripe".to_owned());
        self
    }

    /// The command line, to be read by clap.
    pub(super) fn written(self) -> Vec<OsString> {
        std::iter::once(self.program.clone()).chain(self.after_program()).collect()
    }

    /// What follows on the program's name. Options that stand before the command stay there: it may have another
    /// of that name.
    fn after_program(self) -> impl Iterator<Item = OsString> {
        let (before, parts): (Vec<_>, Vec<_>) =
            self.parts.into_iter().partition(LinePart::is_before);
        let command = self.command.into_iter().map(OsString::from);
        let before = before.into_iter().flat_map(LinePart::written);
        let parts = parts.into_iter().flat_map(LinePart::written);
        before.chain(command).chain(parts).chain(self.rest)
    }

    /// The error with this command line to type; of secrets, its hint says that they are to be added.
    pub(super) fn suggested(&self, error: Error, hint: &str) -> Error {
        let (prose, end) = hint.strip_suffix(':').map_or((hint, ""), |prose| (prose, ":"));
        error.hinted(format!("{prose}{}{end}", self.to_add())).suggesting(&self.shown())
    }

    /// What is not shown of it, where its command has that.
    fn to_add(&self) -> String {
        let mut left_out = CommandLine::default();
        let is_of_stripe = self.command.first().is_some_and(|name| name == "stripe");
        for part in &self.parts {
            if let LinePart::Option(option) = part
                && part.is_secret()
                && (option.is_known || is_of_stripe)
            {
                left_out.leave_out(option.name.clone());
            }
        }
        left_out.to_add()
    }

    /// The command line for a shell, without secrets.
    fn shown(&self) -> String {
        let parts = self.parts.iter().filter(|part| !part.is_secret()).cloned().collect();
        let shown = Self { parts, ..self.clone() };
        let words = shown.after_program();
        let words = words.map(|word| shell::quote_on_one_line(&word.to_string_lossy()));
        std::iter::once("devtool".to_owned()).chain(words).collect::<Vec<_>>().join(" ")
    }
}

impl LinePart {
    /// An option of devtool's with a value.
    pub(super) fn option(name: &str, value: Option<OsString>) -> Self {
        let written = std::iter::once(name.into()).chain(value.clone()).collect();
        Self::Option(Typed {
            name: name.to_owned(),
            value,
            is_known: true,
            is_before: false,
            written,
        })
    }

    fn is_secret(&self) -> bool {
        let Self::Option(option) = self else { return false };
        option.value.is_some() && in_use::holds_secret(&option.name)
    }

    fn is_before(&self) -> bool {
        matches!(self, Self::Option(option) if option.is_before)
    }

    pub(super) fn written(self) -> Vec<OsString> {
        match self {
            Self::Option(option) => option.written,
            Self::Word(word) => vec![word],
        }
    }
}

/// An option, with the value that belongs to it. Of short ones in one word, the first, and what is left.
fn option<'a, 'd>(
    argument: &OsString,
    own: &impl Fn(&str) -> Option<&'d Arg>,
    following: &mut Peekable<impl Iterator<Item = &'a OsString>>,
    line: &Line,
) -> (Typed, Option<OsString>) {
    let (name, inline) = split(&argument.to_string_lossy());
    let known = own(&name);
    let row = table::option(&line.command(), &name);
    let takes_value = known.map_or_else(
        || row.is_some_and(|row| row.takes_value),
        |known| known.get_action().takes_values(),
    );
    let is_flag = !takes_value && (known.is_some() || row.is_some());
    let is_letters = |after: &String| is_flag && !name.starts_with("--") && !after.starts_with('=');
    let rest = inline.as_ref().filter(|after| is_letters(after)).map(|after| format!("-{after}"));
    let is_before = line.command.is_empty() && line.words().next().is_none();
    if let Some(rest) = rest {
        let written = vec![OsString::from(&name)];
        let is_known = known.is_some();
        return (Typed { name, value: None, is_known, is_before, written }, Some(rest.into()));
    }
    let inline = inline.map(|value| value.strip_prefix('=').unwrap_or(&value).into());
    let takes_any = known.is_some_and(Arg::is_allow_hyphen_values_set);
    let is_value = |next: &&OsString| takes_any || !next.to_string_lossy().starts_with("--");
    let takes_next = takes_value && inline.is_none();
    let next = following.next_if(|next| takes_next && is_value(next)).cloned();
    let written = std::iter::once(argument.clone()).chain(next.clone()).collect();
    let value = inline.or(next);
    let is_known = known.is_some() && !table::is_of_others(&name, value.as_deref());
    (Typed { name, value, is_known, is_before, written }, None)
}

/// The name of an option, and what follows on it in the same word: `=5000`, or the rest after a short one.
fn split(text: &str) -> (String, Option<String>) {
    let end = match text.strip_prefix("--") {
        Some(_) => text.find('=').unwrap_or(text.len()),
        None => text.char_indices().nth(2).map_or(text.len(), |(at, _)| at),
    };
    let (name, after) = text.split_at(end);
    (name.to_owned(), (!after.is_empty()).then(|| after.to_owned()))
}

/// The argument of that name.
pub(super) fn known<'d>(name: &str, definition: &'d clap::Command) -> Option<&'d Arg> {
    let is_it = |argument: &&Arg| match name.strip_prefix("--") {
        Some(long) => {
            let aliases = argument.get_all_aliases().unwrap_or_default();
            argument.get_long() == Some(long) || aliases.contains(&long)
        }
        None => argument.get_short() == name.chars().nth(1),
    };
    definition.get_arguments().find(is_it)
}
