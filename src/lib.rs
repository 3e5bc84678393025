//! devtool builds and tests Stripe webhook handlers.
//!
//! The modules are listed from the ground floor up: each may use only those above its own line
//! (`tests/it/architecture.rs` holds them to it). ARCHITECTURE.md has the picture.

pub mod text;
pub mod error;
pub mod config;
pub(crate) mod process;
pub mod protocol;
pub mod event;
pub mod scenario;
pub mod delivery;
pub mod stripe_cli;
pub mod history;
pub mod api;
pub mod relay;
pub(crate) mod runner;
pub(crate) mod listen;
pub(crate) mod through_stripe;
pub(crate) mod audit;
pub(crate) mod doctor;
pub(crate) mod demo;
pub(crate) mod serve;
pub(crate) mod report;
pub(crate) mod inspector;
pub mod cli;
