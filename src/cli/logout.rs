//! `devtool logout`.

use clap::Args;

use super::context::{Context, key_file};
use super::output_options::{Format, OutputOptions};
use super::stripe_options::{StripeOptions, program};
use crate::config::api_key;
use crate::error::{Error, Exit, Kind, Result};
use crate::report;
use crate::stripe_cli::child::TextOutput;
use crate::stripe_cli::login::TIME_LIMIT;

/// Delete the saved API key and log the Stripe CLI out
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct LogoutArguments {
    #[command(flatten)]
    stripe: StripeOptions,

    #[command(flatten)]
    output: OutputOptions,
}

const EXAMPLES: &str = "Examples:
  devtool logout
  devtool logout --format json";

impl LogoutArguments {
    pub(super) fn execute(self, context: &mut Context) -> Result<Exit> {
        let config = context.config()?;
        let is_key_removed = match key_file() {
            Ok(file) => api_key::forget(&file)?,
            Err(_) => false,
        };
        context.unless_ended(async |context| {
            let said = match program(context).await {
                Ok(program) => {
                    let stripe = self.stripe.stripe(program, &config, context);
                    let output = stripe.output(&["logout"], TIME_LIMIT).await?;
                    if output.code != Some(0) {
                        say_what_is_done(is_key_removed, context);
                        return Err(not_logged_out(&output));
                    }
                    Some(output.stdout)
                }
                Err(error) if error.kind() == Kind::StripeMissing => None,
                Err(error) => {
                    say_what_is_done(is_key_removed, context);
                    return Err(error);
                }
            };
            context.out.result(&match self.output.format {
                Format::Json => report::login::logout_json(is_key_removed, said.as_deref()),
                Format::Text | Format::Compact => {
                    report::login::logout_text(is_key_removed, said.as_deref())
                }
            });
            if context.environment.variable(api_key::VARIABLE).is_some() {
                context.out.warning("STRIPE_API_KEY is still set in the environment");
            }
            Ok(Exit::Done)
        })
    }
}

/// What has been done before the rest failed.
fn say_what_is_done(is_key_removed: bool, context: &mut Context) {
    if is_key_removed {
        context.out.note("deleted the saved API key");
    }
}

fn not_logged_out(output: &TextOutput) -> Error {
    let said = output.stderr.lines().map(str::trim).find(|line| !line.is_empty());
    let said = said.unwrap_or("it says nothing").to_owned();
    Error::new(Kind::StripeCli, "the Stripe CLI did not log out")
        .caused_by(said)
        .hinted("see all that it says:\ndevtool stripe -- logout")
}
