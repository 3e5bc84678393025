//! `devtool replay`.

mod selection;

use std::collections::BTreeSet;

use clap::builder::FalseyValueParser;
use clap::{ArgGroup, Args};

use self::selection::{Selected, SelectionOptions};
use super::api_options::ApiOptions;
use super::choices;
use super::context::Context;
use super::endpoint_options::EndpointOptions;
use super::filter_options::FilterOptions;
use super::history_options::RecordingOptions;
use super::history_options::reader;
use super::out::{Out, YesOrNo};
use super::output_options::{Format, OutputOptions};
use super::pick::{Pick, can_pick, pick};
use super::report_options::{ReportOptions, Results};
use super::retry_options::{RetryOptions, WaitOptions};
use super::run_api;
use super::send::{RunOptions, send_plans};
use crate::error::{Error, Exit, Kind, Result};
use crate::history::{Entry, Record};
use crate::report;
use crate::runner::replay::{self, Destination, Timestamp};
use crate::runner::{Job, OnFailure, Plan, RunResult};
use crate::scenario::Scenario;
use crate::text::escape;

/// Deliver recorded events again: same bytes, fresh signature
///
/// devtool sends the events one at a time, in the order in which they were recorded: each to its original
/// endpoint, or all to the one that you name. `--failed` and `--undelivered` mean the last session that sent to the
/// endpoint of the command line, the environment or devtool.toml.
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES, override_usage = "devtool replay [OPTIONS] <ID>...\n       devtool replay [OPTIONS] <FILTERS>", group = ArgGroup::new("which").multiple(true).args(["ids"].into_iter().chain(FilterOptions::NAMES)))]
pub(super) struct ReplayArguments {
    #[command(flatten)]
    selection: SelectionOptions,

    #[command(flatten)]
    consent: ConsentOptions,

    /// Sign with the recorded timestamp, to test whether the endpoint checks its age
    #[arg(long, hide_short_help = true, help_heading = "Delivery", env = "DEVTOOL_KEEP_TIMESTAMP", value_parser = FalseyValueParser::new())]
    keep_timestamp: bool,

    /// Stop after the first failure
    #[arg(long, hide_short_help = true, help_heading = "Delivery", env = "DEVTOOL_FAIL_FAST", value_parser = FalseyValueParser::new())]
    fail_fast: bool,

    #[command(flatten)]
    retry: RetryOptions,

    #[command(flatten)]
    wait: WaitOptions,

    #[command(flatten)]
    pub(super) endpoint: EndpointOptions,

    #[command(flatten)]
    api: ApiOptions,

    #[command(flatten)]
    recording: RecordingOptions,

    #[command(flatten)]
    output: OutputOptions,
}

/// Before several deliveries are sent.
#[derive(Args, Debug)]
struct ConsentOptions {
    /// Send several deliveries without asking
    #[arg(long, help_heading = None)]
    yes: bool,

    /// List the deliveries instead of sending them
    #[arg(long, help_heading = None)]
    dry_run: bool,
}

const EXAMPLES: &str = "Examples:
  devtool replay 12
  devtool replay --failed
  devtool replay --failed --dry-run
  devtool replay --since 1h --type 'invoice.*' --port 5001
  devtool replay --last 3 --keep-timestamp";

impl ReplayArguments {
    pub(super) fn execute(mut self, context: &mut Context) -> Result<Exit> {
        let format = self.output.format;
        if !self.selection.is_given() && !can_pick(format, context) {
            return Err(without_a_delivery());
        }
        let history = reader(self.recording.options(), context)?;
        if !self.selection.is_given() {
            let choices = choices::deliveries(&history, context)?;
            match pick("Replay which delivery?", choices, context)? {
                Pick::Picked(number) => self.selection.name(number),
                Pick::Left => return Ok(Exit::Done),
                Pick::Interrupted => return Ok(Exit::Interrupted),
            }
        }
        let in_force = self.endpoint.in_force(context)?;
        let Selected { records, session } = self.selection.select(&history, &in_force, context)?;
        if let Some(text) = session {
            context.out.note(&text);
        }
        if records.is_empty() {
            context.out.note(&self.selection.nothing_fits());
            nothing(format, context);
            return Ok(Exit::Done);
        }
        if self.consent.dry_run {
            context.out.result(&listed(&records, format, context));
            return Ok(Exit::Done);
        }
        // Who names each delivery knows how many they are.
        let is_asked = records.len() > self.selection.named().max(1);
        if is_asked && !self.consent.yes && !agreed(&records, self.endpoint.is_given(), context)? {
            context.out.note("nothing was sent");
            return Ok(Exit::Done);
        }
        let api = self.api.clone();
        let plans = self.plans(records, context)?;
        let results = Results { format, files: ReportOptions::default() };
        let options = RunOptions { command: "replay", through: None, api: &api, shrinks: false };
        Context::runtime()?.block_on(send_plans(options, plans, &results, context))
    }

    fn plans(self, records: Vec<Record>, context: &mut Context) -> Result<Vec<Plan>> {
        let is_given = self.endpoint.is_given();
        let target = if is_given { Destination::Job } else { Destination::Recorded };
        let timestamp = if self.keep_timestamp { Timestamp::Kept } else { Timestamp::Fresh };
        let config = context.config()?;
        let usual = self.endpoint.job(Scenario::of_recorded(std::iter::empty()), context)?;
        let history = self.recording.place(&config, context)?;
        let job = Job {
            retry: self.retry.schedule(),
            wait_for_app: self.wait.duration(),
            api: run_api::use_of(&self.api, history.as_ref(), context)?,
            on_failure: if self.fail_fast { OnFailure::Stop } else { OnFailure::GoOn },
            history,
            ..usual
        };
        say_what_is_missing(&records, &job, context);
        replay::plans(&job, records, target, timestamp)
    }
}

/// Which deliveries are to be sent again, has to be said.
fn without_a_delivery() -> Error {
    Error::new(Kind::Usage, "no delivery was named")
        .hinted("name deliveries by their numbers in `devtool history`, or choose them, as in:")
        .suggesting("devtool replay --failed --dry-run")
}

/// The report where there is nothing to send.
fn nothing(format: Format, context: &mut Context) {
    if format == Format::Json {
        let nothing = RunResult::of_nothing(context.clock.now());
        context.out.result(&report::json::run("replay", &[], &nothing));
    }
}

/// The deliveries as `devtool history` lists them.
fn listed(records: &[Record], format: Format, context: &Context) -> String {
    let entries: Vec<Entry> = records.iter().map(|record| record.entry.clone()).collect();
    match format {
        Format::Text => {
            report::history_list::list(&entries, context.clock.now(), context.out.layout())
        }
        Format::Compact => report::history_list::compact(&entries),
        Format::Json => report::history_json::list(&entries),
    }
}

/// Lists the deliveries on the terminal, and asks whether to send them.
///
/// # Errors
/// There is no terminal to ask on.
fn agreed(records: &[Record], is_elsewhere: bool, context: &mut Context) -> Result<bool> {
    if !Out::can_ask() {
        let message = format!("{} deliveries match, and nobody can be asked", records.len());
        let (send, list) = (context.typed.clone(), context.typed.clone());
        return Err(Error::new(Kind::Usage, message).hinted(format!(
            "list them, or send them without asking{}:\n{}\n{}",
            send.to_add(),
            list.with_flag("--dry-run"),
            send.with_flag("--yes"),
        )));
    }
    let text = listed(records, Format::Text, context);
    context.out.note(text.trim_end());
    let endpoints: BTreeSet<&str> = records.iter().map(|r| r.entry.endpoint.as_str()).collect();
    let endpoints = if is_elsewhere { 1 } else { endpoints.len() };
    let question = report::history::send_again(records.len(), endpoints);
    let _question = context.shutdown.immediate();
    Ok(Out::agrees(&question, YesOrNo::No))
}

/// Says which headers of the deliveries are not sent again, as their values are credentials.
fn say_what_is_missing(records: &[Record], job: &Job, context: &mut Context) {
    let is_typed = |name: &str| job.headers.iter().any(|h| h.name.eq_ignore_ascii_case(name));
    let missing = records.iter().flat_map(|record| record.headers.not_kept());
    let names: BTreeSet<String> = missing.filter(|name| !is_typed(name)).collect();
    if !names.is_empty() {
        let names: Vec<String> =
            names.iter().map(|name| format!("`{}`", escape::line(name))).collect();
        let names = names.join(", ");
        context.out.warning(&format!(
            "the history does not keep the value of {names}: give it with `--header` to send it again"
        ));
    }
}
