//! The dashboard's part of a browser login with a pairing code.

use serde_json::json;

use super::fault::Answer;
use super::state::{Logins, State};
use super::{ACCOUNT, KEY};

/// `POST /stripecli/auth`.
pub(crate) fn start(state: &mut State) -> Answer {
    let address = state.address.unwrap();
    state.login_polls = 0;
    Answer::ok(json!({
        "browser_url": format!("http://{address}/stripecli/confirm_auth?t=FakeToken"),
        "poll_url": format!("http://{address}/stripecli/auth/cliauth_1FakeStripe?secret=FakePollSecret"),
        "verification_code": "happy-calm-fake-test",
    }))
}

/// `GET /stripecli/auth/ID`: whether the user has confirmed it.
pub(crate) fn poll(state: &mut State) -> Answer {
    state.login_polls += 1;
    if state.logins == Logins::Ignored || state.login_polls < 2 {
        return Answer::ok(json!({"redeemed": false}));
    }
    Answer::ok(json!({
        "redeemed": true,
        "account_id": ACCOUNT,
        "account_display_name": "Fake Shop",
        "livemode_key_secret": "rk_live_51FakeStripe000000000000000",
        "livemode_key_publishable": "pk_live_51FakeStripe000000000000000",
        "testmode_key_secret": KEY,
        "testmode_key_publishable": "pk_test_51FakeStripe000000000000000",
        "user_id": "usr_1FakeStripe",
    }))
}

/// `GET /v1/account`.
pub(crate) fn account() -> Answer {
    Answer::ok(json!({
        "id": ACCOUNT,
        "object": "account",
        "business_profile": {"name": "Fake Shop"},
        "charges_enabled": true,
        "country": "ES",
        "default_currency": "eur",
        "details_submitted": true,
        "email": "owner@example.com",
        "settings": {"dashboard": {"display_name": "Fake Shop", "timezone": "Etc/UTC"}},
        "type": "standard",
    }))
}
