//! Plans, which are prices, too.

use serde_json::json;

use super::super::writes::{Talk, id};
use super::subscriptions::{ready, told};
use super::*;

const PLAN: &str = "currency=USD&interval=month&amount=2000&product[name]=Membership";

#[test]
fn a_plan_is_made_changed_and_deleted_with_its_price() {
    let mut talk = Talk::default();
    let made = talk.done("POST /v1/plans", &format!("{PLAN}&nickname=Gold&metadata[tier]=1"));
    let wanted = json!({
        "id": made["id"], "object": "plan", "active": true, "amount": 2000,
        "amount_decimal": "2000", "billing_scheme": "per_unit", "created": 1_792_000_000,
        "currency": "usd", "interval": "month", "interval_count": 1, "livemode": false,
        "metadata": {"tier": "1"}, "meter": null, "nickname": "Gold", "product": made["product"],
        "tiers_mode": null, "transform_usage": null, "trial_period_days": null,
        "usage_type": "licensed",
    });
    assert_eq!(made, wanted);
    assert!(id(&made).starts_with("plan_"), "{made}");
    let path = format!("/v1/plans/{}", id(&made));
    assert_eq!(talk.done(&format!("GET {path}"), ""), made);
    let price = format!("/v1/prices/{}", id(&made));
    let of_plan = talk.done(&format!("GET {price}"), "");
    let recurring = json!({
        "interval": "month", "interval_count": 1, "meter": null, "trial_period_days": null,
        "usage_type": "licensed",
    });
    let wanted = [json!("recurring"), json!(2000), json!("2000"), json!("Gold"), recurring];
    let fields = ["type", "unit_amount", "unit_amount_decimal", "nickname", "recurring"];
    assert_eq!(fields.map(|name| of_plan[name].clone()), wanted);
    assert_eq!(unknown("price", &of_plan), BTreeSet::new());
    let changed = talk.done(&format!("POST {path}"), "nickname=Silver&trial_period_days=14");
    assert_eq!(
        (&changed["nickname"], &changed["trial_period_days"]),
        (&json!("Silver"), &json!(14))
    );
    let of_plan = talk.done(&format!("GET {price}"), "");
    assert_eq!(of_plan["recurring"]["trial_period_days"], 14);
    assert_eq!(talk.done(&format!("POST {price}"), "active=false")["active"], false);
    assert_eq!(talk.done(&format!("GET {path}"), "")["active"], false);
    let gone = talk.done(&format!("DELETE {path}"), "");
    assert_eq!(gone, json!({"id": made["id"], "object": "plan", "deleted": true}));
    for path in [&path, &price] {
        assert_eq!(talk.ask(&format!("GET {path}"), "").0, 404, "{path}");
    }
    let wanted = [
        "product.created",
        "plan.created",
        "price.created",
        "plan.updated",
        "price.updated",
        "price.updated",
        "plan.updated",
        "plan.deleted",
        "price.deleted",
    ];
    assert_eq!(talk.events(), wanted);
}

#[test]
fn plans_that_cannot_be_made_are_refused() {
    let mut talk = Talk::default();
    talk.done("POST /v1/plans", &format!("{PLAN}&id=gold"));
    let said = |more: &str| format!("currency=usd&interval=month&{more}");
    for (body, wanted) in [
        (format!("{PLAN}&id=gold"), (400, "resource_already_exists", "id", "Plan already exists.")),
        (said("amount=1"), (400, "parameter_missing", "product", "Missing required param")),
        (said("product[name]=A"), (400, "parameter_missing", "amount", "Missing required param")),
        (said("amount=1&product=prod_1"), (400, "resource_missing", "product", "No such product")),
        (said("amount=1&product[name]=A&meter=mtr_1"), (400, "devtool_not_served", "", "meter")),
    ] {
        talk.refused(("POST /v1/plans", &body), wanted);
    }
}

#[test]
fn a_subscription_takes_plans() {
    let mut talk = Talk::default();
    for (plan, amount) in [("gold", 2000), ("silver", 1000)] {
        let body = format!("currency=usd&interval=month&product[name]=A&id={plan}&amount={amount}");
        talk.done("POST /v1/plans", &body);
    }
    let (_, body) = ready(&mut talk, "pm_card_visa");
    let customer = body.split('&').next().unwrap();
    let by_item = talk.done("POST /v1/subscriptions", &format!("{customer}&items[0][plan]=gold"));
    let older = format!("{customer}&plan=gold&quantity=3");
    let made = talk.done("POST /v1/subscriptions", &older);
    let shown =
        |made: &Value| json!([made["plan"]["id"], made["quantity"], made["plan"]["amount"]]);
    assert_eq!(shown(&by_item), json!(["gold", 1, 2000]));
    assert_eq!(shown(&made), json!(["gold", 3, 2000]));
    let path = format!("POST /v1/subscriptions/{}", id(&made));
    assert_eq!(shown(&talk.done(&path, "plan=silver")), json!(["silver", 3, 1000]));
    assert_eq!(shown(&talk.done(&path, "quantity=2")), json!(["silver", 2, 1000]));
    let item = format!("POST /v1/subscription_items/{}", id(&by_item["items"]["data"][0]));
    assert_eq!(talk.done(&item, "plan=silver")["plan"]["id"], "silver");
    let prorated = told(&mut talk);
    let prorated = prorated.iter().filter(|event| *event == "invoiceitem.created").count();
    assert_eq!(prorated, 6);
    let wanted = (400, "resource_missing", "items[0][plan]", "No such price");
    talk.refused(("POST /v1/subscriptions", &format!("{customer}&items[0][plan]=none")), wanted);
    talk.version = Some(Catalogue::api_version().to_owned());
    let wanted = (400, "parameter_unknown", "plan", "unknown parameter");
    talk.refused(("POST /v1/subscriptions", &older), wanted);
    talk.refused((&path, "plan=gold"), wanted);
}
