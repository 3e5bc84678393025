//! What `devtool api` shows: where the local Stripe API is, how an app is pointed at it, and each call.

use std::path::Path;

use serde_json::json;

use super::api_calls;
use super::layout::{Layout, count};
use crate::api::{ApiCall, CausedEvent, MOST_CHAIN};
use crate::protocol::Moment;
use crate::runner::Exchange;
use crate::text::duration::{self, milliseconds};
use crate::text::escape;

/// Stripe's libraries, and what points each at a local API, in which `{url}` and `{port}` stand for its own.
pub(crate) const LIBRARIES: [(&str, &str); 8] = [
    ("python", r#"StripeClient(key, base_addresses={"api": "{url}"})"#),
    ("node", "new Stripe(key, {protocol: 'http', host: '127.0.0.1', port: {port}})"),
    ("ruby", r#"Stripe::StripeClient.new(key, api_base: "{url}")"#),
    ("php", r"new \Stripe\StripeClient(['api_key' => $key, 'api_base' => '{url}'])"),
    (
        "go",
        r#"stripe.NewClient(key, stripe.WithBackends(stripe.NewBackendsWithConfig(&stripe.BackendConfig{URL: stripe.String("{url}")})))"#,
    ),
    ("java", r#"Stripe.overrideApiBase("{url}")"#),
    ("dotnet", r#"new StripeClient(key, apiBase: "{url}")"#),
    ("rust", r#"ClientBuilder::new(key).url("{url}")"#),
];

/// Where the API is, and what it serves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ApiHeading {
    pub(crate) url: String,
    pub(crate) port: u16,
    /// How many recorded events it serves the objects of; `None` where there is no history.
    pub(crate) recorded: Option<usize>,
    /// Whether there are older ones, which it does not serve.
    pub(crate) is_cut: bool,
    /// Where the events go that calls cause, and what signs them; `None` for nowhere.
    pub(crate) endpoint: Option<(String, String)>,
    /// What it began with, in a line each.
    pub(crate) kept: Vec<String>,
    /// The one library to point at it; all of them where that is not said.
    pub(crate) library: Option<String>,
}

/// The heading in lines.
pub(crate) fn heading(heading: &ApiHeading, layout: Layout) -> String {
    let palette = layout.palette;
    let mut text = format!("{} {} (Ctrl-C to stop)\n", palette.heading("api:"), heading.url);
    text.push_str(&match (heading.recorded, heading.is_cut) {
        (None, _) => "serves: no recorded events\n".to_owned(),
        (Some(recorded), true) => {
            format!("serves: the objects of the newest {recorded} recorded events, and of each new one\n")
        }
        (Some(recorded), false) => {
            let events = count(recorded, "recorded event");
            format!("serves: the objects of {events}, and of each new one\n")
        }
    });
    for line in &heading.kept {
        text.push_str(&format!("{}\n", escape::line(line)));
    }
    if let Some((endpoint, secret)) = &heading.endpoint {
        text.push_str(&format!("events of calls: to {endpoint}\nsecret: {secret}\n"));
    }
    text.push_str("key: any that begins with sk_test_\n\n");
    let wanted = |name: &str| heading.library.as_deref().is_none_or(|library| library == name);
    for (name, line) in LIBRARIES.iter().filter(|(name, _)| wanted(name)) {
        let port = heading.port.to_string();
        let line = line.replace("{url}", &heading.url).replace("{port}", &port);
        text.push_str(&format!("{}  {line}\n", palette.dim(&format!("{name:<6}"))));
    }
    text.push('\n');
    text
}

/// The heading in one line of JSON.
pub(crate) fn json_heading(heading: &ApiHeading) -> String {
    let endpoint = heading.endpoint.as_ref().map(|(endpoint, _)| endpoint);
    let line = json!({
        "url": heading.url,
        "recorded_events": heading.recorded,
        "endpoint": endpoint,
    });
    format!("{line}\n")
}

/// A call in a line.
pub(crate) fn line(call: &ApiCall, layout: Layout) -> String {
    let time = Moment::from_milliseconds(call.began).local_time();
    let room = Layout { columns: layout.columns.saturating_sub(time.len() + 2), ..layout };
    format!("{}  {}", layout.palette.dim(&time), api_calls::line(call, &[], 0, room))
}

/// A call in one line of JSON.
pub(crate) fn json(call: &ApiCall) -> String {
    let line = json!({
        "at": Moment::from_milliseconds(call.began).rfc3339(),
        "method": call.method,
        "path": call.path,
        "status": call.status,
        "latency_ms": call.latency.map(milliseconds),
        "served": !call.is_unserved,
        "fault": call.is_fault,
        "event": call.event,
    });
    escape::json(format!("{line}\n"))
}

/// The delivery of an event that a call has caused, in a line.
pub(crate) fn delivery(event: &CausedEvent, exchange: &Exchange, layout: Layout) -> String {
    let time = exchange.sent.first().map(|sent| sent.at.local_time()).unwrap_or_default();
    let (status, latency) = attempted(exchange);
    let shown = status.map_or_else(|| "no answer".to_owned(), |status| status.to_string());
    let cause = api_calls::cause(&event.cause);
    let to = event.webhook.as_ref().map(|webhook| format!("to {}, ", escape::name(&webhook.id)));
    let cause = format!("({}caused by {cause})", to.unwrap_or_default());
    format!(
        "{}  {}  {}  {latency}  {}\n",
        layout.palette.dim(&time),
        escape::line(&event.name),
        layout.palette.status(status, &shown),
        layout.palette.dim(&cause),
    )
}

/// The same in one line of JSON.
pub(crate) fn delivery_json(event: &CausedEvent, exchange: &Exchange) -> String {
    let (status, _) = attempted(exchange);
    let last = exchange.attempts.last();
    let line = json!({
        "at": exchange.sent.first().map(|sent| sent.at.rfc3339()),
        "delivered": event.name,
        "event": event.id,
        "status": status,
        "outcome": last.map(|attempt| attempt.outcome.word()),
        "latency_ms": last.map(|attempt| milliseconds(attempt.latency)),
        "caused_by": api_calls::cause_json(&event.cause),
        "webhook_endpoint": event.webhook.as_ref().map(|webhook| &webhook.id),
    });
    escape::json(format!("{line}\n"))
}

/// The status and the latency of the last attempt.
fn attempted(exchange: &Exchange) -> (Option<u16>, String) {
    let Some(last) = exchange.attempts.last() else { return (None, String::new()) };
    let status = last.outcome.response().map(|response| response.status);
    (status, duration::short(last.latency))
}

/// Calls and events that go on without an end.
pub(crate) fn endless(event: &str) -> String {
    format!(
        "{} is not delivered: it follows from {MOST_CHAIN} events, each of a call that your app made while it handled \
         the one before",
        escape::line(event)
    )
}

/// A call has caused an event, and nobody is there for it.
pub(crate) fn lost(event: &str) -> String {
    format!(
        "{} of a call goes to nobody: `devtool api --port PORT` delivers the events of calls to your app",
        escape::line(event)
    )
}

/// The file that keeps what calls change, and how many objects it had.
pub(crate) fn data(file: &Path, objects: usize) -> String {
    format!("data: {} ({})", file.display(), count(objects, "object"))
}

/// The file of objects that an API begins with: how many are new, and how many were there already.
pub(crate) fn objects(file: &Path, new: usize, known: usize) -> String {
    let before = if known == 0 { String::new() } else { format!(", {known} there already") };
    format!("objects: {} ({}{before})", file.display(), count(new, "object"))
}

/// What is not exported.
pub(crate) fn left_out(objects: usize) -> String {
    let (objects, are) = (count(objects, "object"), if objects == 1 { "is" } else { "are" });
    format!("{objects} of connected accounts {are} not among them")
}
