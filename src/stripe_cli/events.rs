//! Events as Stripe's API lists them: newest first, a page at a time, each with the bytes that it has in the list.

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::api::{ApiError, Reply, read};
use super::child::Stripe;
use crate::error::Result;
use crate::protocol::Moment;

/// Which events.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct EventQuery<'q> {
    /// How many, at most 100.
    pub limit: usize,
    /// When they were made at the earliest, in seconds of Stripe's clock.
    pub from: Option<i64>,
    /// The last event of the page before.
    pub after: Option<&'q str>,
}

/// A part of the list.
#[derive(Debug)]
pub(crate) struct EventPage {
    /// Its events, newest first.
    pub events: Vec<ListedEvent>,
    /// Whether older ones follow.
    pub has_more: bool,
    /// When Stripe answered, by its own clock.
    pub at: Option<Moment>,
}

/// An event of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ListedEvent {
    /// Its id.
    pub id: String,
    /// Its type.
    pub event_type: String,
    /// When it was made, in seconds of Stripe's clock.
    pub created: i64,
    /// Its bytes, set out as when it is delivered.
    pub body: String,
}

/// What Stripe answered.
#[derive(Debug)]
pub(crate) enum EventReply {
    /// Events.
    Page(EventPage),
    /// An error document.
    Error(ApiError),
}

impl Stripe {
    /// Asks for events.
    ///
    /// # Errors
    /// Stripe cannot be reached, refuses the login or the key, or answers something else than a list.
    pub(crate) async fn events(
        &self,
        query: EventQuery<'_>,
        time_limit: Duration,
    ) -> Result<EventReply> {
        let mut data = vec![format!("limit={}", query.limit)];
        data.extend(query.from.map(|from| format!("created[gte]={from}")));
        data.extend(query.after.map(|after| format!("starting_after={after}")));
        let mut arguments = vec!["get", "/v1/events", "--show-headers"];
        for one in &data {
            arguments.extend(["-d", one]);
        }
        let output = self.output(&arguments, time_limit).await?;
        // The Stripe CLI shows headers on stderr.
        let at = date(&output.stderr);
        if let Some(page) = (output.code == Some(0)).then(|| page(&output.stdout, at)).flatten() {
            return Ok(EventReply::Page(page));
        }
        match read(&output, &self.credential())? {
            Reply::Error(error) => Ok(EventReply::Error(error)),
            Reply::Object(_) => Err(super::error::unreachable("it answers no list of events")),
        }
    }
}

/// The moment of the answer, out of the lines of its headers.
fn date(headers: &str) -> Option<Moment> {
    let date = headers.lines().find_map(|line| line.strip_prefix("< Date: "));
    date.and_then(|date| Moment::of_http_date(date.trim()))
}

fn page(text: &str, at: Option<Moment>) -> Option<EventPage> {
    #[derive(Deserialize)]
    struct List<'l> {
        #[serde(borrow)]
        data: Vec<&'l RawValue>,
        #[serde(default)]
        has_more: bool,
    }
    let list: List<'_> = serde_json::from_str(text).ok()?;
    let events = list.data.into_iter().filter_map(|event| listed(event.get())).collect();
    Some(EventPage { events, has_more: list.has_more, at })
}

fn listed(raw: &str) -> Option<ListedEvent> {
    #[derive(Deserialize)]
    struct Head {
        id: String,
        #[serde(rename = "type")]
        event_type: String,
        created: i64,
    }
    let Head { id, event_type, created } = serde_json::from_str(raw).ok()?;
    Some(ListedEvent { id, event_type, created, body: set_out(raw)? })
}

/// The event's own bytes without the indentation that it has in the list; where the list has no lines, with those
/// that a delivery has. (No string of JSON goes on over a line's end.)
fn set_out(raw: &str) -> Option<String> {
    let Some((_, last)) = raw.rsplit_once('\n') else {
        let event: Value = serde_json::from_str(raw).ok()?;
        return Some(format!("{event:#}"));
    };
    let indentation = &last[..last.len() - last.trim_start().len()];
    let lines: Vec<&str> =
        raw.split('\n').map(|line| line.strip_prefix(indentation).unwrap_or(line)).collect();
    Some(lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADERS: &str = "> GET https://api.stripe.com/v1/events?limit=100
> Authorization: Bearer [REDACTED]
< HTTP 200
< Content-Type: application/json
< Date: Sun, 21 Feb 2027 00:00:00 GMT
";
    const LIST: &str = r#"{
  "object": "list",
  "data": [
    {
      "id": "evt_1",
      "created": 7,
      "data": {
        "n": 12.50,
        "text": "\u003ca\/\n    b"
      },
      "type": "invoice.paid"
    }
  ],
  "has_more": true
}
"#;

    #[test]
    fn the_answers_headers_tell_stripes_time() {
        let midnight = Moment::of_http_date("Sun, 21 Feb 2027 00:00:00 GMT");
        assert!(midnight.is_some());
        assert_eq!(date(HEADERS), midnight);
        assert_eq!(date("warning: no headers"), None);
    }

    #[test]
    fn an_event_of_the_list_has_the_bytes_of_a_delivery() {
        let page = page(LIST, None).unwrap();
        assert!(page.has_more);
        let [event] = page.events.as_slice() else { panic!("one event") };
        assert_eq!((event.id.as_str(), event.created), ("evt_1", 7));
        insta::assert_snapshot!(event.body, @r#"
        {
          "id": "evt_1",
          "created": 7,
          "data": {
            "n": 12.50,
            "text": "\u003ca\/\n    b"
          },
          "type": "invoice.paid"
        }
        "#);
    }

    #[test]
    fn a_list_without_lines_is_set_out() {
        let text = r#"{"data": [{"id": "evt_1", "type": "a.b", "created": 7}, {"id": 1}]}"#;
        let page = page(text, None).unwrap();
        assert!(!page.has_more && page.events.len() == 1);
        assert_eq!(
            page.events[0].body,
            "{\n  \"id\": \"evt_1\",\n  \"type\": \"a.b\",\n  \"created\": 7\n}"
        );
    }
}
