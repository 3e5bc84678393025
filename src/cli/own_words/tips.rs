//! clap's tips, where devtool knows better.

use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::text::suggestion;

/// The error without the tip to put an unknown option after `--`, where it would mean nothing; of commands with
/// a similar name, only those that are near. The definition is that of the command which was reached.
pub(super) fn mended(mut error: clap::Error, definition: &clap::Command) -> clap::Error {
    match error.kind() {
        ErrorKind::UnknownArgument => {
            if let Some(ContextValue::StyledStrs(tips)) = error.remove(ContextKind::Suggested) {
                let is_kept =
                    |tip: &clap::builder::StyledStr| !tip.to_string().contains(" as a value, use ");
                let kept: Vec<_> = tips.into_iter().filter(is_kept).collect();
                if !kept.is_empty() {
                    error.insert(ContextKind::Suggested, ContextValue::StyledStrs(kept));
                }
            }
        }
        ErrorKind::InvalidSubcommand => {
            let near = near_commands(&error, definition);
            error.remove(ContextKind::SuggestedSubcommand);
            if !near.is_empty() {
                error.insert(ContextKind::SuggestedSubcommand, ContextValue::Strings(near));
            }
        }
        _ => {}
    }
    error
}

fn near_commands(error: &clap::Error, definition: &clap::Command) -> Vec<String> {
    let Some(ContextValue::String(typed)) = error.get(ContextKind::InvalidSubcommand) else {
        return Vec::new();
    };
    suggestion::near(typed, definition.get_subcommands().map(clap::Command::get_name))
}
