//! What was typed, as a command that can be suggested again; and what is suggested, as it fits what was typed.

use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Command};

use super::{in_use, variables};
use crate::delivery::Endpoint;
use crate::text::command_line::{self, CommandLine};

/// The options that say where things are, which hints of lower floors know nothing of.
const WHERE: [&str; 7] =
    ["--dir", "--history", "--project-name", "--api-base", "--port", "--path", "--url"];

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
    if in_use::holds_secret(&name) || values.iter().any(|value| names_password(&name, value)) {
        return line.leave_out(name);
    }
    let values: Vec<String> = values.into_iter().map(|value| hidden(&name, value)).collect();
    match argument.get_value_delimiter() {
        _ if values.is_empty() => line.push_option(name, None),
        Some(delimiter) => line.push_option(name, Some(values.join(&delimiter.to_string()))),
        None => values.into_iter().for_each(|value| line.push_option(name.clone(), Some(value))),
    }
}

/// The value of an option without what is secret in a URL.
fn hidden(name: &str, value: String) -> String {
    let (start, url) = match name {
        "--url" | "--endpoint" | "--connect-url" | "--thin-url" => ("", value.as_str()),
        "--route" => value.split_at(value.find('=').map_or(0, |at| at + 1)),
        _ => return value,
    };
    match Endpoint::parse(url) {
        Ok(endpoint) if !endpoint.secrets().is_empty() => format!("{start}{endpoint}"),
        _ => value,
    }
}

/// Whether a command that prints the app's state has a URL in it with a user: `psql postgres://app:secret@db/app`.
fn names_password(name: &str, value: &str) -> bool {
    let has_user = |(_, rest): (&str, &str)| rest.contains('@');
    name == "--app-state-run" && value.split_once("://").is_some_and(has_user)
}

/// A hint as it fits what was typed: its commands get the options that say where things are, and one that was
/// just typed is left out, with what leads up to it. `None` where nothing is left.
pub(super) fn fitted(
    hint: &str,
    typed: &CommandLine,
    definition: fn() -> Command,
) -> Option<String> {
    let mut lines: Vec<String> = Vec::new();
    for (number, line) in hint.split('\n').enumerate() {
        if !command_line::is_command(number, line) {
            drop_lead(&mut lines);
            lines.push(line.to_owned());
        } else if let Some((line, to_add)) = fitted_command(line, typed, definition()) {
            if let Some(lead) = lines.last_mut().filter(|lead| lead.ends_with(':')) {
                lead.insert_str(lead.len() - 1, &to_add);
            }
            lines.push(line);
        }
    }
    drop_lead(&mut lines);
    (!lines.is_empty()).then(|| lines.join("\n"))
}

/// Drops what leads up to a command that did not follow.
fn drop_lead(lines: &mut Vec<String>) {
    let Some(last) = lines.pop() else { return };
    let is_lead = last.ends_with(':');
    match last.rsplit_once("; ") {
        Some((before, _)) if is_lead => lines.push(before.to_owned()),
        None if is_lead => {}
        _ => lines.push(last),
    }
}

/// The command, and what is to be done to it.
fn fitted_command(line: &str, typed: &CommandLine, mut whole: Command) -> Option<(String, String)> {
    // What is quoted is none of a lower floor's.
    let Ok(matches) = whole.try_get_matches_from_mut(line.split(' ')) else {
        return Some((line.to_owned(), String::new()));
    };
    let command = command_line(&whole, &matches);
    if repeats(&command, typed) {
        return None;
    }
    let takes = takes(&whole, &command);
    let missing: Vec<&str> =
        WHERE.into_iter().filter(|name| takes(name) && !command.has(name)).collect();
    let missing = CommandLine::default().with_options_of(typed, &missing);
    let line = format!("{line}{}", missing.to_string().trim_start_matches("devtool"));
    Some((line, missing.to_add()))
}

/// Whether a command takes an option.
fn takes<'c>(whole: &'c Command, command: &CommandLine) -> impl Fn(&str) -> bool + 'c {
    let found = command.words().try_fold(whole, |above, name| above.find_subcommand(name));
    move |name: &str| {
        let is_it = |argument: &Arg| argument.get_long() == name.strip_prefix("--");
        found.is_some_and(|found| found.get_arguments().any(is_it))
    }
}

/// Whether a command is what was typed, but for settings.
fn repeats(command: &CommandLine, typed: &CommandLine) -> bool {
    let is_typed = |option: (&str, Option<&str>)| typed.options().any(|other| other == option);
    let is_mode = |(name, _): (&str, Option<&str>)| variables::is_mode(name) && !command.has(name);
    command.is_same_but_for_options(typed)
        && command.options().all(is_typed)
        && !typed.options().any(is_mode)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::command;

    fn typed(line: &str) -> CommandLine {
        let mut whole = command();
        let matches = whole.try_get_matches_from_mut(line.split(' ')).unwrap();
        command_line(&whole, &matches)
    }

    #[test]
    fn what_was_typed_is_what_is_suggested_again() {
        for line in [
            "devtool scenario payment scenarios/a.toml --port 5000 --set a=1 --set b=2 --fail-fast",
            "devtool listen --events invoice.*,customer.created --retry 3 -- flask run --port 5000",
            "devtool history show 12 --history my.db",
            "devtool replay --failed --quiet",
        ] {
            assert_eq!(typed(line).to_string().replace('\'', ""), line);
        }
        assert_eq!(
            typed("devtool --quiet trigger invoice.paid -q --secret whsec_1 --header a:b")
                .to_string(),
            "devtool trigger invoice.paid --quiet"
        );
        let look = "devtool audit --port 5000 --app-state-run echo@shop";
        assert_eq!(typed(look).to_string().replace('\'', ""), look);
        let look = typed("devtool audit --port 5000 --app-state-run psql://app:hunter22@db");
        assert_eq!(look.to_string(), "devtool audit --port 5000");
        assert!(look.to_add().contains("--app-state-run"), "{}", look.to_add());
    }

    #[test]
    fn a_command_gets_the_options_that_say_where_things_are() {
        let hint = |hint, line| fitted(hint, &typed(line), command).unwrap();
        let show = "devtool history show 99 --history my.db --format json";
        assert_eq!(
            hint("list them:\ndevtool history", show),
            "list them:\ndevtool history --history my.db"
        );
        let listen = "devtool listen --port 5001 --project-name a --retry 1";
        assert_eq!(hint("x:\ndevtool login", listen), "x:\ndevtool login --project-name a");
        assert_eq!(
            hint("x:\ndevtool doctor\ny:\ndevtool events", listen),
            "x:\ndevtool doctor --port 5001 --project-name a\ny:\ndevtool events"
        );
    }

    #[test]
    fn what_is_secret_in_a_url_is_to_be_put_back() {
        let hint = |line| fitted("x:\ndevtool doctor", &typed(line), command).unwrap();
        assert_eq!(
            hint("devtool listen --url http://me:hush@localhost/"),
            "x (put back what `***` hides in `--url`):\ndevtool doctor --url 'http://me:***@localhost/'"
        );
        let route = typed("devtool listen --route a.*=http://localhost/?token=hush-hush-1");
        assert_eq!(route.to_string(), "devtool listen --route 'a.*=http://localhost/?token=***'");
        assert_eq!(
            typed("devtool listen --url localhost:1").to_string(),
            "devtool listen --url localhost:1"
        );
    }

    #[test]
    fn what_was_just_typed_is_not_suggested() {
        let hint = "check the network; to check it:\ndevtool doctor\nlog in:\ndevtool login";
        let left = |line| fitted(hint, &typed(line), command);
        assert_eq!(
            left("devtool doctor --port 5000 --offline").unwrap(),
            "check the network\nlog in:\ndevtool login"
        );
        assert_eq!(
            left("devtool login").unwrap(),
            "check the network; to check it:\ndevtool doctor"
        );
        assert_eq!(left("devtool login --status").unwrap(), hint);
        assert_eq!(fitted("check it:\ndevtool doctor", &typed("devtool doctor"), command), None);
        let listed = "list them:\ndevtool events";
        assert_eq!(fitted(listed, &typed("devtool events payed"), command).unwrap(), listed);
    }
}
