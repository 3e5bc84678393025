//! The lines of a draft, several at once.

use serde_json::json;

use super::super::writes::{Talk, id};
use super::subscriptions::told;
use super::*;

fn draft(talk: &mut Talk) -> Value {
    let customer = talk.done("POST /v1/customers", "email=a%40example.com");
    let body = format!("customer={}&currency=eur", id(&customer));
    talk.done("POST /v1/invoices", &body)
}

/// The total, and the description and amount of each line.
fn shown(invoice: &Value) -> Value {
    let lines = invoice["lines"]["data"].as_array().unwrap();
    let line = |line: &Value| json!([line["description"], line["amount"]]);
    json!([invoice["total"], lines.iter().map(line).collect::<Vec<_>>()])
}

#[test]
fn lines_are_added_changed_and_removed_with_their_items() {
    let mut talk = Talk::default();
    let made = draft(&mut talk);
    let path = |verb: &str| format!("POST /v1/invoices/{}/{verb}", id(&made));
    let customer = made["customer"].as_str().unwrap();
    let pending = format!("customer={customer}&amount=250&currency=eur&description=Pending");
    let pending = talk.done("POST /v1/invoiceitems", &pending);
    let count = told(&mut talk).len();

    let body = format!(
        "lines[0][amount]=1000&lines[0][description]=Setup&lines[1][invoice_item]={}&\
         lines[2][price_data][currency]=eur&lines[2][price_data][product]={}&\
         lines[2][price_data][unit_amount]=300&lines[2][quantity]=2&lines[2][description]=Hours",
        id(&pending),
        id(&talk.done("POST /v1/products", "name=Hours")),
    );
    let added = talk.done(&path("add_lines"), &body);
    assert_eq!(shown(&added), json!([1850, [["Setup", 1000], ["Pending", 250], ["Hours", 600]]]));
    assert_eq!(unknown("invoice", &added), BTreeSet::new());
    let events = told(&mut talk).split_off(count);
    assert_eq!(events, ["invoiceitem.created", "invoiceitem.created", "invoice.updated"]);
    let on = talk.done(&format!("GET /v1/invoiceitems/{}", id(&pending)), "");
    assert_eq!(on["invoice"], made["id"]);

    let line = |at: usize| id(&added["lines"]["data"][at]).to_owned();
    let body = format!("lines[0][id]={}&lines[0][amount]=900", line(0));
    let changed = talk.done(&path("update_lines"), &body);
    assert_eq!(shown(&changed), json!([1750, [["Setup", 900], ["Pending", 250], ["Hours", 600]]]));
    assert_eq!(changed["lines"]["data"][0]["id"], line(0));

    let body = format!(
        "lines[0][id]={}&lines[0][behavior]=delete&lines[1][id]={}&lines[1][behavior]=unassign",
        line(0),
        line(1)
    );
    let removed = talk.done(&path("remove_lines"), &body);
    assert_eq!(shown(&removed), json!([600, [["Hours", 600]]]));
    let off = talk.done(&format!("GET /v1/invoiceitems/{}", id(&pending)), "");
    assert_eq!(off["invoice"], json!(null));
    let of_invoice = talk.done(&format!("GET /v1/invoiceitems?invoice={}", id(&made)), "");
    assert_eq!(of_invoice["data"].as_array().unwrap().len(), 1);
    assert_eq!(told(&mut talk).last().unwrap(), "invoice.updated");
}

#[test]
fn lines_that_are_not_there_and_final_invoices_are_refused() {
    let mut talk = Talk::default();
    let made = draft(&mut talk);
    let path = format!("POST /v1/invoices/{}", id(&made));
    let body = "lines[0][id]=il_none&lines[0][amount]=900";
    let wanted = (400, "resource_missing", "lines[0][id]", "No such");
    talk.refused((&format!("{path}/update_lines"), body), wanted);
    let body = "lines[0][invoice_item]=ii_none";
    let wanted = (400, "resource_missing", "lines[0][invoice_item]", "No such invoiceitem");
    talk.refused((&format!("{path}/add_lines"), body), wanted);
    let added = talk.done(&format!("{path}/add_lines"), "lines[0][amount]=900");
    let line = id(&added["lines"]["data"][0]);
    let twice = [0, 1].map(|at| format!("lines[{at}][id]={line}&lines[{at}][behavior]=delete"));
    let wanted = (400, "resource_missing", "lines[1][id]", "No such");
    talk.refused((&format!("{path}/remove_lines"), &twice.join("&")), wanted);
    let body = "lines[0][invoice_item]=ii_1&lines[0][amount]=1";
    let wanted = (400, "devtool_not_served", "", "an item that is added");
    talk.refused((&format!("{path}/add_lines"), body), wanted);
    talk.done(&format!("{path}/finalize"), "auto_advance=false");
    let wanted = (400, "invoice_not_editable", "", "can no longer be edited");
    talk.refused((&format!("{path}/add_lines"), "lines[0][amount]=900"), wanted);
}

#[test]
fn one_line_is_changed_and_answered() {
    let mut talk = Talk::default();
    let made = draft(&mut talk);
    let path = format!("/v1/invoices/{}", id(&made));
    let body = "lines[0][amount]=1000&lines[0][description]=Setup&lines[1][amount]=500";
    let added = talk.done(&format!("POST {path}/add_lines"), body);
    let line = &added["lines"]["data"][0];
    let call = format!("POST {path}/lines/{}", id(line));
    let count = told(&mut talk).len();
    let changed = talk.done(&call, "amount=800&metadata[hours]=4");
    let mut wanted = line.clone();
    for (field, value) in [
        ("amount", json!(800)),
        ("metadata", json!({"hours": "4"})),
        ("subtotal", json!(800)),
        ("pricing", changed["pricing"].clone()),
    ] {
        wanted[field] = value;
    }
    assert_eq!(changed, wanted);
    assert_eq!(changed["pricing"]["unit_amount_decimal"], "800");
    let now = talk.done(&format!("GET {path}"), "");
    assert_eq!((&now["total"], &now["lines"]["data"][0]), (&json!(1300), &changed));
    assert_eq!(told(&mut talk).split_off(count), ["invoice.updated"]);
    let none = format!("POST {path}/lines/il_none");
    talk.refused((&none, "amount=1"), (404, "resource_missing", "id", "No such line_item"));
    let wanted = (400, "parameter_invalid_integer", "amount", "Invalid integer");
    talk.refused((&call, "amount=much"), wanted);
    talk.done(&format!("POST {path}/finalize"), "auto_advance=false");
    let wanted = (400, "invoice_not_editable", "", "can no longer be edited");
    talk.refused((&call, "amount=1"), wanted);
}

#[test]
fn what_is_wrong_with_one_of_several_lines_is_named_by_its_place() {
    let mut talk = Talk::default();
    let made = draft(&mut talk);
    let path = format!("POST /v1/invoices/{}", id(&made));
    let added = talk.done(&format!("{path}/add_lines"), "lines[0][amount]=900");
    let line = id(&added["lines"]["data"][0]);
    let first = format!("lines[0][id]={line}");
    for (call, body, wanted) in [
        (
            "add_lines",
            "lines[0][amount]=1&lines[1][pricing][price]=price_1".to_owned(),
            "lines[1][pricing][price]",
        ),
        ("update_lines", format!("{first}&lines[0][quantity]=-1"), "lines[0][quantity]"),
        (
            "update_lines",
            format!("{first}&lines[0][pricing][price]=price_1"),
            "lines[0][pricing][price]",
        ),
    ] {
        let (status, answer) = talk.ask(&format!("{path}/{call}"), &body);
        assert_eq!((status, &answer["error"]["param"]), (400, &json!(wanted)), "{answer}");
    }
}

#[test]
fn a_draft_is_deleted_with_its_items() {
    let mut talk = Talk::default();
    let made = draft(&mut talk);
    let path = format!("/v1/invoices/{}", id(&made));
    talk.done(&format!("POST {path}/add_lines"), "lines[0][amount]=900&lines[1][amount]=100");
    let count = told(&mut talk).len();
    let gone = talk.done(&format!("DELETE {path}"), "");
    assert_eq!(gone, json!({"id": made["id"], "object": "invoice", "deleted": true}));
    let told = told(&mut talk).split_off(count);
    assert_eq!(told, ["invoiceitem.deleted", "invoiceitem.deleted", "invoice.deleted"]);
    assert_eq!(talk.done("GET /v1/invoiceitems", "")["data"], json!([]));
    let wanted = (404, "resource_missing", "id", "No such invoice");
    talk.refused((&format!("GET {path}"), ""), wanted);
}
