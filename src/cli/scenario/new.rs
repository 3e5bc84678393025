//! `devtool scenario new`.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::cli::completers;
use crate::cli::context::Context;
use crate::cli::written_files::{self, FOR_EDITORS};
use crate::error::{Error, Exit, Kind, Result};
use crate::event::Catalogue;
use crate::report::scenario_file;
use crate::scenario::schema;
use crate::text::shell;

/// Write a scenario file of these events
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct NewArguments {
    /// Name of the scenario, and of its file
    #[arg(value_name = "NAME")]
    name: PathBuf,

    /// Types of its events, in their order
    #[arg(long, value_name = "TYPES", required = true, value_delimiter = ',', add = completers::event_types())]
    events: Vec<String>,
}

const EXAMPLES: &str = "Examples:
  devtool scenario new shop --events invoice.created,invoice.paid
  devtool scenario new refund --events charge.succeeded,charge.refunded";

impl NewArguments {
    pub(super) fn execute(self, context: &mut Context) -> Result<Exit> {
        let catalogue = Catalogue::embedded()?;
        let unknown = |event: &String| catalogue.event_type(event, None).err();
        Error::all(self.events.iter().filter_map(unknown).map(Error::from))?;
        let named = file_of(&self.name);
        let file = context.environment.working_directory.join(&named);
        if file.symlink_metadata().is_ok() {
            return Err(exists(&named));
        }
        let events = match self.events.len() {
            1 => "a scenario of 1 event".to_owned(),
            many => format!("a scenario of {many} events"),
        };
        written_files::add(&named, &scenario_file::new(&self.events), &events, context)?;
        let beside = named.with_file_name(schema::FILE_NAME);
        written_files::add(&beside, schema::TEXT, FOR_EDITORS, context)?;
        let word = shell::quote_on_one_line(&as_file(&named));
        context.out.note(&format!("next: devtool scenario {word}"));
        Ok(Exit::Done)
    }
}

/// The file of a scenario: `checkout` is `checkout.toml`.
fn file_of(name: &Path) -> PathBuf {
    let has_extension = name.extension().is_some_and(|one| one.eq_ignore_ascii_case("toml"));
    if has_extension { name.to_owned() } else { PathBuf::from(format!("{}.toml", name.display())) }
}

/// A file as a word of the command line.
fn as_file(file: &Path) -> String {
    file.display().to_string()
}

fn exists(file: &Path) -> Error {
    Error::new(Kind::Scenario, format!("`{}` exists already", file.display()))
        .hinted("choose another name, or delete the file")
}
