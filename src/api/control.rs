//! The control path of `devtool api`, on the port that apps ask at: runs of this machine's user tell it of their events.
//! What opens it stands in a file that only this user can read.

use super::Api;
use super::links::LinkOrigin;
use super::operation::LinkMessage;

/// The path.
pub(super) const PATH: &str = "/_devtool/control";
/// The header of what opens it.
pub(super) const TOKEN_HEADER: &str = "devtool-token";
/// The largest message, in bytes: a story of thousands of events.
pub(super) const BODY_LIMIT: usize = 64 * 1024 * 1024;

/// What a message is answered.
pub(super) struct ControlAnswer {
    pub(super) status: u16,
    pub(super) body: Vec<u8>,
    /// Whether it comes only once the events of what happened were delivered.
    pub(super) waits_for_events: bool,
}

impl ControlAnswer {
    fn new(status: u16, body: Vec<u8>) -> Self {
        Self { status, body, waits_for_events: false }
    }
}

impl Api {
    /// Lets those in that have that token.
    pub(crate) fn admit(&self, token: String) {
        // It is said once.
        let _ = self.0.token.set(token);
    }

    /// Whether a request is for the control path, and may be. All others are calls of the API.
    pub(super) fn is_control(&self, path: &str, token: Option<&str>) -> bool {
        let known = self.0.token.get().zip(token);
        path == PATH && known.is_some_and(|(known, given)| is_same(known, given))
    }

    /// Does what a message says.
    pub(super) fn control(&self, body: &[u8]) -> ControlAnswer {
        let message = match serde_json::from_slice::<LinkMessage>(body) {
            Ok(message) => message,
            Err(error) => return ControlAnswer::new(400, error.to_string().into_bytes()),
        };
        let waits_for_events = message.operation.lets_something_happen();
        match self.perform(message, LinkOrigin::Elsewhere) {
            Ok(reply) => {
                let body = serde_json::to_vec(&reply).unwrap_or_default();
                ControlAnswer { waits_for_events, ..ControlAnswer::new(200, body) }
            }
            Err(_) => ControlAnswer::new(410, Vec::new()),
        }
    }
}

/// Whether two texts are the same, in a time that tells nothing of where they differ.
fn is_same(one: &str, other: &str) -> bool {
    let differences = one.bytes().zip(other.bytes()).fold(0, |found, (a, b)| found | (a ^ b));
    one.len() == other.len() && differences == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_token_opens_the_control_path() {
        let api = Api::new();
        assert!(!api.is_control(PATH, None));
        assert!(!api.is_control(PATH, Some("")), "there is no token");
        api.admit("0123".to_owned());
        assert!(api.is_control(PATH, Some("0123")));
        for other in [None, Some(""), Some("012"), Some("01234"), Some("0124")] {
            assert!(!api.is_control(PATH, other), "{other:?}");
        }
        assert!(!api.is_control("/v1/customers", Some("0123")));
    }
}
