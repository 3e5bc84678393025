//! A listen that is up for a run alone.

use super::context::Context;
use super::history_options;
use super::listen::{claim, running, session};
use super::stripe_options::Driven;
use crate::config::FoundSecret;
use crate::delivery::{Endpoint, Route};
use crate::error::Result;
use crate::history::Storage;
use crate::listen::{self, ListenJob, Running};
use crate::relay::{Settings, Signing, UpstreamSettings};
use crate::stripe_cli::login::Login;

/// A listen for the time of a run of that job, on the local API at that address or Stripe's: all snapshot events, recorded at that place.
pub(super) fn for_a_run(
    sent: &crate::runner::Job,
    driven: &Driven,
    (login, place): (&Login, &Storage),
    offline: Option<String>,
    context: &mut Context,
) -> Result<ListenJob> {
    let upstream = |endpoint: &Endpoint, secret: &FoundSecret| UpstreamSettings {
        endpoint: endpoint.clone(),
        hosts: sent.hosts,
        certificates: sent.certificates,
        signing: Signing::With(secret.clone()),
        headers: sent.headers.clone(),
    };
    let routes = sent.routes.iter().map(|Route { pattern, target }| Route {
        pattern: pattern.clone(),
        target: upstream(&target.endpoint, &target.secret),
    });
    let upstream = upstream(&sent.endpoint, &sent.secret);
    let claim = claim(&upstream.endpoint, context)?;
    let mut relay = Settings::new(upstream);
    relay.routes = routes.collect();
    relay.retry = sent.retry.clone();
    relay.deadlines.attempt = sent.timeout;
    let running =
        Running { offline, ..running(&relay, (login, &driven.stripe), Some(place), context) };
    Ok(ListenJob {
        catch_up: listen::CatchUp::Off,
        app: None,
        history: history_options::open(Some(place), session(context), context)?,
        stripe: driven.stripe.clone(),
        ready_within: listen::READY_WITHIN,
        clock: context.clock,
        relay,
        choice: listen::Choice::default(),
        claim,
        running,
    })
}
