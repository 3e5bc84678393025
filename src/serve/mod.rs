//! The protocol for test suites: one JSON document a line. What devtool delivers goes to the suite as a request on
//! stdout, and its answer comes back on stdin, so that an app needs no port. docs/serve.md describes it.

mod bridge;
mod message;

pub(crate) use bridge::{Bridge, Say};
pub(crate) use message::{Run, SuiteMessage, done, error, greeting};

/// The version of the protocol; a change that older suites do not understand raises it.
pub(crate) const PROTOCOL: u32 = 1;
