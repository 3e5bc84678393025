//! Ephemeral keys: a mobile app reads its customer with one. Here it opens nothing, since any test key does.

use serde_json::{Map, Value, json};

use super::action::WriteAction;
use super::draft::Draft;
use super::input::Input;
use crate::api::change::ChangeKind;
use crate::api::error::RequestError;
use crate::api::inquiry::Result;
use crate::event::id::BASE62;
use crate::protocol::ordered;

/// How long one counts, in seconds.
const LIFETIME: i64 = 60 * 60;
/// How long its secret is behind its prefix.
const SECRET_LENGTH: usize = 60;

impl Draft<'_, '_> {
    pub(super) fn create_key(
        &mut self,
        action: &'static WriteAction,
        input: &Input,
    ) -> Result<usize> {
        if self.inquiry.request.headers.version.is_none() {
            let message = "devtool: an ephemeral key is made for one API version: send the header \
                           Stripe-Version";
            return Err(RequestError::new(400, message));
        }
        let mut key = self.new_object(action, input)?;
        let now = self.inquiry.request.second;
        key["expires"] = now.saturating_add(LIFETIME).into();
        let seed = self.inquiry.store.next_name(0).0;
        let id = key["id"].as_str().unwrap_or_default();
        let secret = seed.characters(&format!("key/{id}"), BASE62, SECRET_LENGTH);
        self.told_once = Map::from_iter([
            ("secret".to_owned(), Value::from(format!("ek_test_{secret}"))),
            // The libraries for phones look there for the customer.
            (
                "associated_objects".to_owned(),
                json!([{"id": input["customer"], "type": "customer"}]),
            ),
        ]);
        Ok(self.note(action, ChangeKind::Created, (Value::Null, ordered(key))))
    }
}
