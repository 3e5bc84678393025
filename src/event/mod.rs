//! What Stripe sends: ids, the catalogue of types, and the story that the events of one run tell.

pub mod catalogue;
mod check;
pub mod cleanup;
mod earlier_field;
mod embedded;
mod error;
pub mod event_type;
pub mod fixture;
pub mod id;
mod index;
pub mod parameters;
pub mod path;
pub mod previous;
pub mod rank;
pub mod setting;
pub mod shape;
pub mod story;
mod template;
pub mod thin;
mod timeline;
pub mod trigger;
pub mod user_event;
mod variants;
mod wire;

pub use catalogue::Catalogue;
pub use check::{CatalogueProblem, Checked, check, check_thin};
pub use earlier_field::EarlierField;
pub use error::{CatalogueError, EventError};
pub use event_type::EventType;
pub use fixture::Fixture;
pub use setting::Setting;
pub use story::Story;
pub use timeline::Scene;
pub use trigger::Trigger;
pub use user_event::UserEvent;
pub use wire::Event;
