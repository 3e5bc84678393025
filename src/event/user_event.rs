//! An event, or the object of one, that the user has as JSON: copied from the Dashboard, printed by
//! `stripe events retrieve`, or written by hand.

use serde_json::{Map, Value, json};

use super::id::{self, BASE62, Seed};
use crate::config::reading;
use crate::protocol::moment::Moment;

/// JSON that an event can be made of.
#[derive(Clone, Debug)]
pub struct UserEvent {
    members: Map<String, Value>,
    form: Form,
}

/// What the JSON is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// A whole event with `data.object`.
    Event,
    /// A whole thin event.
    Thin,
    /// The object alone.
    Object,
}

/// Why no event can be made of JSON.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UserEventError {
    /// It is a fixture of the Stripe CLI: requests to Stripe's API.
    #[error("it is a fixture for the Stripe CLI: requests to Stripe's API, and no event")]
    Fixture,
    /// It is something else.
    #[error("{0}")]
    Other(String),
}

impl From<String> for UserEventError {
    fn from(reason: String) -> Self {
        Self::Other(reason)
    }
}

impl From<&str> for UserEventError {
    fn from(reason: &str) -> Self {
        Self::Other(reason.to_owned())
    }
}

/// Which id and time an event of the user's gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Identity {
    /// New ones, so that the endpoint takes it for an event that it does not know.
    Fresh,
    /// Those that it has.
    Kept,
}

/// What an event needs besides what the user gave.
#[derive(Clone, Debug)]
pub struct Defaults<'m> {
    /// The type, where the user named one.
    pub name: Option<&'m str>,
    /// Draws the id.
    pub seed: Seed,
    /// When it happens.
    pub at: Moment,
    /// The API version of an object alone.
    pub api_version: &'m str,
    /// The API version that takes the place of the event's own.
    pub other_api_version: Option<&'m str>,
    /// The connected account whose event it is to be.
    pub account: Option<&'m str>,
    /// Which id and time it gets.
    pub identity: Identity,
}

impl UserEvent {
    /// Reads JSON.
    ///
    /// # Errors
    /// Says why no event can be made of it.
    pub fn parse(bytes: &[u8]) -> Result<Self, UserEventError> {
        let value: Value = serde_json::from_slice(reading::json(bytes)?).map_err(|error| {
            format!(
                "line {} column {} is not JSON: {}",
                error.line(),
                error.column(),
                plain(&error)
            )
        })?;
        let Value::Object(members) = value else {
            return Err("it holds no JSON object".into());
        };
        let text = |name: &str| members.get(name).and_then(Value::as_str);
        let has_object = members.get("data").is_some_and(|data| data["object"].is_object());
        let form = match text("object") {
            Some("v2.core.event") => Form::Thin,
            Some("list") => return Err("it holds a list: use one element of its `data`".into()),
            Some("event") if !has_object => return Err("the event has no `data.object`".into()),
            Some("event") => Form::Event,
            None if has_object && text("type").is_some() => Form::Event,
            Some(_) => Form::Object,
            None if members.get("fixtures").is_some_and(Value::is_array) => {
                return Err(UserEventError::Fixture);
            }
            None => return Err("it holds neither an event nor a Stripe object".into()),
        };
        Ok(Self { members, form })
    }

    /// The type that the event names; an object alone has none.
    pub fn event_type(&self) -> Option<&str> {
        let whole = (self.form != Form::Object).then_some(&self.members)?;
        whole.get("type").and_then(Value::as_str)
    }

    /// The type of the object that the event carries or is about.
    pub fn object(&self) -> &str {
        let object = match self.form {
            Form::Event => self.members["data"]["object"].get("object"),
            Form::Thin => self.members.get("related_object").and_then(|about| about.get("type")),
            Form::Object => self.members.get("object"),
        };
        object.and_then(Value::as_str).unwrap_or_default()
    }

    /// The payload of the event: what the user gave, and the rest of the envelope.
    pub fn payload(self, defaults: &Defaults<'_>) -> Value {
        let mut payload = match self.form {
            Form::Thin => defaults.thin_envelope(),
            Form::Event => defaults.envelope(&self.members["data"]["object"]),
            Form::Object => defaults.envelope(&Value::Object(self.members.clone())),
        };
        if self.form == Form::Object {
            payload["data"] = json!({"object": self.members});
        } else {
            let is_kept = |name: &str| {
                defaults.identity == Identity::Kept || !OF_ONE_DELIVERY.contains(&name)
            };
            for (name, value) in self.members.into_iter().filter(|(name, _)| is_kept(name)) {
                payload[name] = value;
            }
        }
        let account = if self.form == Form::Thin { "context" } else { "account" };
        let version = defaults.other_api_version.filter(|_| self.form != Form::Thin);
        let chosen =
            [("type", defaults.name), (account, defaults.account), ("api_version", version)];
        for (name, value) in chosen {
            if let Some(value) = value {
                payload[name] = value.into();
            }
        }
        payload
    }
}

/// What a new event has of its own. (An event that is read later counts no pending deliveries.)
const OF_ONE_DELIVERY: [&str; 3] = ["id", "created", "pending_webhooks"];

impl Defaults<'_> {
    fn envelope(&self, object: &Value) -> Value {
        json!({
            "id": self.event_id(object["id"].as_str().unwrap_or_default()),
            "object": "event",
            "api_version": self.api_version,
            "created": self.at.seconds(),
            "data": null,
            "livemode": object["livemode"].as_bool().unwrap_or(false),
            "pending_webhooks": 1,
            "request": {"id": null, "idempotency_key": null},
            "type": null,
        })
    }

    fn thin_envelope(&self) -> Value {
        json!({
            "id": id::thin_event_id(self.seed, "event/given"),
            "object": "v2.core.event",
            "created": self.at.rfc3339(),
            "livemode": false,
        })
    }

    /// The id of an event about an object; that of a payment's object shares its characters.
    fn event_id(&self, about: &str) -> String {
        let own = about.rsplit_once('_').map_or(about, |(_, own)| own);
        let is_payment = own.len() == 24 && own.starts_with('3');
        match own.get(..17).filter(|_| is_payment) {
            Some(shared) => {
                format!("evt_{shared}{}", self.seed.characters("event/given", BASE62, 7))
            }
            None => id::event_id(self.seed, None, "", "event/given"),
        }
    }
}

/// An error of the parser without its place.
fn plain(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split(" at line ").next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payload(text: &str, name: Option<&str>, identity: Identity) -> Value {
        let at = Moment::from_seconds(1_792_000_000);
        let defaults = Defaults {
            name,
            seed: Seed(7),
            at,
            api_version: "2026-10-28.endive",
            identity,
            other_api_version: None,
            account: None,
        };
        UserEvent::parse(text.as_bytes()).unwrap().payload(&defaults)
    }

    const EVENT: &str = r#"{"id": "evt_1", "object": "event", "api_version": "2020-08-27",
        "created": 5, "data": {"object": {"id": "pi_3RTqw0RMEOaIvYpU1pQl3Lmp", "object":
        "payment_intent"}}, "livemode": true, "pending_webhooks": 0, "request": {"id": "req_1",
        "idempotency_key": null}, "type": "payment_intent.succeeded"}"#;

    #[test]
    fn an_event_gets_a_new_identity_and_keeps_the_rest() {
        let event = payload(EVENT, None, Identity::Fresh);
        let id = event["id"].as_str().unwrap();
        assert!(id.starts_with("evt_3RTqw0RMEOaIvYpU1") && id.len() == 28, "{id}");
        assert_eq!(event["created"], 1_792_000_000);
        assert_eq!(event["pending_webhooks"], 1);
        assert_eq!(event["api_version"], "2020-08-27");
        assert_eq!(event["request"]["id"], "req_1");
        assert_eq!(event["livemode"], true);
        assert_eq!(event["type"], "payment_intent.succeeded");
    }

    #[test]
    fn an_event_can_keep_its_identity_and_take_another_type() {
        let event = payload(EVENT, Some("payment_intent.created"), Identity::Kept);
        assert_eq!((&event["id"], &event["created"]), (&json!("evt_1"), &json!(5)));
        assert_eq!(event["type"], "payment_intent.created");
    }

    #[test]
    fn an_object_gets_an_envelope() {
        let event = payload(
            r#"{"id": "in_1", "object": "invoice"}"#,
            Some("invoice.paid"),
            Identity::Fresh,
        );
        assert_eq!(event["data"], json!({"object": {"id": "in_1", "object": "invoice"}}));
        assert_eq!(event["api_version"], "2026-10-28.endive");
        assert_eq!(event["object"], "event");
    }

    #[test]
    fn a_thin_event_stays_one() {
        let text = r#"{"id": "evt_test_1", "object": "v2.core.event", "type": "v1.a.b", "x": 1}"#;
        let event = payload(text, None, Identity::Fresh);
        assert!(event["id"] != "evt_test_1" && event.get("data").is_none());
        assert_eq!(event["created"], "2026-10-14T17:46:40.000Z");
        assert_eq!(event["x"], 1);
    }

    #[test]
    fn what_no_event_can_be_made_of_is_refused() {
        let error = |text: &str| UserEvent::parse(text.as_bytes()).unwrap_err();
        insta::assert_snapshot!(error("{\"a\": \n x}"), @"line 2 column 2 is not JSON: expected value");
        insta::assert_snapshot!(error("[]"), @"it holds no JSON object");
        insta::assert_snapshot!(error("{}"), @"it holds neither an event nor a Stripe object");
        assert_eq!(error(r#"{"fixtures": []}"#), UserEventError::Fixture);
        insta::assert_snapshot!(error(r#"{"object": "list"}"#), @"it holds a list: use one element of its `data`");
        insta::assert_snapshot!(error(r#"{"object": "event"}"#), @"the event has no `data.object`");
    }
}
