//! `devtool trigger`.

use std::path::{Path, PathBuf};

use clap::Args;

use super::context::Context;
use super::delivery_options::DeliveryOptions;
use super::output_options::Format;
use super::pick::{Pick, can_pick, pick};
use super::send::{RunOptions, send_plans};
use super::trigger_pattern::{self, is_pattern};
use super::{choices, completers, events, input, written};
use crate::config::reading::InputKind;
use crate::error::{Error, Exit, Kind, Result};
use crate::event::user_event::{Defaults, Identity, UserEventError};
use crate::event::{Catalogue, Setting, UserEvent};
use crate::runner::{Job, Plan};
use crate::scenario::Scenario;
use crate::text::shell;

/// Send one event and report what the endpoint answered
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct TriggerArguments {
    /// Event type, or a pattern for one story of all that fit; omit to pick one
    #[arg(value_name = "EVENT", add = completers::event_types())]
    event: Option<String>,

    /// Object of an event type that devtool does not know
    #[arg(long, value_name = "TYPE", requires = "event", add = completers::objects())]
    object: Option<String>,

    /// State of the object, such as `draft` (repeatable)
    #[arg(long, value_name = "STATE", requires = "event", conflicts_with = "from")]
    state: Vec<String>,

    /// Send more than 50 events of a pattern without asking
    #[arg(long, requires = "event", hide_short_help = true)]
    yes: bool,

    #[command(flatten)]
    given: GivenOptions,

    #[command(flatten)]
    written: WrittenOptions,

    #[command(flatten)]
    pub(super) delivery: DeliveryOptions,
}

/// An event that the user has.
#[derive(Args, Debug)]
#[command(next_help_heading = "Events")]
struct GivenOptions {
    /// Read the event from a JSON file (`-` for stdin)
    ///
    /// The file may hold the event's object alone. The event gets a new id and time. EVENT replaces the type in the
    /// file.
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,

    /// Keep the id and the time of the event in the --from file
    #[arg(long, hide_short_help = true)]
    keep_id: bool,
}

/// What is written in place of sending.
#[derive(Args, Debug)]
#[command(next_help_heading = "Output")]
struct WrittenOptions {
    /// Print the exact JSON instead of sending it
    #[arg(long, conflicts_with = "curl")]
    print: bool,

    /// Print a curl command instead of sending
    ///
    /// The command sends the event, signed now.
    #[arg(long)]
    curl: bool,
}

const EXAMPLES: &str = "Examples:
  devtool trigger
  devtool trigger invoice.paid
  devtool trigger 'invoice.*'
  devtool trigger charge.succeeded --set amount=4200 --set metadata.order=1042
  devtool trigger invoice.updated --state finalized
  devtool trigger customer.subscription.created --id price=price_123
  devtool trigger invoice.paid --print > event.json
  devtool trigger --from event.json --port 5000
  devtool trigger invoice.paid --curl | sh
  devtool trigger invoice.archived --object invoice";

impl TriggerArguments {
    pub(super) fn execute(mut self, context: &mut Context) -> Result<Exit> {
        let (results, through) = (self.delivery.results(), self.delivery.through.clone());
        let (api, format) = (self.delivery.api(), results.format);
        if self.event.is_none() && self.given.from.is_none() && can_pick(format, context) {
            match pick("Send which event?", choices::event_types()?, context)? {
                Pick::Picked(name) => self.event = Some(name),
                Pick::Left => return Ok(Exit::Done),
                Pick::Interrupted => return Ok(Exit::Interrupted),
            }
        }
        if self.event.is_none() && self.given.from.is_none() {
            return match format {
                Format::Text => events::list_all(false, context),
                _ => events::list(None, format, context),
            };
        }
        let WrittenOptions { print, curl } = self.written;
        context.in_place.records_nothing = print || curl;
        if print {
            let config = context.config()?;
            context.signs_nothing(self.delivery.endpoint.secret(), &config)?;
        }
        let pattern = self.event.clone().filter(|word| is_pattern(word));
        let is_agreed = self.yes || print || curl;
        let scenario = pattern.map(|pattern| self.by_pattern(&pattern)).transpose()?;
        if let Some(scenario) = &scenario
            && !trigger_pattern::agreed(scenario, is_agreed, context)?
        {
            return Ok(Exit::Done);
        }
        let plan = self.plan(scenario, context)?;
        match (print, curl) {
            (true, _) => written::event(&plan, context),
            (_, true) => written::curl(&plan, format, context),
            _ => {
                let options = RunOptions {
                    command: "trigger",
                    through: Some(&through),
                    api: &api,
                    shrinks: false,
                };
                let sending = send_plans(options, vec![plan], &results, context);
                return Context::runtime()?.block_on(sending);
            }
        }
        Ok(Exit::Done)
    }

    /// The story of all types that fit.
    fn by_pattern(&self, pattern: &str) -> Result<Scenario> {
        if self.object.is_some() || self.given.from.is_some() {
            let message = format!("`{pattern}` means several types: name one");
            return Err(Error::new(Kind::Usage, message));
        }
        Ok(trigger_pattern::scenario(pattern)?.in_states(&self.state))
    }

    /// The event, built and not sent; or the events of a scenario.
    fn plan(self, scenario: Option<Scenario>, context: &mut Context) -> Result<Plan> {
        let Self { event, object, state, given, delivery, .. } = self;
        let now = context.clock.now();
        let Some(file) = &given.from else {
            let one = || Scenario::of_one(&event.unwrap_or_default(), object).in_states(&state);
            let scenario = scenario.unwrap_or_else(one);
            return Plan::new(delivery.job(None, scenario, context)?, now);
        };
        if delivery.has_ids() {
            let message = "`--id` cannot change the event of `--from`, which has its own ids";
            return Err(
                Error::new(Kind::Usage, message).hinted("set a field: `--set customer=cus_123`")
            );
        }
        let payload = read(file, event.as_deref(), context)?;
        if let Some(name) = &event {
            Catalogue::embedded()?.event_type(name, object.as_deref())?;
        }
        let name = event.as_deref().or(payload.event_type()).unwrap_or_default();
        let other_version = delivery.api_version();
        let job = delivery.job(None, Scenario::of_one(name, None), context)?;
        let defaults = Defaults {
            name: event.as_deref(),
            seed: job.seed,
            at: now,
            api_version: &job.api_version,
            other_api_version: other_version.as_deref(),
            account: job.account.as_deref(),
            identity: if given.keep_id { Identity::Kept } else { Identity::Fresh },
        };
        let payload = payload.payload(&defaults);
        let settings = job.settings.into_iter().map(Setting::into_field).collect();
        Plan::of_payloads(Job { settings, ..job }, vec![payload])
    }
}

/// What the file holds; an object alone needs the type of an event.
fn read(file: &Path, event: Option<&str>, context: &Context) -> Result<UserEvent> {
    let given = UserEvent::parse(&input::read(file, InputKind::Event)?).map_err(|reason| {
        let message = format!("cannot use `{}` as an event: {reason}", file.display());
        let error = Error::new(Kind::Config, message);
        match reason {
            UserEventError::Fixture => {
                let file = shell::quote_on_one_line(&file.to_string_lossy());
                error
                    .hinted("the Stripe CLI runs it in your account's test mode:")
                    .suggesting(&format!("devtool stripe fixtures {file}"))
            }
            UserEventError::Other(_) => error.hinted(
                "an object alone works, too; to see an example of an event:\ndevtool trigger invoice.paid --print",
            ),
        }
    })?;
    if event.is_none() && given.event_type().is_none() {
        let (file, object) = (file.display(), given.object());
        let message =
            format!("`{file}` holds an object of type `{object}`, but no event type was given");
        return Err(Error::new(Kind::Usage, message)
            .hinted(format!("name the event type:\n{}", context.typed.clone().about("EVENT"))));
    }
    Ok(given)
}
