//! Cards as sources of customers, and what changes of refunds tell twice.

use serde_json::json;

use super::super::billing::unknown;
use super::super::*;
use super::{Refusal, Talk, id};

#[test]
fn a_customer_s_cards_come_change_and_go_and_the_first_is_charged() {
    let mut talk = Talk::default();
    let customer = talk.done("POST /v1/customers", "");
    let path = format!("/v1/customers/{}/sources", id(&customer));
    let first = talk.done(&format!("POST {path}"), "source=tok_mastercard&metadata[order]=7");
    assert_eq!(first["metadata"], json!({"order": "7"}));
    assert_eq!(unknown("card", &first), BTreeSet::new());
    let said = ["brand", "customer", "cvc_check", "last4"].map(|name| first[name].clone());
    assert_eq!(json!(said), json!(["MasterCard", customer["id"], "pass", "4444"]));
    let second = talk.done(&format!("POST {path}"), "source=tok_visa");
    let card = format!("{path}/{}", id(&first));
    let changed = talk.done(&format!("POST {card}"), "name=Mara&metadata[a]=b");
    assert_eq!(
        (&changed["name"], &changed["metadata"]),
        (&json!("Mara"), &json!({"order": "7", "a": "b"}))
    );
    let body = format!("amount=900&currency=usd&customer={}", id(&customer));
    for (source, wanted) in [(String::new(), &first), (format!("&source={}", id(&second)), &second)]
    {
        let charge = talk.done("POST /v1/charges", &format!("{body}{source}"));
        let shown = [&charge["payment_method"], &charge["source"]["id"]];
        assert_eq!(shown, [&wanted["id"], &wanted["id"]]);
        assert_eq!(charge["payment_method_details"]["card"]["last4"], wanted["last4"]);
    }
    let gone = talk.done(&format!("DELETE {card}"), "");
    assert_eq!(gone, json!({"id": first["id"], "object": "card", "deleted": true}));
    let list = talk.done(&format!("GET {path}"), "");
    assert_eq!(list["data"], json!([second]));
    let now = talk.done(&format!("GET /v1/customers/{}", id(&customer)), "");
    assert_eq!(now["default_source"], second["id"]);
    let wanted = [
        "customer.created",
        "customer.source.created",
        "customer.updated",
        "customer.source.created",
        "customer.source.updated",
        "charge.succeeded",
        "charge.succeeded",
        "customer.source.deleted",
        "customer.updated",
    ];
    assert_eq!(talk.events(), wanted);
}

#[test]
fn a_customer_begins_with_the_card_of_a_token() {
    let mut talk = Talk::default();
    let customer = talk.done("POST /v1/customers", "source=tok_visa");
    let path = format!("GET /v1/customers/{}/sources", id(&customer));
    let list = talk.done(&path, "");
    assert_eq!(list["data"][0]["id"], customer["default_source"]);
    assert_eq!(talk.events(), ["customer.created", "customer.source.created"]);
}

const REFUSED: [(&str, Refusal); 4] = [
    ("", (400, "parameter_missing", "source", "")),
    ("source=tok_x", (400, "resource_missing", "source", "No such token: 'tok_x'")),
    ("source=src_1", (400, "devtool_not_served", "", "no token of a test card")),
    ("source=tok_visa_chargeDeclined", (402, "card_declined", "", "declined")),
];

#[test]
fn a_card_is_refused_that_cannot_be_saved_and_one_of_somebody_else() {
    let mut talk = Talk::default();
    let customer = talk.done("POST /v1/customers", "");
    let call = format!("POST /v1/customers/{}/sources", id(&customer));
    for (body, wanted) in REFUSED {
        talk.refused((&call, body), wanted);
    }
    let wanted = (404, "resource_missing", "id", "No such customer: 'cus_x'");
    talk.refused(("POST /v1/customers/cus_x/sources", "source=tok_visa"), wanted);
    let other = talk.done("POST /v1/customers", "source=tok_visa");
    let card = other["default_source"].as_str().unwrap();
    let wanted = (404, "resource_missing", "id", "No such card");
    talk.refused((&format!("{call}/{card}"), "name=Mara"), wanted);
    let body = format!("amount=900&currency=usd&customer={}&source={card}", id(&customer));
    let wanted = (400, "missing", "source", "does not have a linked source");
    talk.refused(("POST /v1/charges", &body), wanted);
    let wanted = ["customer.created", "customer.created", "customer.source.created"];
    assert_eq!(talk.events(), wanted);
}

#[test]
fn a_customer_s_card_pays_where_no_payment_method_is_named() {
    let mut talk = Talk::default();
    let customer = talk.done("POST /v1/customers", "source=tok_mastercard");
    let whose = format!("customer={}", id(&customer));
    let card = customer["default_source"].as_str().unwrap();
    let price = "currency=usd&unit_amount=1200&recurring[interval]=month&product_data[name]=Gym";
    let price = talk.done("POST /v1/prices", price);
    let items = format!("{whose}&items[0][price]={}", id(&price));
    let kept = "payment_settings[save_default_payment_method]=on_subscription";
    let made = talk.done("POST /v1/subscriptions", &format!("{items}&{kept}"));
    let said = [&made["status"], &made["default_payment_method"]];
    assert_eq!(said, [&json!("active"), &json!(null)]);
    let trial = talk.done("POST /v1/subscriptions", &format!("{items}&trial_period_days=3"));
    assert_eq!(trial["status"], "trialing");
    talk.api.advance("3d 2h".parse().unwrap(), 1_792_000_000).unwrap();
    let now = talk.done(&format!("GET /v1/subscriptions/{}", id(&trial)), "");
    assert_eq!(now["status"], "active");
    let invoice = talk.done("POST /v1/invoices", &whose);
    let item = format!("{whose}&invoice={}&amount=700&currency=usd", id(&invoice));
    talk.done("POST /v1/invoiceitems", &item);
    talk.done(&format!("POST /v1/invoices/{}/finalize", id(&invoice)), "");
    let paid = talk.done(&format!("POST /v1/invoices/{}/pay", id(&invoice)), "");
    assert_eq!((&paid["status"], &paid["amount_paid"]), (&json!("paid"), &json!(700)));
    let body = format!(
        "{whose}&amount=900&currency=usd&confirm=true&allowed_payment_method_types[]=card\
         &expand[]=latest_charge"
    );
    let mut paid_by = |body: &str| {
        let intent = talk.done("POST /v1/payment_intents", body);
        let details = &intent["latest_charge"]["payment_method_details"]["card"];
        json!([intent["status"], intent["payment_method"], details["last4"]])
    };
    let by_card = json!(["succeeded", card, "4444"]);
    assert_eq!(paid_by(&body), by_card);
    assert_eq!(paid_by(&format!("{body}&payment_method={card}")), by_card);
    let chosen =
        "payment_method=pm_card_visa&invoice_settings[default_payment_method]=pm_card_visa";
    let other = talk.done("POST /v1/customers", &format!("source=tok_mastercard&{chosen}"));
    let body = body.replace(id(&customer), id(&other));
    let intent = talk.done("POST /v1/payment_intents", &body);
    let choice = &other["invoice_settings"]["default_payment_method"];
    assert_eq!((&intent["status"], &intent["payment_method"]), (&json!("succeeded"), choice));
}

#[test]
fn only_what_names_a_customer_is_among_their_sources() {
    let mut talk = Talk::default();
    let customer = talk.done("POST /v1/customers", "");
    let path = format!("/v1/customers/{}/sources", id(&customer));
    let mut others = Vec::new();
    for (kind, call) in [("account", "GET /v1/account"), ("balance", "GET /v1/balance")] {
        let other = talk.done(call, "");
        assert_eq!(other["object"], kind);
        others.push(other);
    }
    assert_eq!(talk.done(&format!("GET {path}"), "")["data"], json!([]));
    let account = id(&others[0]);
    let wanted = (404, "resource_missing", "id", "No such account");
    talk.refused((&format!("GET {path}/{account}"), ""), wanted);
    let card = talk.done(&format!("POST {path}"), "source=tok_visa");
    assert_eq!(talk.done(&format!("GET {path}"), "")["data"], json!([card]));
    assert_eq!(talk.done(&format!("GET {path}/{}", id(&card)), ""), card);
}

#[test]
fn with_a_customer_go_their_sources_and_their_cash() {
    let mut talk = Talk::default();
    let customer = talk.done("POST /v1/customers", "source=tok_visa");
    let path = format!("/v1/customers/{}", id(&customer));
    let fund = format!("POST /v1/test_helpers/customers/{}/fund_cash_balance", id(&customer));
    let money = "amount=900&currency=usd";
    talk.done(&fund, money);
    let card = format!("{path}/sources/{}", customer["default_source"].as_str().unwrap());
    talk.done(&format!("DELETE {path}"), "");
    let count = talk.events().len();
    for (call, body) in [
        (format!("GET {path}/sources"), ""),
        (format!("POST {path}/sources"), "source=tok_visa"),
        (format!("GET {card}"), ""),
        (format!("POST {card}"), "name=Mara"),
        (format!("DELETE {card}"), ""),
        (format!("GET {path}/cash_balance"), ""),
        (format!("POST {path}/cash_balance"), "settings[reconciliation_mode]=manual"),
        (format!("GET {path}/cash_balance_transactions"), ""),
        (fund, money),
    ] {
        talk.refused((&call, body), (404, "resource_missing", "id", "No such customer"));
    }
    assert_eq!(talk.events().len(), count);
}

#[test]
fn a_change_of_a_refund_is_told_by_its_older_name_too() {
    let mut talk = Talk::default();
    let charge = talk.done("POST /v1/charges", "amount=900&currency=usd&source=tok_visa");
    let refund = talk.done("POST /v1/refunds", &format!("charge={}", id(&charge)));
    let path = format!("POST /v1/refunds/{}", id(&refund));
    let after = talk.done(&path, "metadata[a]=b");
    talk.done(&path, "metadata[a]=b");
    let wanted = [
        "charge.succeeded",
        "refund.created",
        "charge.refunded",
        "refund.updated",
        "charge.refund.updated",
    ];
    assert_eq!(talk.events(), wanted);
    let list = talk.done("GET /v1/events?limit=2", "");
    for event in list["data"].as_array().unwrap() {
        assert_eq!(event["data"]["object"], after);
        assert_eq!(event["data"]["previous_attributes"], json!({"metadata": {"a": null}}));
    }
}

#[test]
fn where_to_come_back_to_has_to_be_said_from_the_version_on_that_redirects() {
    let newest = Catalogue::api_version();
    for (version, status, is_automatic) in [
        (None, 200, true),
        (Some("2022-11-15"), 200, false),
        (Some("2023-08-16"), 400, true),
        (Some(newest), 400, true),
    ] {
        let version = version.map(str::to_owned);
        let mut talk = Talk { version, ..Talk::default() };
        let body = "confirm=true&payment_method=pm_card_visa";
        assert_eq!(talk.ask("POST /v1/setup_intents", body).0, status, "{:?}", talk.version);
        let body = "amount=900&currency=usd&payment_method=pm_card_visa";
        let intent = talk.done("POST /v1/payment_intents", body);
        let shown = intent["automatic_payment_methods"].is_object();
        assert_eq!(shown, is_automatic, "{:?}", talk.version);
        let call = format!("POST /v1/payment_intents/{}/confirm", id(&intent));
        assert_eq!(talk.ask(&call, "").0, status, "{:?}", talk.version);
    }
}

#[test]
fn a_customer_s_card_is_read_as_a_payment_method_too() {
    let mut talk = Talk::default();
    let customer = talk.done("POST /v1/customers", "");
    let path = format!("/v1/customers/{}/sources", id(&customer));
    let card = talk.done(&format!("POST {path}"), "source=tok_mastercard&metadata[order]=7");
    let body = "name=Mara&address_city=Oslo&address_zip=0150";
    talk.done(&format!("POST {path}/{}", id(&card)), body);
    let method = talk.done(&format!("GET /v1/payment_methods/{}", id(&card)), "");
    assert_eq!(unknown("payment_method", &method), BTreeSet::new());
    let said = ["id", "object", "type", "created", "customer", "metadata", "billing_details"];
    let wanted = json!([
        card["id"], "payment_method", "card", 1_792_000_000, customer["id"], {"order": "7"},
        {
            "address": {
                "city": "Oslo", "country": null, "line1": null, "line2": null,
                "postal_code": "0150", "state": null,
            },
            "email": null, "name": "Mara", "phone": null, "tax_id": null,
        },
    ]);
    assert_eq!(json!(said.map(|name| method[name].clone())), wanted);
    assert_eq!(
        json!(["brand", "last4"].map(|name| method["card"][name].clone())),
        json!(["mastercard", "4444"])
    );
    let below = format!("GET /v1/customers/{}/payment_methods/{}", id(&customer), id(&card));
    assert_eq!(talk.done(&below, ""), method);
    let other = talk.done("POST /v1/customers", "");
    let below = format!("GET /v1/customers/{}/payment_methods/{}", id(&other), id(&card));
    talk.refused((&below, ""), (404, "resource_missing", "id", "No such payment_method"));
    talk.done(&format!("DELETE {path}/{}", id(&card)), "");
    let gone = format!("GET /v1/payment_methods/{}", id(&card));
    talk.refused((&gone, ""), (404, "resource_missing", "id", "No such payment_method"));
}

#[test]
fn customers_cards_are_no_external_accounts() {
    let mut talk = Talk::default();
    let account = json!({"id": "acct_1", "object": "account"});
    talk.api.sent(event("evt_1", 5, &account).as_bytes());
    let payout = json!({"id": "card_1", "object": "card", "account": "acct_1"});
    talk.api.sent(event("evt_2", 6, &payout).as_bytes());
    let customer = talk.done("POST /v1/customers", "source=tok_visa");
    let path = "GET /v1/accounts/acct_1/external_accounts";
    assert_eq!(talk.done(path, "")["data"], json!([payout]));
    let card = customer["default_source"].as_str().unwrap();
    let (status, _) = talk.ask(&format!("{path}/{card}"), "");
    assert_eq!(status, 404);
}

#[test]
fn a_card_gets_another_expiry_and_a_customer_another_card() {
    let mut talk = Talk::default();
    let customer = talk.done("POST /v1/customers", "source=tok_visa");
    let path = format!("POST /v1/customers/{}", id(&customer));
    let first = customer["default_source"].as_str().unwrap().to_owned();
    let card = format!("{path}/sources/{first}");
    let now = talk.done(&card, "exp_month=3&exp_year=2034");
    assert_eq!([&now["exp_month"], &now["exp_year"]], [&json!(3), &json!(2034)]);
    for (body, wanted) in [
        ("exp_month=13", (402, "invalid_expiry_month", "exp_month", "month is invalid")),
        ("exp_year=1999", (402, "invalid_expiry_year", "exp_year", "year is invalid")),
    ] {
        talk.refused((&card, body), wanted);
    }
    let second = talk.done(&format!("{path}/sources"), "source=tok_mastercard");
    let now = talk.done(&path, &format!("default_source={}", id(&second)));
    assert_eq!(now["default_source"], second["id"]);
    let wanted = (400, "missing", "default_source", "does not have a linked source with ID card_x");
    talk.refused((&path, "default_source=card_x"), wanted);
    let third = talk.done(&path, "source=tok_amex");
    let list = talk.done(&format!("GET /v1/customers/{}/sources", id(&customer)), "");
    let mut ids: Vec<&str> = list["data"].as_array().unwrap().iter().map(id).collect();
    ids.sort_unstable();
    let mut wanted = [first.as_str(), third["default_source"].as_str().unwrap()];
    wanted.sort_unstable();
    assert_eq!(ids, wanted);
    let events = [
        "customer.created",
        "customer.source.created",
        "customer.source.updated",
        "customer.source.created",
        "customer.updated",
        "customer.updated",
        "customer.source.created",
        "customer.source.deleted",
    ];
    assert_eq!(talk.events(), events);
}
