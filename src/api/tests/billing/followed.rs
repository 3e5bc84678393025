//! What a subscription takes over from the phases of its schedule, besides items.

use serde_json::json;

use super::super::writes::{Talk, id};
use super::subscriptions::ready;
use super::time::{NOW, after, begun, served};

const PATH: &str = "/v1/subscription_schedules";

#[test]
fn an_empty_value_of_a_phase_takes_a_key_out_of_the_metadata() {
    let mut talk = Talk::default();
    let (price, body) = ready(&mut talk, "pm_card_visa");
    let customer = body.split('&').next().unwrap();
    let body = format!(
        "{customer}&start_date=now&phases[0][items][0][price]={price}&phases[0][end_date]={}&\
         phases[0][metadata][a]=1&phases[0][metadata][b]=2&phases[0][metadata][c]=&\
         phases[1][items][0][price]={price}&phases[1][metadata][a]=&phases[1][metadata][b]=3",
        NOW + 864_000
    );
    let made = talk.done(&format!("POST {PATH}"), &body);
    let own = json!({"id": made["subscription"]});
    assert_eq!(served(&mut talk, &own)["metadata"], json!({"a": "1", "b": "2"}));
    after(&mut talk, &["10d"]);
    assert_eq!(served(&mut talk, &own)["metadata"], json!({"b": "3"}));
}

#[test]
fn a_discount_that_is_there_stays_with_the_phase() {
    let mut talk = Talk::default();
    talk.done("POST /v1/coupons", "id=off&percent_off=25&duration=forever");
    let own = begun(&mut talk, "pm_card_visa", "discounts[0][coupon]=off");
    let made = talk.done(&format!("POST {PATH}"), &format!("from_subscription={}", id(&own)));
    let discount = own["discounts"][0].as_str().unwrap();
    let shown = json!([{"coupon": null, "discount": discount, "promotion_code": null}]);
    assert_eq!(made["phases"][0]["discounts"], shown);
    let body = |more: &str| {
        let phase = &made["phases"][0];
        format!(
            "phases[0][items][0][price]={}&phases[0][start_date]={}&phases[0][end_date]={}&{more}",
            phase["items"][0]["price"].as_str().unwrap(),
            phase["start_date"],
            phase["end_date"]
        )
    };
    let path = format!("POST {PATH}/{}", id(&made));
    let said = body(&format!("phases[0][discounts][0][discount]={discount}"));
    let changed = talk.done(&path, &said);
    assert_eq!(changed["phases"][0]["discounts"], shown);
    assert_eq!(served(&mut talk, &own)["discounts"], own["discounts"]);
    let other = body("phases[0][discounts][0][discount]=di_none");
    let at = "phases[0][discounts][0][discount]";
    talk.refused((&path, &other), (400, "resource_missing", at, "No such discount"));
}

#[test]
fn a_phase_that_changes_its_quantity_does_not_redeem_its_coupon_again() {
    let mut talk = Talk::default();
    talk.done("POST /v1/coupons", "id=off&percent_off=25&duration=forever");
    let (price, body) = ready(&mut talk, "pm_card_visa");
    let customer = body.split('&').next().unwrap();
    let phase = format!(
        "phases[0][items][0][price]={price}&phases[0][discounts][0][coupon]=off&\
         phases[0][end_date]={}",
        NOW + 8_640_000
    );
    let made = talk.done(&format!("POST {PATH}"), &format!("{customer}&start_date=now&{phase}"));
    let own = json!({"id": made["subscription"]});
    let discounts = served(&mut talk, &own)["discounts"].clone();
    let more = format!("phases[0][start_date]={NOW}&phases[0][items][0][quantity]=2");
    talk.done(&format!("POST {PATH}/{}", id(&made)), &format!("{phase}&{more}"));
    let now = served(&mut talk, &own);
    assert_eq!((&now["quantity"], &now["discounts"]), (&json!(2), &discounts));
    assert_eq!(talk.done("GET /v1/coupons/off", "")["times_redeemed"], 1);
}
