//! What is sent in which order: the scenario's form, and the library that is built in.

mod file;
pub mod library;

pub use file::{Plot, Scenario, Step};
