//! Which path leads where.

use serde_json::{Value, json};

use super::fault::{Answer, Fault};
use super::state::{ApiRequest, State};
use super::{effects, events, form, login, objects, parameters, session};

/// The answer of the API or the dashboard, and what it changes; none where devtool's own local API is to answer.
pub(crate) fn answer(state: &mut State, request: &ApiRequest) -> Option<Answer> {
    let path: Vec<&str> = request.path.split('/').skip(1).collect();
    match (request.method.as_str(), path.as_slice()) {
        ("POST", ["stripecli", "auth"]) => Some(login::start(state)),
        ("GET", ["stripecli", "auth", _]) => Some(login::poll(state)),
        (_, ["v1", rest @ ..]) => refused(request).or_else(|| of_account(state, request, rest)),
        (method, _) => Some(Answer::no_such_path(method, &request.path)),
    }
}

/// What a request without a key of the account gets. Any test key is one, and a live one as well, since
/// it is for devtool to refuse that.
fn refused(request: &ApiRequest) -> Option<Answer> {
    let key = request.key.as_deref().unwrap_or_default();
    let is_key =
        ["sk_test_", "rk_test_", "sk_live_", "rk_live_"].iter().any(|start| key.starts_with(start));
    if is_key { None } else { Fault::UnknownKey.answer() }
}

fn of_account(state: &mut State, request: &ApiRequest, path: &[&str]) -> Option<Answer> {
    Some(match (request.method.as_str(), path) {
        ("POST", ["stripecli", "sessions"]) => session::create(state, request),
        ("GET", ["account"]) => login::account(),
        ("GET", ["webhook_endpoints"]) => endpoints(),
        ("GET", ["events"]) => events::list(state, request),
        ("GET", ["events", id]) => events::retrieve(state, id),
        ("POST", ["events", id, "retry"]) => events::retry(state, id),
        _ => {
            if !objects::are_at(path) {
                return None;
            }
            if let Some(refused) = parameters::refused(request) {
                return Some(refused);
            }
            state.account_of_events = request.headers.get("stripe-account").cloned();
            state.api_request = Some(state.new_id("req_"));
            let parameters = form::tree(&request.parameters);
            let answer = of_objects(state, request, path, &parameters);
            (state.account_of_events, state.api_request) = (None, None);
            answer
        }
    })
}

/// Two that are in use, and one that is not.
fn endpoints() -> Answer {
    let endpoint = |number: u8, status: &str, types: &[&str]| {
        json!({
            "id": format!("we_{number}"),
            "object": "webhook_endpoint",
            "enabled_events": types,
            "status": status,
            "url": "https://shop.example/webhook",
        })
    };
    Answer::ok(
        json!({"object": "list", "url": "/v1/webhook_endpoints", "has_more": false, "data": [
            endpoint(1, "enabled", &["invoice.paid", "charge.updated"]),
            endpoint(2, "enabled", &["payment_intent.succeeded"]),
            endpoint(3, "disabled", &["*"]),
        ]}),
    )
}

/// The paths of objects: those with an effect of their own first.
fn of_objects(
    state: &mut State,
    request: &ApiRequest,
    path: &[&str],
    parameters: &Value,
) -> Answer {
    let method = request.method.as_str();
    effects::answer(state, method, path, parameters)
        .or_else(|| objects::answer(state, method, path, parameters))
        .unwrap_or_else(|| Answer::no_such_path(method, &request.path))
}
