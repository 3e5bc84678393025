//! What goes over the wire: moments and the clock, the signature and what is wrong with one, headers, and
//! the envelope of an event.

mod body_form;
pub mod envelope;
pub mod examination;
pub mod headers;
mod key_order;
pub mod moment;
pub mod signature;

pub use envelope::Envelope;
pub use key_order::ordered;
pub use moment::{Clock, Moment};
