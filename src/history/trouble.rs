//! Why a history cannot be written just now, and when it is tried again.

use std::time::{Duration, Instant};

use rusqlite::ErrorCode;

use super::store::StoreError;

/// When it is tried again where another process has it locked, and where it cannot be written otherwise.
pub(super) const LOCKED_AGAIN: Duration = Duration::from_millis(20);
const BROKEN_AGAIN: Duration = Duration::from_secs(1);
/// For how long another process may have it locked before that is said.
const LOCKED_LONG: Duration = Duration::from_secs(2);

/// What is wrong since when.
#[derive(Clone, Copy, Debug)]
pub(super) struct Trouble {
    since: Instant,
    again_at: Instant,
    is_locked: bool,
}

impl Trouble {
    /// The same or another trouble than before.
    pub(super) fn again(before: Option<Self>, is_locked: bool) -> Self {
        let now = Instant::now();
        let wait = if is_locked { LOCKED_AGAIN } else { BROKEN_AGAIN };
        let since = before.map_or(now, |before| before.since);
        Self { since, again_at: now + wait, is_locked }
    }

    /// Whether it is too early to try again.
    pub(super) fn is_fresh(&self) -> bool {
        Instant::now() < self.again_at
    }

    /// Whether another process has it locked.
    pub(super) const fn is_locked(&self) -> bool {
        self.is_locked
    }

    /// Whether another process has it locked for long.
    pub(super) fn is_locked_for_long(&self) -> bool {
        self.is_locked && self.since.elapsed() >= LOCKED_LONG
    }
}

/// Whether another process has the file locked.
pub(super) fn is_locked(error: &StoreError) -> bool {
    let StoreError::Sqlite(error) = error else { return false };
    let code = error.sqlite_error_code();
    matches!(code, Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}

/// Whether what could not be written may be written later.
pub(super) fn is_passing(error: &StoreError) -> bool {
    let StoreError::Sqlite(sqlite) = error else { return true };
    let code = sqlite.sqlite_error_code();
    is_locked(error)
        || matches!(
            code,
            Some(
                ErrorCode::DiskFull
                    | ErrorCode::SystemIoFailure
                    | ErrorCode::CannotOpen
                    | ErrorCode::ReadOnly
                    | ErrorCode::OutOfMemory
                    | ErrorCode::FileLockingProtocolFailed
            )
        )
}
