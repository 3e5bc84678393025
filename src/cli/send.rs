//! Sends a job and shows what comes of it: what `scenario`, `trigger` and `demo` share.

use super::arguments::Format;
use super::context::Context;
use super::interrupt;
use super::screen::Screen;
use crate::error::{Exit, Result};
use crate::report;
use crate::run::{self, Job, Plan};

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
    let mut screen = Screen::new(context, format);
    let result = run::scenario::run(plan, clock, &cancel, &mut screen).await?;
    screen.finish(plan, &result);
    if format == Format::Json {
        context.out.result(&report::json::run(command, plan, &result));
    }
    Ok(result.exit())
}
