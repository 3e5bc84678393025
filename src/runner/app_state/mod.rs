//! The app's state, as the user says how to look at it: answers of the app, and what commands print.

mod change;
mod fingerprint;
mod mask;
mod query;
pub(crate) mod sources;

use std::path::PathBuf;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

pub(crate) use change::StateChange;
pub(crate) use fingerprint::{Fingerprint, StateAnswer, StateDifference};
pub(super) use mask::{is_drawn, is_word};
pub(crate) use query::StateRequest;
pub(crate) use sources::StateSources;

use super::command::{self, CommandLimits};
use super::job::Job;
use super::target::drained;
use crate::delivery::{Attempt, Client, Endpoint, Header, NoAnswer, Outcome, Reuse};
use crate::error::{Error, Kind, Result};
use crate::protocol::{Clock, Moment};
use crate::scenario::Values;

/// Looks at the app's state.
#[derive(Debug)]
pub(crate) struct AppState {
    /// Each with the client of its place.
    requests: Vec<(StateRequest, Client)>,
    headers: Vec<Header>,
    commands: Vec<String>,
    directory: PathBuf,
    timeout: Duration,
    clock: Clock,
    cancel: CancellationToken,
}

impl AppState {
    /// A look at the state of a job's app. Commands run in that directory.
    ///
    /// # Errors
    /// A request goes to another machine, and that is not allowed.
    pub(crate) async fn new(
        sources: &StateSources,
        job: &Job,
        directory: PathBuf,
        (clock, cancel): (Clock, &CancellationToken),
    ) -> Result<Self> {
        let mut requests = Vec::with_capacity(sources.requests.len());
        for request in &sources.requests {
            let place = request.place.clone().unwrap_or_else(|| job.endpoint.clone());
            requests.push((request.clone(), client(&place, job).await?));
        }
        Ok(Self {
            requests,
            headers: sources.headers.clone(),
            commands: sources.commands.clone(),
            directory,
            timeout: job.timeout,
            clock,
            cancel: cancel.clone(),
        })
    }

    /// Looks at it. `ids` are those of the story whose state it is ([`super::Plan::ids`]).
    ///
    /// # Errors
    /// The app does not answer or does not let devtool see it, a command fails, or a query names what the story
    /// does not have.
    pub(crate) async fn look(&self, ids: &Values) -> Result<Fingerprint> {
        let at = self.clock.now();
        let mut answers = Vec::with_capacity(self.requests.len() + self.commands.len());
        for (request, client) in &self.requests {
            answers.push(self.ask(request, client, ids).await?);
        }
        for line in &self.commands {
            answers.push(self.run(line, ids).await?);
        }
        Ok(Fingerprint { at, answers })
    }

    /// Whether a story of these ids has all that the requests name.
    pub(crate) fn can_look(&self, ids: &Values) -> bool {
        let has = |text: &str| ids.fill(text).is_ok();
        self.requests.iter().all(|(request, _)| has(&request.path) && has(&request.body))
    }

    async fn ask(
        &self,
        request: &StateRequest,
        client: &Client,
        ids: &Values,
    ) -> Result<StateAnswer> {
        let query = request.to_string();
        let path = ids.fill(&request.path).map_err(|name| unknown(&query, &name))?;
        let body = ids.fill(&request.body).map_err(|name| unknown(&query, &name))?;
        let call = client.ask(&request.method, &path, &self.headers, body.into());
        let Some(Attempt { outcome, .. }) = drained(call, &self.cancel).await else {
            return Err(unanswered(&query, "interrupted"));
        };
        match outcome {
            Outcome::Response(response) if matches!(response.status, 401 | 403) => {
                Err(refused(&query, response.status))
            }
            Outcome::Response(response) if response.is_truncated => {
                Err(unanswered(&query, "the answer is longer than 1 MiB"))
            }
            Outcome::Response(response) => {
                let is_of_story = request.is_of_story();
                let (status, body) = (Some(response.status), response.body);
                Ok(StateAnswer { query, status, body, is_of_story })
            }
            Outcome::None { why: NoAnswer::Refused, .. } => {
                Err(unanswered(&query, "nothing listens there"))
            }
            Outcome::None { error, .. } => Err(unanswered(&query, &error)),
        }
    }

    async fn run(&self, line: &str, ids: &Values) -> Result<StateAnswer> {
        let limits = CommandLimits { time: self.timeout, directory: Some(&self.directory) };
        let ran = command::of_shell(line, ids, limits, &self.cancel).await;
        let (query, is_of_story) = (line.to_owned(), command::names_story(line, ids));
        match ran {
            Ok(ran) if ran.status.success() => {
                Ok(StateAnswer { query, status: None, body: ran.stdout, is_of_story })
            }
            Ok(ran) => Err(failed(line, &ran.told())),
            Err(error) => Err(failed(line, &error.to_string())),
        }
    }
}

/// A text for a reader, with names in place of what differs from run to run.
pub(crate) fn masked(text: &str, ids: &Values, at: Moment) -> String {
    mask::Mask::new(ids, at).text(text)
}

/// The client of a place: it keeps its connection.
async fn client(place: &Endpoint, job: &Job) -> Result<Client> {
    let addresses = place.resolve(job.hosts).await?;
    Client::new(place, &addresses, job.timeout, (Reuse::Soon, job.certificates))
}

fn unknown(query: &str, name: &str) -> Error {
    let message = format!("`{{{{{name}}}}}` in `{query}` is not an object of the story");
    Error::new(Kind::Usage, message).hinted("name one of the story, such as `{{customer}}`")
}

fn unanswered(query: &str, why: &str) -> Error {
    Error::new(Kind::Unreachable, format!("cannot see the app's state by `{query}`: {why}"))
        .hinted("check that the app runs, and that the path is right")
}

fn refused(query: &str, status: u16) -> Error {
    let message = format!("cannot see the app's state by `{query}`: the app answered {status}");
    Error::new(Kind::Usage, message)
        .hinted("give what the app wants with `--app-header 'Authorization: Bearer …'`")
}

fn failed(line: &str, why: &str) -> Error {
    Error::new(Kind::Usage, format!("`{line}` does not show the app's state: {why}")).hinted(
        "check it in your shell; the story's ids are in variables such as `DEVTOOL_CUSTOMER`",
    )
}
