//! What calls have made, in the shapes of earlier API versions: each is worked out when somebody asks for it, since what
//! the older fields say of other objects changes with these.

use serde_json::{Value, json};

use super::object::{ObjectKey, ObjectState};
use super::objects::Objects;
use crate::event::{ShapeLookup, shape_at};

/// The object as it looked at a version, beside these.
pub(super) fn at_version(mut object: Value, version: &str, beside: &Objects) -> Value {
    let find = |sought: ShapeLookup<'_>, of: &Value| match sought {
        ShapeLookup::Whole(kind) => whole(of, kind, beside),
        ShapeLookup::Id("invoice") => invoice_of(of, beside),
        ShapeLookup::Id("invoiceitem") => {
            of.pointer("/parent/invoice_item_details/invoice_item").cloned()
        }
        ShapeLookup::Id("payment_intent") => payment_of(of, beside),
        ShapeLookup::Id("charge") => {
            let payment = payment_of(of, beside)?;
            let payment = beside.find(&["payment_intent".to_owned()], payment.as_str()?)?;
            Some(payment.own()["latest_charge"].clone())
        }
        ShapeLookup::Id(_) => None,
    };
    let newest = object.clone();
    // The embedded data is right, as tests see to.
    let _ = shape_at(&mut object, version, &find);
    fill_in(&mut object, &newest, (version, beside));
    object
}

/// Fields that no shape has from one place: of what the objects beside it say, and sums.
fn fill_in(object: &mut Value, newest: &Value, (version, beside): (&str, &Objects)) {
    if object.get("invoice") == Some(&Value::Null)
        && ["charge", "payment_intent"].map(Value::from).contains(&newest["object"])
    {
        object["invoice"] = invoice_of(newest, beside).unwrap_or_default();
    }
    if object.get("discount") == Some(&Value::Null) {
        let discount = newest["discounts"][0].as_str();
        let found = discount.and_then(|id| named("discount", id, beside));
        let found = found.map(|discount| at_version(discount, version, beside));
        object["discount"] = found.unwrap_or_default();
    }
    if object.get("total_tax_amounts").is_some() {
        object["total_tax_amounts"] = tax_amounts(&newest["total_taxes"]);
        object["tax"] = match sum(&newest["total_taxes"], None) {
            0 if object["tax"].is_null() => Value::Null,
            tax => tax.into(),
        };
        let lines = newest["lines"]["data"].as_array().into_iter().flatten();
        let older = object["lines"]["data"].as_array_mut().into_iter().flatten();
        older.zip(lines).for_each(|(older, line)| fill_in_line(older, line));
    }
    fill_in_line(object, newest);
}

fn fill_in_line(line: &mut Value, newest: &Value) {
    if newest["object"] == "line_item" && line.get("tax_amounts").is_some() {
        line["tax_amounts"] = tax_amounts(&newest["taxes"]);
        let inclusive = sum(&newest["taxes"], Some("inclusive"));
        let amount = newest["amount"].as_i64().unwrap_or_default();
        line["amount_excluding_tax"] = amount.saturating_sub(inclusive).into();
    }
}

/// Taxes in the form that they had until 2025-03-31.basil.
fn tax_amounts(taxes: &Value) -> Value {
    let amount = |tax: &Value| {
        json!({
            "amount": tax["amount"],
            "inclusive": tax["tax_behavior"] == "inclusive",
            "tax_rate": tax["tax_rate_details"]["tax_rate"],
            "taxability_reason": tax["taxability_reason"],
            "taxable_amount": tax["taxable_amount"],
        })
    };
    taxes.as_array().into_iter().flatten().map(amount).collect()
}

/// What taxes come to; those of one behaviour, where it is named.
fn sum(taxes: &Value, behavior: Option<&str>) -> i64 {
    let taxes = taxes.as_array().into_iter().flatten();
    let taxes = taxes.filter(|tax| behavior.is_none_or(|behavior| tax["tax_behavior"] == behavior));
    taxes.filter_map(|tax| tax["amount"].as_i64()).fold(0, i64::saturating_add)
}

/// The object of a type that another one names now.
fn whole(of: &Value, kind: &str, beside: &Objects) -> Option<Value> {
    let places: &[&str] = match kind {
        "coupon" => &["/promotion/coupon", "/source/coupon"],
        _ => &["/pricing/price_details/price"],
    };
    let id = places.iter().find_map(|place| of.pointer(place)?.as_str())?;
    named(kind, id, beside)
}

fn named(kind: &str, id: &str, beside: &Objects) -> Option<Value> {
    let key = ObjectKey { kind: kind.to_owned(), id: id.to_owned() };
    beside.of(&key).map(|state| state.own().clone())
}

/// The invoice that a charge or a payment intent pays.
fn invoice_of(of: &Value, beside: &Objects) -> Option<Value> {
    let is_charge = of["object"] == "charge";
    let intent = if is_charge { &of["payment_intent"] } else { &of["id"] };
    let mut payments = beside.all("invoice_payment").map(ObjectState::own);
    let payment = payments.find(|payment| payment["payment"]["payment_intent"] == *intent)?;
    Some(payment["invoice"].clone())
}

/// The payment intent by which an invoice is paid, or is to be.
fn payment_of(of: &Value, beside: &Objects) -> Option<Value> {
    let payments = beside.all("invoice_payment").map(ObjectState::own);
    let is_own = |payment: &&Value| {
        payment["invoice"] == of["id"] && payment["payment"]["type"] == "payment_intent"
    };
    let newest = payments.rev().find(is_own)?;
    Some(newest["payment"]["payment_intent"].clone())
}
