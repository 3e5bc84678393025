//! What help is about besides commands. Each text is made from the one place where its facts are: the table of exit
//! codes, the definition of the command line, the documentation.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use clap::Command;

use crate::error::Exit;
use crate::report::manual::Block;
use crate::report::{Layout, manual};
use crate::text::width;

/// Something that help is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Topic {
    ScenarioFiles,
    Config,
    Environment,
    ExitCodes,
}

/// The chapters of the documentation that are topics, too.
const SCENARIOS: &str = include_str!("../../../docs/scenarios.md");
const CONFIGURATION: &str = include_str!("../../../docs/configuration.md");

/// The variables that are not devtool's own, and what they do.
pub(super) const OTHER_VARIABLES: [(&str, &str); 10] = [
    ("STRIPE_WEBHOOK_SECRET", "The signing secret of the endpoint"),
    ("STRIPE_API_KEY", "The API key for everything that goes through Stripe"),
    ("PAGER", "The program that shows what is longer than the screen; empty for none"),
    ("NO_COLOR", "Turns colours off"),
    ("CLICOLOR_FORCE", "Turns colours on where there is no terminal"),
    ("CLICOLOR", "With 0, turns colours off"),
    ("CI", "Turns progress lines off"),
    ("GITHUB_TOKEN", "For the downloads of `devtool setup` from GitHub"),
    (
        "XDG_DATA_HOME",
        "The directory of devtool's secret, key and Stripe CLI, without the last part",
    ),
    ("XDG_STATE_HOME", "The directory of the history, without the last part"),
];

impl Topic {
    pub(super) const ALL: [Self; 4] =
        [Self::ScenarioFiles, Self::Config, Self::Environment, Self::ExitCodes];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::ScenarioFiles => "scenario-files",
            Self::Config => "config",
            Self::Environment => "environment",
            Self::ExitCodes => "exit-codes",
        }
    }

    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|topic| topic.name() == name)
    }

    /// The part of the documentation, where it is one.
    pub(super) fn blocks(self) -> Vec<Block> {
        match self {
            Self::ScenarioFiles => manual::section(SCENARIOS, "## Write your own"),
            Self::Config => manual::section(CONFIGURATION, "## devtool.toml"),
            Self::Environment | Self::ExitCodes => Vec::new(),
        }
    }

    /// The text, for a terminal.
    pub(super) fn text(self, whole: &Command, layout: Layout) -> String {
        match self {
            Self::ScenarioFiles | Self::Config => manual::text(&self.blocks(), layout),
            Self::Environment => environment(whole, layout),
            Self::ExitCodes => exit_codes(layout),
        }
    }
}

fn exit_codes(layout: Layout) -> String {
    let mut text = format!("{}\n\n", layout.palette.heading("Exit codes"));
    for exit in Exit::ALL {
        let _ = writeln!(text, "  {:>3}  {}", exit.code(), exit.meaning());
    }
    text
}

/// Each variable of a setting: the options that it stands for, and what they do.
pub(super) fn variables(command: &Command) -> BTreeMap<String, (String, String)> {
    let mut found = BTreeMap::new();
    for argument in command.get_arguments().filter(|argument| !argument.is_hide_set()) {
        let (Some(name), Some(long)) = (argument.get_env(), argument.get_long()) else { continue };
        let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
        found.insert(name.to_string_lossy().into_owned(), (format!("--{long}"), help));
    }
    for below in command.get_subcommands() {
        for (name, meaning) in variables(below) {
            found.entry(name).or_insert(meaning);
        }
    }
    found
}

fn environment(whole: &Command, layout: Layout) -> String {
    let palette = layout.palette;
    let variables = variables(whole);
    let own =
        variables.iter().map(|(name, (long, help))| (name.as_str(), format!("{long}: {help}")));
    let others = OTHER_VARIABLES.iter().map(|(name, does)| (*name, (*does).to_owned()));
    let names = variables.keys().map(|name| width::of(name));
    let column = names.max().unwrap_or(0);
    let row = |(name, does): (&str, String)| {
        let columns = layout.columns.min(manual::WIDEST);
        let does = width::wrap(&does, column + 4, columns);
        format!("  {}  {does}\n", palette.heading(&width::pad(name, column)))
    };
    let (own, others): (String, String) = (own.map(row).collect(), others.map(row).collect());
    let title = palette.heading("Environment variables");
    let intro = "Options on the command line take precedence over variables, those over devtool.toml. An \
                 empty variable counts as unset. Actions such as `--print` have no variable.";
    let intro = width::wrap(intro, 0, layout.columns.min(manual::WIDEST));
    let others_title = palette.heading("Variables of other programs");
    format!("{title}\n\n{intro}\n\n{own}\n{others_title}\n\n{others}")
}
