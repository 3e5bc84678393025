//! Objects and events that belong to no story: those that calls of the API make. Their ids have the same forms, and their
//! shapes at earlier versions come from the same files.

use std::collections::BTreeMap;

use serde_json::Value;

use super::catalogue::Catalogue;
use super::error::Result;
use super::id::{self, IdForm, Seed};
use super::shape::{self, Shape};
use super::template::{self, Expression};
use crate::protocol::ordered;

impl Catalogue {
    /// The id of a new object of a type; the name is what it is drawn by.
    ///
    /// # Errors
    /// The catalogue knows no form of such ids.
    pub fn new_id(&self, kind: &str, seed: Seed, name: &str) -> Result<String> {
        let form = self.form(kind)?.0.ok_or_else(|| self.unknown_object(kind))?;
        Ok(form.id(seed, name, &[]))
    }

    /// The id of an event about an object of a type.
    ///
    /// # Errors
    /// The catalogue knows no such object.
    pub fn new_event_id(&self, kind: &str, seed: Seed, name: &str) -> Result<String> {
        let form = self.form(kind)?.0;
        Ok(id::event_id(seed, form.map(IdForm::body), name, name))
    }
}

/// An object of the newest shape in those of all versions, by the version that stands for each. `whole` finds an object
/// by its type, where another shape has the whole of what is an id now.
///
/// # Errors
/// The embedded data has an error.
pub fn in_all_shapes(
    object: &Value,
    whole: &dyn Fn(&str) -> Option<Value>,
) -> Result<BTreeMap<String, Value>> {
    let values = |template: &Value| Ok(said(template, whole));
    let mut shapes = BTreeMap::new();
    for version in shape::versions()? {
        let mut value = object.clone();
        Shape::at(version)?.apply(&mut value, &values)?;
        shapes.insert(version.to_owned(), ordered(value));
    }
    Ok(shapes)
}

/// Whether an object, or one in it, may look different at an earlier version.
///
/// # Errors
/// The embedded data has an error.
pub fn may_differ_by_version(object: &Value) -> Result<bool> {
    let oldest = shape::versions()?.pop().unwrap_or_else(Catalogue::api_version);
    Shape::at(oldest)?.may_differ(object)
}

/// What a template of an earlier shape says of an object without a story.
fn said(template: &Value, whole: &dyn Fn(&str) -> Option<Value>) -> Option<Value> {
    let expression = template.as_str().and_then(|text| text.strip_prefix('{')?.strip_suffix('}'));
    match expression.and_then(template::parse) {
        None => Some(template.clone()),
        Some(Expression::Absent) => None,
        Some(Expression::Whole(name, _)) => Some(whole(name).unwrap_or_default()),
        Some(_) => Some(Value::Null),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_earlier_shape_has_the_whole_of_what_is_an_id_now() {
        let promotion = json!({"coupon": "co_1", "type": "coupon"});
        let code = json!({"id": "promo_1", "object": "promotion_code", "promotion": promotion});
        let coupon = json!({"id": "co_1", "object": "coupon"});
        let whole = |kind: &str| (kind == "coupon").then(|| coupon.clone());
        let shapes = in_all_shapes(&code, &whole).unwrap();
        assert_eq!(shapes[Catalogue::api_version()], code);
        let earlier = json!({"id": "promo_1", "object": "promotion_code", "coupon": coupon});
        assert_eq!(shapes["2025-08-27.basil"], earlier);
    }

    #[test]
    fn ids_have_the_form_of_their_type() {
        let catalogue = Catalogue::embedded().unwrap();
        let id = |name: &str| catalogue.new_id("customer", Seed(1), name).unwrap();
        assert!(id("a").starts_with("cus_") && id("a") != id("b") && id("a") == id("a"));
        let event = catalogue.new_event_id("payment_intent", Seed(1), "a").unwrap();
        assert!(event.starts_with("evt_3"), "{event}");
    }
}
