//! The real `stripe` program: where it is, and how it is installed.
//!
//! What is fetched passes through types in one direction: [`release::Located`] →
//! [`install::Verified`] → [`install::Installed`]. Bytes that were not verified cannot be installed.

pub mod api;
mod broken;
pub mod child;
mod config_trouble;
mod copy;
pub mod download;
pub(crate) mod error;
pub(crate) mod events;
pub mod find;
pub mod install;
pub mod listen;
pub mod login;
pub mod npm;
pub mod platform;
pub mod program;
pub mod release;
mod said;
pub mod setup;
pub mod trigger;
pub mod unpack;
pub mod verify;
mod way_out;
mod wrong_format;

pub use api::Reply;
pub use broken::{Broken, Problem};
pub use child::{ApiBase, Stripe, Surroundings};
pub use find::Found;
pub use install::{InstallDir, Installed};
pub use platform::Platform;
pub use program::Program;
