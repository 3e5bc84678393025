//! Why there was no answer.

use super::likely::{AddedOption, Diagnosis};
use crate::delivery::endpoint::Endpoint;
use crate::delivery::outcome::NoAnswer;
use crate::delivery::probe::Findings;

pub(super) fn diagnose(
    endpoint: &Endpoint,
    (why, error): (NoAnswer, &str),
    findings: &Findings,
) -> Diagnosis {
    if error.contains("NoApplicationProtocol") {
        return Diagnosis::new(
            "server.http2_only",
            "the server speaks HTTP/2 only; Stripe's CLI and devtool speak HTTP/1.1",
            "let the server take HTTP/1.1 too (Node: `allowHTTP1: true`)",
        );
    }
    match &findings.instead {
        Some(instead) => elsewhere(endpoint, why, instead),
        None => nowhere(endpoint, why, findings.is_in_container),
    }
}

fn elsewhere(endpoint: &Endpoint, why: NoAnswer, instead: &Endpoint) -> Diagnosis {
    let option = AddedOption::new("--url", instead.to_string());
    let fix = format!("use `{option}`");
    let there = if why == NoAnswer::Refused {
        let cause = format!(
            "nothing listens on {}, but something does on {}",
            endpoint.host_and_port(),
            instead.host_and_port()
        );
        Diagnosis::new("connection.other_address", cause, fix)
    } else {
        let scheme = if instead.is_https() { "https" } else { "plain http" };
        Diagnosis::new("connection.other_scheme", format!("this port serves {scheme}"), fix)
    };
    there.with_option(option)
}

fn nowhere(endpoint: &Endpoint, why: NoAnswer, is_in_container: bool) -> Diagnosis {
    let place = endpoint.host_and_port();
    match why {
        NoAnswer::Refused => {
            let mut fix = "start your app, or set its port with `--port`".to_owned();
            if is_in_container {
                fix.push_str(&format!(
                    ". This is a container, and so is its localhost: for an app on its host use `--url {} \
                     --allow-remote`",
                    endpoint.at_host("host.docker.internal")
                ));
            }
            Diagnosis::new("connection.refused", format!("nothing listens on {place}"), fix)
        }
        NoAnswer::Certificate => Diagnosis::new(
            "connection.certificate",
            "the certificate is not one that this system trusts",
            "if it is self-signed, `--skip-verify` accepts it on this machine",
        ),
        NoAnswer::Tls => Diagnosis::new(
            "connection.tls",
            format!("{place} and devtool could not agree on TLS"),
            "is this the right port?",
        ),
        NoAnswer::Timeout => Diagnosis::new(
            "connection.timeout",
            "the handler takes too long",
            "return 2xx first, then do the work. `--timeout` waits longer",
        ),
        NoAnswer::Dns => unknown_host(endpoint, is_in_container),
        NoAnswer::Closed | NoAnswer::BrokeOff => Diagnosis::new(
            "connection.closed",
            "the app closed the connection before it answered",
            "did it crash or restart? See its log",
        ),
        NoAnswer::Lost => Diagnosis::new(
            "connection.lost",
            "the event could not be sent, as its body is gone",
            "`stripe events resend ID` has Stripe send the event again",
        ),
        NoAnswer::Invalid => Diagnosis::new(
            "connection.invalid",
            format!("{place} did not answer with valid HTTP"),
            "is this the right port?",
        ),
    }
}

fn unknown_host(endpoint: &Endpoint, is_in_container: bool) -> Diagnosis {
    let host = endpoint.host();
    let is_local = !host.contains('.')
        || [".test", ".local", ".internal"].iter().any(|end| host.ends_with(end));
    let fix = if is_local && is_in_container {
        "is it a container in this one's network? `host.docker.internal` is the container's host"
    } else if is_local {
        "put it into the hosts file; the names of a compose file's services are known in its network only"
    } else {
        "check its spelling"
    };
    Diagnosis::new("connection.dns", format!("the host `{host}` was not found"), fix)
}
