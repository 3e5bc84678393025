//! `stripe trigger` and `stripe fixtures`: what causes events in test mode.
//!
//! They have no time-out and no retries of their own, and run a file that is named like the event where
//! one lies in the working directory (observed with 1.52.0). So they run in a directory of their own.

use std::path::Path;
use std::time::Duration;

use super::api;
use super::child::{Stripe, TextOutput};
use super::error;
use crate::config::scratch::ScratchDirectory;
use crate::error::{Error, Result};

/// How long one run may take. The Stripe CLI looks for a newer version of itself before each, which takes
/// it 30 s where the network swallows that.
pub const TIME_LIMIT: Duration = Duration::from_secs(120);
/// How long a run usually takes at most; longer, and it is most likely that look.
pub const USUAL: Duration = Duration::from_secs(5);
/// How often a run is tried that Stripe's rate limit stops.
const ATTEMPTS: u32 = 4;
/// The wait before the second attempt; it doubles.
const FIRST_WAIT: Duration = Duration::from_secs(1);

impl Stripe {
    /// Runs `stripe trigger` to its end; again where Stripe's rate limit stops it.
    ///
    /// # Errors
    /// There is no login, Stripe refuses it or cannot be reached, or the account is not able to do it.
    pub async fn trigger(&self, name: &str, options: &[String]) -> Result<()> {
        let options = options.iter().map(String::as_str);
        let arguments: Vec<&str> = ["trigger", name].into_iter().chain(options).collect();
        self.cause(&arguments).await
    }

    /// Runs `stripe fixtures` with that text to its end.
    ///
    /// # Errors
    /// As [`Stripe::trigger`]; the file cannot be written.
    pub async fn fixture(&self, text: &str, options: &[String]) -> Result<()> {
        let directory = scratch()?;
        let file = directory.path().join("fixture.json");
        std::fs::write(&file, text).map_err(|source| Error::write(&file, source))?;
        let file = file.to_string_lossy();
        let options = options.iter().map(String::as_str);
        self.cause(&["fixtures", &*file].into_iter().chain(options).collect::<Vec<_>>()).await
    }

    async fn cause(&self, arguments: &[&str]) -> Result<()> {
        let what = arguments[..2].join(" ");
        let mut wait = FIRST_WAIT;
        for attempt in 1.. {
            let directory = scratch()?;
            let output = self.output_in(directory.path(), arguments, TIME_LIMIT).await?;
            match judged(&output, &what, &self.credential()) {
                Err(Failure::RateLimit(_)) if attempt < ATTEMPTS => tokio::time::sleep(wait).await,
                Err(Failure::RateLimit(error) | Failure::Other(error)) => return Err(error),
                Ok(()) => break,
            }
            wait *= 2;
        }
        Ok(())
    }
}

fn scratch() -> Result<ScratchDirectory> {
    ScratchDirectory::new().map_err(|source| Error::write(&std::env::temp_dir(), source))
}

/// Why a run caused nothing, or not all.
enum Failure {
    RateLimit(Error),
    Other(Error),
}

fn judged(output: &TextOutput, what: &str, credential: &str) -> std::result::Result<(), Failure> {
    if output.code == Some(0) {
        return Ok(());
    }
    let words = output.stderr.trim();
    let refused = |message: String| error::refused(&format!("stripe {what}"), message);
    let message = api::message_in(words);
    match status_of(words) {
        Some(429) => Err(Failure::RateLimit(refused(
            message.unwrap_or_else(|| "too many requests".to_owned()),
        ))),
        Some(status) if status != 401 => {
            Err(Failure::Other(refused(message.unwrap_or_else(|| format!("status {status}")))))
        }
        None if words.contains("is not supported by Stripe CLI") => Err(Failure::Other(refused(
            "this version of the Stripe CLI does not know it".to_owned(),
        ))),
        _ => Err(Failure::Other(api::refusal(words, credential))),
    }
}

/// The number behind `status=`.
fn status_of(words: &str) -> Option<u16> {
    let (_, rest) = words.split_once("status=")?;
    rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

impl Stripe {
    async fn output_in(
        &self,
        directory: &Path,
        arguments: &[&str],
        time_limit: Duration,
    ) -> Result<TextOutput> {
        self.make_first_run(time_limit).await?;
        let mut command = self.command(arguments);
        command.current_dir(directory);
        self.run(command, arguments, time_limit).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error_of(stderr: &str) -> String {
        let output = TextOutput { code: Some(1), stdout: String::new(), stderr: stderr.to_owned() };
        match judged(&output, "trigger charge.succeeded", "the key") {
            Err(Failure::RateLimit(error)) => format!("later: {error}"),
            Err(Failure::Other(error)) => error.to_string(),
            Ok(()) => String::new(),
        }
    }

    #[test]
    fn what_stops_a_trigger_is_told_apart() {
        let failed = |status: u16| {
            error_of(&format!(
                "Trigger failed: Request failed, status={status}, body={{\"error\": {{\"message\": \"no\"}}}}"
            ))
        };
        assert_eq!(failed(400), "Stripe rejects `stripe trigger charge.succeeded`");
        assert_eq!(failed(429), "later: Stripe rejects `stripe trigger charge.succeeded`");
        assert_eq!(failed(401), "Stripe rejects the key: no");
        let down = "Trigger failed: Post \"http://127.0.0.1:1/v1/x\": dial tcp: connection refused";
        assert_eq!(error_of(down), "cannot reach Stripe");
        let expired = "The API key for the default profile has expired. Run `stripe login`";
        assert_eq!(error_of(expired), "Stripe rejects the key: it has expired");
    }
}
