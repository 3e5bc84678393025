//! What the relay reads of an event: its id, type and time. The bytes go on as they are.

use std::borrow::Cow;

use serde::Deserialize;

use crate::protocol::Moment;

/// What the relay knows of an event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Envelope {
    /// `evt_…`; empty where the body has none.
    pub id: String,
    /// `invoice.paid`; empty where the body has none.
    pub name: String,
    /// When Stripe made it.
    pub created: Option<i64>,
    /// The connected account that it is from.
    pub account: Option<String>,
}

#[derive(Deserialize)]
struct Fields<'b> {
    #[serde(borrow)]
    id: Cow<'b, str>,
    #[serde(borrow, rename = "type")]
    name: Cow<'b, str>,
    #[serde(borrow, default)]
    created: Option<Created<'b>>,
    /// Thin events have a `context` in its place.
    #[serde(borrow, default, alias = "context")]
    account: Option<Cow<'b, str>>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Created<'b> {
    Seconds(i64),
    /// Thin events have RFC 3339.
    Text(#[serde(borrow)] Cow<'b, str>),
}

impl Envelope {
    /// Reads a body; of one that is no event nothing is known.
    pub fn read(body: &[u8]) -> Self {
        let Ok(fields) = serde_json::from_slice::<Fields<'_>>(body) else { return Self::default() };
        let created = match fields.created {
            Some(Created::Seconds(seconds)) => Some(seconds),
            Some(Created::Text(text)) => Moment::parse(&text).map(Moment::seconds),
            None => None,
        };
        Self {
            id: fields.id.into_owned(),
            name: fields.name.into_owned(),
            created,
            account: fields.account.map(Cow::into_owned),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn envelope(id: &str, name: &str, created: Option<i64>) -> Envelope {
        Envelope { id: id.into(), name: name.into(), created, account: None }
    }

    #[test]
    fn snapshot_and_thin_events_are_read() {
        let snapshot = br#"{"id":"evt_1","object":"event","created":12,"data":{"id":"in_1"},"type":"invoice.paid"}"#;
        assert_eq!(Envelope::read(snapshot), envelope("evt_1", "invoice.paid", Some(12)));
        let thin =
            br#"{"id":"evt_t","type":"v1.charge.failed","created":"1970-01-01T00:01:00.5Z"}"#;
        assert_eq!(Envelope::read(thin), envelope("evt_t", "v1.charge.failed", Some(60)));
        let connect = br#"{"id":"evt_1","account":"acct_1","type":"x"}"#;
        assert_eq!(Envelope::read(connect).account.as_deref(), Some("acct_1"));
        let escaped = r#"{"id":"evt_é\u0041","type":"x"}"#.as_bytes();
        assert_eq!(Envelope::read(escaped), envelope("evt_éA", "x", None));
    }

    #[test]
    fn nothing_is_known_of_what_is_no_event() {
        for body in [&b""[..], b"{", b"[]", b"{\"id\": 5, \"type\": \"x\"}", b"\xff"] {
            assert_eq!(Envelope::read(body), Envelope::default());
        }
    }
}
