//! The listens that run: what `devtool listen --status` shows.

use serde_json::{Value, json};

use super::palette::Palette;
use crate::listen::Running;
use crate::text::escape;

/// The listens that run, for a reader.
pub(crate) fn text(running: &[Running], palette: Palette) -> String {
    running.iter().fold(String::new(), |text, one| {
        let account = match (&one.account_name, &one.account) {
            (Some(name), Some(id)) => format!("{name} ({id})"),
            (_, Some(id)) => id.clone(),
            (_, None) => "unknown account (the API key does not name it)".to_owned(),
        };
        text + &format!(
            "{} {} from {}\n  process {}, relay {}, since {}\n",
            palette.heading("listen:"),
            one.endpoint,
            escape::line(&account),
            one.pid,
            one.relay,
            one.started_at,
        )
    })
}

/// A line for each.
pub(crate) fn compact(running: &[Running]) -> String {
    running.iter().fold(String::new(), |text, one| {
        text + &format!("{} {} {}\n", one.pid, one.endpoint, one.relay)
    })
}

/// One JSON document.
pub(crate) fn json(running: &[Running]) -> String {
    let entry = |one: &Running| {
        json!({
            "pid": one.pid,
            "endpoint": one.endpoint,
            "relay": one.relay,
            "account": one.account,
            "account_name": one.account_name,
            "history": one.history,
            "started_at": one.started_at,
        })
    };
    let listens: Vec<Value> = running.iter().map(entry).collect();
    super::json::document(&json!({"schema": 1, "listens": listens}))
}
