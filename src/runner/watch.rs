//! `--watch`: runs again when the app comes back up, or a scenario's file changes.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;

use super::job::Job;
use super::result::{RunResult, StepResult};
use crate::delivery::{NoAnswer, Outcome};

/// How long to wait between two polls.
const POLL_INTERVAL: Duration = Duration::from_millis(100);

/// What a run is begun anew for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// A scenario's file is another one.
    File,
    /// The app's port took connections again after it had not.
    App,
    /// Nobody waits any longer.
    Cancelled,
}

/// Polls an app and files.
pub(crate) struct Watch {
    addresses: Vec<SocketAddr>,
    files: Vec<(PathBuf, Option<SystemTime>)>,
}

impl Watch {
    /// A watch of the endpoint's port and of these files, as they are now.
    pub(crate) async fn new(job: &Job, files: Vec<PathBuf>) -> Self {
        let addresses = job.endpoint.resolve(job.hosts).await.ok().and_then(Result::ok);
        let files = files.into_iter().map(|file| (changed(&file), file)).map(|(at, f)| (f, at));
        Self { addresses: addresses.unwrap_or_default(), files: files.collect() }
    }

    /// Waits for the next change after a run, which may have found nobody at the port.
    pub(crate) async fn change(&mut self, was_refused: bool, cancel: &CancellationToken) -> Change {
        let mut was_up = !was_refused && self.is_up().await;
        loop {
            tokio::select! {
                biased;
                () = cancel.cancelled() => return Change::Cancelled,
                () = tokio::time::sleep(POLL_INTERVAL) => {}
            }
            let mut is_other = false;
            for (file, seen) in &mut self.files {
                let now = changed(file);
                // An editor may take a file away for a moment.
                is_other |= now.is_some() && now != *seen;
                *seen = now.or(*seen);
            }
            if is_other {
                return Change::File;
            }
            let is_up = self.is_up().await;
            if is_up && !was_up {
                return Change::App;
            }
            was_up = is_up;
        }
    }

    async fn is_up(&self) -> bool {
        for address in &self.addresses {
            let connected = tokio::time::timeout(POLL_INTERVAL, TcpStream::connect(address)).await;
            if matches!(connected, Ok(Ok(_))) {
                return true;
            }
        }
        false
    }
}

/// Whether nothing listened at the end of a run.
pub(crate) fn was_refused(result: &RunResult) -> bool {
    let steps = result.stories.iter().flat_map(|story| &story.steps);
    let last = steps.filter_map(StepResult::outcome).next_back();
    matches!(last, Some(Outcome::None { why: NoAnswer::Refused, .. }))
}

fn changed(file: &Path) -> Option<SystemTime> {
    std::fs::metadata(file).ok()?.modified().ok()
}

/// A step that came to something else than in the run before.
#[derive(Debug)]
pub(crate) struct Difference<'r> {
    /// The story, from 0.
    pub story: usize,
    /// What it came to; `None` where there is nothing to compare it with.
    pub before: Option<&'r StepResult>,
    /// What it comes to now.
    pub now: &'r StepResult,
}

/// What is different from the run before.
pub(crate) fn differences<'r>(before: &'r RunResult, now: &'r RunResult) -> Vec<Difference<'r>> {
    let mut found = Vec::new();
    for (number, story) in now.stories.iter().enumerate() {
        for step in &story.steps {
            let earlier = before.stories.get(number).map(|story| story.steps.iter());
            let earlier = earlier.into_iter().flatten().find(|known| known.index == step.index);
            if !earlier.is_some_and(|earlier| is_same(earlier, step)) {
                found.push(Difference { story: number, before: earlier, now: step });
            }
        }
    }
    found
}

fn is_same(a: &StepResult, b: &StepResult) -> bool {
    let status = |step: &StepResult| {
        let outcome = step.outcome();
        outcome.map(|outcome| (outcome.word(), outcome.response().map(|response| response.status)))
    };
    a.event == b.event
        && a.verdict == b.verdict
        && status(a) == status(b)
        && a.mismatches == b.mismatches
}

/// The status of a step, or why there is none.
pub(crate) fn status(step: &StepResult) -> String {
    match step.outcome() {
        None => "not sent".to_owned(),
        Some(Outcome::Response(response)) => response.status.to_string(),
        Some(Outcome::None { why, .. }) => why.word().to_owned(),
    }
}
