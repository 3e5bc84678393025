//! Calls that change something: what they answer, what is there afterwards, and which events follow.

mod charges;
mod disputes;
mod made_with;
mod plain;
mod refunds;
mod sources;
mod webhooks;

use serde_json::json;

use super::*;
use crate::api::call_state::MOST_MADE;

/// An API with which a test talks.
#[derive(Default)]
pub(super) struct Talk {
    pub(super) api: Api,
    /// How many seconds after the usual moment its calls come.
    pub(super) later: i64,
    /// `Stripe-Version`, where its calls have one.
    pub(super) version: Option<String>,
    calls: u64,
}

impl Talk {
    pub(super) fn with(api: &Api) -> Self {
        Self { api: api.clone(), ..Self::default() }
    }

    pub(super) fn ask(&mut self, call: &str, body: &str) -> (u16, Value) {
        let (method, path) = call.split_once(' ').unwrap();
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        self.calls += 1;
        let request = ApiRequest {
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            headers: RequestHeaders {
                authorization: Some("Bearer sk_test_1".to_owned()),
                content_type: Some("application/x-www-form-urlencoded".to_owned()),
                idempotency_key: Some(format!("key-{}", self.calls)),
                version: self.version.clone(),
                ..RequestHeaders::default()
            },
            body: body.as_bytes().to_vec(),
            number: self.calls,
            second: 1_792_000_000 + self.later,
        };
        let answer = self.api.answer(&request);
        (answer.status, serde_json::from_slice(&answer.body).unwrap())
    }

    #[track_caller]
    pub(super) fn done(&mut self, call: &str, body: &str) -> Value {
        let (status, answer) = self.ask(call, body);
        assert_eq!(status, 200, "{call} {body}: {answer}");
        answer
    }

    #[track_caller]
    pub(super) fn refused(&mut self, (call, body): (&str, &str), wanted: Refusal) {
        let (status, answer) = self.ask(call, body);
        let error = &answer["error"];
        let text = |name: &str| error[name].as_str().unwrap_or_default();
        let (code, parameter, message) = (text("code"), text("param"), text("message"));
        assert_eq!(
            (status, code, parameter),
            (wanted.0, wanted.1, wanted.2),
            "{call} {body}: {answer}"
        );
        assert!(message.contains(wanted.3), "{call} {body}: {message}");
    }

    /// The types of the events so far, the oldest first.
    pub(super) fn events(&mut self) -> Vec<String> {
        let list = self.done("GET /v1/events?limit=100", "");
        let types = list["data"].as_array().unwrap().iter().rev();
        types.map(|event| event["type"].as_str().unwrap().to_owned()).collect()
    }

    fn last_event(&mut self) -> Value {
        self.done("GET /v1/events?limit=1", "")["data"][0].clone()
    }
}

pub(super) fn id(value: &Value) -> &str {
    value["id"].as_str().unwrap()
}

#[test]
fn an_empty_name_of_a_customer_is_none() {
    let mut talk = Talk::default();
    let made = talk.done("POST /v1/customers", "email=a%40example.com&name=");
    assert_eq!((&made["name"], &made["email"]), (&json!(null), &json!("a@example.com")));
    let path = format!("POST /v1/customers/{}", id(&made));
    assert_eq!(talk.done(&path, "name=Mara")["name"], "Mara");
    assert_eq!(talk.done(&path, "name=")["name"], json!(null));
    let product = talk.done("POST /v1/products", "name=Mug");
    let features = talk.done(&format!("GET /v1/products/{}/features", id(&product)), "");
    assert_eq!(features["data"], json!([]));
    talk.refused(("POST /v1/products", "name="), (400, "parameter_invalid_empty", "name", "empty"));
}

#[test]
fn a_customer_is_created_updated_and_deleted_and_each_has_its_event() {
    let mut talk = Talk::default();
    let body = "email=a%40example.com&metadata[plan]=gold&address[city]=Oslo&validate=true";
    let made = talk.done("POST /v1/customers", body);
    assert_eq!(made["email"], "a@example.com");
    assert_eq!(made["metadata"], json!({"plan": "gold"}));
    assert_eq!(
        (&made["address"]["city"], &made["address"]["line1"]),
        (&json!("Oslo"), &Value::Null)
    );
    let path = format!("/v1/customers/{}", id(&made));
    assert_eq!(talk.done(&format!("GET {path}"), ""), made);
    assert_eq!(talk.last_event()["data"]["object"], made);
    let body = "email=b%40example.com&metadata[plan]=&metadata[seats]=3";
    let updated = talk.done(&format!("POST {path}"), body);
    assert_eq!(updated["metadata"], json!({"seats": "3"}));
    let event = talk.last_event();
    assert_eq!(event["data"]["object"], updated);
    let before = json!({"email": "a@example.com", "metadata": {"plan": "gold", "seats": null}});
    assert_eq!(event["data"]["previous_attributes"], before);
    assert_eq!(event["request"], json!({"id": "req_devtool0000004", "idempotency_key": "key-4"}));
    let list = talk.done("GET /v1/customers?email=b%40example.com", "");
    assert_eq!(list["data"], json!([updated]));
    let gone = talk.done(&format!("DELETE {path}"), "");
    assert_eq!(gone, json!({"id": made["id"], "object": "customer", "deleted": true}));
    assert_eq!(talk.last_event()["request"]["idempotency_key"], Value::Null);
    assert_eq!(talk.done(&format!("GET {path}"), ""), gone);
    talk.refused(
        (&format!("DELETE {path}"), ""),
        (404, "resource_missing", "id", "No such customer"),
    );
    assert_eq!(talk.events(), ["customer.created", "customer.updated", "customer.deleted"]);
}

#[test]
fn what_changes_nothing_has_no_event() {
    let mut talk = Talk::default();
    let path = format!("POST /v1/products/{}", id(&talk.done("POST /v1/products", "name=Mug")));
    let before = talk.done(&path, "name=Mug");
    assert_eq!(before["name"], "Mug");
    assert_eq!(talk.events(), ["product.created"]);
    talk.done(&path, "name=Cup");
    assert_eq!(talk.events(), ["product.created", "product.updated"]);
}

#[test]
fn a_price_makes_its_product_where_it_describes_one() {
    let mut talk = Talk::default();
    let body = "currency=EUR&unit_amount=1200&recurring[interval]=month&product_data[name]=Mug";
    let price = talk.done("POST /v1/prices?expand[]=product", body);
    assert_eq!((&price["type"], &price["currency"]), (&json!("recurring"), &json!("eur")));
    assert_eq!(
        (&price["unit_amount_decimal"], &price["product"]["name"]),
        (&json!("1200"), &json!("Mug"))
    );
    let recurring = json!({
        "interval": "month", "interval_count": 1, "meter": null, "trial_period_days": null,
        "usage_type": "licensed",
    });
    assert_eq!(price["recurring"], recurring);
    assert_eq!(talk.events(), ["product.created", "plan.created", "price.created"]);
    let plan = talk.done(&format!("GET /v1/plans/{}", id(&price)), "");
    let shown = ["amount", "interval", "product"].map(|name| &plan[name]);
    assert_eq!(shown, [&json!(1200), &json!("month"), &price["product"]["id"]]);
    let product = format!("DELETE /v1/products/{}", id(&price["product"]));
    talk.refused((&product, ""), (400, "", "id", "has one or more user-created prices"));
}

#[test]
fn a_coupon_and_its_code_have_the_ids_that_are_chosen() {
    let mut talk = Talk::default();
    let coupon = talk.done("POST /v1/coupons", "id=SPRING&percent_off=12.5&duration=once");
    assert_eq!((id(&coupon), &coupon["percent_off"]), ("SPRING", &json!(12.5)));
    let again = ("POST /v1/coupons", "id=SPRING&percent_off=5");
    talk.refused(again, (400, "resource_already_exists", "id", "Coupon already exists."));
    let body = "promotion[type]=coupon&promotion[coupon]=SPRING&code=HELLO";
    let code = talk.done("POST /v1/promotion_codes", body);
    assert_eq!((&code["code"], &code["promotion"]["coupon"]), (&json!("HELLO"), &json!("SPRING")));
    talk.refused(("POST /v1/promotion_codes", body), (400, "", "code", "already exists"));
    talk.done(&format!("POST /v1/promotion_codes/{}", id(&code)), "active=false");
    assert_eq!(talk.last_event()["data"]["previous_attributes"], json!({"active": true}));
    let gone = talk.done("DELETE /v1/coupons/SPRING", "");
    assert_eq!(gone["deleted"], true);
    assert_eq!(talk.last_event()["data"]["object"]["valid"], false);
    let names =
        ["coupon.created", "promotion_code.created", "promotion_code.updated", "coupon.deleted"];
    assert_eq!(talk.events(), names);
}

/// Status, code, parameter, and a part of the message.
pub(super) type Refusal = (u16, &'static str, &'static str, &'static str);

#[test]
fn what_is_done_is_answered_even_where_the_answer_cannot_be_whole() {
    let mut talk = Talk::default();
    let body = "currency=usd&unit_amount=5&product_data[name]=Mug&product_data[tax_code]=txcd_1\
                &expand[]=product.tax_code";
    let price = talk.done("POST /v1/prices", body);
    assert_eq!(talk.done(&format!("GET /v1/prices/{}", id(&price)), ""), price);
    assert_eq!(talk.events(), ["product.created", "price.created"]);
}

#[test]
fn of_too_many_objects_the_oldest_go() {
    let mut talk = Talk::default();
    let make = |talk: &mut Talk, id: &str| {
        talk.done("POST /v1/coupons", &format!("id={id}&percent_off=10&duration=once"));
    };
    make(&mut talk, "TEST");
    make(&mut talk, "OLD");
    talk.done("DELETE /v1/coupons/TEST", "");
    for number in 2..MOST_MADE {
        make(&mut talk, &format!("C{number}"));
    }
    make(&mut talk, "TEST");
    make(&mut talk, "NEW");
    assert_eq!(talk.ask("GET /v1/coupons/TEST", "").0, 200);
    assert_eq!(talk.ask("GET /v1/coupons/OLD", "").0, 404);
    assert_eq!(talk.ask("GET /v1/coupons/C2", "").0, 200);
}

#[test]
fn of_active_promotion_codes_one_has_a_code() {
    let mut talk = Talk::default();
    talk.done("POST /v1/coupons", "id=SPRING&percent_off=10");
    let body = "promotion[type]=coupon&promotion[coupon]=SPRING&code=HELLO";
    let first = talk.done("POST /v1/promotion_codes", body);
    let first = format!("POST /v1/promotion_codes/{}", id(&first));
    talk.done(&first, "active=false");
    talk.done("POST /v1/promotion_codes", body);
    talk.refused((&first, "active=true"), (400, "", "code", "already exists"));
    talk.done(&first, "metadata[a]=1");
}

#[test]
fn what_a_call_has_changed_outlasts_what_the_story_tells_later() {
    let told = Told::of(&["customer.created", "customer.updated"]);
    let made = told.send(0);
    let mut talk = Talk::with(&told.api);
    let path = format!("/v1/customers/{}", id(&made));
    talk.done(&format!("POST {path}"), "name=Ada&metadata[a]=1");
    let later = told.send(1);
    let served = talk.done(&format!("GET {path}"), "");
    assert_eq!((&served["name"], &served["metadata"]["a"]), (&json!("Ada"), &json!("1")));
    let field = |of: &Value| of["invoice_settings"]["default_payment_method"].clone();
    assert_eq!(field(&served), field(&later));
    talk.done(&format!("DELETE {path}"), "");
    told.send(1);
    assert_eq!(talk.done(&format!("GET {path}"), "")["deleted"], true);
}

#[test]
fn metadata_that_a_call_has_removed_stays_away() {
    let told = Told::of(&["coupon.created", "coupon.updated"]);
    let path = format!("/v1/coupons/{}", id(&told.send(0)));
    let mut talk = Talk::with(&told.api);
    talk.done(&format!("POST {path}"), "metadata[campaign]=summer");
    talk.done(&format!("POST {path}"), "metadata[campaign]=");
    assert_eq!(told.send(1)["metadata"]["campaign"], "spring");
    assert_eq!(talk.done(&format!("GET {path}"), "")["metadata"].get("campaign"), None);
}

#[test]
fn an_object_that_a_call_made_is_served_in_earlier_shapes() {
    let mut talk = Talk::default();
    talk.done("POST /v1/coupons", "id=SPRING&percent_off=10");
    let code =
        talk.done("POST /v1/promotion_codes", "promotion[type]=coupon&promotion[coupon]=SPRING");
    let request = ApiRequest {
        method: "GET".to_owned(),
        path: format!("/v1/promotion_codes/{}", id(&code)),
        headers: RequestHeaders {
            authorization: Some("Bearer sk_test_1".to_owned()),
            version: Some("2025-03-31.basil".to_owned()),
            ..RequestHeaders::default()
        },
        ..ApiRequest::default()
    };
    let answer: Value = serde_json::from_slice(&talk.api.answer(&request).body).unwrap();
    assert_eq!((&answer["coupon"]["percent_off"], answer.get("promotion")), (&json!(10), None));
}

#[test]
fn a_deleted_customers_subscriptions_end_first() {
    let told = Told::of(&["customer.subscription.created"]);
    let subscription = told.send(0);
    let mut talk = Talk::with(&told.api);
    talk.done(&format!("DELETE /v1/customers/{}", subscription["customer"].as_str().unwrap()), "");
    let names =
        ["customer.subscription.created", "customer.subscription.deleted", "customer.deleted"];
    assert_eq!(talk.events(), names);
    let path = format!("GET /v1/subscriptions/{}", id(&subscription));
    assert_eq!(talk.done(&path, "")["status"], "canceled");
}

#[test]
fn a_subscription_that_ends_with_its_period_says_when_and_may_go_on() {
    let told = Told::of(&["customer.subscription.created"]);
    let before = told.send(0);
    let mut talk = Talk::with(&told.api);
    let path = format!("POST /v1/subscriptions/{}", id(&before));
    let ending = talk.done(&path, "cancel_at_period_end=true");
    assert_eq!(ending["cancel_at"], before["items"]["data"][0]["current_period_end"]);
    let changed = json!({
        "cancel_at": null, "cancel_at_period_end": false, "canceled_at": null,
        "cancellation_details": {"reason": null},
    });
    assert_eq!(talk.last_event()["data"]["previous_attributes"], changed);
    assert_eq!(talk.done(&path, "cancel_at_period_end=false"), before);
    let ended = talk.done(&path.replace("POST", "DELETE"), "");
    assert_eq!(ended["status"], "canceled");
    assert_eq!(talk.last_event()["data"].get("previous_attributes"), None);
}

#[test]
fn an_open_session_can_be_expired_once() {
    let mut talk = Talk::default();
    let session = json!({"id": "cs_1", "object": "checkout.session", "status": "open", "url": "x"});
    talk.api.sent(event("evt_1", 5, &session).as_bytes());
    let path = "POST /v1/checkout/sessions/cs_1/expire";
    let expired = talk.done(path, "");
    assert_eq!((&expired["status"], &expired["url"]), (&json!("expired"), &Value::Null));
    talk.refused((path, ""), (400, "", "", "has a status of `expired`"));
    assert_eq!(talk.last_event()["type"], "checkout.session.expired");
}
