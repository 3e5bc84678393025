//! The local Stripe API of a run: the one that runs, or one of its own.

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::api_options::ApiOptions;
use super::context::Context;
use crate::api::{Api, ApiLink, ApiServer, DEFAULT_PORT, EventTaking, RunningApi, session};
use crate::error::{Error, Kind, Result};
use crate::event::id::Seed;
use crate::history::{RecordedStory, Storage};
use crate::runner::{ApiUse, Plan};

/// What a local API has to do with a run that is recorded there. A `devtool api` that runs is told of it, but for a
/// run that is to have another port, or is recorded nowhere.
///
/// # Errors
/// devtool.toml cannot be used.
pub(super) fn use_of(
    options: &ApiOptions,
    history: Option<&Storage>,
    context: &mut Context,
) -> Result<ApiUse> {
    let running = match history {
        Some(_) => running(options, context)?,
        None => None,
    };
    Ok(match running {
        running if options.is_wanted() => ApiUse::Asked(running),
        Some(running) => ApiUse::Told(running),
        None => ApiUse::None,
    })
}

/// The `devtool api` that runs, unless the options name another port.
///
/// # Errors
/// devtool.toml cannot be used.
pub(super) fn running(options: &ApiOptions, context: &mut Context) -> Result<Option<RunningApi>> {
    let found = match session::place().and_then(|place| session::find(&place)) {
        Ok(found) => found,
        Err(error) if error.kind() == Kind::NoPlace => None,
        Err(error) => {
            let cause = error.with_root_cause();
            context.out.warning(&format!("a `devtool api` that runs is not told: {cause}"));
            None
        }
    };
    let Some(found) = found else { return Ok(None) };
    let named = options.port().or(context.config()?.api.port);
    Ok(Some(found).filter(|found| named.is_none_or(|port| port == found.port)))
}

/// The `devtool api` that runs, for a command that is nothing without one.
///
/// # Errors
/// None does, or a file that says so belongs to another user.
pub(super) fn that_runs() -> Result<RunningApi> {
    session::find(&session::place()?)?.ok_or_else(|| {
        Error::new(Kind::Unreachable, "no `devtool api` is running")
            .hinted("start one:\ndevtool api")
    })
}

/// The local Stripe API of a run.
pub(super) struct RunApi {
    options: ApiOptions,
    place: ApiPlace,
    /// Whether the report shows what the app asks it.
    is_asked: bool,
}

enum ApiPlace {
    /// The `devtool api` that runs.
    Running(RunningApi),
    /// One that answers from the start of the run to its end.
    Own(OwnApi),
}

/// An API in this process.
pub(super) struct OwnApi {
    api: Api,
    pub(super) url: String,
    stop: CancellationToken,
    serving: JoinHandle<()>,
}

/// A key that a local API takes, as it takes any other of test mode.
pub(super) const TEST_KEY: &str = "sk_test_devtool";

/// What points an app at an API, as its environment: the address, and a key that it takes.
pub(super) fn variables(url: &str) -> Vec<(&'static str, String)> {
    let key = || TEST_KEY.to_owned();
    let base = ("STRIPE_API_BASE", url.to_owned());
    vec![base, ("STRIPE_API_KEY", key()), ("STRIPE_SECRET_KEY", key())]
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

impl OwnApi {
    /// Starts it.
    ///
    /// # Errors
    /// Another program has the port.
    pub(super) async fn start(options: &ApiOptions, context: &mut Context) -> Result<Self> {
        let server = bind(options.port(), context).await?;
        let (api, url, stop) = (Api::new(), server.url(), CancellationToken::new());
        api.draw_from(Seed::random()?);
        let serving = tokio::spawn(server.serve(api.clone(), context.clock, stop.clone()));
        Ok(Self { api, url, stop, serving })
    }

    /// It, to be told and asked.
    pub(super) fn api(&self) -> Api {
        self.api.clone()
    }

    /// The way to it for whoever sends events.
    pub(super) fn link(&self, options: &ApiOptions) -> ApiLink {
        ApiLink::here(self.api.clone(), options.faults(), options.latency())
    }

    /// A link to it that receives the events that calls cause; only those for webhook endpoints where the others come by
    /// the Stripe CLI.
    pub(super) async fn receiving(&self, options: &ApiOptions, is_offline: bool) -> ApiLink {
        let link = self.link(options);
        let taking = if is_offline { EventTaking::ForWebhooks } else { EventTaking::Always };
        link.receive(Some(options.release()), taking).await;
        link
    }

    /// Ends it after the calls that are under way.
    pub(super) async fn end(self) {
        self.stop.cancel();
        // It does not panic, and nobody aborts it.
        let _ = self.serving.await;
    }
}

impl RunApi {
    /// The one that a run is to have, where it is to have one. One of an earlier run's own stays.
    ///
    /// # Errors
    /// Another program has the port.
    pub(super) async fn start(
        api: &ApiUse,
        options: &ApiOptions,
        context: &mut Context,
    ) -> Result<Option<Self>> {
        let place = match api {
            ApiUse::None => return Ok(None),
            ApiUse::Told(running) | ApiUse::Asked(Some(running)) => {
                ApiPlace::Running(running.clone())
            }
            ApiUse::Asked(None) => ApiPlace::Own(OwnApi::start(options, context).await?),
        };
        Ok(Some(Self { options: options.clone(), place, is_asked: api.is_asked() }))
    }

    /// Where it is and whose, for a reader.
    pub(super) fn shown(&self) -> String {
        match &self.place {
            ApiPlace::Own(own) => format!("{} (this run's Stripe API)", own.url),
            ApiPlace::Running(running) if self.is_asked => {
                format!("{} (the `devtool api` that runs)", running.url())
            }
            ApiPlace::Running(running) => format!(
                "{} (the `devtool api` that runs; --api shows what your app asks it)",
                running.url()
            ),
        }
    }

    /// From now on, the events that calls cause are for the run, where it shows what the app asks.
    pub(super) async fn receive(&self, link: &ApiLink) {
        if self.is_asked {
            link.receive(Some(self.options.release()), EventTaking::WhileDelivering).await;
        }
    }

    /// The run is over: what calls cause from now on is not for it.
    pub(super) async fn receive_no_more(link: Option<&ApiLink>) {
        if let Some(link) = link {
            link.receive(None, EventTaking::WhileDelivering).await;
        }
    }

    /// Whether it is one of the run's own.
    pub(super) const fn is_own(&self) -> bool {
        matches!(self.place, ApiPlace::Own(_))
    }

    /// Tells it the stories of a run, and what happens to its calls; an earlier run is over. `None` where it does not
    /// answer, which is said.
    pub(super) async fn tell(&self, plans: &mut [Plan], context: &mut Context) -> Option<ApiLink> {
        let link = match &self.place {
            ApiPlace::Own(own) => {
                own.api.clear();
                plans.first().into_iter().for_each(|plan| own.api.draw_from(plan.job.seed));
                own.link(&self.options)
            }
            ApiPlace::Running(running) => {
                let (faults, latency) = (self.options.faults(), self.options.latency());
                match ApiLink::running(running.clone(), faults, latency).await {
                    Ok(link) => link,
                    Err(error) => {
                        context.out.warning(&error.with_root_cause());
                        return None;
                    }
                }
            }
        };
        for plan in plans {
            let Some(story) = plan.story.take() else { continue };
            let kept = plan.job.history.is_some().then(|| story.clone());
            plan.recorded_story = kept.map(|kept| RecordedStory::new(move || kept.kept()));
            link.told(story).await;
        }
        Some(link)
    }

    /// Ends it after the calls that are under way, where it is the run's own.
    pub(super) async fn end(self) {
        if let ApiPlace::Own(own) = self.place {
            own.end().await;
        }
    }
}
