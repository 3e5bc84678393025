//! The name that this machine has for Stripe.
//!
//! Stripe derives the signing secret of `stripe listen` from the account and the device's name. The name
//! is that of a bare `stripe listen`, and stays when the machine's own name changes later, as it does in
//! containers and with the network that a laptop is in.

use std::path::Path;

use super::environment::Environment;
use super::files::{self, Kept};
use super::private;

/// The variable that the Stripe CLI reads the name from.
pub const VARIABLE: &str = "STRIPE_DEVICE_NAME";

/// The user's own name for the device; else the host's as it was first seen, which that file keeps; without a
/// file that of today.
pub fn find(environment: &Environment, file: Option<&Path>) -> String {
    if let Some(name) = environment.variable(VARIABLE) {
        return name.to_owned();
    }
    let host = || gethostname::gethostname().to_string_lossy().into_owned();
    let Some(file) = file else { return host() };
    if let Some(kept) = read(file) {
        return kept;
    }
    let host = host();
    match files::create(file, &format!("{host}\n")) {
        // Another devtool was faster.
        Ok(Kept::AlreadyThere) => read(file).unwrap_or(host),
        // Where nothing can be kept, the name of today does.
        Ok(Kept::Written) | Err(_) => host,
    }
}

fn read(file: &Path) -> Option<String> {
    private::check(file).ok()?;
    let text = std::fs::read_to_string(file).ok()?;
    let name = text.trim();
    (!name.is_empty()).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_that_was_seen_first_stays() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("device_name");
        let environment = Environment::new(&[], directory.path());
        let first = find(&environment, Some(&file));
        assert_eq!(std::fs::read_to_string(&file).unwrap().trim(), first);
        std::fs::write(&file, "as-first-seen\n").unwrap();
        assert_eq!(find(&environment, Some(&file)), "as-first-seen");
        let named = Environment::new(&[(VARIABLE, "mine")], directory.path());
        assert_eq!(find(&named, Some(&file)), "mine");
    }
}
