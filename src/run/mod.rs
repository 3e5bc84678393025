//! The use cases. They know nothing of how things look: they tell an [`Observer`] how far they are
//! and return what they found.

pub mod demo;
pub mod doctor;
pub mod plan;
pub mod recorder;
pub mod relay;
pub mod result;
pub mod scenario;
pub mod setup;

pub use plan::{Job, Plan};
pub use recorder::Recorder;
pub use result::{RunResult, StepResult, Verdict};

/// How far a run is.
#[derive(Debug)]
pub enum Progress<'a> {
    /// Everything is built, nothing is sent.
    Started(&'a Plan),
    /// An event goes out.
    Sending {
        /// Its place, from 0.
        index: usize,
        /// The whole plan.
        plan: &'a Plan,
    },
    /// An event has its result.
    Sent {
        /// What came of it.
        step: &'a StepResult,
        /// The whole plan.
        plan: &'a Plan,
    },
}

/// Is told how far a run is.
pub trait Observer {
    /// Called at each step of the run, in order.
    fn on(&mut self, progress: Progress<'_>);
}
