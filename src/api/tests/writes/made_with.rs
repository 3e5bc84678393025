//! Objects that are made with others: a product's price, a customer's tax ids.

use serde_json::json;

use super::{Talk, id};

#[test]
fn a_product_comes_with_its_usual_price() {
    let mut talk = Talk::default();
    let body = "name=Studio&default_price_data[currency]=EUR&default_price_data[unit_amount]=1200&\
                default_price_data[recurring][interval]=month";
    let product = talk.done("POST /v1/products", &format!("{body}&expand[]=default_price"));
    let price = &product["default_price"];
    let parts = ["product", "currency", "unit_amount", "type"].map(|name| price[name].clone());
    assert_eq!(parts, [product["id"].clone(), json!("eur"), json!(1200), json!("recurring")]);
    assert_eq!(
        talk.events(),
        ["product.created", "plan.created", "price.created", "product.updated"]
    );
    let list = talk.done(&format!("GET /v1/prices?product={}", id(&product)), "");
    assert_eq!(list["data"].as_array().unwrap().len(), 1);
}

#[test]
fn a_customer_s_tax_ids_come_and_go() {
    let mut talk = Talk::default();
    let body = "tax_id_data[0][type]=eu_vat&tax_id_data[0][value]=DE123456789";
    let customer = talk.done("POST /v1/customers", body);
    let path = format!("/v1/customers/{}/tax_ids", id(&customer));
    let made = talk.done(&format!("POST {path}"), "type=gb_vat&value=GB123456789");
    let parts = [&made["country"], &made["customer"], &made["owner"]["customer"]];
    assert_eq!(parts, [&json!("GB"), &customer["id"], &customer["id"]]);
    assert_eq!(made["verification"]["status"], "pending");
    let values = |list: &serde_json::Value| {
        let all = list["data"].as_array().unwrap().iter();
        all.map(|one| one["value"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let list = talk.done(&format!("GET {path}"), "");
    assert_eq!(values(&list), ["GB123456789", "DE123456789"]);
    let gone = talk.done(&format!("DELETE {path}/{}", id(&made)), "");
    assert_eq!(gone, json!({"id": made["id"], "object": "tax_id", "deleted": true}));
    assert_eq!(values(&talk.done(&format!("GET {path}"), "")), ["DE123456789"]);
    let created = "customer.tax_id.created";
    let wanted = ["customer.created", created, created, "customer.tax_id.deleted"];
    assert_eq!(talk.events(), wanted);
    let body = "type=gb_vat&value=GB123456789";
    let wanted = (404, "resource_missing", "id", "No such customer: 'cus_none'");
    talk.refused(("POST /v1/customers/cus_none/tax_ids", body), wanted);
    let wanted = (400, "parameter_missing", "value", "Missing required param: value.");
    talk.refused((&format!("POST {path}"), "type=gb_vat"), wanted);
}

#[test]
fn a_session_and_a_refund_take_what_they_take() {
    let mut talk = Talk::default();
    let body = "mode=payment&success_url=https%3A%2F%2Fa.example&line_items[0][quantity]=1&\
                line_items[0][price_data][currency]=eur&line_items[0][price_data][unit_amount]=500&\
                line_items[0][price_data][product_data][name]=Mug";
    let session = talk.done("POST /v1/checkout/sessions", body);
    let path = format!("POST /v1/checkout/sessions/{}", id(&session));
    assert_eq!(talk.done(&path, "metadata[order]=7")["metadata"], json!({"order": "7"}));
    let body = "amount=900&currency=eur&confirm=true&payment_method=pm_card_visa&\
                allowed_payment_method_types[]=card";
    let intent = talk.done("POST /v1/payment_intents", body);
    let refund = talk.done("POST /v1/refunds", &format!("payment_intent={}", id(&intent)));
    let path = format!("POST /v1/refunds/{}/cancel", id(&refund));
    let message = "Canceling this refund is unsupported.";
    talk.refused((&path, ""), (400, "", "", message));
}
