//! Bills by calls at random: whatever is called, what is there agrees with itself.

use serde_json::json;

use super::super::writes::{Talk, id};
use super::*;
use crate::api::write::CustomerAnswer;

/// Calls; `$kind` is an object of that kind that there is.
const CALLS: &[(&str, &str)] = &[
    ("POST /v1/customers", "email=a%40example.com"),
    (
        "POST /v1/customers",
        "payment_method=pm_card_visa&invoice_settings[default_payment_method]=pm_card_visa",
    ),
    (
        "POST /v1/prices",
        "currency=usd&unit_amount=1999&recurring[interval]=month&product_data[name]=a",
    ),
    (
        "POST /v1/prices",
        "currency=usd&unit_amount=700&recurring[interval]=month&product_data[name]=b",
    ),
    (
        "POST /v1/prices",
        "currency=usd&unit_amount=9000&recurring[interval]=year&product_data[name]=c",
    ),
    (
        "POST /v1/prices",
        "currency=usd&unit_amount=2&recurring[interval]=month&recurring[usage_type]=metered&product_data[name]=d",
    ),
    ("POST /v1/products", "name=e"),
    (
        "POST /v1/customers",
        "payment_method=pm_card_chargeCustomerFail&invoice_settings[default_payment_method]=pm_card_chargeCustomerFail",
    ),
    (
        "POST /v1/subscriptions",
        "customer=$customer&items[0][price]=$price&discounts[0][coupon]=$coupon",
    ),
    (
        "POST /v1/subscriptions",
        "customer=$customer&items[0][price]=$price&add_invoice_items[0][price_data][currency]=usd&add_invoice_items[0][price_data][product]=$product&add_invoice_items[0][price_data][unit_amount]=300",
    ),
    (
        "POST /v1/subscriptions/$subscription",
        "add_invoice_items[0][price_data][currency]=usd&add_invoice_items[0][price_data][product]=$product&add_invoice_items[0][price_data][unit_amount]=300",
    ),
    ("POST /v1/subscription_items/$subscription_item", "price=$price"),
    (
        "POST /v1/subscription_items/$subscription_item",
        "price=$price&proration_behavior=always_invoice&payment_behavior=pending_if_incomplete",
    ),
    ("POST /v1/tax_rates", "display_name=a&inclusive=false&percentage=7.5"),
    ("POST /v1/tax_rates", "display_name=b&inclusive=true&percentage=19"),
    ("POST /v1/coupons", "percent_off=33.3&duration=forever"),
    ("POST /v1/coupons", "amount_off=500&currency=usd"),
    ("POST /v1/invoiceitems", "customer=$customer&amount=777&currency=usd&tax_rates[0]=$tax_rate"),
    ("POST /v1/invoiceitems", "invoice=$invoice&amount=-100&currency=usd"),
    ("POST /v1/invoiceitems", "invoice=$invoice&amount=1234&currency=usd"),
    ("POST /v1/invoiceitems/$invoiceitem", "amount=50"),
    ("DELETE /v1/invoiceitems/$invoiceitem", ""),
    ("POST /v1/invoices", "customer=$customer&pending_invoice_items_behavior=include"),
    (
        "POST /v1/invoices",
        "customer=$customer&default_tax_rates[0]=$tax_rate&discounts[0][coupon]=$coupon",
    ),
    ("POST /v1/invoices/$invoice/finalize", ""),
    ("POST /v1/invoices/$invoice/pay", ""),
    ("POST /v1/invoices/$invoice/pay", "payment_method=pm_card_chargeCustomerFail"),
    ("POST /v1/invoices/$invoice/pay", "paid_out_of_band=true"),
    ("POST /v1/invoices/$invoice/void", ""),
    ("DELETE /v1/invoices/$invoice", ""),
    ("POST /v1/subscriptions", "customer=$customer&items[0][price]=$price&items[0][quantity]=2"),
    (
        "POST /v1/subscriptions",
        "customer=$customer&items[0][price]=$price&payment_behavior=default_incomplete&discounts[0][coupon]=$coupon",
    ),
    ("POST /v1/subscriptions", "customer=$customer&items[0][price]=$price&trial_period_days=3"),
    ("POST /v1/subscriptions/$subscription", "items[0][price]=$price&proration_date=1792900000"),
    (
        "POST /v1/subscription_items",
        "subscription=$subscription&price=$price&proration_behavior=always_invoice&proration_date=1793900000",
    ),
    ("DELETE /v1/subscriptions/$subscription", ""),
    ("POST /v1/subscriptions/$subscription/pause", ""),
    (
        "POST /v1/checkout/sessions",
        "mode=subscription&success_url=https://a.example&line_items[0][price]=$price&line_items[0][quantity]=1",
    ),
    ("complete", "$checkout.session"),
    ("advance", "10d"),
    ("POST /v1/test_helpers/test_clocks", "frozen_time=1700000000"),
    (
        "POST /v1/customers",
        "test_clock=$test_helpers.test_clock&payment_method=pm_card_visa&invoice_settings[default_payment_method]=pm_card_visa",
    ),
    (
        "POST /v1/test_helpers/test_clocks/$test_helpers.test_clock/advance",
        "frozen_time=1702600000",
    ),
    (
        "POST /v1/test_helpers/test_clocks/$test_helpers.test_clock/advance",
        "frozen_time=1705200000",
    ),
    ("DELETE /v1/test_helpers/test_clocks/$test_helpers.test_clock", ""),
    ("POST /v1/customers/$customer", "coupon=$coupon"),
    ("DELETE /v1/customers/$customer/discount", ""),
    ("DELETE /v1/subscriptions/$subscription/discount", ""),
    ("POST /v1/plans", "currency=usd&amount=1500&interval=month&product[name]=f"),
    ("DELETE /v1/plans/$plan", ""),
    ("POST /v1/subscriptions", "customer=$customer&items[0][plan]=$plan"),
    (
        "POST /v1/subscriptions",
        "customer=$customer&items[0][price]=$price&billing_cycle_anchor=1792900000",
    ),
    (
        "POST /v1/subscriptions",
        "customer=$customer&items[0][price]=$price&billing_cycle_anchor=1794000000&proration_behavior=none",
    ),
    ("POST /v1/subscriptions/$subscription", "trial_end=1795000000"),
    ("POST /v1/subscriptions/$subscription", "trial_end=now"),
    (
        "POST /v1/subscription_schedules",
        "customer=$customer&start_date=now&phases[0][items][0][price]=$price&phases[0][duration][interval]=month&phases[1][items][0][price]=$price&phases[1][items][0][quantity]=3",
    ),
    ("POST /v1/subscription_schedules", "from_subscription=$subscription"),
    ("POST /v1/subscription_schedules/$subscription_schedule", "end_behavior=cancel&metadata[a]=1"),
    ("POST /v1/subscription_schedules/$subscription_schedule/cancel", ""),
    ("POST /v1/subscription_schedules/$subscription_schedule/release", ""),
    (
        "POST /v1/invoices/$invoice/add_lines",
        "lines[0][amount]=250&lines[0][description]=g&lines[1][amount]=-30",
    ),
    ("POST /v1/invoices/$line", "amount=400"),
];
const KINDS: [&str; 14] = [
    "checkout.session",
    "coupon",
    "customer",
    "invoice",
    "invoiceitem",
    "line",
    "plan",
    "price",
    "product",
    "subscription",
    "subscription_item",
    "subscription_schedule",
    "tax_rate",
    "test_helpers.test_clock",
];

/// The lines of a draft that are those of invoice items, below the path of invoices.
fn lines_to_change(answer: &Value) -> Vec<String> {
    let lines = answer["lines"]["data"].as_array().into_iter().flatten();
    let lines = lines.filter(|line| {
        answer["status"] == "draft" && line["parent"]["invoice_item_details"].is_object()
    });
    lines.map(|line| format!("{}/lines/{}", id(answer), id(line))).collect()
}

/// One of the oldest by an even number, one of the newest by an odd one.
fn chosen(ids: &[String], choice: usize) -> Option<&String> {
    let at = choice / 2 % ids.len().max(1);
    if choice.is_multiple_of(2) { ids.get(at) } else { ids.iter().rev().nth(at) }
}

/// Plays calls, each with the objects that a number chooses; returns what each came to.
fn played(calls: &[(usize, usize)]) -> (Talk, Vec<Value>) {
    let mut talk = Talk::default();
    let mut known: std::collections::BTreeMap<&str, Vec<String>> =
        std::collections::BTreeMap::new();
    let mut answers = Vec::new();
    for (number, choice) in calls {
        let (mut call, mut body) = (CALLS[*number].0.to_owned(), CALLS[*number].1.to_owned());
        // The longer names first: `$invoice` begins `$invoiceitem`.
        for kind in KINDS.iter().rev() {
            let ids = known.get(kind).map_or(&[][..], Vec::as_slice);
            let id = chosen(ids, *choice).map_or("none", String::as_str);
            call = call.replace(&format!("${kind}"), id);
            body = body.replace(&format!("${kind}"), id);
        }
        if call == "complete" {
            let decline = (choice % 3 == 0).then(|| "generic_decline".to_owned());
            let done = talk.api.complete(&CustomerAnswer { id: body, decline }, 1_792_000_000);
            answers.push(done.unwrap_or_else(Value::from));
            continue;
        }
        if call == "advance" {
            let done = talk.api.advance(body.parse().unwrap(), 1_792_000_000);
            answers.push(done.unwrap_or_else(Value::from));
            continue;
        }
        let (status, answer) = talk.ask(&call, &body);
        assert!([200, 400, 402, 404].contains(&status), "{call} {body}: {answer}");
        if let (200, Some(kind)) = (status, KINDS.iter().find(|kind| answer["object"] == **kind)) {
            known.entry(kind).or_default().push(id(&answer).to_owned());
            let items = answer["items"]["data"].as_array().into_iter().flatten();
            let items = items.map(|item| id(item).to_owned());
            known.entry("subscription_item").or_default().extend(items);
            known.entry("line").or_default().extend(lines_to_change(&answer));
            for (kind, field) in [("subscription", "subscription"), ("invoice", "latest_invoice")] {
                let made = answer[field].as_str().map(str::to_owned);
                known.entry(kind).or_default().extend(made);
            }
        }
        answers.push(answer);
    }
    (talk, answers)
}

/// All objects of a list.
fn all(talk: &mut Talk, path: &str) -> Vec<Value> {
    let (mut found, mut after) = (Vec::new(), String::new());
    loop {
        let list = talk.done(&format!("GET {path}limit=100{after}"), "");
        found.extend(list["data"].as_array().unwrap().clone());
        if list["has_more"] != true {
            return found;
        }
        after = format!("&starting_after={}", id(found.last().unwrap()));
    }
}

/// All objects of a list, and those of customers with a test clock, whom lists leave out.
fn all_with_clocks(talk: &mut Talk, path: &str, answers: &[Value]) -> Vec<Value> {
    let mut found = all(talk, path);
    let customers = answers.iter().filter(|answer| answer["test_clock"].is_string());
    let customers: BTreeSet<&str> =
        customers.filter(|answer| answer["object"] == "customer").map(id).collect();
    for customer in customers {
        found.extend(all(talk, &format!("{path}customer={customer}&")));
    }
    found
}

fn number(value: &Value, name: &str) -> i64 {
    value[name].as_i64().unwrap()
}

/// Whether an invoice agrees with its lines and its payments.
fn check_invoice(talk: &mut Talk, invoice: &Value) {
    let lines = invoice["lines"]["data"].as_array().unwrap();
    let subtotal: i64 = lines.iter().map(|line| number(line, "amount")).sum();
    let sum = |list: &Value| -> i64 {
        list.as_array().unwrap().iter().map(|one| number(one, "amount")).sum()
    };
    let exclusive = invoice["total_taxes"].as_array().unwrap().iter();
    let exclusive = exclusive.filter(|tax| tax["tax_behavior"] == "exclusive");
    let tax: i64 = exclusive.map(|tax| number(tax, "amount")).sum();
    let off = sum(&invoice["total_discount_amounts"]);
    assert_eq!(number(invoice, "subtotal"), subtotal, "{invoice}");
    assert_eq!(number(invoice, "total"), subtotal - off + tax, "{invoice}");
    assert_eq!(
        number(invoice, "total_excluding_tax"),
        number(invoice, "total") - sum(&invoice["total_taxes"])
    );
    let sum = number(invoice, "total") + number(invoice, "starting_balance");
    let due = if sum < 50 { 0 } else { sum };
    assert_eq!(number(invoice, "amount_due"), due, "{invoice}");
    let ending = if invoice["status"] == "draft" { Value::Null } else { (sum - due).into() };
    assert_eq!(invoice["ending_balance"], ending, "{invoice}");
    let paid = if invoice["status"] == "paid" { number(invoice, "amount_due") } else { 0 };
    assert_eq!(number(invoice, "amount_paid"), paid, "{invoice}");
    assert_eq!(number(invoice, "amount_remaining"), number(invoice, "amount_due") - paid);
    let path = format!("GET /v1/invoice_payments?invoice={}", id(invoice));
    for payment in talk.done(&path, "")["data"].as_array().unwrap() {
        let intent = payment["payment"]["payment_intent"].as_str().unwrap();
        let intent = talk.done(&format!("GET /v1/payment_intents/{intent}"), "");
        let is_paid = payment["status"] == "paid";
        assert_eq!(intent["status"] == "succeeded", is_paid, "{payment} {intent}");
        assert_eq!(intent["amount"], invoice["amount_due"], "{invoice}");
        assert!(!is_paid || invoice["status"] == "paid", "{invoice}");
    }
}

/// Whether a schedule has a state that there is, and its subscription knows of it.
fn check_schedule(talk: &mut Talk, schedule: &Value) {
    let status = schedule["status"].as_str().unwrap();
    let known = ["active", "canceled", "completed", "not_started", "released"];
    assert!(known.contains(&status), "{schedule}");
    assert_eq!(schedule["released_subscription"].is_string(), status == "released", "{schedule}");
    assert_eq!(schedule["current_phase"].is_object(), status == "active", "{schedule}");
    if status != "active" {
        return;
    }
    let path = format!("GET /v1/subscriptions/{}", schedule["subscription"].as_str().unwrap());
    assert_eq!(talk.done(&path, "")["schedule"], schedule["id"], "{schedule}");
}

#[test]
fn each_call_does_something_at_times() {
    // Numbers that a generator draws (its constants are those of Knuth's MMIX).
    let mut drawn = 1_u64;
    let mut draw = |most: usize| {
        drawn =
            drawn.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(drawn >> 33).unwrap() % most
    };
    let mut idle: BTreeSet<usize> = (0..CALLS.len()).collect();
    for _ in 0..12 {
        let calls: Vec<_> = (0..150).map(|_| (draw(CALLS.len()), draw(12))).collect();
        let (_, answers) = played(&calls);
        for ((number, _), answer) in calls.iter().zip(answers) {
            if answer.is_object() && answer.get("error").is_none() {
                idle.remove(number);
            }
        }
    }
    let idle: Vec<_> = idle.iter().map(|number| CALLS[*number]).collect();
    assert_eq!(idle, []);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn any_calls_leave_bills_that_agree_with_themselves(
        calls in prop::collection::vec((0..CALLS.len(), 0..12_usize), 0..200),
    ) {
        let (mut talk, answers) = played(&calls);
        prop_assert_eq!(&answers, &played(&calls).1);
        for invoice in all_with_clocks(&mut talk, "/v1/invoices?", &answers) {
            check_invoice(&mut talk, &invoice);
            let customer = invoice["customer"].as_str().unwrap();
            talk.done(&format!("GET /v1/customers/{customer}"), "");
        }
        for item in all_with_clocks(&mut talk, "/v1/invoiceitems?", &answers) {
            let Some(invoice) = item["invoice"].as_str() else { continue };
            let invoice = talk.done(&format!("GET /v1/invoices/{invoice}"), "");
            let lines = invoice["lines"]["data"].as_array().unwrap();
            let is_its = |line: &&Value| line["parent"]["invoice_item_details"]["invoice_item"] == item["id"];
            let line = lines.iter().find(is_its);
            prop_assert_eq!(line.map(|line| line["amount"].clone()), Some(item["amount"].clone()));
        }
        let known = ["active", "canceled", "incomplete", "incomplete_expired", "past_due", "paused", "trialing"].map(|s| json!(s));
        for subscription in all_with_clocks(&mut talk, "/v1/subscriptions?status=all&", &answers) {
            prop_assert!(known.contains(&subscription["status"]));
            for item in subscription["items"]["data"].as_array().unwrap() {
                let served = talk.done(&format!("GET /v1/subscription_items/{}", id(item)), "");
                prop_assert_eq!(&served, item);
            }
            // What begins with a free part has none yet.
            if let Some(invoice) = subscription["latest_invoice"].as_str() {
                talk.done(&format!("GET /v1/invoices/{invoice}"), "");
            }
        }
        for schedule in all_with_clocks(&mut talk, "/v1/subscription_schedules?", &answers) {
            check_schedule(&mut talk, &schedule);
        }
        let charges = all(&mut talk, "/v1/charges?");
        let paid: i64 = charges.iter().filter(|charge| charge["paid"] == true).map(|charge| number(charge, "amount")).sum();
        let moved = all(&mut talk, "/v1/balance_transactions?");
        prop_assert_eq!(moved.iter().map(|one| number(one, "amount")).sum::<i64>(), paid);
    }
}
