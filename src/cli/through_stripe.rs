//! Runs through Stripe: whether one is, and by which listen.

use std::path::Path;
use std::time::Duration;

use clap::builder::FalseyValueParser;
use clap::{Args, ValueEnum};
use tokio::sync::mpsc::unbounded_channel;
use tokio_util::sync::CancellationToken;

use super::context::Context;
use super::listen;
use super::login;
use super::screen::Screen;
use super::send::{Results, warn};
use super::stripe_options::{Driven, StripeOptions};
use crate::config::file::positive_duration;
use crate::error::{Error, Exit, Result};
use crate::event::id::Seed;
use crate::history::Scratch;
use crate::listen::{News, Running, session};
use crate::report;
use crate::runner::plan::Way;
use crate::runner::{Plan, RunResult};
use crate::stripe_cli::login::Login;
use crate::through_stripe::{self, Ended, Journey, Leftovers, SideEvents, USUAL_WAIT};

/// Who sends the events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Via {
    /// devtool itself, without account and network
    Local,
    /// Stripe's test mode, through the Stripe CLI
    Stripe,
}

/// How a run through Stripe goes.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Stripe")]
pub(super) struct ThroughOptions {
    /// Who sends the events [default: Stripe while `devtool listen` runs for the endpoint, else local]
    #[arg(long, env = "DEVTOOL_VIA", value_name = "WAY")]
    via: Option<Via>,

    /// Through Stripe: how long to wait for an event after its trigger [default: 30s]
    #[arg(long, env = "DEVTOOL_WAIT", value_name = "DURATION", value_parser = positive_duration)]
    wait: Option<Duration>,

    /// Through Stripe: events that come along have to be accepted, too
    #[arg(long, env = "DEVTOOL_STRICT", value_parser = FalseyValueParser::new())]
    strict: bool,

    /// Through Stripe: delete or cancel what the run created, where that can be done
    #[arg(long, env = "DEVTOOL_CLEANUP", value_parser = FalseyValueParser::new())]
    cleanup: bool,

    #[command(flatten)]
    stripe: StripeOptions,
}

impl ThroughOptions {
    /// The running listen that a run goes by; `None` where it has one of its own, or is local.
    ///
    /// # Errors
    /// The user's directories are not known.
    fn running(&self, plans: &[Plan]) -> Result<Option<Running>> {
        let Some(plan) = plans.first().filter(|_| self.via != Some(Via::Local)) else {
            return Ok(None);
        };
        Ok(session::of(&listen::places()?, &plan.job.endpoint.to_string()))
    }

    /// Sends the plans through Stripe, if that is the way; `None` where they are to be sent locally.
    pub(super) async fn send(
        &self,
        command: &str,
        plans: &mut [Plan],
        results: &Results,
        (context, cancel): (&mut Context, &CancellationToken),
    ) -> Result<Option<Exit>> {
        let running = self.running(plans)?;
        if running.is_none() && self.via != Some(Via::Stripe) {
            return Ok(None);
        }
        through_stripe::check(plans)?;
        let config = context.config()?;
        // What a running listen has found out is not found out again: that would take as long as a trigger.
        let program = running.as_ref().and_then(|running| running.program.clone());
        let driven = match program.filter(|program| program.is_file()) {
            Some(program) => self.stripe.driving(program, &config, context)?,
            None => self.stripe.driven(&config, context)?,
        };
        let login = match running.as_ref().and_then(|running| login_of(running, &driven)) {
            Some(login) => login.only_for(driven.account.as_deref())?,
            None => login::confirmed(&driven, context).await?,
        };
        for plan in plans.iter_mut() {
            plan.way = Way::Stripe {
                account: login.account.clone(),
                shown: login.shown_account(),
                listen: running.as_ref().map(|running| running.pid),
            };
            warn(plan, context);
        }
        results.files.prepare(&context.environment.working_directory)?;
        let run = Through { options: self, command, plans, results, driven, cancel };
        let result = match running {
            Some(running) => run.by_running(&running, context).await?,
            None => run.by_own(&login, context).await?,
        };
        Ok(Some(result.exit()))
    }
}

/// The login that Stripe has confirmed to a running listen, if the API key is the same here.
fn login_of(running: &Running, driven: &Driven) -> Option<Login> {
    let key = driven.stripe.key.as_ref()?.hint();
    let account = running.account.clone().filter(|_| running.key.as_ref() == Some(&key))?;
    let name = running.account_name.clone();
    Some(Login { account: Some(account), name, ends: None, is_restricted: false })
}

/// A run through Stripe.
struct Through<'t> {
    options: &'t ThroughOptions,
    command: &'t str,
    plans: &'t [Plan],
    results: &'t Results,
    driven: Driven,
    cancel: &'t CancellationToken,
}

impl Through<'_> {
    async fn by_running(&self, running: &Running, context: &mut Context) -> Result<RunResult> {
        let history = running.history.clone();
        let history = history.ok_or(Error::NoListenHistory { pid: running.pid })?;
        self.run(&history, context).await
    }

    /// Starts a listen for the time of the run.
    async fn by_own(&self, login: &Login, context: &mut Context) -> Result<RunResult> {
        let scratch = Scratch::new()?;
        let place = self.plans.first().and_then(|plan| plan.job.history.clone());
        let place = place.unwrap_or_else(|| scratch.place());
        let job =
            listen::for_a_run(&self.plans[0].job, &self.driven, (login, &place), context).await?;
        let (tell, mut told) = unbounded_channel();
        let stop = CancellationToken::new();
        let listening = tokio::spawn({
            let stop = stop.clone();
            async move { crate::listen::run(&job, tell, stop).await }
        });
        let is_ready = async {
            while let Some(news) = told.recv().await {
                if matches!(news, News::Ready { .. }) {
                    return true;
                }
            }
            false
        };
        let is_ready = tokio::select! {
            () = self.cancel.cancelled() => false,
            is_ready = is_ready => is_ready,
        };
        let result = if is_ready { Some(self.run(&place.file, context).await) } else { None };
        stop.cancel();
        let ended = listening.await.map_err(|fault| Error::Bug { what: fault.to_string() })?;
        match result {
            Some(result) => result,
            None => ended.map(|_| RunResult::of_nothing(context.clock.now())),
        }
    }

    async fn run(&self, history: &Path, context: &mut Context) -> Result<RunResult> {
        let journey = Journey {
            stripe: self.driven.stripe.clone(),
            history: history.to_owned(),
            wait: self.options.wait.unwrap_or(USUAL_WAIT),
            side_events: if self.options.strict { SideEvents::Counted } else { SideEvents::Shown },
            leftovers: if self.options.cleanup { Leftovers::Undone } else { Leftovers::Kept },
            run: format!("{:08x}", Seed::random()?.0),
            clock: context.clock,
        };
        let mut screen = Screen::new(context, self.results.format);
        let run = through_stripe::run(self.plans, &journey, self.cancel, &mut screen);
        let Ended { result, fault } = run.await?;
        screen.finish(self.plans, &result);
        if self.results.format == super::arguments::Format::Json {
            context.out.result(&report::json::run(self.command, self.plans, &result));
        }
        let directory = &context.environment.working_directory;
        self.results.files.write(directory, self.command, self.plans, &result)?;
        fault.map_or(Ok(result), Err)
    }
}
