//! Sends jobs and shows what comes of them: what `scenario`, `trigger` and `demo` share.

use super::arguments::Format;
use super::context::Context;
use super::screen::Screen;
use super::{history_options, interrupt};
use crate::error::{Exit, Result};
use crate::event::Catalogue;
use crate::history::{Session, Via};
use crate::report;
use crate::run::plan::Origin;
use crate::run::{self, Job, Plan, Recorder};

/// Builds the events, sends them, shows the result in the format, and returns the exit code.
pub(super) async fn send(
    command: &str,
    jobs: Vec<Job>,
    format: Format,
    context: &mut Context,
) -> Result<Exit> {
    let catalogue = Catalogue::embedded()?;
    let now = context.clock.now();
    let plans = jobs.into_iter().map(|job| Plan::within(&catalogue, job, now));
    let plans: Vec<Plan> = plans.collect::<Result<_>>()?;
    send_plans(command, &plans, format, context).await
}

/// Says what is not as Stripe would send it.
pub(super) fn warn(plan: &Plan, context: &mut Context) {
    for unknown in &plan.never_sent {
        context.out.warning(&format!(
            "Stripe never sends `{}`; near it are {}",
            unknown.name,
            unknown.near.join(", ")
        ));
    }
    for version in &plan.other_shapes {
        context.out.warning(&format!(
            "the events name API version {}, but have the shape of {version}",
            plan.job.api_version
        ));
    }
}

/// Sends what is built, shows the result in the format, and returns the exit code.
pub(super) async fn send_plans(
    command: &str,
    plans: &[Plan],
    format: Format,
    context: &mut Context,
) -> Result<Exit> {
    let clock = context.clock;
    for plan in plans {
        warn(plan, context);
    }
    let cancel = interrupt::on_ctrl_c().await;
    let recorder = recorder(command, plans, context);
    let mut screen = Screen::new(context, format);
    let result = run::scenario::run(plans, clock, &cancel, &recorder, &mut screen).await?;
    screen.finish(plans, &result);
    if format == Format::Json {
        context.out.result(&report::json::run(command, plans, &result));
    }
    history_options::close(recorder.history, context).await;
    Ok(result.exit())
}

/// The run's recorder, as the session of the command.
fn recorder(command: &str, plans: &[Plan], context: &mut Context) -> Recorder {
    let place = plans.first().and_then(|plan| plan.job.history.as_ref());
    let session = Session {
        command: command.to_owned(),
        name: match plans {
            [only] => only.job.name.clone(),
            _ => None,
        },
        started_at: context.clock.now(),
    };
    let history = history_options::open(place, session, context);
    let is_replay = plans.iter().any(|plan| plan.origin == Origin::Recorded);
    Recorder { history, via: if is_replay { Via::Replay } else { Via::Local } }
}
