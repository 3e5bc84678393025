//! Numbers that look random, for tests that try much.

/// Draws numbers, the same from the same start (xorshift).
pub(crate) struct Draw(pub(crate) u64);

impl Draw {
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 16).unwrap() % limit.max(1)
    }

    pub(crate) fn of<'s, T: ?Sized>(&mut self, all: &[&'s T]) -> &'s T {
        all[self.below(all.len())]
    }
}
