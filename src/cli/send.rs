//! Sends a job and shows what comes of it: what `scenario`, `trigger` and `demo` share.

use super::arguments::Format;
use super::context::Context;
use super::screen::Screen;
use super::{history_options, interrupt};
use crate::error::{Exit, Result};
use crate::history::{Session, Via};
use crate::report;
use crate::run::{self, Job, Plan, Recorder};

/// Builds the events, sends them, shows the result in the format, and returns the exit code.
pub(super) async fn send(
    command: &str,
    job: Job,
    format: Format,
    context: &mut Context,
) -> Result<Exit> {
    let plan = Plan::new(job, context.clock.now())?;
    send_plan(command, &plan, format, context).await
}

/// Says which of the types Stripe never sends.
pub(super) fn warn(plan: &Plan, context: &mut Context) {
    for unknown in &plan.never_sent {
        context.out.warning(&format!(
            "Stripe never sends `{}`; near it are {}",
            unknown.name,
            unknown.near.join(", ")
        ));
    }
}

/// Sends what is built, shows the result in the format, and returns the exit code.
pub(super) async fn send_plan(
    command: &str,
    plan: &Plan,
    format: Format,
    context: &mut Context,
) -> Result<Exit> {
    let clock = context.clock;
    warn(plan, context);
    let cancel = interrupt::on_ctrl_c().await;
    let recorder = recorder(command, plan, context);
    let mut screen = Screen::new(context, format);
    let result = run::scenario::run(plan, clock, &cancel, &recorder, &mut screen).await?;
    screen.finish(plan, &result);
    if format == Format::Json {
        context.out.result(&report::json::run(command, plan, &result));
    }
    history_options::close(recorder.history, context).await;
    Ok(result.exit())
}

/// The plan's recorder, as the session of the command.
fn recorder(command: &str, plan: &Plan, context: &mut Context) -> Recorder {
    let session = Session {
        command: command.to_owned(),
        name: plan.job.name.clone(),
        started_at: context.clock.now(),
    };
    let history = history_options::open(plan.job.history.as_ref(), session, context);
    Recorder { history, via: Via::Local }
}
