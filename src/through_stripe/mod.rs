//! The transport through Stripe's test mode: `stripe trigger` causes each step's event, `stripe listen`
//! brings it to the relay of a running listen, and the history of that listen says what the endpoint
//! answered.
//!
//! Through Stripe the steps are separate objects, not one story. One trigger brings many events; which of
//! all that come belong to which step `attribution` finds out.

mod arrivals;
mod attribution;
mod cleanup;
mod decision;
mod obstacle;
mod obstacles;
mod steps;
mod transport;
mod triggers;

pub(crate) use decision::{Asked, Decision, decide};
pub(crate) use obstacles::obstacles;
pub(crate) use transport::{Cleanup, DEFAULT_WAIT, StripeRun, StripeTransport};
