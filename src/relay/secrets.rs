//! The secrets that Stripe signs with: those of the Ready lines, set while the relay runs.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::timeout;

use crate::config::Secret;
use crate::protocol::Moment;
use crate::protocol::signature::{self, VerifyError};

/// How many are kept: a listen that comes again may have another, and two may run side by side.
const KEPT: usize = 4;
/// How long the first one may take. Events can come 100 ms before the Ready line.
const FIRST: Duration = Duration::from_secs(10);
/// How long a new one may take when a signature is of none that is known.
const NEXT: Duration = Duration::from_millis(500);

/// The secrets, newest first.
#[derive(Debug)]
pub struct Secrets(watch::Sender<Vec<Secret>>);

/// What a new secret means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretChange {
    /// It is the first.
    First,
    /// It is known.
    Known,
    /// It is another than those before.
    Another,
}

impl Secrets {
    pub(super) fn new() -> Self {
        Self(watch::Sender::new(Vec::new()))
    }

    /// Takes the secret of a Ready line.
    pub fn add(&self, secret: Secret) -> SecretChange {
        let mut change = SecretChange::Known;
        self.0.send_if_modified(|secrets| {
            if secrets.contains(&secret) {
                return false;
            }
            change = if secrets.is_empty() { SecretChange::First } else { SecretChange::Another };
            secrets.insert(0, secret);
            secrets.truncate(KEPT);
            true
        });
        change
    }

    /// The secret that a body was signed with. How old the signature is does not count: an event may
    /// have waited in a computer that slept.
    pub(super) async fn signer(
        &self,
        header: &str,
        body: &[u8],
        now: Moment,
    ) -> Result<Secret, VerifyError> {
        match self.find(header, body, now) {
            Ok(secret) => return Ok(secret),
            Err(VerifyError::Mismatch) => {}
            Err(error) => return Err(error),
        }
        // The line with the secret may be under way.
        let mut changes = self.0.subscribe();
        let limit = if changes.borrow_and_update().is_empty() { FIRST } else { NEXT };
        if let Ok(Ok(())) = timeout(limit, changes.changed()).await {
            return self.find(header, body, now);
        }
        // It may have come between the first search and the subscription.
        self.find(header, body, now)
    }

    fn find(&self, header: &str, body: &[u8], now: Moment) -> Result<Secret, VerifyError> {
        let mut error = VerifyError::Mismatch;
        for secret in self.0.borrow().iter() {
            match signature::verify(secret, header, body, now) {
                Ok(()) | Err(VerifyError::TooOld) => return Ok(secret.clone()),
                Err(why) => error = why,
            }
        }
        Err(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> Secret {
        Secret::parse(text).unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn every_secret_that_is_known_counts_and_a_late_one_is_waited_for() {
        let secrets = Secrets::new();
        let now = Moment::from_seconds(1_000_000);
        let signed = |text: &str| signature::header(&secret(text), now, b"{}");
        let (header, late) = (signed("a"), async {
            tokio::time::sleep(Duration::from_millis(100)).await;
            secrets.add(secret("a"))
        });
        let (found, change) = tokio::join!(secrets.signer(&header, b"{}", now), late);
        assert_eq!((found, change), (Ok(secret("a")), SecretChange::First));
        assert_eq!(
            (secrets.add(secret("b")), secrets.add(secret("a"))),
            (SecretChange::Another, SecretChange::Known)
        );
        assert_eq!(secrets.signer(&header, b"{}", now).await, Ok(secret("a")));
        assert_eq!(secrets.signer(&signed("b"), b"{}", now).await, Ok(secret("b")));
        let other = secrets.signer(&signed("c"), b"{}", now).await;
        assert_eq!(other, Err(VerifyError::Mismatch));
        assert_eq!(secrets.signer("", b"{}", now).await, Err(VerifyError::NoTimestamp));
    }

    #[tokio::test]
    async fn an_old_signature_of_stripes_is_one() {
        let secrets = Secrets::new();
        secrets.add(secret("a"));
        let header = signature::header(&secret("a"), Moment::from_seconds(1), b"{}");
        let now = Moment::from_seconds(1_000_000);
        assert_eq!(secrets.signer(&header, b"{}", now).await, Ok(secret("a")));
    }
}
