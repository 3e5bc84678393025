//! The files with which a project's CI tests its webhooks.

use crate::config::app_start::AppStart;
use crate::config::publication::{self, PACKAGE, VERSION};
use crate::config::secret_source::DEFAULT_VARIABLE;
use crate::text::shell;

/// What a job has to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CiJob<'j> {
    /// The port of the endpoint.
    pub(crate) port: u16,
    /// The path of the endpoint.
    pub(crate) path: &'j str,
    /// The scenario to run.
    pub(crate) scenario: &'j str,
    /// The variable that the app has the signing secret from.
    pub(crate) variable: &'j str,
    /// How the app is installed and started.
    pub(crate) app: AppStart,
}

/// The signing secret of a job: the one that the action has, too.
const SECRET: &str = "whsec_0123456789abcdef0123456789abcdef";

/// A workflow of GitHub, with devtool's own action.
pub(crate) fn github(job: &CiJob) -> String {
    let CiJob { port, path, scenario, variable, app: AppStart { install, start, .. } } = job;
    let (action, path) = (publication::slug(), yaml(path));
    // The action sets the usual one by itself.
    let env = match *variable {
        DEFAULT_VARIABLE => String::new(),
        other => format!("    env:\n      {other}: {SECRET}\n"),
    };
    format!(
        "# Stripe's webhooks, tested by devtool. Made by `devtool init --ci github`.
name: webhooks
on:
  push:
  pull_request:
permissions:
  contents: read
jobs:
  webhooks:
    runs-on: ubuntu-latest
    timeout-minutes: 15
{env}    steps:
      - uses: actions/checkout@v7
        with:
          persist-credentials: false
      - name: The app
        run: {install}
      - uses: {action}@v{VERSION}
        with:
          app: {start}
          port: {port}
          path: {path}
          scenarios: payment {scenario}
"
    )
}

/// A job of GitLab, which installs devtool with the app's language or from its release.
pub(crate) fn gitlab(job: &CiJob) -> String {
    let CiJob { port, path, scenario, variable, app: AppStart { install, start, image } } = job;
    let (devtool, fetch) = match *image {
        "node:24" => (format!("npx --yes {PACKAGE}@{VERSION}"), Vec::new()),
        "python:3" => ("devtool".to_owned(), vec![format!("pip install {PACKAGE}=={VERSION}")]),
        _ => ("~/.local/bin/devtool".to_owned(), installer()),
    };
    let path = shell::quote_on_one_line(path);
    let run = yaml(&format!(
        "{devtool} scenario payment {scenario} --port {port} --path {path} --wait-for-app 60s -o devtool.xml -o devtool.html"
    ));
    let fetch: Vec<String> = fetch.iter().map(|line| format!("    - {line}\n")).collect();
    let fetch = fetch.concat();
    format!(
        "# Stripe's webhooks, tested by devtool. Made by `devtool init --ci gitlab`.
webhooks:
  image: {image}
  variables:
    {variable}: {SECRET}
  script:
    - {install}
{fetch}    - {start} &
    - {run}
  artifacts:
    when: always
    paths: [devtool.html]
    reports:
      junit: devtool.xml
"
    )
}

/// Two commands: of `curl … | sh`, a shell without `pipefail` tells how the latter ended only.
fn installer() -> Vec<String> {
    let slug = publication::slug();
    let from = format!("https://github.com/{slug}/releases/download/v{VERSION}/install.sh");
    let to = "/tmp/devtool-install.sh";
    vec![format!("curl -fsSL -o {to} {from}"), format!("sh {to} --version {VERSION}")]
}

/// A path or a command as a value of YAML: in quotes where that would take a part of it for its own.
fn yaml(text: &str) -> String {
    if text.contains(": ") || text.ends_with(':') {
        return format!("'{}'", text.replace('\'', "''"));
    }
    text.to_owned()
}
