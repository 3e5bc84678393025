//! Manual pages, made from what help is made from.

use clap::{Arg, Command};

use super::topics::{self, OTHER_VARIABLES, Topic};
use crate::cli::groups;
use crate::error::Exit;
use crate::report::roff::Roff;

/// The files that devtool reads or writes, and what they hold; docs/configuration.md says more.
const FILES: [(&str, &str); 6] = [
    ("devtool.toml", "The project's settings, in the working directory or above it."),
    (".env", "Where the app's signing secret is found, and written to."),
    ("~/.local/share/devtool/webhook_secret", "devtool's own signing secret."),
    ("~/.local/share/devtool/api_key", "The API key that devtool login saved."),
    ("~/.local/share/devtool/stripe-cli/", "The Stripe CLI that devtool setup installed."),
    ("~/.local/state/devtool/history.db", "The history."),
];

/// The page of a command. The whole is built, so that the command has the options of every one.
pub(super) fn of_command(command: &Command, whole: &Command) -> String {
    let name = name(command);
    let mut page = Roff::new(&name, 1, env!("CARGO_PKG_VERSION"));
    let about = command.get_about().map(ToString::to_string).unwrap_or_default();
    page.section("NAME");
    page.text(&format!("{name} - {about}"));
    page.section("SYNOPSIS");
    let usage = command.clone().render_usage().to_string();
    let usage = usage.trim_start_matches("Usage:").lines().map(str::trim);
    page.lines(usage);
    page.section("DESCRIPTION");
    let long = command.get_long_about().map_or(about, ToString::to_string);
    for paragraph in long.split("\n\n") {
        page.paragraph(paragraph);
    }
    options(command, &mut page);
    let below = || command.get_subcommands().filter(|below| !below.is_hide_set());
    if below().next().is_some() {
        page.section("COMMANDS");
    }
    for command in below() {
        let about = command.get_about().map(ToString::to_string).unwrap_or_default();
        page.item(&format!("{}(1)", self::name(command)), &[about]);
    }
    surroundings(command, &mut page);
    examples(command, &mut page);
    page.section("SEE ALSO");
    page.text(&format!("{}.", related(command, whole).join(", ")));
    page.into_text()
}

/// The page of a kind of file.
pub(super) fn of_topic(topic: Topic) -> Option<String> {
    let (name, title) = match topic {
        Topic::Config => ("devtool.toml", "the settings of a project"),
        Topic::ScenarioFiles => ("devtool-scenario-files", "the form of a scenario file"),
        Topic::Environment | Topic::ExitCodes => return None,
    };
    let mut page = Roff::new(name, 5, env!("CARGO_PKG_VERSION"));
    page.section("NAME");
    page.text(&format!("{name} - {title}"));
    page.section("DESCRIPTION");
    let blocks = topic.blocks();
    page.blocks(blocks.get(1..).unwrap_or_default());
    page.section("SEE ALSO");
    page.text("devtool(1), devtool-scenario(1).");
    Some(page.into_text())
}

/// The name of a command's page: `devtool-history-show`.
fn name(command: &Command) -> String {
    command.get_bin_name().unwrap_or_else(|| command.get_name()).replace(' ', "-")
}

fn options(command: &Command, page: &mut Roff) {
    let shown = command.get_arguments().filter(|argument| !argument.is_hide_set());
    let (words, mut options): (Vec<&Arg>, Vec<&Arg>) = shown.partition(|one| one.is_positional());
    options.sort_by_key(|argument| groups::place(argument));
    if !words.is_empty() {
        page.section("ARGUMENTS");
    }
    for word in words {
        page.item(&word.to_string(), &said_of(word));
    }
    page.section("OPTIONS");
    let mut group = None;
    for option in options {
        let own = option.get_help_heading();
        if let Some(title) = own.filter(|_| own != group) {
            page.subsection(title);
        }
        group = own;
        let short = option.get_short().map(|short| format!("-{short}, ")).unwrap_or_default();
        page.item(&format!("{short}{option}"), &said_of(option));
    }
}

/// What is said of an option or a word, in paragraphs.
fn said_of(argument: &Arg) -> Vec<String> {
    let help = argument.get_long_help().or_else(|| argument.get_help());
    let help = help.map(ToString::to_string).unwrap_or_default();
    let mut paragraphs: Vec<String> = help.split("\n\n").map(ToOwned::to_owned).collect();
    if argument.get_action().takes_values() && !argument.is_hide_possible_values_set() {
        let values = argument.get_possible_values();
        let values = values.iter().filter(|value| !value.is_hide_set()).map(|value| {
            let help = value.get_help().map(|help| format!(" ({help})")).unwrap_or_default();
            format!("{}{help}", value.get_name())
        });
        let values: Vec<String> = values.collect();
        paragraphs.extend((!values.is_empty()).then(|| format!("Values: {}.", values.join(", "))));
    }
    let variable = argument.get_env().map(|name| format!("Variable: {}.", name.to_string_lossy()));
    paragraphs.extend(variable);
    paragraphs
}

/// The exit codes, the variables and the files.
fn surroundings(command: &Command, page: &mut Roff) {
    page.section("EXIT STATUS");
    for exit in Exit::ALL {
        page.item(&exit.code().to_string(), &[format!("{}.", exit.meaning())]);
    }
    page.section("ENVIRONMENT");
    for (name, (option, help)) in topics::variables(command) {
        page.item(&name, &[format!("{option}: {help}")]);
    }
    for (name, does) in OTHER_VARIABLES {
        page.item(name, &[format!("{does}.")]);
    }
    page.section("FILES");
    for (file, holds) in FILES {
        page.item(file, &[holds.to_owned()]);
    }
}

fn examples(command: &Command, page: &mut Roff) {
    let text = command.get_after_long_help().map(ToString::to_string).unwrap_or_default();
    let examples: Vec<&str> = text.lines().skip(1).map(str::trim).collect();
    if !examples.is_empty() {
        page.section("EXAMPLES");
        page.lines(examples);
    }
}

/// The pages beside this one: that of devtool, of the command above it and of those beside it, and the files'.
fn related(command: &Command, whole: &Command) -> Vec<String> {
    let own = name(command);
    let above = whole
        .get_subcommands()
        .find(|above| own.strip_prefix(&name(above)).is_some_and(|rest| rest.starts_with('-')));
    let mut names = vec![whole.get_name().to_owned()];
    names.extend(above.map(name));
    let beside = above.unwrap_or(whole).get_subcommands().filter(|one| !one.is_hide_set());
    names.extend(beside.map(name));
    names.retain(|name| *name != own);
    let mut pages: Vec<String> = names.into_iter().map(|name| format!("{name}(1)")).collect();
    pages.extend(["devtool.toml(5)".to_owned(), "devtool-scenario-files(5)".to_owned()]);
    pages
}
