//! What fingers type: the Stripe CLI's options and commands, a port or a URL without its option, and the like.
//!
//! All of it is known from one table (`table`) and from what a word looks like (`words`). It is looked at before
//! clap reads the command line. What can mean only one thing becomes that; for everything else the error says
//! what to type, on a line of its own.

mod line;
mod options;
mod table;
mod tips;
mod words;

use std::ffi::OsString;

use super::help::HelpRequest;
use crate::error::Result;
use line::Line;

/// The command line in devtool's own words.
///
/// # Errors
/// Says what to type for what is no word of devtool's.
pub(super) fn in_own_words(
    arguments: Vec<OsString>,
    definition: &clap::Command,
) -> Result<Vec<OsString>> {
    let line = Line::read(&arguments, definition);
    if let Some(question) = line.asking_for_help(definition) {
        return Ok(question.written());
    }
    let own = options::replace(words::replace(line.clone(), definition)?, definition)?;
    Ok(if own == line { arguments } else { own.written() })
}

/// The page of help that a command line asks for.
pub(super) fn asked_for_help(arguments: &[OsString], definition: clap::Command) -> HelpRequest {
    let line = Line::read(arguments, &definition);
    let is_long = line.has(&["--help"]) || line.rest.iter().any(|word| word == "--help");
    HelpRequest { command: line.command, is_long, definition: Some(Box::new(definition)) }
}

/// What a command line has of the options that every command has.
pub(super) fn of_every_command(
    arguments: &[OsString],
    definition: &clap::Command,
) -> Vec<OsString> {
    Line::read(arguments, definition).of_every_command(definition)
}

/// What clap says of a command line, with tips that help.
pub(super) fn mended(
    error: clap::Error,
    arguments: &[OsString],
    definition: &clap::Command,
) -> clap::Error {
    tips::mended(error, Line::read(arguments, definition).definition(definition))
}

#[cfg(test)]
mod tests {
    use clap::error::ErrorKind;

    use super::table::{self, Instead, Meaning, OptionRow};
    use super::*;

    /// What the Stripe CLI has, of devtool's commands.
    const THEIRS: [&str; 5] = ["listen", "trigger", "events", "login", "logout"];

    fn commands(definition: &clap::Command) -> Vec<Vec<String>> {
        let below = definition.get_subcommands().flat_map(|command| {
            let name = command.get_name().to_owned();
            commands(command).into_iter().map(move |rest| [vec![name.clone()], rest].concat())
        });
        std::iter::once(Vec::new()).chain(below).collect()
    }

    fn value(row: &OptionRow) -> Option<&'static str> {
        row.takes_value.then_some(match row.meaning {
            Meaning::Other(_, Instead::Field("--set")) => "a:b=1",
            Meaning::Other(_, Instead::Value("--thin-url")) => "localhost:5000",
            _ => "shop",
        })
    }

    #[track_caller]
    fn assert_can_be_typed(line: &str, definition: &clap::Command) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let parsed = definition.clone().try_get_matches_from(&words);
        let kind = parsed.err().map(|error| error.kind());
        let is_fine = [None, Some(ErrorKind::MissingRequiredArgument)].contains(&kind);
        assert!(is_fine, "{line}: {kind:?}");
        assert!(words[1] != "stripe" || THEIRS.contains(&words[2]), "{line}");
    }

    /// The commands that are suggested for one with each of the options.
    fn suggested(command: &[String], definition: &clap::Command) -> Vec<String> {
        let options = table::OPTIONS.iter().flat_map(|row| row.names.iter().map(move |n| (n, row)));
        let hints = options.filter_map(|(name, row)| {
            let option = [Some(*name), value(row)].into_iter().flatten();
            let typed = ["devtool"].into_iter().chain(command.iter().map(String::as_str));
            let typed = typed.chain(option).map(OsString::from).collect();
            Some(in_own_words(typed, definition).err()?.hint()?.to_owned())
        });
        let hints: Vec<String> = hints.collect();
        let lines = hints.iter().flat_map(|hint| hint.lines().skip(1));
        lines.map(ToOwned::to_owned).collect()
    }

    #[test]
    fn no_word_that_stands_for_a_command_is_one() {
        let definition = crate::cli::command();
        let words = table::COMMANDS.iter().flat_map(|row| row.words);
        let commands: Vec<_> =
            words.filter(|word| definition.find_subcommand(word).is_some()).collect();
        assert!(commands.is_empty(), "{commands:?}");
    }

    #[test]
    fn whatever_is_suggested_in_place_of_an_option_can_be_typed() {
        let definition = crate::cli::command();
        let commands = commands(&definition);
        let lines = commands.iter().flat_map(|command| suggested(command, &definition));
        let lines: Vec<String> = lines.collect();
        assert!(lines.len() > 30, "{}", lines.len());
        for line in lines {
            assert_can_be_typed(&line, &definition);
        }
    }
}
