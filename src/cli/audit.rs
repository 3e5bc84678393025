//! `devtool audit`.

use std::ffi::OsString;

use clap::builder::FalseyValueParser;
use clap::{Args, ValueEnum};

use super::api_options::ApiOptions;
use super::app_state_options::AppStateOptions;
use super::audit_baseline::BaselineOptions;
use super::audit_subscriptions::{SubscriptionSource, of_file, of_stripe};
use super::completers;
use super::context::Context;
use super::endpoint_options::EndpointOptions;
use super::out::Verbosity;
use super::output_options::{Format, OutputOptions};
use super::progress::ProgressLine;
use super::report_options::ReportOptions;
use super::run_api::{self, OwnApi};
use super::stripe_options::StripeOptions;
use crate::audit::{self, AppKind, AuditJob, AuditOutcome, AuditResult, Selection, Severity};
use crate::config::FileConfig;
use crate::error::{Error, Exit, Kind, Result};
use crate::event::Catalogue;
use crate::event::id::Seed;
use crate::listen::AppJob;
use crate::report::audit::Persona;
use crate::report::audit_files::render;
use crate::report::{self, audit_json};
use crate::runner::Job;
use crate::scenario::Scenario;
use crate::text::suggestion;

/// Test whether the endpoint is correct and safe
///
/// Each probe sends what Stripe, or somebody else, may send one day, and judges the answer. A finding says why it
/// matters, how to fix it, and how to see it again. What cannot be told from outside is not tested, and said to be so.
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct AuditArguments {
    #[command(flatten)]
    endpoint: EndpointOptions,

    #[command(flatten)]
    probes: ProbeOptions,

    #[command(flatten)]
    state: AppStateOptions,

    #[command(flatten)]
    api: ApiOptions,

    #[command(flatten)]
    stripe: StripeOptions,

    /// Exit with 1 from this severity on [default: high]
    #[arg(long, help_heading = "Findings", env = "DEVTOOL_FAIL_ON", value_name = "SEVERITY")]
    fail_on: Option<FailOn>,

    /// Show what is worth knowing, too, and not only faults
    #[arg(long, help_heading = "Findings", env = "DEVTOOL_PEDANTIC", value_parser = FalseyValueParser::new())]
    pedantic: bool,

    #[command(flatten)]
    baseline: BaselineOptions,

    #[command(flatten)]
    output: OutputOptions,

    #[command(flatten)]
    reports: ReportOptions,

    /// Where the handler is in the project, for the findings of code scanning (sarif)
    #[arg(
        hide_short_help = true,
        long,
        help_heading = "Findings",
        env = "DEVTOOL_SOURCE",
        value_name = "FILE[:LINE]"
    )]
    source: Option<String>,

    /// Command that starts your app, where the audit is to start it anew
    ///
    /// The app gets the signing secret in its environment, and ends with the audit.
    #[arg(value_name = "APP", last = true)]
    app: Vec<OsString>,
}

/// Which probes run, and what they send.
#[derive(Args, Debug)]
#[command(next_help_heading = None)]
struct ProbeOptions {
    /// List the probes and send nothing
    #[arg(long, conflicts_with_all = ["explain", "only", "skip"])]
    list: bool,

    /// Explain a probe and send nothing
    #[arg(long, value_name = "PROBE", value_parser = audit::probe_name, conflicts_with_all = ["only", "skip"])]
    explain: Option<String>,

    /// Run these probes or groups only, such as SIG-01 or RAW (repeatable)
    #[arg(long, value_name = "PROBE", value_delimiter = ',', value_parser = audit::probe_name)]
    only: Vec<String>,

    /// Do not run these probes or groups (repeatable)
    #[arg(long, value_name = "PROBE", value_delimiter = ',', value_parser = audit::probe_name)]
    skip: Vec<String>,

    /// Type of the events that probes send, where they need none of their own
    ///
    /// By default the first that the endpoint accepts of `payment_intent.succeeded`, `customer.created` and a thin event.
    #[arg(long, env = "DEVTOOL_AUDIT_EVENT", value_name = "EVENT", help_heading = "Events", add = completers::event_types())]
    event: Option<String>,

    /// Seed for generated ids; use it to reproduce a run
    #[arg(long, env = "DEVTOOL_SEED", value_name = "NUMBER", help_heading = "Events")]
    seed: Option<u32>,

    /// What the app is: its endpoint gets events of connected accounts, or it runs in live mode
    #[arg(
        hide_short_help = true,
        long,
        env = "DEVTOOL_APP_IS",
        value_name = "KIND",
        value_delimiter = ','
    )]
    app_is: Vec<AppIs>,

    /// Event types that the endpoint is subscribed to: a file, or `stripe` to ask Stripe
    ///
    /// The file has what `stripe webhook_endpoints retrieve` or `list` prints, or a type in each line. Stripe tells what all
    /// webhook endpoints of the account's test mode are subscribed to.
    #[arg(
        hide_short_help = true,
        long,
        env = "DEVTOOL_ENABLED_EVENTS",
        value_name = "FILE|stripe"
    )]
    enabled_events: Option<SubscriptionSource>,

    /// Run the probes that load the endpoint on other machines, too
    #[arg(hide_short_help = true, long)]
    yes: bool,
}

/// What cannot be seen of an app.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum AppIs {
    /// Its endpoint gets events of connected accounts
    Connect,
    /// It runs in live mode
    Live,
}

/// From which severity on a finding counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum FailOn {
    /// Anybody can do harm
    Critical,
    /// Events are lost, or done twice
    High,
    /// Faults that do harm in some cases
    Medium,
    /// Every fault
    Low,
    /// No finding
    Never,
}

const EXAMPLES: &str = "Examples:
  devtool audit --port 5000
  devtool audit --only SIG,RAW-01 --pedantic
  devtool audit --explain SIG-03
  devtool audit --list
  devtool audit --skip BOD --fail-on medium --format json";

impl FailOn {
    /// Whether a finding of that severity counts.
    fn counts(self, severity: Severity) -> bool {
        match self {
            Self::Critical => severity >= Severity::Critical,
            Self::High => severity >= Severity::High,
            Self::Medium => severity >= Severity::Medium,
            Self::Low => severity >= Severity::Low,
            Self::Never => false,
        }
    }
}

/// What decides how a result is shown, and what it counts for.
struct Showing {
    baseline: BaselineOptions,
    reports: ReportOptions,
    source: Option<String>,
    fail_on: FailOn,
    persona: Persona,
    format: Format,
    secret: String,
}

impl AuditArguments {
    pub(super) fn execute(self, context: &mut Context) -> Result<Exit> {
        let (format, layout) = (self.output.format, context.out.layout());
        if self.probes.list {
            let json = format == Format::Json;
            let text = if json { audit_json::list() } else { report::audit::list(layout) };
            context.out.result(&text);
            return Ok(Exit::Done);
        }
        if let Some(id) = &self.probes.explain {
            return explain(id, format, context);
        }
        let config = context.config()?;
        let showing = self.showing(&config, context)?;
        let (api, stripe) = (self.api.clone(), self.stripe.clone());
        let asks_stripe = self.probes.enabled_events == Some(SubscriptionSource::Stripe);
        let mut job = self.job(&config, context)?;
        Context::runtime()?.block_on(async {
            if asks_stripe {
                job.subscriptions = Some(of_stripe(&stripe, &config, context).await?);
            }
            let own =
                if api.is_wanted() { Some(OwnApi::start(&api, context).await?) } else { None };
            // Faults that were asked for last as long as the link.
            let link = own.as_ref().map(|own| own.link(&api));
            let mut job = AuditJob { api: own.as_ref().map(OwnApi::api), ..job };
            if let (Some(app), Some(own)) = (&mut job.app, &own) {
                app.api = run_api::variables(&own.url);
            }
            let audited = Box::pin(audit(job, showing, context)).await;
            drop(link);
            if let Some(own) = own {
                own.end().await;
            }
            audited
        })
    }

    fn showing(&self, config: &FileConfig, context: &mut Context) -> Result<Showing> {
        let of_file = config.audit.fail_on.as_deref().map(|word| {
            let known = FailOn::from_str(word, true);
            known.map_err(|_| in_file("fail_on", "expected critical, high, medium, low or never"))
        });
        let found = context.secret(self.endpoint.secret(), config)?;
        let is_quiet = context.out.verbosity == Verbosity::Quiet;
        Ok(Showing {
            baseline: self.baseline.clone().or_of_file(config.audit.baseline.as_ref())?,
            reports: self.reports.clone(),
            source: self.source.clone().or_else(|| config.audit.source.clone()),
            fail_on: self.fail_on.or(of_file.transpose()?).unwrap_or(FailOn::High),
            persona: match self.pedantic || config.audit.pedantic {
                _ if is_quiet => Persona::Quiet,
                true => Persona::Pedantic,
                false => Persona::Regular,
            },
            format: self.output.format,
            secret: context.describe(&found),
        })
    }

    fn job(self, config: &FileConfig, context: &mut Context) -> Result<AuditJob> {
        let ProbeOptions { only, skip, event, seed, app_is, enabled_events, yes, .. } = self.probes;
        let kind = AppKind {
            is_connect: app_is.contains(&AppIs::Connect),
            is_live: app_is.contains(&AppIs::Live),
        };
        let named_in = if event.is_some() { Kind::Usage } else { Kind::Config };
        let event = event.or_else(|| config.audit.event.clone());
        if let Some(name) = &event {
            known_type(name, named_in)?;
        }
        let named = |own: Vec<String>, of_file: &[String], key| -> Result<Vec<String>> {
            let read = |text: &String| audit::probe_name(text).map_err(|why| (text.clone(), why));
            let of_file = of_file.iter().map(read).collect::<std::result::Result<Vec<_>, _>>();
            let of_file =
                of_file.map_err(|(name, reason)| in_file(key, &format!("`{name}`: {reason}")))?;
            Ok(if own.is_empty() { of_file } else { own })
        };
        let selection = Selection {
            only: named(only, &config.audit.only, "only")?,
            skip: named(skip, &config.audit.skip, "skip")?,
        };
        let job = self.endpoint.job(Scenario::of_one("", None), context)?;
        let app_state = self.state.sources(context);
        let job = Job { seed: seed.map_or(job.seed, Seed), app_state, ..job };
        let directory = context.environment.working_directory.clone();
        let subscriptions = match enabled_events {
            Some(SubscriptionSource::File(file)) => Some(of_file(&directory.join(file))?),
            _ => None,
        };
        let app = (!self.app.is_empty()).then(|| AppJob {
            command: self.app,
            variable: config.secret_variable().to_owned(),
            secret: job.secret.secret.clone(),
            api: Vec::new(),
            directory: directory.clone(),
        });
        Ok(AuditJob {
            job,
            event,
            selection,
            directory,
            api: None,
            app,
            subscriptions,
            kind,
            may_load: yes,
        })
    }
}

/// Checks that there is such a type of events; it was named on the command line, or in the configuration.
fn known_type(name: &str, named_in: Kind) -> Result<()> {
    let Err(error) = Catalogue::embedded()?.event_type(name, None) else { return Ok(()) };
    let meant = suggestion::did_you_mean(error.near());
    let hint = meant.unwrap_or_else(|| "list the event types:\ndevtool events".to_owned());
    let unknown = match named_in {
        Kind::Config => in_file("event", &error.to_string()),
        kind => Error::new(kind, error.to_string()),
    };
    Err(unknown.hinted(hint))
}

fn in_file(key: &str, reason: &str) -> Error {
    Error::new(Kind::Config, format!("devtool.toml: `[audit] {key}`: {reason}"))
}

fn explain(id: &str, format: Format, context: &mut Context) -> Result<Exit> {
    let Some(probe) = audit::probes().iter().find(|probe| probe.id == id) else {
        let message = format!("`{id}` is a group; `--explain` takes one probe");
        return Err(Error::new(Kind::Usage, message)
            .hinted(format!("list its probes:\n{} --list", "devtool audit")));
    };
    let layout = context.out.layout();
    context.out.result(&match format {
        Format::Json => audit_json::explain(probe),
        Format::Text | Format::Compact => report::audit::explain(probe, layout),
    });
    Ok(Exit::Done)
}

async fn audit(job: AuditJob, showing: Showing, context: &mut Context) -> Result<Exit> {
    showing.reports.prepare_all(&context.environment.working_directory)?;
    let graceful = context.shutdown.graceful();
    let cancel = graceful.token().clone();
    let chosen = job.selection.probes().count();
    let shows_progress = context.out.shows_progress();
    let mut line = ProgressLine::default();
    let mut done = 0;
    let result = audit::run(job, (context.clock, &cancel), |probe| {
        if shows_progress {
            line.waiting(done, chosen, probe.id.clone());
        }
        done += 1;
    });
    let result = Box::pin(result).await;
    line.clear();
    let mut result = result?;
    let directory = context.environment.working_directory.clone();
    showing.baseline.apply(&mut result, &directory)?;
    show(&result, &showing, context);
    let source = showing.source.as_deref();
    let render = |format| render(format, &result, source);
    showing.reports.write_by(context, render)?;
    showing.reports.open(context);
    Ok(match result.outcome() {
        AuditOutcome::Interrupted => Exit::Interrupted,
        // What cannot be tested has not passed.
        AuditOutcome::Rejected if showing.fail_on != FailOn::Never => Exit::Fail,
        AuditOutcome::Rejected | AuditOutcome::Told => {
            let counts = |worst| showing.fail_on.counts(worst);
            if result.worst().is_some_and(counts) { Exit::Fail } else { Exit::Done }
        }
    })
}

fn show(result: &AuditResult, showing: &Showing, context: &mut Context) {
    let layout = context.out.layout();
    let text = match showing.format {
        Format::Json => audit_json::json(result),
        Format::Compact => report::audit::compact(result),
        Format::Text if showing.persona == Persona::Quiet => {
            report::audit::text(result, showing.persona, layout)
        }
        Format::Text => {
            let heading = report::audit::heading(result, &showing.secret, layout);
            heading + &report::audit::text(result, showing.persona, layout)
        }
    };
    context.out.result(&text);
}
