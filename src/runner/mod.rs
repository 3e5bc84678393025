//! Runs scenarios. Knows nothing of how things look: tells an [`Observer`] how far a run is
//! and returns what it found.

mod courier;
pub(crate) mod expectation;
mod job;
pub mod plan;
pub mod recorder;
pub mod replay;
pub mod result;
pub mod scenario;
mod script;
pub mod watch;

pub use job::{Job, NeverSent, OnFailure, Traffic};
pub use plan::Plan;
pub use recorder::Recorder;
pub use result::{
    CheckResult, Cleaned, Mismatch, Passage, RunResult, SideEvent, StepResult, StoryResult, Totals,
    Verdict,
};

/// How far a run is.
#[derive(Debug)]
pub enum Progress<'a> {
    /// Everything is built, nothing is sent.
    Started {
        /// One for each story.
        plans: &'a [Plan],
    },
    /// An event goes out.
    Sending {
        /// Its place in its story, from 0.
        index: usize,
        /// The story's plan.
        plan: &'a Plan,
    },
    /// Through Stripe: something is waited for.
    Waiting {
        /// The step's place in its story, from 0.
        index: usize,
        /// The story's plan.
        plan: &'a Plan,
        /// What.
        what: Awaited,
    },
    /// An event has its result.
    Sent {
        /// What came of it.
        step: &'a StepResult,
        /// The story's plan.
        plan: &'a Plan,
    },
    /// The app was looked at.
    Checked {
        /// What came of it.
        check: &'a CheckResult,
        /// The story's plan.
        plan: &'a Plan,
    },
    /// A story is at its end.
    Told {
        /// What came of it.
        story: &'a StoryResult,
        /// Its plan.
        plan: &'a Plan,
    },
}

/// What a run waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Awaited {
    /// The endpoint has to answer.
    Answer,
    /// What causes the event has to end.
    Trigger,
    /// The same, for so long that it is most likely the Stripe CLI's look for a newer version.
    VersionCheck,
    /// The event has to come, and to be answered.
    Event,
}

/// Is told how far a run is.
pub trait Observer {
    /// Called at each step of the run, in order.
    fn on(&mut self, progress: Progress<'_>);
}
