//! What the API was asked: a bounded log of calls. Of a call's headers it holds the event that caused it and the
//! library's name, never a key.

use std::collections::VecDeque;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::answer::ApiAnswer;
use super::request::ApiRequest;
use crate::history::KeptCall;
use crate::protocol::Moment;

/// How many calls are kept.
const MOST_CALLS: usize = 10_000;
/// How long a path may be that is kept, in bytes.
const MOST_PATH: usize = 2_000;

/// One call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiCall {
    /// Its number, from 1, in the order in which calls began.
    pub number: u64,
    /// `GET`
    pub method: String,
    /// The path with its query, readable; credentials in it are struck out.
    pub path: String,
    /// When it began, in milliseconds since 1970 …
    pub began: i64,
    /// … and how long it took; `None` while it is under way.
    pub latency: Option<Duration>,
    /// The answer's status; `None` while it is under way, and where the connection was closed without one.
    pub status: Option<u16>,
    /// The event that `Stripe-Request-Trigger` names: the call belongs to it.
    pub event: Option<String>,
    /// The account that `Stripe-Context` or `Stripe-Account` names.
    #[serde(default)]
    pub account: Option<String>,
    /// The deliveries of which one caused it, by their numbers: those that were under way when it began, and of these
    /// those of the event that it names.
    pub deliveries: Vec<u64>,
    /// Whether the answer said that devtool does not serve this call.
    pub is_unserved: bool,
    /// Whether a fault befell it that the user asked for.
    pub is_fault: bool,
}

impl ApiCall {
    /// One that the history kept, as far as it did.
    pub(crate) fn of_kept(kept: &KeptCall) -> Self {
        Self {
            number: 0,
            method: kept.method.clone(),
            path: kept.path.clone(),
            began: 0,
            latency: kept.latency,
            status: kept.status,
            event: None,
            account: None,
            deliveries: Vec::new(),
            is_unserved: !kept.is_served,
            is_fault: kept.is_fault,
        }
    }

    /// As the history keeps it.
    pub(crate) fn kept(&self) -> KeptCall {
        KeptCall {
            method: self.method.clone(),
            path: self.path.clone(),
            status: self.status,
            latency: self.latency,
            under_way: self.under_way(),
            is_served: !self.is_unserved,
            is_fault: self.is_fault,
        }
    }

    /// How many deliveries were under way of which one caused it; `None` where it names its event, of which one alone
    /// was.
    pub(crate) fn under_way(&self) -> Option<usize> {
        let deliveries = self.deliveries.len();
        (self.event.is_none() || deliveries != 1).then_some(deliveries)
    }
}

/// The calls so far.
#[derive(Debug, Default)]
pub(super) struct CallLog {
    count: u64,
    kept: VecDeque<ApiCall>,
}

impl CallLog {
    /// A call begins at a moment; returns its number.
    pub(super) fn begin(&mut self, request: &ApiRequest, deliveries: Vec<u64>, at: Moment) -> u64 {
        self.count += 1;
        if self.kept.len() == MOST_CALLS {
            self.kept.pop_front();
        }
        let headers = &request.headers;
        self.kept.push_back(ApiCall {
            number: self.count,
            method: request.method.clone(),
            path: request.shown_path(MOST_PATH),
            began: at.milliseconds(),
            latency: None,
            status: None,
            event: request.cause(),
            account: headers.context.clone().or_else(|| headers.account.clone()),
            deliveries,
            is_unserved: false,
            is_fault: false,
        });
        self.count
    }

    /// There were so many calls already.
    pub(super) const fn resume(&mut self, count: u64) {
        self.count = count;
    }

    /// A fault befalls a call.
    pub(super) fn befall(&mut self, number: u64) {
        if let Some(call) = self.find(number) {
            call.is_fault = true;
        }
    }

    /// A call ended.
    pub(super) fn end(&mut self, number: u64, answer: Option<&ApiAnswer>, latency: Duration) {
        if let Some(call) = self.find(number) {
            call.latency = Some(latency);
            call.status = answer.map(|answer| answer.status);
            call.is_unserved = answer.is_some_and(|answer| answer.notice.is_some());
        }
    }

    /// The deliveries of which one caused a call.
    pub(super) fn deliveries_of(&mut self, number: u64) -> Vec<u64> {
        self.find(number).map(|call| call.deliveries.clone()).unwrap_or_default()
    }

    pub(super) fn since(&self, count: u64) -> Vec<ApiCall> {
        let Some(first) = self.kept.front() else { return Vec::new() };
        // The numbers follow each other: who asks while a run goes on does not pay for the calls before.
        let start = count.saturating_add(1).saturating_sub(first.number);
        let start = usize::try_from(start).unwrap_or(usize::MAX).min(self.kept.len());
        self.kept.range(start..).cloned().collect()
    }

    pub(super) const fn count(&self) -> u64 {
        self.count
    }

    fn find(&mut self, number: u64) -> Option<&mut ApiCall> {
        let first = self.kept.front()?.number;
        let at = usize::try_from(number.checked_sub(first)?).ok()?;
        self.kept.get_mut(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_told_from_a_number_on_also_where_older_ones_are_gone() {
        let mut log = CallLog::default();
        assert!(log.since(0).is_empty());
        for _ in 0..MOST_CALLS + 5 {
            log.begin(&ApiRequest::default(), Vec::new(), Moment::from_seconds(0));
        }
        let since = |count| log.since(count).iter().map(|call| call.number).collect::<Vec<_>>();
        let all: Vec<u64> = (6..=log.count()).collect();
        assert_eq!(since(0), all);
        assert_eq!(since(5), all);
        assert_eq!(since(6), all[1..]);
        assert_eq!(since(log.count() - 1), [log.count()]);
        assert_eq!(since(log.count()), [0; 0]);
        assert_eq!(since(u64::MAX), [0; 0]);
    }
}
