//! A finished file in the place of an older one.

use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use tempfile::TempPath;

/// How long a file that another program has open is tried again.
const LONGEST: Duration = Duration::from_secs(1);
/// The time between two attempts.
const PAUSE: Duration = Duration::from_millis(50);

/// Puts a file in its place, at once.
///
/// # Errors
/// It cannot be put there.
pub(crate) fn put(mut file: TempPath, place: &Path) -> io::Result<()> {
    let start = Instant::now();
    loop {
        let error = match file.persist(place) {
            Ok(()) => return Ok(()),
            Err(error) => error,
        };
        if !may_be_open_elsewhere(&error.error) || start.elapsed() > LONGEST {
            return Err(error.error);
        }
        file = error.path;
        std::thread::sleep(PAUSE);
    }
}

/// On Windows nobody replaces a file that a program has open, and scanners hold new ones for moments.
#[cfg(windows)]
fn may_be_open_elsewhere(error: &io::Error) -> bool {
    const ACCESS_DENIED: i32 = 5;
    const SHARING_VIOLATION: i32 = 32;
    matches!(error.raw_os_error(), Some(ACCESS_DENIED | SHARING_VIOLATION))
}

/// On Unix who has a file open keeps the old one.
#[cfg(unix)]
const fn may_be_open_elsewhere(_: &io::Error) -> bool {
    false
}
