//! The relay's paths: one for each source, behind a part that nobody can guess. Who does not know it is not
//! Stripe, and is refused before anything else is read.

use std::fmt;

use super::settings::EventSource;
use crate::config::secret::random_digits;
use crate::error::Result;

/// How many random bytes make the part that nobody can guess.
const RANDOM_BYTES: usize = 16;

/// How many bytes the start of a request has to have before it is judged: no request line for one of the paths
/// is shorter.
pub(super) const START: usize = "POST /thin/".len() + 2 * RANDOM_BYTES + " HTTP/1.1".len();

/// The paths of one relay.
pub(super) struct Paths {
    random: String,
    /// Each source's path.
    paths: [(EventSource, String); EventSource::ALL.len()],
}

impl fmt::Debug for Paths {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Paths(…)")
    }
}

impl Paths {
    /// Paths of their own for a new relay.
    pub(super) fn random() -> Result<Self> {
        let random = random_digits::<RANDOM_BYTES>()?;
        let path = |source: EventSource| format!("/{}/{random}", source.word());
        Ok(Self { paths: EventSource::ALL.map(|source| (source, path(source))), random })
    }

    /// The path of a source.
    pub(super) fn of(&self, source: EventSource) -> String {
        format!("/{}/{}", source.word(), self.random)
    }

    /// The same as it may be shown.
    pub(super) fn shown(source: EventSource) -> String {
        format!("/{}/…", source.word())
    }

    /// A text without what nobody may know.
    pub(super) fn hidden_in(&self, text: &str) -> String {
        text.replace(&self.random, "…")
    }

    /// The source whose path it is.
    pub(super) fn source(&self, path: &str) -> Option<EventSource> {
        let is_at = |own: &str| is_equal(own.as_bytes(), path.as_bytes());
        self.paths.iter().find(|(_, own)| is_at(own)).map(|(source, _)| *source)
    }

    /// Whether a request that starts so is one for a source.
    pub(super) fn are_at(&self, start: &[u8]) -> bool {
        let Some(target) = start.strip_prefix(b"POST ") else { return false };
        self.paths.iter().any(|(_, path)| {
            let is_path = |start: &[u8]| is_equal(start, path.as_bytes());
            target.get(..path.len()).is_some_and(is_path) && target.get(path.len()) == Some(&b' ')
        })
    }
}

/// Whether two texts are equal, in a time that does not tell how far they are.
fn is_equal(one: &[u8], other: &[u8]) -> bool {
    let different = one.iter().zip(other).fold(0, |all, (a, b)| all | (a ^ b));
    one.len() == other.len() && different == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_paths_of_the_relay_itself_have_a_source() {
        let (paths, others) = (Paths::random().unwrap(), Paths::random().unwrap());
        for source in EventSource::ALL {
            let path = paths.of(source);
            assert!(path.len() >= 32 + source.word().len());
            assert_eq!(paths.source(&path), Some(source));
            let line = format!("POST {path} HTTP/1.1\r\n");
            assert!(line.len() >= START && paths.are_at(&line.as_bytes()[..START]));
            assert!(!paths.are_at(format!("GET  {path} HTTP/1.1\r\n").as_bytes()));
            assert!(!paths.are_at(format!("POST {path}x HTTP/1.1\r\n").as_bytes()));
            for strange in [others.of(source), format!("/{}", source.word()), format!("{path}/x")] {
                assert_eq!(paths.source(&strange), None);
                assert!(!paths.are_at(format!("POST {strange} HTTP/1.1\r\n").as_bytes()));
            }
            let text = paths.hidden_in(&format!("Failed to POST to http://x{path}: EOF"));
            assert_eq!(text, format!("Failed to POST to http://x{}: EOF", Paths::shown(source)));
        }
        assert!(!format!("{paths:?}").contains(&paths.random));
    }
}
