//! What an outcome most likely means, and what to do about it.

use super::endpoint::Endpoint;
use super::outcome::{NoAnswer, Outcome, Response};
use super::probe::Findings;

/// The likely cause and the way out, in one or two sentences; `None` for an accepted event.
pub fn hint(endpoint: &Endpoint, outcome: &Outcome, findings: &Findings) -> Option<String> {
    match outcome {
        Outcome::Response(response) if response.is_accepted() => None,
        Outcome::Response(response) => Some(rejected(endpoint, response, findings)),
        Outcome::None { why, .. } => Some(unanswered(endpoint, *why, findings)),
    }
}

fn rejected(endpoint: &Endpoint, response: &Response, findings: &Findings) -> String {
    // macOS's AirPlay Receiver takes port 5000 and answers 403 to everything.
    if response.header("server").is_some_and(|server| server.contains("AirTunes")) {
        return format!(
            "this is macOS's AirPlay Receiver, not your app: it holds port {}. Turn it off in \
             System Settings > General > AirDrop & Handoff, or run your app on another port and \
             give it with `--port`",
            endpoint.port()
        );
    }
    let path = endpoint.path();
    match response.status {
        301..=303 | 307 | 308 => redirect(endpoint, response),
        400 if mentions_https(response) && !endpoint.is_https() => {
            format!("this port serves https: use `--url {}`", endpoint.other_scheme())
        }
        400..=403 | 422 | 500 if mentions_signature(response) => signature(findings),
        404 => {
            format!("the app has no route for `{path}`: set your handler's path with `--path`")
        }
        405 => format!("`{path}` does not accept POST: allow that method in its route"),
        status => common_cause(status).to_owned(),
    }
}

/// What a status means that says all there is to say.
const fn common_cause(status: u16) -> &'static str {
    match status {
        400 => {
            "the handler rejected the event: its log may say why. If it could not verify the \
             signature, `devtool secret` prints the secret that it needs"
        }
        401 | 403 => {
            "the endpoint requires a login or a CSRF token, and Stripe sends neither: exempt the \
             webhook's path from both"
        }
        413 => "the app limits the body size: allow at least 256 KiB for webhooks",
        415 => "the app does not accept `application/json` here: Stripe sends nothing else",
        429 => "the app limits the request rate: exempt the webhook's path",
        502..=504 => "a proxy in front of the app got no answer from it: is the app running?",
        500..=599 => "the handler failed: see the app's log for the cause",
        _ => "Stripe counts only 2xx as delivered, and would send this event again later",
    }
}

/// Where another variable has a secret, that one is most likely the app's.
fn signature(findings: &Findings) -> String {
    match &findings.other_secret {
        Some(other) => format!(
            "the app could not verify the signature, which was made with devtool's own secret: {}. To sign \
             with that one, put `{}` into devtool.toml",
            other.describe(),
            other.line()
        ),
        None => SIGNATURE.to_owned(),
    }
}

const SIGNATURE: &str = "the app could not verify the signature. Most often it has another secret: \
                         `devtool secret` prints this one, `devtool secret --write` writes it \
                         to .env (then restart the app). Otherwise it may verify a parsed body: \
                         verify the raw request bytes";

fn redirect(endpoint: &Endpoint, response: &Response) -> String {
    let location = response.header("location");
    match location.and_then(|location| endpoint.join(location)) {
        Some(target) => format!(
            "the endpoint redirects, which Stripe does not follow: use the final address with \
             `--url {target}`, or answer here"
        ),
        None => "the endpoint redirects without a usable Location header, and Stripe does not \
                 follow redirects: answer here"
            .to_owned(),
    }
}

/// Whether a body speaks of the signature, as the official SDKs' messages do.
fn mentions_signature(response: &Response) -> bool {
    let text = response.text().to_lowercase();
    ["signature", "whsec_", "timestamp outside the tolerance"]
        .iter()
        .any(|word| text.contains(word))
}

/// What Go's and nginx's servers say to plain http at an https port.
fn mentions_https(response: &Response) -> bool {
    let text = response.text().to_lowercase();
    text.contains("http request") && (text.contains("https server") || text.contains("https port"))
}

fn unanswered(endpoint: &Endpoint, why: NoAnswer, findings: &Findings) -> String {
    let place = format!("{}:{}", bracketed(endpoint.host()), endpoint.port());
    match (why, &findings.instead) {
        (NoAnswer::Refused, Some(instead)) => format!(
            "nothing listens on {place}, but something does on {}:{}: use `--url {instead}`",
            bracketed(instead.host()),
            instead.port()
        ),
        (NoAnswer::Refused, None) => {
            format!("nothing listens on {place}: start your app, or set its port with `--port`")
        }
        (NoAnswer::Tls | NoAnswer::Closed | NoAnswer::Invalid, Some(instead)) => {
            let scheme = if instead.is_https() { "https" } else { "plain http" };
            format!("this port serves {scheme}: use `--url {instead}`")
        }
        (NoAnswer::Certificate, _) => "if the certificate is self-signed, `--skip-verify` accepts \
                                       it on this machine"
            .to_owned(),
        (NoAnswer::Tls, None) => {
            format!("{place} and devtool could not agree on TLS: is this the right port?")
        }
        (NoAnswer::Timeout, _) => {
            "the handler takes too long: return 2xx first, then do the work. \
                                   `--timeout` waits longer"
                .to_owned()
        }
        (NoAnswer::Dns, _) => {
            format!("the host `{}` was not found: check its spelling", endpoint.host())
        }
        (NoAnswer::Closed, None) => {
            "the app closed the connection before it answered: did it crash \
                                     or restart? See its log"
                .to_owned()
        }
        (NoAnswer::Lost, _) => {
            "`stripe events resend ID` has Stripe send the event again".to_owned()
        }
        (NoAnswer::Invalid, None) => {
            format!("{place} did not answer with valid HTTP: is this the right port?")
        }
    }
}

fn bracketed(host: &str) -> String {
    if host.contains(':') { format!("[{host}]") } else { host.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hint_for(status: u16, headers: &[(&str, &str)], body: &str) -> String {
        let headers = headers.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect();
        let response = Response {
            status,
            headers,
            body: body.as_bytes().to_vec(),
            is_truncated: false,
            broke_off: None,
        };
        let endpoint = Endpoint::parse("http://127.0.0.1:5000/webhook").unwrap();
        hint(&endpoint, &Outcome::Response(response), &Findings::default()).unwrap_or_default()
    }

    #[test]
    fn each_rejection_names_its_likely_cause() {
        for (status, headers, body, cause) in [
            (403, &[("server", "AirTunes/775.3.1")][..], "", "AirPlay Receiver"),
            (400, &[][..], "No signatures found matching the expected signature", "secret --write"),
            (400, &[][..], "bad json", "rejected the event"),
            (400, &[][..], "Client sent an HTTP request to an HTTPS server.", "serves https"),
            (401, &[][..], "", "login or a CSRF token"),
            (403, &[][..], "CSRF", "login or a CSRF token"),
            (404, &[][..], "", "no route for `/webhook`"),
            (405, &[][..], "", "does not accept POST"),
            (308, &[("location", "http://x/\u{1b}[2J")][..], "", "`--url http://x/%1B[2J`"),
            (308, &[("location", "hook/")][..], "", "`--url http://127.0.0.1:5000/hook/`"),
            (308, &[][..], "", "without a usable Location header"),
            (304, &[][..], "", "only 2xx"),
            (401, &[][..], "{\"e\":\"invalid signature!\"}", "could not verify the signature"),
            (500, &[][..], "stripe.SignatureVerificationError", "could not verify the signature"),
            (500, &[][..], "", "the handler failed"),
            (502, &[][..], "", "a proxy in front"),
            (418, &[][..], "", "only 2xx"),
        ] {
            let hint = hint_for(status, headers, body);
            assert!(hint.contains(cause), "{status}: {hint}");
        }
        assert_eq!(hint_for(204, &[], ""), "");
    }
}
