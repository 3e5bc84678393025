//! What became of a field that objects had at earlier API versions.

/// A field of an object that earlier API versions have, and the current one has not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EarlierField {
    /// Where it is now, if anywhere.
    pub now: Option<String>,
    /// The day from which on it is not there.
    pub since: String,
    /// A version that has it.
    pub api_version: String,
}

impl EarlierField {
    /// What became of the field of that name.
    pub(super) fn told(&self, name: &str) -> String {
        let since = &self.since;
        match &self.now {
            Some(now) => format!("since {since} it is `{now}`"),
            None => format!("since {since} there is no `{name}`"),
        }
    }
}
