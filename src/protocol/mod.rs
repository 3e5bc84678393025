//! What goes over the wire: moments and the clock, the signature and what is wrong with one, headers, and
//! the envelope of an event.

mod api_fault;
mod body_form;
mod call_pattern;
pub mod envelope;
pub mod examination;
pub mod headers;
mod key_order;
pub mod moment;
pub mod signature;

pub use api_fault::{ApiFault, ApiFaultKind};
pub use call_pattern::CallPattern;
pub use envelope::Envelope;
pub use key_order::ordered;
pub use moment::{Clock, Moment, Zone};
