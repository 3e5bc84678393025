//! Where devtool itself is published, as Cargo.toml says it.

/// The version of this devtool.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
/// The name of the packages.
pub const PACKAGE: &str = env!("CARGO_PKG_NAME");
/// The project's home.
const HOME: &str = env!("CARGO_PKG_REPOSITORY");

/// The project's home; `None` where the one in Cargo.toml is the name that nobody can have.
pub fn home() -> Option<&'static str> {
    Some(HOME).filter(|home| !home.contains("--unset/"))
}

/// Owner and name, as in `owner/name`.
pub fn slug() -> &'static str {
    HOME.trim_start_matches("https://github.com/")
}
