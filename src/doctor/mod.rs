//! Looks at what a webhook test needs, and says what is wrong and how to mend it.

mod endpoint;
mod examination;
mod finding;
mod here;
mod network;
mod stripe;

pub use examination::Examination;
pub use finding::{Finding, Health};

use crate::error::{Exit, Result};

/// Looks at everything.
///
/// # Errors
/// The endpoint is on another machine and that is not allowed.
pub async fn run(examination: &Examination<'_>) -> Result<Vec<Finding>> {
    let (endpoint, network, cli, login) = tokio::join!(
        endpoint::look(examination.plan),
        network::look(examination),
        stripe::program(examination),
        stripe::login(examination),
    );
    let mut findings = vec![here::secret(examination)];
    findings.extend(endpoint?);
    findings.push(here::dotenv(&examination.environment.working_directory));
    findings.push(cli);
    findings.extend(login);
    findings.extend(network);
    findings.push(here::completion(examination.environment));
    Ok(findings)
}

/// The exit code of what was found.
pub fn exit(findings: &[Finding]) -> Exit {
    let is_broken = findings.iter().any(|finding| finding.health == Health::Broken);
    if is_broken { Exit::Fail } else { Exit::Done }
}
