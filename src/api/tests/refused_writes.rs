//! Calls that change something and are refused: why, and that nothing is done.

use serde_json::json;

use super::writes::{Refusal, Talk, id};

/// What is refused, with status, code, parameter and a part of the message.
const REFUSED: &[(&str, &str, Refusal)] = &[
    ("POST /v1/customers", "emial=x", (400, "parameter_unknown", "emial", "Did you mean email?")),
    (
        "POST /v1/customers",
        "address[town]=x",
        (400, "parameter_unknown", "address[town]", "unknown parameter"),
    ),
    (
        "POST /v1/customers",
        "balance=much",
        (400, "parameter_invalid_integer", "balance", "Invalid integer: much"),
    ),
    (
        "POST /v1/payouts",
        "amount=0&currency=usd",
        (400, "parameter_invalid_integer", "amount", "Invalid positive integer"),
    ),
    (
        "POST /v1/topups",
        "amount=-5&currency=usd",
        (400, "parameter_invalid_integer", "amount", "Invalid positive integer"),
    ),
    ("POST /v1/customers", "email[a]=x", (400, "", "email", "Invalid string")),
    ("POST /v1/customers", "address=x", (400, "", "address", "Invalid hash")),
    ("POST /v1/customers", "preferred_locales=x", (400, "", "preferred_locales", "Invalid array")),
    (
        "POST /v1/customers",
        "email=",
        (400, "parameter_invalid_empty", "email", "You passed an empty string"),
    ),
    (
        "POST /v1/customers",
        "tax_exempt=maybe",
        (400, "", "tax_exempt", "must be one of exempt, none, or reverse"),
    ),
    ("POST /v1/customers", "metadata=x", (400, "", "metadata", "Invalid hash")),
    ("POST /v1/customers", "metadata[a][b]=x", (400, "", "metadata", "a value was a hash")),
    (
        "POST /v1/customers",
        "source=src_1",
        (400, "devtool_not_served", "", "sources that are no token"),
    ),
    (
        "POST /v1/products",
        "name=Mug&tax_code=txcd_1&expand[]=tax_code",
        (400, "devtool_not_served", "", "txcd_1"),
    ),
    (
        "POST /v1/customers",
        "invoice_settings[default_payment_method]=pm_x",
        (400, "resource_missing", "invoice_settings[default_payment_method]", "No such payment"),
    ),
    (
        "POST /v1/prices",
        "currency=usd&product=p&billing_scheme=tiered&unit_amount=1",
        (400, "parameter_missing", "tiers", "Missing required param: tiers."),
    ),
    ("POST /v1/customers", "expand[]=nothing", (400, "", "expand", "cannot be expanded")),
    (
        "POST /v1/customers",
        "shipping[name]=x",
        (400, "parameter_missing", "shipping[address]", "Missing required"),
    ),
    (
        "POST /v1/customers/cus_x",
        "email=x",
        (404, "resource_missing", "id", "No such customer: 'cus_x'"),
    ),
    (
        "DELETE /v1/customers/cus_x",
        "",
        (404, "resource_missing", "id", "No such customer: 'cus_x'"),
    ),
    ("POST /v1/products", "", (400, "parameter_missing", "name", "Missing required param: name.")),
    ("POST /v1/products", "name=x&active=yes", (400, "", "active", "Invalid boolean: yes")),
    (
        "POST /v1/prices",
        "currency=usd&unit_amount=5",
        (400, "parameter_missing", "product", "product or product_data"),
    ),
    (
        "POST /v1/prices",
        "currency=usd&unit_amount=5&product=prod_x",
        (400, "resource_missing", "product", "No such product: 'prod_x'"),
    ),
    (
        "POST /v1/prices",
        "currency=usd&product=p&product_data[name]=x&unit_amount=1",
        (400, "", "product", "only specify one of these parameters: product, product_data."),
    ),
    (
        "POST /v1/prices",
        "unit_amount=5",
        (400, "parameter_missing", "currency", "Missing required param: currency."),
    ),
    (
        "POST /v1/coupons",
        "duration=once",
        (400, "parameter_missing", "percent_off", "percent_off or amount_off"),
    ),
    (
        "POST /v1/coupons",
        "amount_off=5",
        (400, "parameter_missing", "currency", "Missing required param: currency."),
    ),
    (
        "POST /v1/coupons",
        "percent_off=5&duration=repeating",
        (400, "parameter_missing", "duration_in_months", ""),
    ),
    ("POST /v1/coupons", "percent_off=half", (400, "", "percent_off", "Invalid decimal: half")),
    (
        "POST /v1/promotion_codes",
        "promotion[type]=coupon&promotion[coupon]=X",
        (400, "resource_missing", "promotion[coupon]", "No such coupon: 'X'"),
    ),
    (
        "POST /v1/accounts",
        "",
        (400, "devtool_not_served", "", "devtool does not serve POST /v1/accounts"),
    ),
    ("DELETE /v1/prices/price_1", "", (404, "", "", "Unrecognized request URL")),
];

#[test]
fn what_is_refused_says_why_and_leaves_no_trace() {
    let mut talk = Talk::default();
    for (call, body, wanted) in REFUSED {
        talk.refused((call, body), *wanted);
    }
    assert_eq!(talk.events(), [""; 0]);
    assert_eq!(talk.done("GET /v1/customers", "")["data"], json!([]));
}

#[test]
fn what_is_not_served_may_be_said_where_it_is_so_anyway() {
    let mut talk = Talk::default();
    let session = "mode=payment&success_url=https://shop.example&line_items[0][quantity]=1\
                   &line_items[0][price_data][currency]=usd\
                   &line_items[0][price_data][unit_amount]=500\
                   &line_items[0][price_data][product_data][name]=Mug";
    let said = format!("{session}&automatic_tax[enabled]=false&adaptive_pricing[enabled]=false");
    let made = talk.done("POST /v1/checkout/sessions", &said);
    assert_eq!(
        (&made["automatic_tax"], &made["adaptive_pricing"]),
        (
            &json!({"enabled": false, "liability": null, "provider": null, "status": null}),
            &json!({"enabled": false}),
        )
    );
    let refusal = (400, "devtool_not_served", "", "the parameter `automatic_tax`");
    let said = format!("{session}&automatic_tax[enabled]=true");
    talk.refused(("POST /v1/checkout/sessions", &said), refusal);
    // What an object has by now counts, not what it had when it was new.
    let card = "invoice_settings[default_payment_method]=pm_card_visa";
    let by_card = format!("payment_method=pm_card_visa&{card}");
    let customer = talk.done("POST /v1/customers", &by_card);
    let product = talk.done("POST /v1/products", "name=Tea");
    let price = format!("currency=usd&unit_amount=900&product={}", id(&product));
    let price = talk.done("POST /v1/prices", &format!("{price}&recurring[interval]=month"));
    let begun = format!("customer={}&items[0][price]={}", id(&customer), id(&price));
    let begun = talk.done("POST /v1/subscriptions", &begun);
    let call = format!("POST /v1/subscriptions/{}", id(&begun));
    let same = talk.done(&call, "automatic_tax[enabled]=false&application_fee_percent=");
    assert_eq!(same, begun);
    talk.refused((&call, "automatic_tax[enabled]=true"), refusal);
}
