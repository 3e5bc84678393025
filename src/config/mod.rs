//! What the user has set: flags over environment over devtool.toml over defaults; the directories;
//! the signing secret.

pub mod api_key;
pub mod app_guess;
pub mod app_start;
pub(crate) mod claim;
pub mod completion;
pub mod device_name;
pub mod directories;
pub mod dotenv;
pub mod env_files;
pub mod environment;
pub(crate) mod error;
pub mod file;
pub mod files;
mod from_toml;
mod own_secret;
pub(crate) mod pages;
pub mod private;
pub mod project;
pub mod publication;
pub(crate) mod put;
pub mod reading;
pub mod scratch;
pub mod schema;
pub mod secret;
pub mod secret_source;

pub use api_key::ApiKey;
pub(crate) use claim::FileClaim;
pub use environment::Environment;
pub use file::FileConfig;
pub use secret::Secret;
pub use secret_source::{FoundSecret, OtherVariable, SecretSource};
