//! The app, where the audit starts it: so that it can be started anew.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::io::AsyncRead;

use crate::delivery::Client;
use crate::error::{Error, Kind, Result};
use crate::listen::AppJob;
use crate::process::{Child, Lines};

/// How long it may take until it answers.
const STARTS_WITHIN: Duration = Duration::from_secs(30);
/// How long it may take to end when it is asked to.
const ENDS_WITHIN: Duration = Duration::from_secs(5);
/// How long to wait before it is tried again.
const POLL_INTERVAL: Duration = Duration::from_millis(50);
/// How many of its last lines are told where it does not start.
const LINES: usize = 3;

/// The app, running. When it is dropped, it is killed.
pub(super) struct OwnApp {
    job: AppJob,
    client: Arc<Client>,
    child: tokio::sync::Mutex<Option<Child>>,
    said: Arc<Mutex<VecDeque<String>>>,
}

impl OwnApp {
    /// Starts it, and waits until its endpoint takes connections.
    ///
    /// # Errors
    /// Something listens there already, it does not start, or it does not listen in time.
    pub(super) async fn start(job: AppJob, client: Arc<Client>) -> Result<Self> {
        if is_there(&client).await {
            let message = "something listens at the endpoint already, before the app is started";
            return Err(Error::new(Kind::Usage, message)
                .hinted("end it, or leave out the command behind `--`"));
        }
        let app = Self { job, client, child: None.into(), said: Arc::default() };
        app.begin().await?;
        Ok(app)
    }

    /// Ends it and starts it anew.
    ///
    /// # Errors
    /// It does not start again.
    pub(super) async fn restart(&self) -> Result<()> {
        self.end().await;
        let start = Instant::now();
        while is_there(&self.client).await && start.elapsed() < ENDS_WITHIN {
            tokio::time::sleep(POLL_INTERVAL).await;
        }
        self.begin().await
    }

    /// Asks it to end, and sees to it that it does.
    pub(super) async fn end(&self) {
        if let Some(child) = self.child.lock().await.take() {
            child.end(ENDS_WITHIN).await;
        }
    }

    async fn begin(&self) -> Result<()> {
        let mut child = self.job.start()?;
        if let Some(stdout) = child.take_stdout() {
            tokio::spawn(keep(stdout, Arc::clone(&self.said)));
        }
        if let Some(stderr) = child.take_stderr() {
            tokio::spawn(keep(stderr, Arc::clone(&self.said)));
        }
        let listening = async {
            while !is_there(&self.client).await {
                tokio::time::sleep(POLL_INTERVAL).await;
            }
        };
        let why = tokio::select! {
            () = listening => None,
            _ = child.wait() => Some("the app ended"),
            () = tokio::time::sleep(STARTS_WITHIN) => Some("the app did not listen within 30 s"),
        };
        let Some(why) = why else {
            *self.child.lock().await = Some(child);
            return Ok(());
        };
        child.end(ENDS_WITHIN).await;
        Err(self.not_started(why))
    }

    fn not_started(&self, why: &str) -> Error {
        let said: Vec<String> = match self.said.lock() {
            Ok(said) => said.iter().cloned().collect(),
            Err(_) => Vec::new(),
        };
        let message = match said.as_slice() {
            [] => why.to_owned(),
            lines => format!("{why}: {}", lines.join(" / ")),
        };
        Error::new(Kind::Unreachable, message)
            .hinted("start it by itself, and let it listen at the endpoint's port")
    }
}

/// Whether something takes connections at the endpoint.
async fn is_there(client: &Client) -> bool {
    client.open().await.is_some()
}

/// Keeps the last lines.
async fn keep(pipe: impl AsyncRead + Unpin, said: Arc<Mutex<VecDeque<String>>>) {
    let mut lines = Lines::new(pipe);
    while let Some(line) = lines.next().await {
        if let Ok(mut said) = said.lock() {
            said.push_back(line);
            if said.len() > LINES {
                said.pop_front();
            }
        }
    }
}
