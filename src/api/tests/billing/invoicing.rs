//! Invoices made by calls: drafts, their items, what they come to, and how they become final and are paid.

use serde_json::json;

use super::super::payments::scenario;
use super::super::writes::{Talk, id};
use super::subscriptions::ready;
use super::*;
use crate::api::write::CustomerAnswer;

/// A customer, and the path of a draft for them.
fn draft(talk: &mut Talk, more: &str) -> (Value, String) {
    let customer = talk.done("POST /v1/customers", "email=a%40example.com&name=Ada");
    let body = format!("customer={}&{more}", id(&customer));
    let path = format!("/v1/invoices/{}", id(&talk.done("POST /v1/invoices", &body)));
    (customer, path)
}

/// A draft with an item of 20.00.
fn with_item(more: &str) -> (Talk, Value, String) {
    let mut talk = Talk::default();
    let (customer, path) = draft(&mut talk, more);
    add(&mut talk, &path, "amount=2000&currency=usd&description=Workshop");
    (talk, customer, path)
}

fn add(talk: &mut Talk, path: &str, item: &str) -> Value {
    let invoice = path.rsplit('/').next().unwrap();
    talk.done("POST /v1/invoiceitems", &format!("invoice={invoice}&{item}"))
}

#[test]
fn an_invoice_that_is_sent_tells_its_events_as_the_scenario_does() {
    let (mut talk, _, path) = with_item("collection_method=send_invoice&days_until_due=30");
    let open = talk.done(&format!("POST {path}/finalize"), "");
    assert_eq!((&open["status"], &open["amount_due"]), (&json!("open"), &json!(2000)));
    assert!(open["number"].as_str().unwrap().ends_with("-0001"), "{}", open["number"]);
    assert_eq!(open["due_date"], 1_792_000_000 + 30 * 24 * 60 * 60);
    talk.done(&format!("POST {path}/send"), "");
    talk.done(&format!("POST {path}/pay"), "paid_out_of_band=true");
    let mut wanted = vec!["customer.created".to_owned()];
    wanted.extend(scenario("invoice-paid-out-of-band"));
    assert_eq!(talk.events(), wanted);
}

#[test]
fn what_is_made_has_no_members_that_the_catalogue_has_not() {
    let (mut talk, customer, path) = with_item("collection_method=send_invoice&days_until_due=30");
    talk.done(&format!("POST {path}/finalize"), "");
    let invoice = talk.done(&format!("GET {path}"), "");
    let items = talk.done(&format!("GET /v1/invoiceitems?customer={}", id(&customer)), "");
    let payments = talk.done("GET /v1/invoice_payments", "");
    for (kind, object) in [
        ("invoice", &invoice),
        ("invoiceitem", &items["data"][0]),
        ("invoice_payment", &payments["data"][0]),
    ] {
        assert_eq!(unknown(kind, object), BTreeSet::new(), "{kind}");
    }
}

#[test]
fn totals_are_by_lines_a_coupon_and_tax_rates() {
    // What is said of the invoice and of its lines; then subtotal, without tax, tax, total, and without tax.
    for (invoice, lines, wanted) in [
        ("", &["amount=2000", "amount=500"][..], [2500, 2500, 0, 2500, 2500]),
        ("default_tax_rates[]=$out", &["amount=2000"], [2000, 2000, 200, 2200, 2000]),
        ("default_tax_rates[]=$in", &["amount=1200"], [1200, 1000, 200, 1200, 1000]),
        ("discounts[][coupon]=$half", &["amount=2000"], [2000, 2000, 0, 1000, 1000]),
        ("discounts[][coupon]=$five", &["amount=2000", "amount=3000"], [5000, 5000, 0, 4500, 4500]),
        (
            "discounts[][coupon]=$half&default_tax_rates[]=$out",
            &["amount=2000", "amount=100&discountable=false"],
            [2100, 2100, 110, 1210, 1100],
        ),
        ("", &["amount=1000&tax_rates[]=$in", "amount=-500"], [500, 333, 167, 500, 333]),
        ("", &["unit_amount_decimal=150&quantity=3"], [450, 450, 0, 450, 450]),
    ] {
        let mut talk = Talk::default();
        let mut rate = |body: &str| id(&talk.done("POST /v1/tax_rates", body)).to_owned();
        let exclusive = rate("display_name=a&inclusive=false&percentage=10");
        let inclusive = rate("display_name=b&inclusive=true&percentage=20");
        talk.done("POST /v1/coupons", "id=half&percent_off=50");
        talk.done("POST /v1/coupons", "id=five&amount_off=500&currency=usd");
        let filled = |text: &str| {
            let text = text.replace("$out", &exclusive).replace("$in", &inclusive);
            text.replace("$half", "half").replace("$five", "five")
        };
        let (_, path) = draft(&mut talk, &filled(invoice));
        for line in lines {
            add(&mut talk, &path, &filled(line));
        }
        let now = talk.done(&format!("GET {path}"), "");
        let number = |name: &str| now[name].as_i64().unwrap();
        let taxes = now["total_taxes"].as_array().unwrap().iter();
        let tax: i64 = taxes.map(|tax| tax["amount"].as_i64().unwrap()).sum();
        let found = [
            number("subtotal"),
            number("subtotal_excluding_tax"),
            tax,
            number("total"),
            number("total_excluding_tax"),
        ];
        assert_eq!(found, wanted, "{invoice} {lines:?}");
        let redeemed = i64::from(invoice.contains("$half"));
        assert_eq!(talk.done("GET /v1/coupons/half", "")["times_redeemed"], redeemed);
    }
}

#[test]
fn a_coupon_counts_for_what_it_was_redeemed_for() {
    let (mut talk, customer, path) = with_item("");
    talk.done("POST /v1/coupons", "id=half&percent_off=50&max_redemptions=1");
    talk.done("POST /v1/coupons", "id=euros&amount_off=500&currency=eur");
    let call = format!("POST {path}");
    let half = "discounts[0][coupon]=half";
    assert_eq!(talk.done(&call, half)["total"], 1000);
    assert_eq!(talk.done("GET /v1/coupons/half", "")["valid"], false);
    let another = format!("customer={}&{half}", id(&customer));
    talk.refused(("POST /v1/invoices", &another), (400, "", "discounts[0][coupon]", "is used up"));
    talk.refused(
        (&call, "discounts[0][coupon]=euros"),
        (400, "", "discounts[0][coupon]", "another currency"),
    );
    talk.done("DELETE /v1/coupons/half", "");
    add(&mut talk, &path, "amount=500&currency=usd");
    assert_eq!(talk.done(&format!("GET {path}"), "")["total"], 1250);
}

#[test]
fn what_is_said_of_an_invoice_stays_once_it_is_final() {
    for (made, said, charged) in [
        ("number=ABC-7", "auto_advance=true", true),
        ("number=ABC-7&auto_advance=true", "auto_advance=false", false),
        ("number=ABC-7&auto_advance=true", "", true),
    ] {
        let (mut talk, _, path) = with_item(made);
        let open = talk.done(&format!("POST {path}/finalize"), said);
        assert_eq!(open["number"], "ABC-7");
        assert_eq!(open["next_payment_attempt"].is_i64(), charged, "{made} {said}");
        assert_eq!(open["auto_advance"], charged, "{made} {said}");
    }
}

#[test]
fn items_wait_for_the_next_invoice_and_can_be_changed_until_it_is_final() {
    let mut talk = Talk::default();
    let (customer, empty) = draft(&mut talk, "");
    let waiting = format!("customer={}&amount=300&currency=usd", id(&customer));
    let item = talk.done("POST /v1/invoiceitems", &waiting);
    assert_eq!(talk.done(&format!("GET {empty}"), "")["lines"]["data"], json!([]));
    let body = format!("customer={}&pending_invoice_items_behavior=include", id(&customer));
    let invoice = talk.done("POST /v1/invoices", &body);
    assert_eq!((&invoice["total"], &invoice["lines"]["total_count"]), (&json!(300), &json!(1)));
    let path = format!("/v1/invoiceitems/{}", id(&item));
    assert_eq!(talk.done(&format!("GET {path}"), "")["invoice"], invoice["id"]);
    talk.done(&format!("POST {path}"), "amount=450&description=More");
    let invoice = format!("/v1/invoices/{}", id(&invoice));
    let now = talk.done(&format!("GET {invoice}"), "");
    assert_eq!(
        (&now["total"], &now["lines"]["data"][0]["description"]),
        (&json!(450), &json!("More"))
    );
    assert_eq!(talk.events().last().unwrap(), "invoice.updated");
    talk.done(&format!("DELETE {path}"), "");
    assert_eq!(talk.done(&format!("GET {invoice}"), "")["total"], 0);
    add(&mut talk, &invoice, "amount=700&currency=usd");
    talk.done(&format!("POST {invoice}/finalize"), "");
    let late = format!("invoice={}&amount=1", invoice.rsplit('/').next().unwrap());
    talk.refused(
        ("POST /v1/invoiceitems", &late),
        (400, "invoice_not_editable", "", "can no longer be edited"),
    );
    talk.refused(
        (&format!("POST {invoice}"), "description=x"),
        (400, "", "", "Finalized invoices"),
    );
    talk.done(&format!("POST {invoice}"), "metadata[a]=1");
    talk.refused((&format!("POST {invoice}/finalize"), ""), (400, "", "", "already finalized"));
}

#[test]
fn an_invoice_of_nothing_is_paid_when_it_is_final() {
    let mut talk = Talk::default();
    let (_, path) = draft(&mut talk, "");
    let done = talk.done(&format!("POST {path}/finalize"), "");
    assert_eq!((&done["status"], &done["attempt_count"]), (&json!("paid"), &json!(0)));
    let told = talk.events();
    assert_eq!(told[told.len() - 3..], scenario("subscription-lifecycle")[7..10]);
}

#[test]
fn the_bank_s_question_about_an_invoice_is_answered_by_the_customer() {
    for (decline, status) in [(None, "paid"), (Some("generic_decline".to_owned()), "open")] {
        let (mut talk, _, path) = with_item("");
        talk.done(&format!("POST {path}/finalize"), "");
        let (code, answer) =
            talk.ask(&format!("POST {path}/pay"), "payment_method=pm_card_threeDSecure2Required");
        let error = &answer["error"]["code"];
        assert_eq!((code, error), (402, &json!("invoice_payment_intent_requires_action")));
        let open =
            talk.done(&format!("GET {path}?expand[]=payments&expand[]=confirmation_secret"), "");
        let payment = &open["payments"]["data"][0]["payment"]["payment_intent"];
        let secret = open["confirmation_secret"]["client_secret"].as_str().unwrap();
        assert!(secret.starts_with(payment.as_str().unwrap()), "{secret}");
        let answer = CustomerAnswer { id: payment.as_str().unwrap().to_owned(), decline };
        talk.api.complete(&answer, 1_792_000_000).unwrap();
        assert_eq!(talk.done(&format!("GET {path}"), "")["status"], status);
    }
}

#[test]
fn a_payment_that_is_confirmed_by_itself_pays_its_invoice() {
    let (mut talk, _, path) = with_item("");
    talk.done(&format!("POST {path}/finalize"), "");
    let open = talk.done(&format!("GET {path}?expand[]=payments"), "");
    let payment = open["payments"]["data"][0]["payment"]["payment_intent"].as_str().unwrap();
    let confirm = format!("POST /v1/payment_intents/{payment}/confirm");
    let body = "payment_method=pm_card_visa&return_url=https://example.com";
    assert_eq!(talk.done(&confirm, body)["status"], "succeeded");
    assert_eq!(talk.done(&format!("GET {path}"), "")["status"], "paid");
    let told = talk.events();
    let at = told.iter().position(|event| event == "charge.succeeded").unwrap();
    let renewal = scenario("renewal").into_iter().skip_while(|event| event != "charge.succeeded");
    assert_eq!(told[at..], renewal.collect::<Vec<String>>());
}

#[test]
fn a_card_that_was_detached_pays_no_invoice() {
    let mut talk = Talk::default();
    let (_, body) = ready(&mut talk, "pm_card_visa");
    let customer = body.split('&').next().unwrap();
    let invoice = talk.done("POST /v1/invoices", customer);
    let path = format!("/v1/invoices/{}", id(&invoice));
    add(&mut talk, &path, "amount=2000&currency=usd");
    talk.done(&format!("POST {path}/finalize"), "");
    let methods = talk.done(&format!("GET /v1/payment_methods?{customer}"), "");
    talk.done(&format!("POST /v1/payment_methods/{}/detach", id(&methods["data"][0])), "");
    let pay = format!("POST {path}/pay");
    talk.refused((&pay, ""), (400, "resource_missing", "", "no attached payment source"));
}

#[test]
fn the_payment_of_an_invoice_is_of_its_amount_and_ends_with_it() {
    let (mut talk, _, path) = with_item("");
    talk.done(&format!("POST {path}/finalize"), "");
    let open = talk.done(&format!("GET {path}?expand[]=payments"), "");
    let payment = open["payments"]["data"][0]["payment"]["payment_intent"].as_str().unwrap();
    let call = format!("POST /v1/payment_intents/{payment}");
    talk.refused((&call, "amount=100"), (400, "", "", "has its amount"));
    talk.refused((&format!("{call}/cancel"), ""), (400, "", "", "Void the invoice"));
    talk.done(&call, "metadata[a]=1");
    talk.done(&format!("POST {path}/void"), "");
    assert_eq!(talk.done(&call.replace("POST", "GET"), "")["status"], "canceled");
}

#[test]
fn a_payment_that_was_made_before_is_attached_to_an_invoice() {
    let (mut talk, customer, path) = with_item("");
    let open = talk.done(&format!("POST {path}/finalize"), "");
    let body = format!(
        "amount=2000&currency=usd&customer={}&confirm=true&payment_method=pm_card_visa&\
         allowed_payment_method_types[]=card",
        id(&customer)
    );
    let paid = talk.done("POST /v1/payment_intents", &body);
    let attach = format!("payment_intent={}", id(&paid));
    let now = talk.done(&format!("POST {path}/attach_payment"), &attach);
    assert_eq!((&now["status"], &now["amount_paid"]), (&json!("paid"), &json!(2000)));
    let list = talk.done(&format!("GET /v1/invoice_payments?invoice={}", id(&open)), "");
    let states: Vec<&Value> =
        list["data"].as_array().unwrap().iter().map(|p| &p["status"]).collect();
    assert_eq!(states, ["paid", "canceled"]);
    talk.refused((&format!("POST {path}/attach_payment"), &attach), (400, "", "", "open invoice"));
}

#[test]
fn a_payment_whose_money_is_still_to_come_is_not_attached() {
    for (kind, more) in [
        (
            "us_bank_account",
            "payment_method=pm_usBankAccount_processing\
             &mandate_data[customer_acceptance][type]=offline",
        ),
        (
            "customer_balance",
            "payment_method_data[type]=customer_balance\
             &payment_method_options[customer_balance][funding_type]=bank_transfer\
             &payment_method_options[customer_balance][bank_transfer][type]=us_bank_transfer",
        ),
        ("card", "payment_method=pm_card_visa&capture_method=manual"),
    ] {
        let (mut talk, customer, path) = with_item("");
        talk.done(&format!("POST {path}/finalize"), "");
        let body = format!(
            "amount=2000&currency=usd&customer={}&confirm=true&allowed_payment_method_types[]={kind}\
             &{more}",
            id(&customer)
        );
        let paid = talk.done("POST /v1/payment_intents", &body);
        let attach =
            (&*format!("POST {path}/attach_payment"), &*format!("payment_intent={}", id(&paid)));
        talk.refused(attach, (400, "devtool_not_served", "", "still to come"));
    }
}

#[test]
fn a_preview_leaves_nothing() {
    let mut talk = Talk::default();
    let (customer, _) = draft(&mut talk, "");
    let count = talk.events().len();
    let body = format!(
        "customer={}&invoice_items[0][amount]=900&invoice_items[0][currency]=usd",
        id(&customer)
    );
    let preview = talk.done("POST /v1/invoices/create_preview", &body);
    assert_eq!((&preview["total"], &preview["status"]), (&json!(900), &json!("draft")));
    assert!(id(&preview).starts_with("upcoming_in_"));
    assert!(id(&preview["lines"]["data"][0]).starts_with("il_tmp_"), "{preview}");
    let list = talk.done("GET /v1/invoices", "");
    assert_eq!(list["data"].as_array().unwrap().len(), 1);
    assert_eq!(talk.events().len(), count);
}
