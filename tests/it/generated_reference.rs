//! The pages below docs/reference, made of what devtool knows.

use clap::{Arg, Command};
use serde_json::Value;

use crate::generated::assert_text;
use crate::support::Devtool;

const MADE: &str = "This page is made of devtool itself";

/// Text in a cell of a table, or on a line of its own: no line breaks, no column signs, no HTML.
fn plain(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    text.replace('|', "\\|").replace('<', "&lt;").replace('>', "&gt;")
}

/// A command and those below it, with their options; those that all commands have are told once.
fn command(command: &Command, name: &str, shared: &[&str], out: &mut String) {
    let about = command.get_long_about().or_else(|| command.get_about());
    out.push_str(&format!("\n## {name}\n\n"));
    for paragraph in about.map(ToString::to_string).unwrap_or_default().split("\n\n") {
        out.push_str(&format!("{}\n\n", plain(paragraph)));
    }
    let usage = command.clone().render_usage().to_string();
    out.push_str(&format!("```text\n{}\n```\n\n", usage.trim_start_matches("Usage: ").trim()));
    let shown = command.get_arguments().filter(|one| !one.is_hide_set());
    for argument in shown.filter(|one| !shared.contains(&one.get_id().as_str())) {
        out.push_str(&format!("- {}\n", option(argument)));
    }
    for below in command.get_subcommands().filter(|one| !one.is_hide_set()) {
        self::command(below, &format!("{name} {}", below.get_name()), shared, out);
    }
}

/// What an option does, its default and its variable.
fn option(argument: &Arg) -> String {
    let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
    let mut told = format!("`{}`: {}", argument.to_string().replace("\\|", "|"), plain(&help));
    if let Some(short) = argument.get_short() {
        told = format!("`-{short}`, {told}");
    }
    let values: Vec<_> =
        argument.get_default_values().iter().map(|one| one.to_string_lossy()).collect();
    if !values.is_empty()
        && !argument.is_hide_default_value_set()
        && argument.get_action().takes_values()
    {
        told.push_str(&format!(" (default `{}`)", values.join(" ")));
    }
    if let Some(variable) = argument.get_env() {
        told.push_str(&format!(" (`{}`)", variable.to_string_lossy()));
    }
    told
}

#[test]
fn the_page_of_the_commands_is_current() {
    let mut whole = devtool::cli::command();
    whole.build();
    let shared = ["help", "color", "quiet", "no_pager"];
    let all: Vec<String> = whole
        .find_subcommand("scenario")
        .unwrap()
        .get_arguments()
        .filter(|one| shared.contains(&one.get_id().as_str()))
        .map(|one| format!("- {}\n", option(one)))
        .collect();
    assert_eq!(all.len(), shared.len());
    let mut text = format!(
        "# Commands\n\n{MADE}, as are the manual pages. All commands take:\n\n{}",
        all.concat()
    );
    for one in whole.get_subcommands().filter(|one| !one.is_hide_set() && one.get_name() != "help")
    {
        command(one, &format!("devtool {}", one.get_name()), &shared, &mut text);
    }
    assert_text("docs/reference/commands.md", &text);
}

fn listed(arguments: &[&str], of: &str) -> Vec<Value> {
    let listed = Devtool::new(arguments).args(&["--format", "json"]).run().code(0).json();
    listed[of].as_array().unwrap().clone()
}

#[test]
fn the_page_of_the_event_types_is_current() {
    let mut text = format!(
        "# Event types\n\n{MADE}: `devtool events`. [Events](../events.md) says how to send them.\n"
    );
    let mut family = String::new();
    for event in listed(&["events"], "events") {
        let field = |name: &str| plain(event[name].as_str().unwrap_or_default());
        let name = field("type");
        let is_thin = event["payload"] == "thin";
        let of = if is_thin { "thin events" } else { name.split('.').next().unwrap() };
        if family != of {
            family = of.to_owned();
            text.push_str(&format!("\n## {of}\n\n| type | object | |\n| --- | --- | --- |\n"));
        }
        let object = if is_thin { String::new() } else { format!("`{}`", field("object")) };
        text.push_str(&format!("| `{name}` | {object} | {} |\n", field("description")));
    }
    assert_text("docs/reference/event-types.md", &text);
}

#[test]
fn the_page_of_the_built_in_scenarios_is_current() {
    let mut text = format!(
        "# Built-in scenarios\n\n{MADE}: `devtool scenario`. [Scenarios](../scenarios.md) says how to run them.\n"
    );
    for scenario in listed(&["scenario", "--all", "--list"], "scenarios") {
        let field = |of: &Value, name: &str| plain(of[name].as_str().unwrap_or_default());
        text.push_str(&format!(
            "\n## {}\n\n{}.\n\n",
            field(&scenario, "name"),
            field(&scenario, "purpose")
        ));
        for step in scenario["steps"].as_array().unwrap() {
            text.push_str(&format!("{}. `{}`\n", step["number"], field(step, "event")));
        }
    }
    assert_text("docs/reference/scenarios.md", &text);
}
