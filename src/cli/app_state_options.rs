//! How to look at the app's state.

use std::str::FromStr as _;

use clap::Args;

use super::context::Context;
use super::in_use;
use crate::delivery::Header;
use crate::runner::app_state::{StateRequest, StateSources};

/// How to look at the app's state.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "App state")]
pub(super) struct AppStateOptions {
    /// Request whose answer shows the app's state, such as 'GET /api/credits' (repeatable)
    ///
    /// The path may name the story's objects: 'GET /api/customers/{{customer}}'. A full URL asks another port.
    #[arg(hide_short_help = true, long = "app-state", env = "DEVTOOL_APP_STATE", value_name = "REQUEST", value_parser = StateRequest::from_str)]
    requests: Vec<StateRequest>,

    /// Header of these requests (repeatable)
    #[arg(
        hide_short_help = true,
        long = "app-header",
        env = "DEVTOOL_APP_HEADER",
        value_name = "NAME: VALUE"
    )]
    headers: Vec<Header>,

    /// Shell command whose output shows the app's state (repeatable)
    ///
    /// The story's ids are in its environment, such as `DEVTOOL_CUSTOMER`. It comes from the command line only.
    #[arg(hide_short_help = true, long = "app-state-run", value_name = "COMMAND")]
    commands: Vec<String>,
}

impl AppStateOptions {
    /// What to look at. What is secret of it is struck out from now on.
    pub(super) fn sources(&self, context: &Context) -> StateSources {
        in_use::of_headers(&self.headers, &context.out.redactor);
        for place in self.requests.iter().filter_map(|request| request.place.as_ref()) {
            in_use::of_endpoint(place, &context.out.redactor);
        }
        StateSources {
            requests: self.requests.clone(),
            headers: self.headers.clone(),
            commands: self.commands.clone(),
        }
    }
}
