//! How many files and connections the process may have open.

/// Raises the limit to the highest that the system allows, as the Stripe CLI does: each event that
/// waits is a connection.
#[cfg(unix)]
pub(super) fn raise() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    if limit.current != limit.maximum {
        limit.current = limit.maximum;
        // Without it, fewer events can wait.
        let _ = setrlimit(Resource::Nofile, limit);
    }
}

/// There is no such limit.
#[cfg(not(unix))]
pub(super) fn raise() {}
