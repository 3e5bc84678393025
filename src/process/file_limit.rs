//! How many files and connections the process may have open.

/// The most that macOS takes, whatever it says that the maximum is (`OPEN_MAX`, setrlimit(2)).
#[cfg(unix)]
const MOST_ON_MACOS: u64 = 10_240;

/// Raises the limit to the highest that the system allows, as the Stripe CLI does: each event that
/// waits is a connection. Returns the limit; `None` where there is none.
#[cfg(unix)]
pub(crate) fn raise() -> Option<u64> {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    let wanted = highest(limit.maximum, cfg!(target_vendor = "apple"));
    if limit.current != wanted {
        let before = std::mem::replace(&mut limit.current, wanted);
        // Without it, fewer events can wait.
        if setrlimit(Resource::Nofile, limit).is_err() {
            return before;
        }
    }
    wanted
}

/// The highest limit that the system takes; `None` for no limit.
#[cfg(unix)]
fn highest(maximum: Option<u64>, is_macos: bool) -> Option<u64> {
    if is_macos {
        Some(maximum.map_or(MOST_ON_MACOS, |most| most.min(MOST_ON_MACOS)))
    } else {
        maximum
    }
}

/// Windows has no such limit.
#[cfg(windows)]
pub(crate) const fn raise() -> Option<u64> {
    None
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn macos_takes_no_more_than_its_own_bound() {
        assert_eq!(highest(None, true), Some(10_240));
        assert_eq!(highest(Some(4_096), true), Some(4_096));
        assert_eq!(highest(Some(1_048_576), true), Some(10_240));
        assert_eq!(highest(None, false), None);
        assert_eq!(highest(Some(1_048_576), false), Some(1_048_576));
    }
}
