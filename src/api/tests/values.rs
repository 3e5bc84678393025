//! What values are refused that have the right kind, with Stripe's words.

use super::writes::{Refusal, Talk, id};

/// Calls and what they say, then status, code, parameter and a part of the message.
const REFUSED: &[(&str, &str, Refusal)] = &[
    (
        "prices",
        "currency=zzz&unit_amount=100&product_data[name]=Mug",
        (
            400,
            "",
            "currency",
            "Invalid currency: zzz. Stripe currently supports these currencies: usd, aed, afn,",
        ),
    ),
    ("payment_intents", "amount=900&currency=abc", (400, "", "currency", "Invalid currency: abc.")),
    (
        "checkout/sessions",
        "mode=payment&success_url=https://a.example&line_items[0][quantity]=1\
         &line_items[0][price_data][currency]=abc&line_items[0][price_data][unit_amount]=900\
         &line_items[0][price_data][product_data][name]=Mug",
        (400, "", "line_items[0][price_data][currency]", "Invalid currency: abc."),
    ),
    (
        "prices",
        "currency=usd&unit_amount=-5&product_data[name]=Mug",
        (400, "parameter_invalid_integer", "unit_amount", "Invalid non-negative integer"),
    ),
    (
        "prices",
        "currency=usd&unit_amount=5&product_data[name]=Mug&recurring[interval]=year&recurring[interval_count]=5",
        (
            400,
            "",
            "recurring[interval_count]",
            "The interval_count for yearly prices can't be greater than 3",
        ),
    ),
    (
        "prices",
        "currency=usd&unit_amount=5&product_data[name]=Mug&recurring[interval]=month\
         &recurring[usage_type]=metered&recurring[meter]=mtr_x",
        (400, "resource_missing", "recurring[meter]", "mtr_x"),
    ),
    (
        "coupons",
        "percent_off=150&duration=once",
        (400, "", "percent_off", "less than or equal to 100 (it currently is '150')"),
    ),
    ("coupons", "percent_off=0&duration=once", (400, "", "percent_off", "greater than 0")),
    (
        "coupons",
        "percent_off=5&duration=once&redeem_by=1000",
        (400, "", "redeem_by", "in the future"),
    ),
    (
        "tax_rates",
        "display_name=VAT&inclusive=false&percentage=150",
        (400, "", "percentage", "less than or equal to 100"),
    ),
    (
        "subscriptions",
        "customer=CUSTOMER&items[0][price]=PRICE&trial_period_days=9999",
        (400, "", "trial_period_days", "less than or equal to 730 (it currently is '9999')"),
    ),
    (
        "customers",
        "email=notanemail",
        (400, "email_invalid", "email", "Invalid email address: notanemail"),
    ),
    (
        "customers/CUSTOMER/tax_ids",
        "type=eu_vat&value=zz",
        (400, "tax_id_invalid", "value", "Invalid value for eu_vat."),
    ),
    (
        "checkout/sessions",
        "mode=payment&success_url=foo&line_items[0][price]=PRICE&line_items[0][quantity]=1",
        (400, "url_invalid", "success_url", "Not a valid URL"),
    ),
    (
        "checkout/sessions",
        "mode=subscription&success_url=https://a.example&line_items[0][price]=PRICE\
         &line_items[0][quantity]=1&customer_creation=always",
        (400, "", "customer_creation", "`customer_creation` can only be used in `payment` mode."),
    ),
    (
        "checkout/sessions",
        "mode=subscription&success_url=https://a.example&line_items[0][price]=PRICE\
         &line_items[0][quantity]=1&payment_intent_data[description]=Gym",
        (
            400,
            "",
            "payment_intent_data",
            "You can not pass `payment_intent_data` in `subscription` mode.",
        ),
    ),
    (
        "checkout/sessions",
        "mode=payment&success_url=https://a.example&line_items[0][price]=PRICE\
         &line_items[0][quantity]=1&payment_method_collection=always",
        (400, "", "payment_method_collection", "can only be used in `subscription` mode."),
    ),
    (
        "checkout/sessions",
        "mode=subscription&success_url=https://a.example&line_items[0][price]=PRICE\
         &line_items[0][quantity]=1&customer_update[name]=auto",
        (400, "", "customer_update", "can only be used with `customer`."),
    ),
    (
        "billing_portal/sessions",
        "customer=CUSTOMER&return_url=/account",
        (400, "url_invalid", "return_url", "Not a valid URL"),
    ),
    (
        "payment_intents",
        "amount=900&currency=usd&off_session=true",
        (
            400,
            "payment_intent_invalid_parameter",
            "",
            "The parameter `off_session` cannot be passed when creating a PaymentIntent unless `confirm` is set to true.",
        ),
    ),
    (
        "setup_intents",
        "return_url=https://a.example",
        (400, "setup_intent_invalid_parameter", "", "when creating a SetupIntent unless"),
    ),
    (
        "subscriptions",
        "customer=CUSTOMER&items[0][price]=PRICE&days_until_due=7",
        (400, "", "days_until_due", "when `collection_method` is `send_invoice`"),
    ),
    (
        "invoices",
        "customer=CUSTOMER&collection_method=send_invoice&due_date=1000",
        (400, "", "due_date", "in the future"),
    ),
    (
        "products/PRODUCT",
        "default_price=PRICE",
        (400, "", "default_price", "does not belong to the product"),
    ),
];

#[test]
fn values_are_refused_that_stripe_refuses() {
    let mut talk = Talk::default();
    let customer = talk.done("POST /v1/customers", "email=ada@example.com");
    let price = "currency=USD&unit_amount=1200&recurring[interval]=month&recurring[interval_count]=36\
                 &product_data[name]=Gym";
    let price = talk.done("POST /v1/prices", price);
    let product = talk.done("POST /v1/products", "name=Mug");
    let told = talk.events();
    for (call, body, wanted) in REFUSED {
        let filled = |text: &str| {
            let text = text.replace("CUSTOMER", id(&customer)).replace("PRICE", id(&price));
            text.replace("PRODUCT", id(&product))
        };
        talk.refused((&format!("POST /v1/{}", filled(call)), &filled(body)), *wanted);
    }
    let long = format!("email={}@example.com", "a".repeat(600));
    talk.refused(("POST /v1/customers", &long), (400, "", "email", "at most 512 characters"));
    assert_eq!(talk.events(), told);
}
