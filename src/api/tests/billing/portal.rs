//! Sessions of the customer portal.

use serde_json::json;

use super::super::writes::{Talk, id};
use super::*;

#[test]
fn a_portal_session_has_the_account_s_configuration() {
    let mut talk = Talk::default();
    let customer = talk.done("POST /v1/customers", "email=a%40example.com");
    let body = format!("customer={}&return_url=https://example.com/me", id(&customer));
    let call = "POST /v1/billing_portal/sessions";
    let first = talk.done(call, &body);
    assert_eq!(first["return_url"], "https://example.com/me");
    assert!(first["url"].as_str().unwrap().starts_with("https://billing.stripe.com/p/session/"));
    assert_eq!(unknown("billing_portal.session", &first), BTreeSet::new());
    let second = talk.done(call, &format!("customer={}", id(&customer)));
    assert_eq!(second["configuration"], first["configuration"]);
    assert_eq!(second["return_url"], Value::Null);
    let list = talk.done("GET /v1/billing_portal/configurations?is_default=true", "");
    assert_eq!(list["data"][0]["id"], first["configuration"]);
    let wanted =
        ["customer.created", "billing_portal.session.created", "billing_portal.session.created"];
    assert_eq!(talk.events(), wanted);
    let parameter = "configuration";
    talk.refused(
        (call, &format!("{body}&{parameter}=bpc_x")),
        (400, "resource_missing", parameter, "No such"),
    );
    talk.refused((call, ""), (400, "parameter_missing", "customer", "customer"));
    assert_eq!(talk.ask(call, "customer=cus_x").0, 400);
    assert_eq!(first["locale"], json!(null));
}
