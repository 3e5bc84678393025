//! The whole command, where an option is the way out.

use super::likely::{AddedOption, Diagnosis};
use crate::delivery::endpoint::Endpoint;
use crate::text::command_line::CommandLine;

/// Where a delivery went, and who said so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndpointOrigin {
    /// The options of the command, or what stands in for them.
    Options,
    /// The history.
    History,
    /// A route, which options of the command would replace.
    Route,
}

/// The commands that make events.
const MAKE_EVENTS: [&str; 2] = ["scenario", "trigger"];
/// Those that can have a local API meanwhile.
const HAVE_API: [&str; 4] = ["scenario", "trigger", "replay", "demo"];
/// The options that say where events go, and how they get there.
const WHERE: [&str; 6] =
    ["--port", "--path", "--url", "--skip-verify", "--allow-remote", "--history"];

impl Diagnosis {
    /// The same with the whole command that the option makes of what was typed for an event.
    #[must_use]
    pub fn for_command(
        self,
        typed: &CommandLine,
        event: &str,
        (endpoint, origin): (&Endpoint, EndpointOrigin),
    ) -> Self {
        let Some(option) = self.option.clone() else { return self };
        let AddedOption { name, value } = &option;
        let url = match name.as_ref() {
            "--api" => {
                let is_run = HAVE_API.contains(&typed.name());
                let run = is_run.then(|| typed.clone());
                let run = run.unwrap_or_else(|| making(typed, event, (endpoint, origin)));
                return Self { command: Some(run.with_flag(name)), ..self };
            }
            "--path" => endpoint.clone().with_path(value).to_string(),
            "--url" => value.clone(),
            _ => {
                let command = making(typed, event, (endpoint, origin)).with(name, value);
                return Self { command: Some(command), ..self };
            }
        };
        if origin == EndpointOrigin::Route {
            return Self { fix: format!("the URL of its route has to be `{url}`"), ..self };
        }
        let is_recorded = origin == EndpointOrigin::History;
        if name == "--path" && !is_recorded && !typed.has("--url") {
            return Self { command: Some(typed.clone().with(name, value)), ..self };
        }
        let mut command = typed.clone().without(&["--port", "--path"]);
        if is_recorded && !typed.has("--endpoint") && !typed.is_about_something() {
            command = command.with("--endpoint", endpoint.to_string());
        }
        let by_url = AddedOption::new("--url", url.clone());
        let fix = self.fix.replace(&option.to_string(), &by_url.to_string());
        Self { fix, option: Some(by_url), command: Some(command.with("--url", url)), ..self }
    }
}

/// The command that makes such an event: what was typed, or else one for it alone.
fn making(
    typed: &CommandLine,
    event: &str,
    (endpoint, origin): (&Endpoint, EndpointOrigin),
) -> CommandLine {
    if MAKE_EVENTS.contains(&typed.name()) {
        // Stripe's events are as Stripe makes them.
        let is_said = typed.has("--via");
        return if is_said { typed.clone().with("--via", "local") } else { typed.clone() };
    }
    let trigger = CommandLine::new("trigger").about(event).with_options_of(typed, &WHERE);
    // While a listen runs, Stripe would make them.
    let trigger = if typed.name() == "listen" { trigger.with("--via", "local") } else { trigger };
    match origin {
        EndpointOrigin::History => {
            trigger.without(&["--port", "--path"]).with("--url", endpoint.to_string())
        }
        EndpointOrigin::Options | EndpointOrigin::Route => trigger,
    }
}
