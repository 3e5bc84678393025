//! What `devtool init --ci` writes.

use std::path::Path;

use clap::ValueEnum;

use super::context::Context;
use super::written_files::add;
use crate::config::app_start::AppStart;
use crate::config::{FileConfig, project, publication};
use crate::delivery::Endpoint;
use crate::error::{Error, Result};
use crate::report::ci_file::{self, CiJob};

/// Where a project's CI runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Ci {
    /// GitHub Actions: .github/workflows/webhooks.yml
    Github,
    /// GitLab: .gitlab-ci.yml, or a file for it to include
    Gitlab,
}

const GITLAB: &str = ".gitlab-ci.yml";
/// Where the job stands in a project that has a file already.
const INCLUDED: &str = ".gitlab/webhooks.yml";

impl Ci {
    /// Writes the file for the endpoint of devtool.toml.
    pub(super) fn write(
        self,
        config: &FileConfig,
        scenario: &str,
        context: &mut Context,
    ) -> Result<()> {
        let here = context.environment.working_directory.clone();
        let endpoint = endpoint(config)?;
        let (port, path) = (endpoint.port(), endpoint.path().to_owned());
        let app = AppStart::of(&here, port);
        let variable = config.secret_variable();
        let job = CiJob { port, path: &path, scenario, variable, app };
        let (file, text) = match self {
            Self::Github => (".github/workflows/webhooks.yml", ci_file::github(&job)),
            Self::Gitlab if here.join(GITLAB).exists() => (INCLUDED, ci_file::gitlab(&job)),
            Self::Gitlab => (GITLAB, ci_file::gitlab(&job)),
        };
        let file = Path::new(file);
        if let Some(directory) = here.join(file).parent() {
            std::fs::create_dir_all(directory).map_err(|source| Error::write(file, source))?;
        }
        add(file, &text, "check how it installs and starts your app", context)?;
        if let Some(below) = project::below_root(&here) {
            let (file, below) = (file.display(), below.display());
            context.out.warning(&format!(
                "{file} is read only at the root of the repository: move it there, and let its commands begin in {below}"
            ));
        }
        if file == Path::new(INCLUDED) {
            let line = format!("include: [{{local: {INCLUDED}}}]");
            context.out.note(&format!("next: add to {GITLAB}: {line}"));
        }
        if publication::home().is_none() {
            context.out.warning(
                "this devtool does not know where it is published: put the owner in the place of `owner--unset`",
            );
        }
        Ok(())
    }
}

/// The endpoint of devtool.toml, of which a job says the port and the path, and nothing else.
fn endpoint(config: &FileConfig) -> Result<Endpoint> {
    let Some(url) = &config.url else { return Endpoint::by_default() };
    let endpoint = Endpoint::read(url.get_ref()).map_err(|reason| config.error_in_url(&reason))?;
    let what = if endpoint.is_https() {
        "https"
    } else if !endpoint.is_on_this_machine() {
        "a host that is not this machine"
    } else if endpoint.path_and_query() != endpoint.path() {
        "a query"
    } else {
        return Ok(endpoint);
    };
    Err(config.error_in_url(&format!("`--ci` cannot write a job for a URL with {what}")))
}
