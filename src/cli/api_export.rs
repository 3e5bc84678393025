//! `devtool api export`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use serde_json::Value;

use super::context::Context;
use super::run_api;
use crate::api::{Api, ApiLink, Making, RunningApi, StateFile};
use crate::error::{Exit, Result};
use crate::report;

/// Write the objects of a local API as JSON
///
/// Those of the `devtool api` that runs, or those of a file that `--data` names. `--objects` of `devtool api` takes them
/// again. They have the secrets of webhook endpoints that your app has made.
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct ExportObjectsArguments {
    /// File of a `devtool api` that no API has open now
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,
}

const EXAMPLES: &str = "Examples:
  devtool api export > objects.json
  devtool api export --data state.db > objects.json";

impl ExportObjectsArguments {
    pub(super) fn execute(self, context: &mut Context) -> Result<Exit> {
        let (objects, elsewhere) = if let Some(file) = &self.data {
            of_file(&context.environment.working_directory.join(file))?
        } else {
            let running = run_api::that_runs()?;
            Context::runtime()?.block_on(of_running(running))?
        };
        let mut text = "[".to_owned();
        for (at, object) in objects.iter().enumerate() {
            text.push_str(if at == 0 { "\n" } else { ",\n" });
            text.push_str(&object.to_string());
        }
        text.push_str("\n]\n");
        context.out.result(&text);
        if elsewhere > 0 {
            context.out.warning(&report::api::left_out(elsewhere));
        }
        Ok(Exit::Done)
    }
}

/// The objects of the one that runs.
async fn of_running(running: RunningApi) -> Result<(Vec<Value>, usize)> {
    let link = ApiLink::running(running, Vec::new(), Duration::ZERO).await?;
    let exported = link.exported().await;
    link.close().await;
    exported
}

/// The objects that a file has kept.
fn of_file(file: &Path) -> Result<(Vec<Value>, usize)> {
    let api = Api::new();
    api.recall(StateFile::open(file, Making::No)?)?;
    let (mut objects, mut is_all) = (Vec::new(), false);
    while !is_all {
        let (more, all) = api.exported(objects.len());
        objects.extend(more);
        is_all = all;
    }
    Ok((objects, api.objects_elsewhere()))
}
