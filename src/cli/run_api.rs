//! The local Stripe API of a run.

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::api_options::ApiOptions;
use super::context::Context;
use super::output_options::Format;
use crate::api::{Api, ApiServer, DEFAULT_PORT};
use crate::error::Result;
use crate::runner::Plan;

/// The local Stripe API of a run, answering from its start to its end.
pub(super) struct RunApi {
    pub(super) api: Api,
    pub(super) url: String,
    options: ApiOptions,
    stop: CancellationToken,
    serving: JoinHandle<()>,
}

/// Takes the port of a local API. One that was named has to be free; of the usual one, the next free one takes the
/// place, which is said.
///
/// # Errors
/// Another program has the port.
pub(super) async fn bind(port: Option<u16>, context: &mut Context) -> Result<ApiServer> {
    let named = port.or(context.config()?.api.port);
    let server = ApiServer::bind(named.unwrap_or(DEFAULT_PORT), named.is_none()).await?;
    if named.is_none() && server.port() != DEFAULT_PORT {
        let url = server.url();
        context.out.warning(&format!(
            "another program has port {DEFAULT_PORT}: the local Stripe API is at {url}"
        ));
    }
    Ok(server)
}

impl RunApi {
    /// Starts it, where the options ask for one.
    ///
    /// # Errors
    /// Another program has the port.
    pub(super) async fn start(
        options: &ApiOptions,
        format: Format,
        context: &mut Context,
    ) -> Result<Option<Self>> {
        if !options.is_wanted() {
            return Ok(None);
        }
        let server = bind(options.port(), context).await?;
        let url = server.url();
        if format != Format::Text {
            context.out.note(&format!("api: {url} (this run's Stripe API)"));
        }
        let (api, stop) = (Api::new(), CancellationToken::new());
        api.hamper(options.faults(), options.latency());
        let serving = tokio::spawn(server.serve(api.clone(), context.clock, stop.clone()));
        Ok(Some(Self { api, url, options: options.clone(), stop, serving }))
    }

    /// Tells it the stories of a run, and what happens to its calls; an earlier run is over.
    pub(super) fn tell(&self, plans: &mut [Plan]) {
        self.api.clear();
        self.api.hamper(self.options.faults(), self.options.latency());
        for telling in plans.iter_mut().filter_map(|plan| plan.telling.take()) {
            self.api.told(telling);
        }
    }

    /// What points an app at it, as its environment: the address, and a key that it takes.
    pub(super) fn variables(&self) -> Vec<(&'static str, String)> {
        let key = || "sk_test_devtool".to_owned();
        let base = ("STRIPE_API_BASE", self.url.clone());
        vec![base, ("STRIPE_API_KEY", key()), ("STRIPE_SECRET_KEY", key())]
    }

    /// Ends it after the calls that are under way.
    pub(super) async fn end(self) {
        self.stop.cancel();
        // It does not panic, and nobody aborts it.
        let _ = self.serving.await;
    }
}
