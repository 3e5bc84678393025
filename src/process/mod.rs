//! The process itself and its children: how they begin, and that all of them end.
//!
//! What differs between systems stands side by side here, so that no other room asks which system it
//! is on.

pub mod child;
pub mod die_with_parent;
pub mod file_limit;
pub mod git;
mod group;
pub mod lines;
pub mod signals;
pub mod terminal;

pub use child::Child;
pub use lines::Lines;
pub use signals::{Graceful, Shutdown, Signal};
