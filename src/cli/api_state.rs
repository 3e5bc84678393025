//! What a local API begins with, and what keeps it: `--data` and `--objects` of `devtool api`.

use std::path::{Path, PathBuf};

use clap::Args;

use super::context::Context;
use super::input;
use crate::api::{Api, GivenObjects, Making, StateFile};
use crate::config::reading::{self, InputKind};
use crate::error::{Error, Kind, Result};
use crate::report;

/// What an API that stays up begins with, and what keeps it.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Local API")]
pub(super) struct StateOptions {
    /// Keep in this file what calls make and change, and go on from it
    ///
    /// It is made where it is missing. Each change is in it before its call is answered.
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,

    /// Begin with the objects of this file: a JSON object, or a list (- for stdin)
    #[arg(long, value_name = "FILE")]
    objects: Option<PathBuf>,
}

/// What an API has begun with, in a line each.
type Lines = Vec<String>;

impl StateOptions {
    /// Takes in what the options name; `first` lets the API look at the history, between the file's objects and its
    /// events: what is recorded is older than these.
    ///
    /// # Errors
    /// A file cannot be used, or has something that is no object.
    pub(super) fn begin<T>(
        &self,
        api: &Api,
        context: &Context,
        first: impl FnOnce() -> Result<T>,
    ) -> Result<(T, Lines)> {
        let place = |file: &Path| context.environment.working_directory.join(file);
        // What is wrong with them is found before a file is made.
        let given =
            self.objects.as_deref().map(|file| Ok::<_, Error>((file, read(file, context)?)));
        let given = given.transpose()?;
        let mut lines = Lines::new();
        let kept = match &self.data {
            Some(file) => {
                let kept = api.recall(StateFile::open(&place(file), Making::Yes)?)?;
                lines.push(report::api::data(file, kept.objects));
                Some(kept)
            }
            None => None,
        };
        let first = first()?;
        if let Some(kept) = kept {
            api.keep(kept)?;
        }
        if let Some((file, objects)) = given {
            let taken = api.take_in(objects)?;
            lines.push(report::api::objects(file, taken.new, taken.known));
        }
        api.let_clocks_go_on(context.clock.now().seconds());
        Ok((first, lines))
    }
}

/// The objects of a file.
fn read(file: &Path, context: &Context) -> Result<GivenObjects> {
    let place = match file.to_str() {
        Some(input::STDIN) => file.to_owned(),
        _ => context.environment.working_directory.join(file),
    };
    let bytes = input::read(&place, InputKind::Objects)?;
    let parsed = reading::json(&bytes).map_err(str::to_owned).and_then(GivenObjects::parse);
    parsed.map_err(|why| {
        Error::new(Kind::Config, format!("cannot take the objects of `{}`", file.display()))
            .caused_by(why)
            .hinted("it holds an object, a list of objects, or a list as Stripe answers one")
    })
}
