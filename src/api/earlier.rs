//! What calls have made, in the shapes of earlier API versions: each is worked out when somebody asks for it, since what
//! the older fields say of other objects changes with these.

use serde_json::Value;

use super::object::{Element, ObjectKey, ObjectState, walk};
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
    // The embedded data is right, as tests see to.
    let _ = shape_at(&mut object, version, &find);
    object
}

/// The object of a type that another one names.
fn whole(of: &Value, kind: &str, beside: &Objects) -> Option<Value> {
    let mut found = None;
    walk(of, &mut |element| {
        let Element::Text(id) = element else { return };
        let key = ObjectKey { kind: kind.to_owned(), id: id.to_owned() };
        found = found.take().or_else(|| beside.of(&key).map(|state| state.own().clone()));
    });
    found
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
