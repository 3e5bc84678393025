//! In which groups and which order commands and options are shown.

use clap::Arg;

/// The commands in groups, by what one wants to do.
pub(super) const COMMANDS: [(&str, &[&str]); 5] = [
    ("Send", &["scenario", "trigger", "demo", "audit"]),
    ("Receive", &["listen"]),
    ("Look back", &["history", "replay", "ui"]),
    ("Set up", &["init", "setup", "login", "logout", "doctor", "secret"]),
    (
        "Tools",
        &[
            "events",
            "api",
            "serve",
            "sign",
            "verify",
            "stripe",
            "completions",
            "man",
            "self",
            "help",
        ],
    ),
];

/// The groups of options, in the order of every page.
const OPTIONS: [&str; 7] =
    ["Endpoint", "Events", "Filters", "Delivery", "Output", "Stripe", "History"];

/// Where an option stands; those without a group come first, and those of a group of its own before the output's. In
/// each, those that every command has come last.
pub(super) fn place(argument: &Arg) -> (usize, bool) {
    (place_of_group(argument), argument.is_global_set())
}

fn place_of_group(argument: &Arg) -> usize {
    let Some(heading) = argument.get_help_heading() else { return 0 };
    let output = OPTIONS.iter().position(|known| *known == "Output");
    let known = OPTIONS.iter().position(|known| *known == heading);
    // Two for each, so that there is room between.
    known.map_or(2 * output.unwrap_or_default() + 1, |at| 2 * at + 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_has_a_group() {
        let whole = crate::cli::command();
        for command in whole.get_subcommands().filter(|command| !command.is_hide_set()) {
            let name = command.get_name();
            let groups = COMMANDS.iter().filter(|(_, names)| names.contains(&name)).count();
            assert_eq!(groups, 1, "{name}");
        }
        for name in COMMANDS.iter().flat_map(|(_, names)| *names) {
            assert!(whole.find_subcommand(name).is_some(), "{name}");
        }
    }
}
