//! What is sent in which order: the scenario's form, the library that is built in, the orders.

mod check;
mod comparison;
mod document;
mod expectation;
mod file;
pub mod library;
mod location;
pub mod order;
pub mod schema;
pub mod sequence;
mod step;
pub mod values;

pub use check::{Around, Check, CheckRequest, CheckTarget};
pub use comparison::Comparison;

pub use expectation::{Expectation, StatusPattern, TextExpectation};
pub use file::{Scenario, StorySettings};
pub use location::{Location, ScenarioError};
pub use order::Order;
pub use sequence::{Candidates, Sequence};
pub use step::{Part, PlacedSetting, Places, Save, Step};
pub use values::Values;
