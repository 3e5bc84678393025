//! Results as text and JSON. Everything here returns text and writes nothing.

mod alike;
pub(crate) mod api;
pub(crate) mod api_calls;
pub(crate) mod changes;
pub(crate) mod compact;
pub(crate) mod curl;
pub(crate) mod demo;
pub(crate) mod doctor;
pub(crate) mod error;
pub(crate) mod failure;
pub(crate) mod har;
mod hint;
pub(crate) mod history;
pub(crate) mod history_json;
pub(crate) mod files;
mod html;
pub(crate) mod json;
mod junit;
mod layout;
pub(crate) mod lists;
pub(crate) mod listen;
pub(crate) mod listen_around;
pub(crate) mod listen_status;
pub(crate) mod listen_sum;
pub(crate) mod login;
mod markdown;
mod page;
pub(crate) mod palette;
pub(crate) mod sessions;
pub(crate) mod setup;
pub(crate) mod stories;
pub(crate) mod text;
pub(crate) mod through_stripe;
pub(crate) mod verification;

pub(crate) use layout::Layout;
pub(crate) use palette::Palette;
