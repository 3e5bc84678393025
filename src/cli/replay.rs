//! `devtool replay`.

use std::collections::{BTreeSet, HashSet};

use clap::builder::FalseyValueParser;
use clap::{ArgGroup, Args};

use super::context::Context;
use super::endpoint_options::EndpointOptions;
use super::filter_options::FilterOptions;
use super::history_options::RecordingOptions;
use super::history_options::reader;
use super::output_options::{Format, OutputOptions};
use super::report_options::{ReportOptions, Results};
use super::retry_options::RetryOptions;
use super::send::send_plans;
use crate::error::{Exit, Result};
use crate::history::{Reader, Record};
use crate::report;
use crate::runner::replay::{self, Destination, Timestamp};
use crate::runner::{Job, OnFailure, Plan, RunResult};
use crate::scenario::Scenario;
use crate::text::escape;

/// Deliver recorded events again: same bytes, fresh signature
///
/// devtool sends the events one at a time, in the order in which they were recorded: each to its original
/// endpoint, or all to the one that you name.
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES, group = ArgGroup::new("which").multiple(true).required(true).args(["ids"].into_iter().chain(FilterOptions::NAMES)))]
pub(super) struct ReplayArguments {
    /// Delivery numbers or event ids
    #[arg(value_name = "ID", conflicts_with_all = FilterOptions::NAMES)]
    ids: Vec<String>,

    #[command(flatten)]
    filter: FilterOptions,

    /// Sign with the recorded timestamp, to test whether the endpoint checks its age
    #[arg(long, help_heading = "Delivery", env = "DEVTOOL_KEEP_TIMESTAMP", value_parser = FalseyValueParser::new())]
    keep_timestamp: bool,

    /// Stop after the first failure
    #[arg(long, help_heading = "Delivery", env = "DEVTOOL_FAIL_FAST", value_parser = FalseyValueParser::new())]
    fail_fast: bool,

    #[command(flatten)]
    retry: RetryOptions,

    #[command(flatten)]
    pub(super) endpoint: EndpointOptions,

    #[command(flatten)]
    recording: RecordingOptions,

    #[command(flatten)]
    output: OutputOptions,
}

const EXAMPLES: &str = "Examples:
  devtool replay 12
  devtool replay --failed
  devtool replay --since 1h --type 'invoice.*' --port 5001
  devtool replay --last 3 --keep-timestamp";

impl ReplayArguments {
    pub(super) fn execute(self, context: &mut Context) -> Result<Exit> {
        let format = self.output.format;
        let plans = self.plans(context)?;
        if !plans.is_empty() {
            let results = Results { format, files: ReportOptions::default() };
            return Context::runtime()?.block_on(send_plans(
                ("replay", None),
                plans,
                &results,
                context,
            ));
        }
        context.out.note("no matching deliveries");
        if format == Format::Json {
            let nothing = RunResult::of_nothing(context.clock.now());
            context.out.result(&report::json::run("replay", &[], &nothing));
        }
        Ok(Exit::Done)
    }

    fn plans(self, context: &mut Context) -> Result<Vec<Plan>> {
        let history = reader(self.recording.options(), context)?;
        let records = self.records(&history, context)?;
        let is_given = self.endpoint.is_given();
        let target = if is_given { Destination::Job } else { Destination::Recorded };
        let timestamp = if self.keep_timestamp { Timestamp::Kept } else { Timestamp::Fresh };
        let config = context.config()?;
        let usual = self.endpoint.job(Scenario::of_recorded(std::iter::empty()), context)?;
        let job = Job {
            retry: self.retry.schedule(),
            on_failure: if self.fail_fast { OnFailure::Stop } else { OnFailure::GoOn },
            history: self.recording.place(&config, context)?,
            ..usual
        };
        say_what_is_missing(&records, &job, context);
        replay::plans(&job, records, target, timestamp)
    }

    /// The deliveries that are meant, in the order in which they were recorded.
    fn records(&self, history: &Reader, context: &mut Context) -> Result<Vec<Record>> {
        let mut records = Vec::new();
        if self.ids.is_empty() {
            let filter = self.filter.filter(None, context);
            // What has been made good since is not sent again, and nothing twice.
            let by_state = !filter.states.is_empty();
            let made_good = by_state.then(|| history.accepted_since(&filter)).transpose()?;
            let mut seen = HashSet::new();
            history.each(&filter, |record| {
                let is_wanted = made_good.as_ref().is_none_or(|made_good| {
                    let key = (record.entry.event_id.clone(), record.entry.endpoint.clone());
                    !made_good.contains(&key) && seen.insert(key)
                });
                if is_wanted {
                    records.push(record);
                }
                Ok(true)
            })?;
        }
        for id in &self.ids {
            records.push(history.find(id)?);
        }
        records.sort_by_key(|record| record.entry.id);
        records.dedup_by_key(|record| record.entry.id);
        Ok(records)
    }
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
