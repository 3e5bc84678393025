//! Prices in tiers: how they are made and shown, and what they ask for.

use serde_json::json;

use super::super::writes::{Talk, id};
use super::subscriptions::ready;
use super::*;

/// Stripe's own example: 7.00 up to 5, 6.50 up to 10, and 6.00 from there on.
const FONTS: &str = "tiers[0][up_to]=5&tiers[0][unit_amount]=700&tiers[1][up_to]=10\
                     &tiers[1][unit_amount]=650&tiers[2][up_to]=inf&tiers[2][unit_amount]=600";
/// A flat amount, which has a thousand in it, then parts of a cent.
const CREDITS: &str = "tiers[0][up_to]=1000&tiers[0][flat_amount]=900&tiers[1][up_to]=inf\
                       &tiers[1][unit_amount_decimal]=3.6";

fn body(mode: &str, tiers: &str) -> String {
    format!(
        "currency=usd&recurring[interval]=month&product_data[name]=Fonts&billing_scheme=tiered\
         &tiers_mode={mode}&{tiers}"
    )
}

/// A price in tiers, and the body that subscribes a customer with a card to so many.
fn subscribed(talk: &mut Talk, (mode, tiers): (&str, &str), quantity: i64) -> Value {
    let price = talk.done("POST /v1/prices", &body(mode, tiers));
    let (_, call) = ready(talk, "pm_card_visa");
    let customer = call.split('&').next().unwrap();
    let call = format!(
        "{customer}&items[0][price]={}&items[0][quantity]={quantity}&expand[]=latest_invoice",
        id(&price)
    );
    talk.done("POST /v1/subscriptions", &call)
}

/// What lines say: their description, quantity, unit amount, and amount.
fn lines(invoice: &Value) -> Value {
    let lines = invoice["lines"]["data"].as_array().unwrap().iter();
    let shown = |line: &Value| {
        let unit = &line["pricing"]["unit_amount_decimal"];
        json!([line["description"], line["quantity"], unit, line["amount"]])
    };
    lines.map(shown).collect()
}

#[test]
fn a_price_shows_its_tiers_where_they_are_expanded() {
    let mut talk = Talk::default();
    let made = talk.done("POST /v1/prices", &body("graduated", CREDITS));
    let wanted = json!({
        "id": made["id"], "object": "price", "active": true, "billing_scheme": "tiered",
        "created": 1_792_000_000, "currency": "usd", "custom_unit_amount": null,
        "livemode": false, "lookup_key": null, "metadata": {}, "nickname": null,
        "product": made["product"],
        "recurring": {
            "interval": "month", "interval_count": 1, "meter": null, "trial_period_days": null,
            "usage_type": "licensed",
        },
        "tax_behavior": "unspecified", "tiers_mode": "graduated", "transform_quantity": null,
        "type": "recurring", "unit_amount": null, "unit_amount_decimal": null,
    });
    assert_eq!(made, wanted);
    let tiers = json!([
        {
            "flat_amount": 900, "flat_amount_decimal": "900", "unit_amount": null,
            "unit_amount_decimal": null, "up_to": 1000,
        },
        {
            "flat_amount": null, "flat_amount_decimal": null, "unit_amount": null,
            "unit_amount_decimal": "3.6", "up_to": null,
        },
    ]);
    let expanded = format!("{}&expand[]=tiers", body("graduated", CREDITS));
    assert_eq!(talk.done("POST /v1/prices", &expanded)["tiers"], tiers);
    let path = format!("/v1/prices/{}", id(&made));
    talk.done(&format!("POST {path}"), "nickname=Credits");
    assert_eq!(talk.done(&format!("GET {path}?expand[]=tiers"), "")["tiers"], tiers);
    assert_eq!(talk.done(&format!("GET {path}"), "").get("tiers"), None);
    let product = made["product"].as_str().unwrap();
    let all = talk.done(&format!("GET /v1/prices?product={product}&expand[]=data.tiers"), "");
    assert_eq!(all["data"][0]["tiers"], tiers);
    let plan = format!(
        "currency=usd&interval=month&product={product}&billing_scheme=tiered&tiers_mode=volume\
         &{FONTS}&id=fonts&expand[]=tiers"
    );
    let plan = talk.done("POST /v1/plans", &plan);
    let shown = |of: &Value| json!([of["tiers_mode"], of["tiers"][1]["unit_amount_decimal"]]);
    assert_eq!(shown(&plan), json!(["volume", "650"]));
    assert_eq!((&plan["amount"], &plan["amount_decimal"]), (&Value::Null, &Value::Null));
    let price = talk.done("GET /v1/prices/fonts?expand[]=tiers", "");
    assert_eq!((shown(&price), price["tiers"].clone()), (shown(&plan), plan["tiers"].clone()));
    assert_eq!(talk.done("GET /v1/plans/fonts", "").get("tiers"), None);
    let per_unit = "currency=usd&unit_amount_decimal=0.5&product_data[name]=A&expand[]=tiers";
    let per_unit = talk.done("POST /v1/prices", per_unit);
    let amounts = ["tiers", "unit_amount", "unit_amount_decimal"].map(|name| &per_unit[name]);
    assert_eq!(amounts, [&Value::Null, &Value::Null, &json!("0.5")]);
}

/// What is said of tiers that cannot be, the parameter that is wrong, and why.
const REFUSED: [(&str, &str, &str); 10] = [
    ("tiers_mode=volume", "tiers", "Missing required param: tiers."),
    ("tiers[0][up_to]=inf&tiers[0][unit_amount]=1", "tiers_mode", "Missing required param"),
    ("tiers_mode=volume&tiers[0][unit_amount]=1", "tiers[0][up_to]", "Missing required param"),
    (
        "tiers_mode=volume&tiers[0][up_to]=inf&tiers[0][unit_amount]=1\
         &tiers[0][unit_amount_decimal]=1",
        "tiers[0][unit_amount]",
        "You may only specify one of these parameters: unit_amount, unit_amount_decimal.",
    ),
    (
        "tiers_mode=volume&tiers[0][up_to]=inf&tiers[0][flat_amount]=1\
         &tiers[0][flat_amount_decimal]=1",
        "tiers[0][flat_amount]",
        "You may only specify one of these parameters: flat_amount, flat_amount_decimal.",
    ),
    (
        "tiers_mode=volume&tiers[0][up_to]=inf",
        "tiers",
        "An entry in the tiers array is missing an amount.",
    ),
    (
        "tiers_mode=volume&tiers[0][up_to]=5&tiers[0][unit_amount]=1",
        "tiers[0][up_to]",
        "The last tier must have `up_to` set to `inf`.",
    ),
    (
        "tiers_mode=volume&tiers[0][up_to]=inf&tiers[0][unit_amount]=1&tiers[1][up_to]=inf\
         &tiers[1][unit_amount]=1",
        "tiers[0][up_to]",
        "Only the last tier can have `up_to` set to `inf`.",
    ),
    (
        "tiers_mode=volume&tiers[0][up_to]=5&tiers[0][unit_amount]=1&tiers[1][up_to]=5\
         &tiers[1][unit_amount]=1&tiers[2][up_to]=inf&tiers[2][unit_amount]=1",
        "tiers[1][up_to]",
        "must be greater than that of the tier before it",
    ),
    (
        "tiers_mode=volume&tiers[0][up_to]=inf&tiers[0][unit_amount]=-1",
        "tiers[0][unit_amount]",
        "Invalid non-negative integer",
    ),
];

#[test]
fn tiers_that_cannot_be_are_refused() {
    let mut talk = Talk::default();
    for (said, parameter, message) in REFUSED {
        let code = if message.starts_with("Missing") { "parameter_missing" } else { "" };
        let start = "currency=usd&billing_scheme=tiered";
        let price = format!("{start}&recurring[interval]=month&product_data[name]=A&{said}");
        talk.refused(("POST /v1/prices", &price), (400, code, parameter, message));
        let plan = format!("{start}&interval=month&product[name]=A&{said}");
        talk.refused(("POST /v1/plans", &plan), (400, code, parameter, message));
    }
}

#[test]
fn what_does_not_go_with_tiers_is_refused() {
    let mut talk = Talk::default();
    let recurring = "currency=usd&recurring[interval]=month&product_data[name]=A";
    let tiers = "tiers_mode=volume&tiers[0][up_to]=inf&tiers[0][flat_amount]=1";
    let tiered = format!("billing_scheme=tiered&{tiers}");
    for (said, parameter, message) in [
        (
            format!("{tiered}&unit_amount=1"),
            "tiers",
            "one of these parameters: tiers, unit_amount.",
        ),
        (
            format!("{tiered}&transform_quantity[divide_by]=2&transform_quantity[round]=up"),
            "tiers",
            "You may only specify one of these parameters: tiers, transform_quantity.",
        ),
        (tiers.into(), "tiers", "`tiers` can only be specified with `billing_scheme=tiered`."),
        ("tiers_mode=volume".into(), "tiers_mode", "`tiers_mode` can only be specified with"),
        ("unit_amount=1&unit_amount_decimal=1".into(), "unit_amount", "You may only specify one"),
    ] {
        let call = ("POST /v1/prices", &*format!("{recurring}&{said}"));
        talk.refused(call, (400, "", parameter, message));
    }
    let once = format!("currency=usd&product_data[name]=A&{tiered}");
    let wanted = (400, "devtool_not_served", "", "tiers of one-time prices");
    talk.refused(("POST /v1/prices", &once), wanted);
    let metered = format!("{}&recurring[usage_type]=metered", body("volume", FONTS));
    let metered = talk.done("POST /v1/prices", &metered);
    let customer = talk.done("POST /v1/customers", "");
    let call = format!("customer={}&items[0][price]={}", id(&customer), id(&metered));
    let wanted = (400, "devtool_not_served", "", "metered prices in tiers");
    talk.refused(("POST /v1/subscriptions", &call), wanted);
}

#[test]
fn an_invoice_has_a_line_for_what_each_tier_asks_for() {
    let fonts = |count: i64, tier: i64, unit: &str, shown: &str, amount: i64| {
        let text = format!("{count} × Fonts (Tier {tier} at {shown} / month)");
        json!([text, count, unit, amount])
    };
    let flat = json!(["Fonts (Tier 1 at $9.00 / month)", 0, null, 900]);
    for (terms, quantity, wanted, total) in [
        (("volume", FONTS), 20, vec![fonts(20, 3, "600", "$6.00", 12000)], 12000),
        (
            ("graduated", FONTS),
            20,
            vec![
                fonts(5, 1, "700", "$7.00", 3500),
                fonts(5, 2, "650", "$6.50", 3250),
                fonts(10, 3, "600", "$6.00", 6000),
            ],
            12750,
        ),
        (("graduated", FONTS), 5, vec![fonts(5, 1, "700", "$7.00", 3500)], 3500),
        (
            ("graduated", CREDITS),
            1031,
            vec![fonts(1000, 1, "0", "$0.00", 0), flat.clone(), fonts(31, 2, "3.6", "$0.036", 112)],
            1012,
        ),
        (("volume", CREDITS), 1000, vec![fonts(1000, 1, "0", "$0.00", 0), flat], 900),
        (("volume", CREDITS), 1031, vec![fonts(1031, 2, "3.6", "$0.036", 3712)], 3712),
    ] {
        let mut talk = Talk::default();
        let made = subscribed(&mut talk, terms, quantity);
        let invoice = &made["latest_invoice"];
        assert_eq!(lines(invoice), json!(wanted), "{terms:?} {quantity}");
        let paid = ["subtotal", "total", "amount_paid"].map(|name| &invoice[name]);
        assert_eq!(paid, [&json!(total); 3], "{terms:?} {quantity}");
        let item = &made["items"]["data"][0];
        assert_eq!((item["price"].get("tiers"), &item["plan"]["amount"]), (None, &Value::Null));
        assert_eq!(unknown("invoice", invoice), BTreeSet::new());
    }
}

#[test]
fn a_change_of_the_quantity_is_prorated_by_the_tiers() {
    for (mode, before, after, renewed) in
        [("volume", 3500, 3900, 3900), ("graduated", 3500, 4150, 4150)]
    {
        let mut talk = Talk::default();
        let made = subscribed(&mut talk, (mode, FONTS), 5);
        // Half of the 31 days of the period have passed.
        talk.later = 31 * 86_400 / 2;
        let item = id(&made["items"]["data"][0]);
        let preview = format!(
            "subscription={}&subscription_details[items][0][id]={item}\
             &subscription_details[items][0][quantity]=6",
            id(&made)
        );
        let preview = talk.done("POST /v1/invoices/create_preview", &preview);
        let amounts = |invoice: &Value| -> Vec<i64> {
            let lines = invoice["lines"]["data"].as_array().unwrap().iter();
            lines.map(|line| line["amount"].as_i64().unwrap()).collect()
        };
        let mut found = amounts(&preview);
        found.sort_unstable();
        let mut wanted = vec![-before / 2, after / 2];
        wanted.extend(if mode == "volume" { vec![3900] } else { vec![650, 3500] });
        wanted.sort_unstable();
        assert_eq!(found, wanted, "{mode}");
        assert_eq!(preview["total"], renewed + (after - before) / 2, "{mode}");
        let call = format!(
            "items[0][id]={item}&items[0][quantity]=6&proration_behavior=always_invoice&expand[]=latest_invoice"
        );
        let made = talk.done(&format!("POST /v1/subscriptions/{}", id(&made)), &call);
        let invoice = &made["latest_invoice"];
        assert_eq!(amounts(invoice), [-before / 2, after / 2], "{mode}");
        assert_eq!(invoice["total"], (after - before) / 2, "{mode}");
    }
}

#[test]
fn sessions_links_and_schedules_sell_tiers() {
    let mut talk = Talk::default();
    let price = talk.done("POST /v1/prices", &body("graduated", FONTS));
    let sold = format!("line_items[0][price]={}&line_items[0][quantity]=12", id(&price));
    let session = talk.done(
        "POST /v1/checkout/sessions",
        &format!("mode=subscription&success_url=https%3A%2F%2Fa.example&{sold}"),
    );
    let amounts = ["amount_subtotal", "amount_total"].map(|name| &session[name]);
    assert_eq!(amounts, [&json!(7950); 2]);
    let link = talk.done("POST /v1/payment_links", &format!("{sold}&expand[]=line_items"));
    assert_eq!(link["line_items"]["data"][0]["amount_total"], 7950);
    let (_, call) = ready(&mut talk, "pm_card_visa");
    let customer = call.split('&').next().unwrap();
    let schedule = format!(
        "{customer}&start_date=now&phases[0][items][0][price]={}&phases[0][items][0][quantity]=11\
         &phases[0][duration][interval]=month&phases[0][duration][interval_count]=2\
         &expand[]=subscription.latest_invoice",
        id(&price)
    );
    let schedule = talk.done("POST /v1/subscription_schedules", &schedule);
    assert_eq!(schedule["subscription"]["latest_invoice"]["total"], 7350);
}
