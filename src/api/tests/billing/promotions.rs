//! For whom and for how much promotion codes count, and which there may be.

use serde_json::json;

use super::super::writes::{Talk, id};
use super::time::{after, begun};

/// A promotion code for a coupon, and a customer with a card who pays 12 a month.
fn ready(talk: &mut Talk, more: &str) -> (String, String) {
    talk.done("POST /v1/coupons", "id=off&percent_off=25&duration=once");
    let body = format!("promotion[type]=coupon&promotion[coupon]=off&{more}");
    let code = id(&talk.done("POST /v1/promotion_codes", &body)).to_owned();
    let customer =
        "payment_method=pm_card_visa&invoice_settings[default_payment_method]=pm_card_visa";
    (code, id(&talk.done("POST /v1/customers", customer)).to_owned())
}

/// A price, by the cents of it, every month.
fn price(talk: &mut Talk, cents: u32) -> String {
    let body = format!(
        "currency=usd&unit_amount={cents}&recurring[interval]=month&product_data[name]=Gym"
    );
    id(&talk.done("POST /v1/prices", &body)).to_owned()
}

#[test]
fn a_code_for_new_customers_is_refused_to_others() {
    let mut talk = Talk::default();
    let (code, customer) = ready(&mut talk, "restrictions[first_time_transaction]=true");
    let price = price(&mut talk, 1200);
    let body =
        format!("customer={customer}&items[0][price]={price}&discounts[0][promotion_code]={code}");
    assert_eq!(talk.done("POST /v1/subscriptions", &body)["status"], "active");
    let wanted = (
        400,
        "",
        "discounts[0][promotion_code]",
        "the associated customer has prior transactions.",
    );
    talk.refused(("POST /v1/subscriptions", &body), wanted);
    let session = format!(
        "mode=subscription&success_url=https://a.example&customer={customer}\
         &line_items[0][price]={price}&line_items[0][quantity]=1&discounts[0][promotion_code]={code}"
    );
    talk.refused(("POST /v1/checkout/sessions", &session), wanted);
}

#[test]
fn a_code_asks_for_its_least_amount_and_for_its_customer() {
    let least = "restrictions[minimum_amount]=1200&restrictions[minimum_amount_currency]=usd";
    let mut talk = Talk::default();
    let (code, customer) = ready(&mut talk, least);
    let place = "discounts[0][promotion_code]";
    for (cents, is_enough) in [(1199, false), (1200, true)] {
        let price = price(&mut talk, cents);
        let item = format!("customer={customer}&items[0][price]={price}");
        let sale = format!(
            "mode=subscription&success_url=https://a.example&line_items[0][price]={price}&line_items[0][quantity]=1"
        );
        for (call, body) in [("subscriptions", &item), ("checkout/sessions", &sale)] {
            let (call, body) = (format!("POST /v1/{call}"), format!("{body}&{place}={code}"));
            if is_enough {
                talk.done(&call, &body);
            } else {
                let wanted = (400, "", place, "the order does not meet the minimum amount.");
                talk.refused((&call, &body), wanted);
            }
        }
    }
    let made = begun(&mut talk, "pm_card_visa", "");
    let wanted = (400, "", place, "uses the `minimum_amount` restriction");
    let call = format!("POST /v1/subscriptions/{}", id(&made));
    talk.refused((&call, &format!("{place}={code}")), wanted);
    let own = format!("promotion[type]=coupon&promotion[coupon]=off&customer={customer}");
    let own = talk.done("POST /v1/promotion_codes", &own);
    let wanted = (400, "", place, "restricted to another customer");
    talk.refused((&call, &format!("{place}={}", id(&own))), wanted);
}

#[test]
fn a_code_is_made_of_letters_digits_and_dashes_and_cannot_end_before_it_began() {
    let mut talk = Talk::default();
    talk.done("POST /v1/coupons", "id=off&percent_off=25&duration=once");
    let body = "promotion[type]=coupon&promotion[coupon]=off";
    for (more, parameter, text) in [
        ("code=a b", "code", "letters (a-z, A-Z)"),
        ("code=SPRING_26", "code", "dashes"),
        ("expires_at=1000", "expires_at", "in the future"),
    ] {
        let call = ("POST /v1/promotion_codes", format!("{body}&{more}"));
        talk.refused((call.0, &call.1), (400, "", parameter, text));
    }
    talk.done("POST /v1/promotion_codes", &format!("{body}&code=Spring-26"));
}

#[test]
fn a_code_is_active_again_only_while_it_can_be_redeemed() {
    let mut talk = Talk::default();
    let (code, _) = ready(&mut talk, "");
    let call = format!("POST /v1/promotion_codes/{code}");
    for active in [false, true, false] {
        let now = talk.done(&call, &format!("active={active}"));
        assert_eq!(now["active"], json!(active));
    }
    talk.done("DELETE /v1/coupons/off", "");
    after(&mut talk, &["1d"]);
    talk.refused((&call, "active=true"), (400, "", "active", "cannot be reactivated"));
}
