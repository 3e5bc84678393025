//! Looks at what a webhook test needs, and says what is wrong and how to mend it.

mod endpoint;
mod subject;
mod finding;
mod here;
mod network;
mod stripe;

pub(crate) use finding::{Finding, Health};
pub(crate) use subject::Subject;

use crate::error::{Exit, Result};

/// Looks at everything.
///
/// # Errors
/// The endpoint is on another machine and that is not allowed.
pub(crate) async fn run(subject: &Subject<'_>) -> Result<Vec<Finding>> {
    let (endpoint, network, cli, login) = tokio::join!(
        endpoint::look(subject.plan),
        network::look(subject),
        stripe::program(subject),
        stripe::login(subject),
    );
    let mut findings = vec![here::secret(subject)];
    findings.extend(endpoint?);
    findings.push(here::env_files(&subject.environment.working_directory));
    findings.push(cli);
    findings.extend(login);
    findings.extend(network);
    findings.push(here::completion(subject.environment));
    Ok(findings)
}

/// The exit code of what was found.
pub(crate) fn exit(findings: &[Finding]) -> Exit {
    let is_broken = findings.iter().any(|finding| finding.health == Health::Broken);
    if is_broken { Exit::Fail } else { Exit::Done }
}
