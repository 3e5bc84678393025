//! What bounds the relay's connections, by the number of files that the process may have open.

/// How many bytes of a body any request may have; what a larger one has beyond that comes out of a common store.
pub(super) const SMALL_BODY: usize = 64 * 1024;
/// The unit of that store: a semaphore's permits are few.
pub(super) const KIB: usize = 1024;

/// How many there may be at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bounds {
    /// Connections that have not brought an event of Stripe's yet.
    pub(super) strangers: usize,
    /// Requests that are read and not verified yet, each with a head and a small body.
    pub(super) readers: usize,
    /// KiB of large bodies among them.
    pub(super) large_bodies: usize,
    /// Requests that wait for their answer.
    pub(super) waiting: usize,
    /// Connections that stay open after their answer.
    pub(super) kept: usize,
}

impl Bounds {
    /// The bounds where so many requests are to wait, and so many files may be open; `None` for any number.
    pub(super) fn new(waiting: usize, files: Option<u64>) -> Self {
        let files = files.and_then(|files| usize::try_from(files).ok()).unwrap_or(usize::MAX);
        let share = (files / 4).max(1);
        Self {
            strangers: share.min(1_024),
            readers: share.min(512),
            large_bodies: 64 * KIB,
            waiting: share.min(waiting),
            kept: (share / 2).clamp(1, 256),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_files_are_shared_out() {
        let few = Bounds::new(1_024, Some(256));
        assert_eq!((few.strangers, few.waiting, few.kept), (64, 64, 32));
        let many = Bounds::new(1_024, None);
        assert_eq!((many.strangers, many.waiting, many.kept), (1_024, 1_024, 256));
        assert_eq!(Bounds::new(2, Some(1 << 20)).waiting, 2);
    }
}
