//! Objects and events that belong to no story: those that calls of the API make. Their ids have the same forms, and their
//! shapes at earlier versions come from the same files.

use serde_json::Value;

use super::catalogue::Catalogue;
use super::error::Result;
use super::id::{self, IdForm, Seed};
use super::shape::Shape;
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

/// What an earlier shape has of the objects beside one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShapeLookup<'t> {
    /// An object of that type, whole, where there is its id now.
    Whole(&'t str),
    /// The id of an object of that type.
    Id(&'t str),
}

/// Gives an object of the newest shape, and those in it, the one of an API version. `find` finds what that has of other
/// objects, for an object; what it does not find is null.
///
/// # Errors
/// The embedded data has an error.
pub fn shape_at(
    object: &mut Value,
    api_version: &str,
    find: &dyn Fn(ShapeLookup<'_>, &Value) -> Option<Value>,
) -> Result<()> {
    let values = |template: &Value, object: &Value| Ok(said(template, object, find));
    if Shape::at(api_version)?.apply(object, &values)? {
        *object = ordered(object.take());
    }
    Ok(())
}

/// What a template of an earlier shape says of an object without a story.
fn said(
    template: &Value,
    object: &Value,
    find: &dyn Fn(ShapeLookup<'_>, &Value) -> Option<Value>,
) -> Option<Value> {
    let expression = template.as_str().and_then(|text| text.strip_prefix('{')?.strip_suffix('}'));
    let sought = match expression.and_then(template::parse) {
        None => return Some(template.clone()),
        Some(Expression::Absent) => return None,
        Some(Expression::Whole(name, _)) => ShapeLookup::Whole(name),
        Some(Expression::Own(name) | Expression::Id(name)) => ShapeLookup::Id(name),
        Some(_) => return Some(Value::Null),
    };
    Some(find(sought, object).unwrap_or_default())
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
        let find = |sought: ShapeLookup<'_>, object: &Value| {
            (sought == ShapeLookup::Whole("coupon") && object["id"] == "promo_1")
                .then(|| coupon.clone())
        };
        let at = |version: &str| {
            let mut object = code.clone();
            shape_at(&mut object, version, &find).unwrap();
            object
        };
        assert_eq!(at(Catalogue::api_version()), code);
        let earlier = json!({"id": "promo_1", "object": "promotion_code", "coupon": coupon});
        assert_eq!(at("2025-08-27.basil"), earlier);
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
