//! Which recorded deliveries are meant: the same options for lists, exports and replays.

use std::time::Duration;

use clap::Args;

use super::context::Context;
use crate::config::file::positive_duration;
use crate::history::{Filter, State, StatusFilter};
use crate::protocol::Moment;

/// Which deliveries.
#[derive(Args, Debug)]
#[command(next_help_heading = "Filters")]
pub(super) struct FilterOptions {
    /// Only the last NUMBER deliveries
    #[arg(long, value_name = "NUMBER")]
    pub(super) last: Option<usize>,

    /// Only deliveries of this event type or pattern, such as 'invoice.*'
    #[arg(long = "type", value_name = "PATTERN")]
    types: Option<String>,

    /// Only deliveries that failed
    #[arg(long)]
    failed: bool,

    /// Only deliveries that never got an answer
    #[arg(long)]
    undelivered: bool,

    /// Only deliveries whose last answer had this status, such as 404 or 5xx
    #[arg(long, value_name = "STATUS")]
    status: Option<StatusFilter>,

    /// Only deliveries within this time, such as 1h
    #[arg(long, value_name = "DURATION", value_parser = positive_duration)]
    since: Option<Duration>,

    /// Only deliveries of this session
    #[arg(long, value_name = "NUMBER")]
    session: Option<i64>,

    /// Only deliveries with this text in the body of the event or of an answer
    #[arg(long, value_name = "TEXT")]
    grep: Option<String>,
}

impl FilterOptions {
    /// The names of the options.
    pub(super) const NAMES: [&str; 8] =
        ["last", "types", "failed", "undelivered", "status", "since", "session", "grep"];

    /// The filter of these options; without `--last`, so many of the latest.
    pub(super) fn filter(&self, default_last: Option<usize>, context: &Context) -> Filter {
        let mut states = Vec::new();
        if self.failed {
            states.extend(State::FAILED);
        }
        if self.undelivered {
            states.extend(State::UNDELIVERED);
        }
        let ago = |since: Duration| {
            let since = i64::try_from(since.as_millis()).unwrap_or(i64::MAX);
            Moment::from_milliseconds(context.clock.now().milliseconds().saturating_sub(since))
        };
        Filter {
            types: self.types.clone(),
            states,
            status: self.status,
            since: self.since.map(ago),
            session: self.session,
            text: self.grep.clone(),
            last: self.last.or(default_last),
        }
    }
}
