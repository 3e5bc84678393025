//! `devtool login`.

use std::io::Read as _;
use std::path::Path;

use clap::Args;

use super::context::{Context, key_file};
use super::out::Out;
use super::output_options::{Format, OutputOptions};
use super::progress::ProgressLine;
use super::stripe_options::{Driven, StripeOptions};
use crate::config::error::invalid_key;
use crate::config::{ApiKey, FileConfig, api_key, reading};
use crate::error::{Error, Exit, Kind, Result};
use crate::process::signals::end_at_once;
use crate::process::{Signal, terminal};
use crate::report;
use crate::stripe_cli::login::{Credential, Login, TIME_LIMIT};
use crate::stripe_cli::{Program, Stripe};
use crate::text::escape;

/// Log in to Stripe in the browser or with an API key
///
/// The browser login is the Stripe CLI's own. devtool checks an API key with Stripe before it saves the key
/// to a file that only you can read. The Stripe CLI gets the key in its environment, never as an argument.
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct LoginArguments {
    #[command(flatten)]
    way: Way,

    /// Show which account is logged in
    #[arg(long)]
    status: bool,

    #[command(flatten)]
    stripe: StripeOptions,

    #[command(flatten)]
    output: OutputOptions,
}

/// How to log in, other than in the browser.
#[derive(Args, Debug)]
#[group(multiple = false)]
struct Way {
    /// Ask for an API key in the terminal instead of using the browser
    #[arg(long)]
    interactive: bool,

    /// API key to check and save; --api-key-stdin is safer, as other users can see command lines
    #[arg(long, env = "DEVTOOL_API_KEY", value_name = "KEY")]
    api_key: Option<String>,

    /// Read the API key from stdin
    #[arg(long)]
    api_key_stdin: bool,

    /// Print the URL to open and the command to run next, as JSON, and exit
    #[arg(long)]
    non_interactive: bool,
}

const EXAMPLES: &str = "Examples:
  devtool login
  devtool login --interactive
  devtool login --api-key-stdin
  devtool login --status";

/// The longest text that is read as a key, in bytes.
const LONGEST_KEY: u64 = 4096;

impl LoginArguments {
    pub(super) fn execute(self, context: &mut Context) -> Result<Exit> {
        let config = context.config()?;
        let (options, format) = (&self.stripe, self.output.format);
        let is_asked_for_a_key = !self.status && !self.way.non_interactive;
        let key = if is_asked_for_a_key { self.way.key(context)? } else { None };
        context.unless_ended(async |context| {
            if self.way.non_interactive && !self.status {
                return print_next_step(options, &config, context).await;
            }
            let (driven, login) = match key {
                _ if self.status => {
                    let driven = options.driven(&config, context).await?;
                    let login = confirmed(&driven, context).await?;
                    (driven, login)
                }
                Some(key) => keep(key, options, &config, context).await?,
                None if !Out::can_ask() => return Err(no_terminal("a browser login")),
                None => {
                    let program = super::stripe_options::program(context).await?;
                    in_browser(program, options, &config, context).await?
                }
            };
            show(&driven, &login, format, context);
            Ok(Exit::Done)
        })
    }
}

impl Way {
    /// The key that the user gives, if by one of the ways that take a key.
    fn key(&self, context: &mut Context) -> Result<Option<ApiKey>> {
        let (origin, text) = if self.interactive {
            ("the terminal", ask(context)?)
        } else if self.api_key_stdin {
            ("stdin", from_stdin()?)
        } else if let Some(text) = &self.api_key {
            let is_typed = context.environment.variable("DEVTOOL_API_KEY") != Some(text);
            if is_typed {
                context.out.note(
                    "other users of this machine can see command lines: `--api-key-stdin` is safer",
                );
            }
            ("--api-key", text.clone())
        } else {
            return Ok(None);
        };
        let invalid = |reason: &str| invalid_key(origin, reason);
        context.out.redactor.add(text.trim());
        ApiKey::parse(text.trim()).map(Some).map_err(invalid)
    }
}

fn ask(context: &Context) -> Result<String> {
    if !Out::can_ask() {
        return Err(no_terminal("`devtool login --interactive`"));
    }
    let _question = context.shutdown.immediate();
    terminal::remember();
    let asked = rpassword::prompt_password("API key (sk_test_… or rk_test_…, not shown): ");
    asked.map_err(|error| match error.kind() {
        // Ctrl-C is a key to it, and no signal.
        std::io::ErrorKind::Interrupted => end_at_once(Signal::Interrupt),
        _ => Error::read(Path::new("the terminal"), error),
    })
}

/// The error where somebody has to answer, and there is no terminal.
fn no_terminal(what: &str) -> Error {
    Error::new(Kind::StripeCli, format!("{what} needs a terminal")).hinted(
        "set STRIPE_API_KEY, or read the key from a file:\ndevtool login --api-key-stdin < FILE",
    )
}

fn from_stdin() -> Result<String> {
    let mut bytes = Vec::new();
    let read = std::io::stdin().take(LONGEST_KEY).read_to_end(&mut bytes);
    let text = read.and_then(|_| reading::decoded(bytes));
    let text = text.map_err(|source| Error::read(Path::new("stdin"), source))?;
    let line = text.lines().next().unwrap_or_default();
    Ok(line.trim_start_matches('\u{feff}').to_owned())
}

/// Keeps a key that Stripe takes.
async fn keep(
    key: ApiKey,
    options: &StripeOptions,
    config: &FileConfig,
    context: &mut Context,
) -> Result<(Driven, Login)> {
    let program = super::stripe_options::program(context).await?;
    let stripe = Stripe { key: Some(key.clone()), ..options.stripe(program, config, context) };
    let account = config.stripe.account.clone();
    let driven = Driven { stripe, credential: Credential::Kept, account };
    let login = confirmed(&driven, context).await?;
    let file = key_file()?;
    api_key::keep(&file, &key)?;
    context.out.note(&format!("saved {} to {}", key.hint(), file.display()));
    warn_of_the_environment(context);
    Ok((driven, login))
}

/// The Stripe CLI's own login, with the user's terminal. It takes the place of a key that devtool keeps.
pub(super) async fn in_browser(
    program: Program,
    options: &StripeOptions,
    config: &FileConfig,
    context: &mut Context,
) -> Result<(Driven, Login)> {
    let stripe = options.stripe(program, config, context);
    stripe.make_first_run(TIME_LIMIT).await?;
    stripe.log_in().await?;
    let account = config.stripe.account.clone();
    let driven = Driven { stripe, credential: Credential::Login, account };
    let login = confirmed(&driven, context).await?;
    if let Ok(file) = key_file()
        && api_key::forget(&file)?
    {
        context.out.note("deleted the saved API key");
    }
    warn_of_the_environment(context);
    Ok((driven, login))
}

fn warn_of_the_environment(context: &mut Context) {
    if context.environment.variable(api_key::VARIABLE).is_some() {
        context.out.warning("STRIPE_API_KEY in the environment still takes precedence");
    }
}

async fn print_next_step(
    options: &StripeOptions,
    config: &FileConfig,
    context: &mut Context,
) -> Result<Exit> {
    let stripe = options.stripe(super::stripe_options::program(context).await?, config, context);
    let step = stripe.next_step().await?;
    context.out.result(&escape::json(format!("{step:#}\n")));
    Ok(Exit::Done)
}

/// The login that Stripe confirms, with a line that says what is being waited for.
pub(super) async fn confirmed(driven: &Driven, context: &Context) -> Result<Login> {
    let mut line = ProgressLine::default();
    if context.out.shows_progress() {
        line.waiting(0, 1, "asking Stripe which account is logged in".to_owned());
    }
    let login = driven.stripe.login().await;
    line.clear();
    let login = login.map_err(|error| driven.credential.with_way_out(error));
    login?.only_for(driven.account.as_deref())
}

fn show(driven: &Driven, login: &Login, format: Format, context: &mut Context) {
    let now = context.clock.now();
    let key = driven.stripe.key.as_ref().map(ApiKey::hint);
    let shown = report::login::LoginView { credential: driven.credential, key, login, now };
    context.out.result(&match format {
        Format::Text => report::login::text(&shown),
        Format::Compact => report::login::compact(&shown),
        Format::Json => report::login::json(&shown),
    });
    if let Some(warning) = report::login::warning(login, now) {
        context.out.warning(&warning);
    }
}
