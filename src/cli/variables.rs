//! Environment variables: each setting has one, which means the same in every command. What is done (a
//! mode, an action), and with what this once (a file, a selection), is typed: a variable that somebody
//! has set long ago would turn a run into something else without a word.

use crate::config::Environment;

/// The variables that 0.1 had for modes, actions and selections, and the options that they stood for.
const NO_LONGER: [(&str, &str); 29] = [
    ("DEVTOOL_API_KEY_STDIN", "--api-key-stdin"),
    ("DEVTOOL_CHECK", "--check"),
    ("DEVTOOL_CURL", "--curl"),
    ("DEVTOOL_EVENTS_CHECK", "--check"),
    ("DEVTOOL_FAILED", "--failed"),
    ("DEVTOOL_FORCE", "--force"),
    ("DEVTOOL_FROM", "--from"),
    ("DEVTOOL_GREP", "--grep"),
    ("DEVTOOL_INTERACTIVE", "--interactive"),
    ("DEVTOOL_KEEP_ID", "--keep-id"),
    ("DEVTOOL_LAST", "--last"),
    ("DEVTOOL_LISTEN_STATUS", "--status"),
    ("DEVTOOL_NON_INTERACTIVE", "--non-interactive"),
    ("DEVTOOL_OBJECT", "--object"),
    ("DEVTOOL_PRINT", "--print"),
    ("DEVTOOL_SERVE", "--serve"),
    ("DEVTOOL_SESSION", "--session"),
    ("DEVTOOL_SETUP_FORCE", "--force"),
    ("DEVTOOL_SHA256", "--sha256"),
    ("DEVTOOL_SHOW", "--show"),
    ("DEVTOOL_SIGNATURE", "--header"),
    ("DEVTOOL_SINCE", "--since"),
    ("DEVTOOL_STATUS", "--status"),
    ("DEVTOOL_TIMESTAMP", "--timestamp"),
    ("DEVTOOL_TYPE", "--type"),
    ("DEVTOOL_UNDELIVERED", "--undelivered"),
    ("DEVTOOL_UNINSTALL", "--uninstall"),
    ("DEVTOOL_WATCH", "--watch"),
    ("DEVTOOL_WRITE", "--write"),
];

/// Whether an option says what is done, not how: a command with it is another one.
pub(super) fn is_mode(option: &str) -> bool {
    NO_LONGER.iter().any(|(_, known)| *known == option)
}

/// A warning for each variable that is set and no longer counts.
pub(super) fn warnings(environment: &Environment) -> Vec<String> {
    let is_set = |(name, _): &(&str, &str)| environment.variable(name).is_some();
    let text = |(name, option): (&str, &str)| format!("{name} no longer counts: use `{option}`");
    NO_LONGER.into_iter().filter(is_set).map(text).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::cli::command;

    /// A variable's option, as one command has it: its name, its help, what kind of value it takes.
    type Meaning = (String, String, String);

    /// All options, with the commands that lead to them.
    fn options(command: &clap::Command) -> Vec<(String, clap::Arg)> {
        let name = command.get_name();
        let own = command.get_arguments().map(|option| (name.to_owned(), option.clone()));
        own.chain(command.get_subcommands().flat_map(options)).collect()
    }

    fn variable(option: &clap::Arg) -> Option<String> {
        option.get_env().map(|name| name.to_string_lossy().into_owned())
    }

    fn meaning(option: &clap::Arg) -> Meaning {
        let help = option.get_help().map(ToString::to_string).unwrap_or_default();
        // A command's own default is no other meaning.
        let help = help.split(" [default").next().unwrap_or_default().to_owned();
        let values = option.get_value_names().map(|names| format!("{names:?}")).unwrap_or_default();
        let kind = format!("{values} {:?} {:?}", option.get_action(), option.get_value_parser());
        (option.get_id().to_string(), help, kind)
    }

    #[test]
    fn a_variable_means_one_thing_in_all_commands() {
        let mut meanings: BTreeMap<String, Meaning> = BTreeMap::new();
        let mut others = Vec::new();
        for (command, option) in options(&command()) {
            let Some(variable) = variable(&option) else { continue };
            let here = meaning(&option);
            let first = meanings.entry(variable.clone()).or_insert_with(|| here.clone());
            if *first != here {
                others.push(format!("{variable} in {command}: {here:#?}\nelsewhere: {first:#?}"));
            }
        }
        assert!(others.is_empty(), "{}", others.join("\n"));
    }

    /// What is typed for once, too, and never had a variable.
    const NEVER: [&str; 26] = [
        "decline",
        "all",
        "app-state-run",
        "ci",
        "data",
        "dry-run",
        "endpoint",
        "exact",
        "explain",
        "explore",
        "full",
        "install",
        "list",
        "no-send",
        "objects",
        "only",
        "open",
        "preview",
        "sdk",
        "skip",
        "state",
        "stdio",
        "thin",
        "until",
        "update-baseline",
        "verbose",
    ];

    #[test]
    fn settings_have_variables_and_what_is_typed_for_once_has_none() {
        let typed: Vec<&str> = NO_LONGER.iter().map(|(_, option)| &option[2..]).collect();
        for (command, option) in options(&command()) {
            let Some(long) = option.get_long() else { continue };
            // `verify --header` is the signature that is examined, not a header to send.
            let is_typed = match long {
                "help" | "version" if !option.get_action().takes_values() => continue,
                "header" => command == "verify",
                // Which events a new file has, not which of a listen.
                "events" => command == "new",
                // What the Stripe CLI runs on, not whether the network is used.
                "offline" => ["listen", "scenario", "trigger"].contains(&command.as_str()),
                // Where files go, not where the Stripe CLI is.
                "dir" => command == "export",
                // What somebody agreed to for a setup is not that events are sent again.
                "yes" => ["audit", "replay", "trigger"].contains(&command.as_str()),
                // What is not to be recorded may well be served.
                "no-history" => command == "api",
                long => typed.contains(&long) || NEVER.contains(&long),
            };
            assert_eq!(variable(&option).is_none(), is_typed, "{command} --{long}");
        }
    }

    #[test]
    fn a_variable_that_no_longer_counts_names_none_that_does() {
        let living: Vec<String> =
            options(&command()).iter().filter_map(|(_, option)| variable(option)).collect();
        for (name, _) in NO_LONGER {
            assert!(!living.contains(&name.to_owned()), "{name}");
        }
        assert!(NO_LONGER.is_sorted());
    }
}
