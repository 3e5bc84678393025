//! What a project's file says, and which.

/// Something that a project's file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guess<T> {
    /// What it says.
    pub value: T,
    /// The file.
    pub origin: String,
}

impl<T> Guess<T> {
    pub(super) fn new(value: T, origin: impl Into<String>) -> Self {
        Self { value, origin: origin.into() }
    }
}
