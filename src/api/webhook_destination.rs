//! Where an event goes besides: a webhook endpoint that a call has made.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::config::Secret;
use crate::delivery::{Endpoint, Hosts};

/// A webhook endpoint that an event goes to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct WebhookDestination {
    /// `we_…`
    pub id: String,
    /// As the call that made it says.
    pub url: String,
    /// What signs its events.
    #[serde(serialize_with = "revealed", deserialize_with = "parsed")]
    pub secret: Secret,
}

impl WebhookDestination {
    /// Where it is, if events may go there: without `--allow-remote`, only to an address that is this machine's without
    /// asking anybody.
    ///
    /// # Errors
    /// They may not.
    pub(crate) fn endpoint(&self, hosts: Hosts) -> Result<Endpoint, String> {
        let endpoint = Endpoint::read(&self.url)?;
        if hosts == Hosts::Any || endpoint.is_local_by_name() {
            return Ok(endpoint);
        }
        Err(format!(
            "events of calls do not go to the webhook endpoint {}, {endpoint}, which is not on this machine; use \
             `--allow-remote` if it is a test system of yours",
            self.id
        ))
    }
}

fn revealed<S: Serializer>(secret: &Secret, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.reveal())
}

fn parsed<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Secret, D::Error> {
    let text = String::deserialize(deserializer)?;
    Secret::parse(&text).map_err(serde::de::Error::custom)
}
