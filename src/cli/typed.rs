//! What was typed, as a command that can be suggested again.

use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Command};

use super::in_use;
use crate::text::command_line::CommandLine;

/// The command line that was read. What stands in the environment and in devtool.toml stays in force, and is left
/// out; so are secrets.
pub(super) fn command_line(definition: &Command, matches: &ArgMatches) -> CommandLine {
    let mut line = CommandLine::default();
    let (mut definition, mut matches) = (definition, matches);
    let mut typed: Vec<(usize, &Arg, Vec<String>)> = Vec::new();
    loop {
        // An option of every command is known to each command below, too.
        typed.retain(|(_, known, _)| !known.is_global_set());
        for argument in definition.get_arguments() {
            typed.extend(occurrences(argument, matches));
        }
        let Some((name, below)) = matches.subcommand() else { break };
        let Some(next) = definition.find_subcommand(name) else { break };
        line.push_command(name);
        (definition, matches) = (next, below);
    }
    typed.sort_by_key(|(index, ..)| *index);
    for (_, argument, values) in typed {
        push(argument, values, &mut line);
    }
    line
}

/// Each time that an argument was typed: where, and its values.
fn occurrences<'a>(argument: &'a Arg, matches: &ArgMatches) -> Vec<(usize, &'a Arg, Vec<String>)> {
    let id = argument.get_id().as_str();
    if !matches!(matches.try_contains_id(id), Ok(true))
        || matches.value_source(id) != Some(ValueSource::CommandLine)
    {
        return Vec::new();
    }
    let mut indices = matches.indices_of(id).into_iter().flatten();
    if !argument.get_action().takes_values() {
        return indices.next().map(|index| (index, argument, Vec::new())).into_iter().collect();
    }
    let occurrences = matches.get_raw_occurrences(id).into_iter().flatten();
    occurrences
        .map(|values| {
            let values: Vec<String> =
                values.map(|value| value.to_string_lossy().into_owned()).collect();
            let index = indices.next().unwrap_or_default();
            let _others = indices.by_ref().take(values.len().saturating_sub(1)).count();
            (index, argument, values)
        })
        .collect()
}

fn push(argument: &Arg, values: Vec<String>, line: &mut CommandLine) {
    let Some(name) = argument.get_long().map(|long| format!("--{long}")) else {
        let add = if argument.is_last_set() {
            CommandLine::push_trailing
        } else {
            CommandLine::push_operand
        };
        for value in values {
            add(line, value);
        }
        return;
    };
    if in_use::holds_secret(&name) {
        return line.leave_out(name);
    }
    match argument.get_value_delimiter() {
        _ if values.is_empty() => line.push_option(name, None),
        Some(delimiter) => line.push_option(name, Some(values.join(&delimiter.to_string()))),
        None => values.into_iter().for_each(|value| line.push_option(name.clone(), Some(value))),
    }
}
