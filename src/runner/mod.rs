//! Runs scenarios: one loop, which judges what comes back, over a transport that brings the events. Knows
//! nothing of how things look: notifies an [`Observer`] how far a run is and returns what it found.

mod api_calls;
pub(crate) mod app_state;
mod check;
mod check_result;
mod command;
pub(crate) mod explore;
mod expectation;
mod expected_calls;
mod job;
mod likeness;
mod local;
mod mismatch;
mod needed_api;
pub(crate) mod plan;
mod reach;
pub(crate) mod recorder;
pub(crate) mod replay;
pub(crate) mod result;
pub(crate) mod retelling;
mod run;
mod scenario_errors;
mod script;
mod step_call;
mod target;
mod transport;
mod unused;
pub(crate) mod watch;
mod webhooks;

pub(crate) use check_result::{CheckResult, CommandResult};
pub(crate) use job::{ApiUse, Explicit, Job, OnFailure, SideEvents, Traffic};
pub(crate) use local::LocalTransport;
pub(crate) use mismatch::{Mismatch, Verdict};
pub(crate) use plan::Plan;
pub(crate) use reach::not_begun;
pub(crate) use recorder::Recorder;
pub(crate) use result::{
    CleanupResult, Ended, RunResult, SideEvent, StepResult, StoryResult, StripeStep, StripeStory,
    Totals,
};
pub(crate) use run::run;
pub(crate) use step_call::StepCall;
pub(crate) use target::{DRAIN, drained};
pub(crate) use transport::Awaited;
pub(crate) use transport::{Exchange, Outgoing, Transport, Unsent, Waits};

/// How far a run is.
#[derive(Debug)]
pub(crate) enum Progress<'a> {
    /// Everything is built, nothing is sent.
    Started {
        /// One for each story.
        plans: &'a [Plan],
    },
    /// The app is waited for, before anything is sent.
    Reaching {
        /// One for each story.
        plans: &'a [Plan],
    },
    /// An event is under way, and something is waited for.
    Waiting {
        /// Its place in its story, from 0.
        index: usize,
        /// The story's plan.
        plan: &'a Plan,
        /// What.
        what: Awaited,
    },
    /// The run was told to end, and what is under way has its time.
    Draining,
    /// An event has its result.
    Sent {
        /// What came of it.
        step: &'a StepResult,
        /// The story's plan.
        plan: &'a Plan,
    },
    /// The app was asked by a check.
    Checked {
        /// What came of it.
        check: &'a CheckResult,
    },
    /// An event of a call does not go to a webhook endpoint, for the reason that it says.
    NotDelivered(&'a str),
    /// A story is at its end.
    Finished {
        /// What came of it.
        story: &'a StoryResult,
        /// Its plan.
        plan: &'a Plan,
    },
}

/// Follows a run, and shows nothing of it.
pub(crate) struct Silent;

impl Observer for Silent {
    fn on(&mut self, _: Progress<'_>) {}
}

/// Follows how far a run is.
pub(crate) trait Observer {
    /// Called at each step of the run, in order.
    fn on(&mut self, progress: Progress<'_>);
}
