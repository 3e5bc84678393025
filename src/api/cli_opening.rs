//! The first call of `stripe listen`, which opens a session.

use serde_json::json;

use super::Api;
use super::answer::ApiAnswer;
use super::cli_sessions::{CliFeatures, SOCKET_PATH};
use super::error::RequestError;
use super::inquiry::Result;
use super::request::ApiRequest;
use crate::event::Catalogue;

/// Its path.
const SESSION_PATH: &str = "/v1/stripecli/sessions";
/// After how many seconds the Stripe CLI renews its websocket.
const RECONNECT_DELAY: u32 = 3_600;

impl Api {
    /// The answer to `stripe listen`, where a request is its first call.
    pub(super) fn session_answer(&self, request: &ApiRequest) -> Option<ApiAnswer> {
        let is_it = request.method == "POST" && request.path == SESSION_PATH;
        is_it.then(|| self.opened(request).unwrap_or_else(|error| error.answer(&request.path)))
    }

    /// Whether somebody gets the events of calls by `stripe listen`.
    pub(crate) fn has_sessions(&self) -> bool {
        !self.cli_sessions().is_empty()
    }

    fn opened(&self, request: &ApiRequest) -> Result<ApiAnswer> {
        let features = features(request);
        if !features.snapshot && !features.thin {
            let what = "sessions of the Stripe CLI other than those of `stripe listen`";
            return Err(RequestError::not_served(what));
        }
        let parameters = request.parameters();
        let device = parameters.get("device_name").unwrap_or_default();
        let none = |_| RequestError::not_served("sessions: the system has no random bytes");
        let (id, secret) = self.cli_sessions().open(device, features).map_err(none)?;
        let host = request.headers.host.as_deref().unwrap_or_default();
        let version = Catalogue::api_version();
        Ok(ApiAnswer::json(
            200,
            &json!({
                "default_version": version,
                "device_token": null,
                "display_connect_filter_warning": false,
                "latest_version": version,
                "reconnect_delay": RECONNECT_DELAY,
                "secret": secret.reveal(),
                "websocket_authorized_feature": "webhook-payloads",
                "websocket_id": id,
                "websocket_url": format!("ws://{host}{SOCKET_PATH}"),
            }),
        ))
    }
}

/// What a call asks for.
fn features(request: &ApiRequest) -> CliFeatures {
    let parameters = request.parameters();
    let has = |feature: &str| parameters.list("websocket_features").any(|one| one == feature);
    CliFeatures { snapshot: has("webhooks"), thin: has("v2_events") }
}
