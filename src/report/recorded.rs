//! Commands about what was recorded.

use crate::history::DeliveryId;
use crate::text::command_line::CommandLine;
use crate::text::escape;

/// What shows a delivery that a command recorded, in the history that it was recorded in.
pub(super) fn show(id: DeliveryId, typed: &CommandLine) -> String {
    of_delivery("history show", id, typed)
}

/// What sends it again.
pub(super) fn replay(id: DeliveryId, typed: &CommandLine) -> String {
    of_delivery("replay", id, typed)
}

fn of_delivery(command: &str, id: DeliveryId, typed: &CommandLine) -> String {
    let command = CommandLine::new(command).about(id.0.to_string());
    escape::line(&command.with_options_of(typed, &["--history"]).to_string())
}
