//! What `devtool api` shows: where the local Stripe API is, how an app is pointed at it, and each call.

use serde_json::json;

use super::api_calls;
use super::layout::{Layout, count};
use crate::api::ApiCall;
use crate::protocol::Moment;
use crate::text::duration::milliseconds;
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
    let line = json!({ "url": heading.url, "recorded_events": heading.recorded });
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
