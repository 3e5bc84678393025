//! Test clocks on their way: what comes due happens, one thing after the other.

use super::clocks::{CLOCK, target};
use super::draft::Draft;
use super::due;
use crate::api::change::Stamp;
use crate::api::error::RequestError;
use crate::api::inquiry::{Inquiry, Result};
use crate::api::request::ApiRequest;
use crate::api::store::ApiStore;

/// What a test clock has come to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum ClockProgress {
    /// It has got to that second, and goes on.
    At(i64),
    Ready,
    /// It stops on its way, as the text says.
    Failed(String),
}

/// Lets the next thing happen on the way of the clock that a request has set going; it is as late there as is said,
/// where anything has happened. `why_not` is what stops it.
pub(crate) fn go_on(
    store: &mut ApiStore,
    request: &ApiRequest,
    id: &str,
    (reached, why_not): (Option<i64>, Option<&str>),
) -> Result<ClockProgress> {
    let mut inquiry = Inquiry::new(store, request)?;
    let clock = inquiry.own(CLOCK, id).cloned();
    let clock = clock.ok_or_else(|| RequestError::missing(CLOCK, id))?;
    let from = reached.or_else(|| clock["frozen_time"].as_i64()).unwrap_or_default();
    let due = due::next(&inquiry, Some(id), (from, target(&clock)), &inquiry.store.calls.told);
    let due = due.filter(|_| why_not.is_none());
    inquiry.now = due.as_ref().map_or(target(&clock), |due| due.second);
    let mut draft = Draft::new(&inquiry);
    let mut failure = why_not.map(str::to_owned);
    if let Some(due) = &due
        && let Err(error) = draft.let_happen(due)
    {
        failure = Some(error.message);
        draft.changes.clear();
    }
    let progress = match (failure, &due) {
        (Some(why), _) => {
            draft.arrive(clock, "internal_failure");
            ClockProgress::Failed(why)
        }
        (None, Some(due)) => ClockProgress::At(due.second),
        (None, None) => {
            draft.arrive(clock, "ready");
            ClockProgress::Ready
        }
    };
    let (account, changes) = (inquiry.account.clone(), draft.changes);
    let stamp = Stamp { second: request.second, request: None, idempotency_key: None };
    store.write(&account, &changes, &stamp);
    if let Some(due) = due.filter(due::Due::is_notice) {
        store.calls.told.insert((due.id, due.second));
    }
    Ok(progress)
}
