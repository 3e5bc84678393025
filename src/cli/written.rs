//! What `devtool trigger` writes in place of sending: the event, or a curl command.

use super::context::Context;
use super::output_options::Format;
use super::send::warn;
use crate::delivery::Request;
use crate::report;
use crate::runner::Plan;

/// Writes the events' exact bytes.
pub(super) fn event(plan: &Plan, context: &mut Context) {
    warn(std::slice::from_ref(plan), context);
    for event in &plan.events {
        context.out.exact(&String::from_utf8_lossy(&event.body));
    }
}

/// Writes a command for each event, signed now.
pub(super) fn curl(plan: &Plan, format: Format, context: &mut Context) {
    warn(std::slice::from_ref(plan), context);
    let job = &plan.job;
    for event in &plan.events {
        let (endpoint, secret) = (job.endpoint_of(&event.name), job.secret_of(&event.name));
        let request = Request::new(event, &secret.secret, context.clock.now(), &job.headers);
        let command = report::curl::command(endpoint, &request, job.certificates);
        let text = match format {
            Format::Text | Format::Compact => command,
            Format::Json => report::curl::json(event, endpoint, &request, &command),
        };
        // It has to work as it is.
        context.out.revealed(&text);
    }
}
