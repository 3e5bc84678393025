//! A `devtool api` that runs.

use std::sync::Arc;

use serde_json::Value;

use super::asking::free_port;
use super::endpoint::Endpoint;
use super::listening::Listening;
use super::{Devtool, SECRET};

/// A running `devtool api` in the home of others.
pub(crate) struct RunningApi {
    pub(crate) devtool: Arc<Devtool>,
    pub(crate) process: Listening,
    pub(crate) port: u16,
}

impl RunningApi {
    pub(crate) fn start(more: &[&str]) -> Self {
        let port = free_port();
        let devtool = Devtool::new(&["api", "--api-port", &port.to_string()]).args(more);
        let devtool = devtool.env("STRIPE_WEBHOOK_SECRET", SECRET);
        Self::of(&Arc::new(devtool), port)
    }

    pub(crate) fn of(devtool: &Arc<Devtool>, port: u16) -> Self {
        let process = Listening::start_again(devtool);
        process.wait_for_output("127.0.0.1:");
        Self { devtool: Arc::clone(devtool), process, port }
    }

    /// Ends it as Ctrl-C does, in order.
    pub(crate) fn end(&mut self) {
        self.process.end();
    }

    /// Sends an event of one's own to an app, which is recorded.
    pub(crate) fn record(&self, app: &Endpoint, event: &Value) {
        std::fs::write(self.devtool.home().join("event.json"), event.to_string()).unwrap();
        let file = self.devtool.home().join("event.json");
        let port = app.port().to_string();
        let from = ["trigger", "--from", file.to_str().unwrap(), "--keep-id", "--port", &port];
        self.devtool.rerun(&from).code(0);
    }
}
