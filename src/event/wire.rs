//! An event's exact bytes.

use serde_json::Value;

use crate::protocol::Moment;

/// As long as most bodies become, in bytes, so that they need not be moved while they grow.
const USUAL_LENGTH: usize = 4_096;

/// One event: its exact bytes, and what devtool needs to know of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// `evt_…`
    pub id: String,
    /// The type's name.
    pub name: String,
    /// The body as it is signed and sent: JSON indented by two spaces, as Stripe sends it.
    pub body: Vec<u8>,
    /// When it is signed, where that is not when it goes out.
    pub signed_at: Option<Moment>,
    /// Headers that it goes out with besides Stripe's: those of a delivery that is made again.
    pub headers: Vec<(String, String)>,
    /// Whether Stripe made it.
    pub is_stripes: bool,
}

impl Event {
    /// The event of a payload.
    pub fn new(payload: &Value) -> Self {
        let text = |name: &str| payload[name].as_str().unwrap_or_default().to_owned();
        let mut body = Vec::with_capacity(USUAL_LENGTH);
        // Writing to memory does not fail.
        let _ = serde_json::to_writer_pretty(&mut body, payload);
        let (id, name) = (text("id"), text("type"));
        Self { id, name, body, signed_at: None, headers: Vec::new(), is_stripes: false }
    }

    /// The event of that id and type that has that body.
    pub fn of_body((id, name): (&str, &str), body: &[u8]) -> Self {
        Self {
            id: id.to_owned(),
            name: name.to_owned(),
            body: body.to_vec(),
            signed_at: None,
            headers: Vec::new(),
            is_stripes: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::id::Seed;
    use super::super::plot::Plot;
    use super::super::{Catalogue, EventType, Scene, Story};
    use super::*;
    use crate::protocol::ordered;

    /// The payload of an event of a connected account.
    fn payload(
        catalogue: &Catalogue,
        name: &str,
        event_type: &EventType,
        api_version: &str,
    ) -> Value {
        let at = Moment::from_seconds(1_792_000_000);
        let scene = Scene {
            name: name.to_owned(),
            about: event_type.object.clone(),
            states: Vec::new(),
            at,
            cause: None,
            event_type: event_type.clone().into(),
        };
        let plain = Plot::plain(name, Seed(1), at);
        let own = event_type.payment_method.clone();
        let plot = Plot {
            payment_method: own.unwrap_or_else(|| plain.payment_method.clone()),
            api_version: api_version.to_owned(),
            account: Some("acct_1Mb2Xk4dTz7RqW9e".to_owned()),
            ..plain
        };
        let story = Story::new(catalogue, plot, vec![scene]).unwrap();
        story.payloads().unwrap().remove(0)
    }

    #[test]
    fn every_event_has_the_order_of_the_wire_at_every_depth() {
        let catalogue = Catalogue::embedded().unwrap();
        for (name, event_type) in catalogue.event_types().unwrap() {
            for api_version in [Catalogue::api_version(), "2025-02-24.acacia"] {
                let payload = payload(&catalogue, name, event_type, api_version);
                let in_order = ordered(payload.clone());
                // Values that differ in their order alone are equal.
                assert_eq!(payload.to_string(), in_order.to_string(), "{name} at {api_version}");
            }
        }
    }
}
