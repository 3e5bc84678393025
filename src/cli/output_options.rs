//! `--format`: how a result is printed, the same in every command.

use clap::{Args, ValueEnum};

/// What is printed on stdout.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// Text for people
    #[default]
    Text,
    /// One line for each event or name
    Compact,
    /// One JSON document
    Json,
}

/// How the result is printed: the same option everywhere.
#[derive(Args, Debug)]
#[command(next_help_heading = "Output")]
pub(super) struct OutputOptions {
    /// Output format
    #[arg(
        long,
        env = "DEVTOOL_FORMAT",
        value_name = "FORMAT",
        default_value = "text",
        ignore_case = true
    )]
    pub(super) format: Format,
}
