//! Looks at what a webhook test needs, and says what is wrong and how to mend it.

mod endpoint;
mod subject;
mod finding;
mod here;
mod network;
pub(crate) mod settings;
mod signature;
mod stripe;

pub(crate) use finding::{Finding, Health};
pub(crate) use subject::{Ping, Subject};

use crate::error::{Exit, Result};

/// Looks at everything.
///
/// # Errors
/// The endpoint is on another machine and that is not allowed.
pub(crate) async fn run(subject: &Subject<'_>) -> Result<Vec<Finding>> {
    let (endpoint, network, cli, login) = tokio::join!(
        endpoint::look(subject),
        network::look(subject),
        stripe::program(subject),
        stripe::login(subject),
    );
    let mut findings = subject.settings.clone();
    findings.extend(here::secret(subject));
    findings.extend(endpoint?);
    findings.push(here::env_files(&subject.environment.working_directory));
    findings.push(here::api());
    findings.push(cli);
    findings.extend(login);
    findings.extend(network);
    findings.push(here::completion(subject.environment));
    Ok(findings)
}

/// How many findings are problems, and how many are warnings.
pub(crate) fn count(findings: &[Finding]) -> (usize, usize) {
    let of = |health| findings.iter().filter(|finding| finding.health == health).count();
    (of(Health::Broken), of(Health::Warning))
}

/// The exit code of what was found.
pub(crate) fn exit(findings: &[Finding]) -> Exit {
    if count(findings).0 > 0 { Exit::Fail } else { Exit::Done }
}
