//! Gets a run through Stripe ready: who sends, and by which listen.

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::api_options::ApiOptions;
use super::context::Context;
use super::listen;
use super::listen_for_run::for_a_run;
use super::login;
use super::offline::{self, OfflineApi};
use super::stripe_options::Driven;
use super::through_options::ThroughOptions;
use crate::config::FileConfig;
use crate::error::{Error, Kind, Result};
use crate::event::id::Seed;
use crate::history::Scratch;
use crate::listen::{Ending, ListenJob, ListenUpdate, Running, UpdateReceiver, session, updates};
use crate::runner::Plan;
use crate::runner::plan::Way;
use crate::stripe_cli::login::Login;
use crate::through_stripe::{Asked, Decision, StripeRun, StripeTransport, decide, obstacles};

/// Who sends the events of plans.
pub(super) enum ChosenTransport {
    /// devtool itself.
    Local,
    /// Stripe, by the listen that runs or by one for the run.
    Stripe(Option<Box<Running>>),
}

/// Finds out who sends, and says so where an option keeps Stripe from it.
///
/// # Errors
/// Stripe was asked for, and something cannot go through it.
pub(super) async fn route(
    options: &ThroughOptions,
    plans: &mut [Plan],
    context: &mut Context,
) -> Result<ChosenTransport> {
    options.check()?;
    let asked = options.asked();
    let running = if asked == Asked::Local { None } else { running(plans).await? };
    match decide(asked, running.is_some(), || obstacles(plans, running.as_ref()))? {
        Decision::Local(obstacle) => {
            if let Some(obstacle) = obstacle {
                context.out.note(&obstacle.note());
            }
            Ok(ChosenTransport::Local)
        }
        Decision::Stripe => {
            for plan in plans {
                plan.way = Way::Stripe {
                    account: None,
                    shown: "an account not asked for yet".to_owned(),
                    listen: running.as_ref().map(|running| running.pid),
                };
            }
            Ok(ChosenTransport::Stripe(running.map(Box::new)))
        }
    }
}

/// Whether plans that are only checked can be sent as they are asked to be.
///
/// # Errors
/// Stripe was asked for, and something cannot go through it.
pub(super) async fn check(options: &ThroughOptions, plans: &[Plan]) -> Result<()> {
    options.check()?;
    if options.asked() != Asked::Stripe {
        return Ok(());
    }
    let running = running(plans).await?;
    decide(Asked::Stripe, running.is_some(), || obstacles(plans, running.as_ref())).map(|_| ())
}

/// The listen that runs for the endpoint of plans.
async fn running(plans: &[Plan]) -> Result<Option<Running>> {
    let Some(job) = plans.first().map(|plan| &plan.job) else { return Ok(None) };
    // Where no listen can say that it runs, none is found.
    let Ok(places) = listen::places() else { return Ok(None) };
    session::of(&places, &job.endpoint).await
}

/// A transport through Stripe, and the listen that was started for it.
pub(super) struct Ready {
    pub(super) transport: StripeTransport,
    pub(super) listen: Option<OwnListen>,
    /// The local API in place of Stripe, where there is one.
    offline: Option<OfflineApi>,
}

impl Ready {
    /// What sends, and what is to end after it.
    pub(super) fn parts(self) -> (StripeTransport, Started) {
        (self.transport, Started { listen: self.listen, offline: self.offline })
    }
}

/// What was started for a run.
pub(super) struct Started {
    listen: Option<OwnListen>,
    offline: Option<OfflineApi>,
}

impl Started {
    /// Ends it: the listen first.
    ///
    /// # Errors
    /// The listen failed.
    pub(super) async fn end(self) -> Result<()> {
        let ended = match self.listen {
            Some(listen) => listen.end().await,
            None => Ok(()),
        };
        if let Some(offline) = self.offline {
            offline.end().await;
        }
        ended
    }
}

/// Gets ready; `None` where that was interrupted.
///
/// # Errors
/// There is no login; the listen does not start; its history cannot be read.
pub(super) async fn ready(
    (options, of_api): (&ThroughOptions, &ApiOptions),
    plans: &mut [Plan],
    running: Option<&Running>,
    (context, cancel): (&mut Context, &CancellationToken),
) -> Result<Option<Ready>> {
    let prepared = tokio::select! {
        biased;
        () = cancel.cancelled() => return Ok(None),
        prepared = prepare((options, of_api), plans, running, context) => prepared?,
    };
    let Prepared { driven, own, offline } = prepared;
    let listen = match own {
        None => None,
        Some((job, scratch)) => match OwnListen::start(job, scratch, cancel).await? {
            None => return Ok(None),
            started => started,
        },
    };
    let history = match (running.and_then(|running| running.history.clone()), &listen) {
        (_, Some(listen)) => listen.history.clone(),
        (known, None) => known.unwrap_or_default(),
    };
    let run = StripeRun {
        stripe: driven.stripe,
        history,
        wait: options.wait(),
        cleanup: options.cleanup(),
        mark: format!("{:08x}", Seed::random()?.0),
        clock: context.clock,
    };
    match StripeTransport::new(plans, run, cancel) {
        Ok(transport) => Ok(Some(Ready { transport, listen, offline })),
        Err(error) => {
            Started { listen, offline }.end().await?;
            Err(error)
        }
    }
}

/// What is asked and built before anything is started.
struct Prepared {
    driven: Driven,
    /// The listen for the run, where none runs.
    own: Option<(ListenJob, Scratch)>,
    offline: Option<OfflineApi>,
}

async fn prepare(
    (options, of_api): (&ThroughOptions, &ApiOptions),
    plans: &mut [Plan],
    running: Option<&Running>,
    context: &mut Context,
) -> Result<Prepared> {
    let config = context.config()?;
    let offline = offline_api((options, of_api), running, context).await?;
    let (driven, login) = match &offline {
        Some(api) => offline::driven(&api.url, &options.stripe, (&config, context)).await?,
        None => of_account(options, running, (&config, context)).await?,
    };
    for plan in plans.iter_mut() {
        plan.way = Way::Stripe {
            account: login.account.clone(),
            shown: login.shown_account(),
            listen: running.map(|running| running.pid),
        };
    }
    let own = match (running, plans.first()) {
        (None, Some(first)) => {
            let scratch = Scratch::new()?;
            let url = offline.as_ref().map(|api| api.url.clone());
            let place = first.job.history.clone().unwrap_or_else(|| scratch.place());
            let mut job = for_a_run(&first.job, &driven, (&login, &place), url, context)?;
            // The Stripe CLI brings nothing to the webhook endpoints of calls.
            job.relay.api = OfflineApi::link(offline.as_ref(), of_api, true).await;
            Some((job, scratch))
        }
        _ => None,
    };
    Ok(Prepared { driven, own, offline })
}

/// The local API that stands for Stripe: that of the listen that runs, or one for the run.
///
/// # Errors
/// It is asked for, and the listen that runs has an account; or it cannot be started.
async fn offline_api(
    (options, of_api): (&ThroughOptions, &ApiOptions),
    running: Option<&Running>,
    context: &mut Context,
) -> Result<Option<OfflineApi>> {
    let Some(running) = running else {
        return options.offline.start(of_api, context).await;
    };
    if running.offline.is_none() && options.offline.is_wanted() {
        let message = format!("the listen that runs for {} is not offline", running.endpoint);
        return Err(Error::new(Kind::Config, message)
            .hinted("end it, or start it with --offline; else leave out --offline here"));
    }
    Ok(running.offline.clone().map(|url| OfflineApi { url, own: None }))
}

/// The Stripe CLI with the credential in force, and who that is.
async fn of_account(
    options: &ThroughOptions,
    running: Option<&Running>,
    (config, context): (&FileConfig, &Context),
) -> Result<(Driven, Login)> {
    let driven = options.stripe.driven(config, context).await?;
    // What Stripe has told a running listen is not asked again: that would take as long as a trigger.
    let login = match running.and_then(|running| login_of(running, &driven)) {
        Some(login) => login.only_for(driven.account.as_deref())?,
        None => login::confirmed(&driven, context).await?,
    };
    Ok((driven, login))
}

/// The login that Stripe has confirmed to a running listen, if the API key is the same here.
fn login_of(running: &Running, driven: &Driven) -> Option<Login> {
    let key = driven.stripe.key.as_ref()?.hint();
    let account = running.account.clone().filter(|_| running.key.as_ref() == Some(&key))?;
    let name = running.account_name.clone();
    Some(Login { account: Some(account), name, ends: None, is_restricted: false })
}

/// A listen for the time of a run.
pub(super) struct OwnListen {
    stop: CancellationToken,
    listening: JoinHandle<Result<Ending>>,
    /// The file of its history.
    history: std::path::PathBuf,
    /// Holds that file, where the run is recorded nowhere else.
    _scratch: Scratch,
}

impl OwnListen {
    /// Starts it and waits until it is ready; `None` where that was interrupted.
    async fn start(
        job: ListenJob,
        scratch: Scratch,
        cancel: &CancellationToken,
    ) -> Result<Option<Self>> {
        let (updates, mut receiver) = updates();
        let stop = CancellationToken::new();
        let history = job.running.history.clone().unwrap_or_default();
        let listening = tokio::spawn({
            let stop = stop.clone();
            async move { crate::listen::run(&job, updates, stop).await }
        });
        let started = Self { stop, listening, history, _scratch: scratch };
        let is_ready = tokio::select! {
            biased;
            () = cancel.cancelled() => false,
            is_ready = is_ready(&mut receiver) => is_ready,
        };
        if is_ready {
            return Ok(Some(started));
        }
        started.end().await.map(|()| None)
    }

    /// Ends it.
    pub(super) async fn end(self) -> Result<()> {
        self.stop.cancel();
        let ended = self.listening.await;
        ended.map_err(Error::bug)?.map(|_| ())
    }
}

async fn is_ready(receiver: &mut UpdateReceiver) -> bool {
    let mut updates = Vec::new();
    while receiver.next(&mut updates).await > 0 {
        if updates.drain(..).any(|update| matches!(update, ListenUpdate::Ready { .. })) {
            return true;
        }
    }
    false
}
