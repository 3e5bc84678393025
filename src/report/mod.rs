//! Results as text and JSON. Everything here returns text and writes nothing.

pub mod changes;
pub mod compact;
pub mod curl;
pub mod demo;
pub mod doctor;
pub mod error;
pub mod failure;
pub mod har;
pub mod history;
pub mod history_json;
pub mod files;
mod html;
pub mod json;
mod junit;
mod layout;
pub mod lists;
pub mod listen;
pub mod login;
mod markdown;
mod page;
pub mod palette;
pub mod setup;
pub mod stories;
pub mod text;
pub mod through_stripe;
pub mod verification;

pub use layout::Layout;
pub use palette::Palette;
