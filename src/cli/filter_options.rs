//! Which recorded deliveries are meant: the same options for lists, exports and replays.

use clap::Args;

use super::context::Context;
use crate::error::Result;
use crate::event::{Catalogue, thin};
use crate::history::{EndpointFilter, Filter, PointInTime, Reader, State, StatusFilter};
use crate::text::suggestion;

/// Where and when.
#[derive(Args, Debug)]
#[command(next_help_heading = "Filters")]
pub(super) struct ScopeOptions {
    /// Only deliveries to this endpoint
    ///
    /// A port means every path of it on this machine; a URL without a path means every path of its host.
    #[arg(long, value_name = "URL|PORT")]
    endpoint: Option<EndpointFilter>,

    /// Only deliveries since then, such as 1h, 14:30 or yesterday
    ///
    /// A date such as 2026-11-26 means its beginning.
    #[arg(long, value_name = "TIME")]
    since: Option<PointInTime>,

    /// Only deliveries before then, such as 1h, 14:30 or yesterday
    ///
    /// A date such as 2026-11-26 means its beginning.
    #[arg(long, hide_short_help = true, value_name = "TIME")]
    until: Option<PointInTime>,
}

impl ScopeOptions {
    /// The filter of these options alone.
    pub(super) fn filter(&self, context: &Context) -> Filter {
        let now = context.clock.now();
        Filter {
            since: self.since.map(|since| since.moment(now)),
            until: self.until.map(|until| until.moment(now)),
            endpoints: self.endpoint.iter().cloned().collect(),
            ..Filter::default()
        }
    }
}

/// Which deliveries.
#[derive(Args, Debug)]
#[command(next_help_heading = "Filters")]
pub(super) struct FilterOptions {
    /// Only the last NUMBER deliveries
    #[arg(long, value_name = "NUMBER")]
    pub(super) last: Option<usize>,

    #[command(flatten)]
    which: WhichOptions,
}

/// The same, however many there are.
#[derive(Args, Debug)]
#[command(next_help_heading = "Filters")]
pub(super) struct WhichOptions {
    /// Only deliveries of this event type or pattern
    ///
    /// For example, `invoice.*`.
    #[arg(long = "type", value_name = "PATTERN")]
    types: Option<String>,

    /// Only deliveries that failed
    #[arg(long)]
    failed: bool,

    /// Only deliveries that never got an answer
    #[arg(long, hide_short_help = true)]
    undelivered: bool,

    /// Only deliveries whose last answer had this status
    ///
    /// For example, 404 or 5xx.
    #[arg(long, value_name = "STATUS")]
    status: Option<StatusFilter>,

    #[command(flatten)]
    scope: ScopeOptions,

    /// Only deliveries of this session
    #[arg(long, value_name = "NUMBER")]
    session: Option<i64>,

    /// Only deliveries with this text in a body
    ///
    /// The body of the event counts, and that of each answer.
    #[arg(long, value_name = "TEXT")]
    grep: Option<String>,
}

impl FilterOptions {
    /// The names of the options.
    pub(super) const NAMES: [&str; 10] = [
        "last",
        "types",
        "failed",
        "undelivered",
        "status",
        "endpoint",
        "since",
        "until",
        "session",
        "grep",
    ];

    /// Whether there is any of them.
    pub(super) fn is_given(&self) -> bool {
        let WhichOptions { types, failed, undelivered, status, scope, session, grep } = &self.which;
        let ScopeOptions { endpoint, since, until } = scope;
        let of_deliveries = [*failed, *undelivered, types.is_some(), status.is_some()];
        let of_place = [endpoint.is_some(), since.is_some(), until.is_some(), session.is_some()];
        self.last.is_some()
            || grep.is_some()
            || of_deliveries.into_iter().chain(of_place).any(|is_given| is_given)
    }

    /// That nothing fits, and what else may have been meant.
    pub(super) fn nothing_fits(&self) -> String {
        let meant = self.which.types.as_deref().and_then(meant).map(|meant| format!("; {meant}"));
        format!("no matching deliveries{}", meant.unwrap_or_default())
    }

    /// The filter of these options; without `--last`, so many of the latest.
    ///
    /// # Errors
    /// There is no such session, or the history cannot be read.
    pub(super) fn filter(
        &self,
        default_last: Option<usize>,
        history: &Reader,
        context: &Context,
    ) -> Result<Filter> {
        let all = self.which.filter(history, context)?;
        Ok(Filter { last: self.last.or(default_last), ..all })
    }
}

impl WhichOptions {
    /// The filter of these options.
    ///
    /// # Errors
    /// There is no such session, or the history cannot be read.
    pub(super) fn filter(&self, history: &Reader, context: &Context) -> Result<Filter> {
        if let Some(session) = self.session {
            history.check_session(session)?;
        }
        let mut states = Vec::new();
        if self.failed {
            states.extend(State::FAILED);
        }
        if self.undelivered {
            states.extend(State::UNDELIVERED);
        }
        Ok(Filter {
            types: self.types.clone(),
            states,
            status: self.status,
            session: self.session,
            text: self.grep.clone(),
            ..self.scope.filter(context)
        })
    }
}

/// What else a type may have meant that Stripe does not have.
fn meant(typed: &str) -> Option<String> {
    let known: Vec<&str> = Catalogue::names().chain(thin::names().into_iter().flatten()).collect();
    if typed.contains('*') || known.contains(&typed) {
        return None;
    }
    let family = format!("{typed}.");
    if known.iter().any(|name| name.starts_with(&family)) {
        return suggestion::did_you_mean(&[format!("{typed}.*")]);
    }
    suggestion::did_you_mean(&suggestion::near(typed, known))
}
