//! devtool builds and tests Stripe webhook handlers.
//!
//! The modules are listed from the ground floor up: each may use only those above its own line
//! (`tests/it/architecture.rs` holds them to it). ARCHITECTURE.md has the picture.

pub mod text;
pub mod error;
pub mod config;
pub mod process;
pub mod protocol;
pub mod event;
pub mod scenario;
pub mod delivery;
pub mod stripe_cli;
pub mod history;
pub mod relay;
pub mod runner;
pub mod listen;
pub mod through_stripe;
pub mod doctor;
pub mod demo;
pub mod report;
pub mod cli;
