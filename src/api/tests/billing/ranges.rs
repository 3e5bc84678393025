//! Numbers that no bill can have: they are refused, or counted as the largest that there is; nothing breaks.

use super::super::writes::{Talk, id};
use super::subscriptions::{monthly, ready};

const MOST: i64 = i64::MAX;

#[test]
fn numbers_of_any_size_are_answered() {
    let mut talk = Talk::default();
    let (price, body) = ready(&mut talk, "pm_card_visa");
    let customer = body.split('&').next().unwrap().to_owned();
    let made = talk.done("POST /v1/subscriptions", &body);
    let item = id(&made["items"]["data"][0]).to_owned();
    let invoice = id(&talk.done("POST /v1/invoices", &customer)).to_owned();
    let mut rate = |more: &str| {
        let body = format!("display_name=a&{more}");
        id(&talk.done("POST /v1/tax_rates", &body)).to_owned()
    };
    let none = rate("inclusive=true&percentage=-100");
    let huge = rate("inclusive=false&percentage=100");
    let subscription = format!("POST /v1/subscriptions/{}", id(&made));
    let subscriptions = "POST /v1/subscriptions".to_owned();
    let invoices = "POST /v1/invoices".to_owned();
    let items = "POST /v1/invoiceitems".to_owned();
    let sessions = "POST /v1/checkout/sessions".to_owned();
    let pages = "mode=subscription&success_url=https://a.example";
    for (call, body) in [
        (&subscriptions, format!("{body}&trial_period_days={MOST}")),
        (&subscriptions, format!("{body}&trial_end={MOST}")),
        (&subscriptions, format!("{body}&items[0][quantity]={MOST}")),
        (&subscriptions, format!("{body}&collection_method=send_invoice&days_until_due={MOST}")),
        (&subscription, format!("items[0][id]={item}&items[0][quantity]=2&proration_date=-{MOST}")),
        (&subscription, format!("items[0][id]={item}&items[0][quantity]=3&proration_date={MOST}")),
        (&invoices, format!("{customer}&collection_method=send_invoice&days_until_due={MOST}")),
        (&items, format!("invoice={invoice}&amount=-{MOST}&tax_rates[]={none}")),
        (&items, format!("invoice={invoice}&amount={MOST}&tax_rates[]={huge}")),
        (&items, format!("invoice={invoice}&amount={MOST}&tax_rates[]={none}")),
        (
            &sessions,
            format!(
                "{pages}&expires_at=-{MOST}&line_items[0][price]={price}&line_items[0][quantity]=1"
            ),
        ),
        (
            &sessions,
            format!(
                "{pages}&line_items[0][price]={price}&line_items[0][quantity]={MOST}&\
                 line_items[1][price]={price}&line_items[1][quantity]={MOST}"
            ),
        ),
    ] {
        let (status, answer) = talk.ask(call, &body);
        assert!([200, 400].contains(&status), "{call} {body}: {answer}");
    }
    let finalize = format!("POST /v1/invoices/{invoice}/finalize");
    talk.refused((&finalize, ""), (400, "amount_too_large", "", "no more than"));
}

#[test]
fn there_is_no_less_than_nothing_and_no_charge_of_a_few_cents() {
    let mut talk = Talk::default();
    let (price, body) = ready(&mut talk, "");
    let customer = body.split('&').next().unwrap().to_owned();
    let small = monthly(&mut talk, 10);
    let pages = "mode=subscription&success_url=https://a.example";
    let on_sale = |price: &str, quantity| {
        format!("{pages}&line_items[0][price]={price}&line_items[0][quantity]={quantity}")
    };
    let sessions = "POST /v1/checkout/sessions";
    let quantity = "line_items[0][quantity]";
    for (call, body, code, parameter, message) in [
        (sessions, on_sale(&price, -3), "parameter_invalid_integer", quantity, "equal to 1"),
        (sessions, on_sale(&price, 0), "parameter_invalid_integer", quantity, "equal to 1"),
        (sessions, on_sale(&small, 1), "amount_too_small", "", "at least $0.50"),
        (sessions, on_sale(&price, 1_000_000), "amount_too_large", "", "no more than"),
        (
            "POST /v1/subscriptions",
            format!("{body}&items[0][quantity]=-1"),
            "",
            "items[0][quantity]",
            "non-negative",
        ),
        (
            "POST /v1/invoiceitems",
            format!("{customer}&unit_amount_decimal=5&quantity=-1"),
            "",
            "quantity",
            "non-negative",
        ),
    ] {
        talk.refused((call, &body), (400, code, parameter, message));
    }
}

#[test]
fn numbers_that_count_periods_or_packages_have_a_least() {
    let mut talk = Talk::default();
    let (price, body) = ready(&mut talk, "");
    let customer = body.split('&').next().unwrap().to_owned();
    let prices = "POST /v1/prices";
    let new = "currency=usd&unit_amount=5&product_data[name]=a&recurring[interval]=month";
    let schedules = "POST /v1/subscription_schedules";
    let phase = format!("{customer}&start_date=now&phases[0][items][0][price]={price}&phases[0]");
    for (call, body, parameter, message) in [
        (
            prices,
            format!("{new}&recurring[interval_count]=0"),
            "recurring[interval_count]",
            "equal to 1 (it currently is '0')",
        ),
        (
            prices,
            format!("{new}&transform_quantity[divide_by]=0&transform_quantity[round]=up"),
            "transform_quantity[divide_by]",
            "equal to 1 (it currently is '0')",
        ),
        (
            "POST /v1/subscriptions",
            format!("{body}&trial_period_days=-1"),
            "trial_period_days",
            "equal to 0 (it currently is '-1')",
        ),
        (
            schedules,
            format!("{phase}[iterations]=0"),
            "phases[0][iterations]",
            "equal to 1 (it currently is '0')",
        ),
        (
            schedules,
            format!("{phase}[duration][interval]=day&phases[0][duration][interval_count]=-2"),
            "phases[0][duration][interval_count]",
            "equal to 1 (it currently is '-2')",
        ),
    ] {
        talk.refused((call, &body), (400, "parameter_invalid_integer", parameter, message));
    }
}

#[test]
fn a_quantity_that_costs_more_than_counts_is_refused() {
    let mut talk = Talk::default();
    let (_, body) = ready(&mut talk, "");
    let customer = body.split('&').next().unwrap();
    for (call, body, parameter) in [
        (
            "POST /v1/subscriptions",
            format!("{body}&items[0][quantity]={MOST}"),
            "items[0][quantity]",
        ),
        (
            "POST /v1/invoiceitems",
            format!("{customer}&unit_amount_decimal=5&quantity={MOST}"),
            "quantity",
        ),
    ] {
        let message = "Invalid integer: 9223372036854775807";
        talk.refused((call, &body), (400, "parameter_invalid_integer", parameter, message));
    }
}
