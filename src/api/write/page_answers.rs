//! What a session's page asks for besides the payment, and what the customer says there: fields of the app's own, a
//! consent, a telephone number.

use serde_json::{Value, json};

use crate::protocol::ordered;

/// The number of whoever pays without one.
const PHONE: &str = "+15035550123";

/// The app's own fields, whole: what was not said of them is null, as in the library's type.
pub(super) fn asked(fields: &Value) -> Value {
    let whole = |field: &Value| {
        let kind = field["type"].as_str().unwrap_or_default();
        let mut whole = json!({
            "dropdown": null, "key": field["key"], "label": field["label"], "numeric": null,
            "optional": field["optional"] == true, "text": null, "type": kind,
        });
        let own = &field[kind];
        whole[kind] = match kind {
            "dropdown" => {
                let (usual, options) = (&own["default_value"], &own["options"]);
                json!({"default_value": usual, "options": options, "value": null})
            }
            _ => json!({
                "default_value": own["default_value"],
                "maximum_length": own["maximum_length"],
                "minimum_length": own["minimum_length"],
                "value": null,
            }),
        };
        ordered(whole)
    };
    fields.as_array().into_iter().flatten().map(whole).collect()
}

/// A session whose customer has said what its page asks for: what need not be said stays out.
pub(super) fn answer(session: &mut Value) {
    for field in session["custom_fields"].as_array_mut().into_iter().flatten() {
        let kind = field["type"].as_str().unwrap_or_default().to_owned();
        let own = &field[kind.as_str()];
        let usual = Some(&own["default_value"]).filter(|usual| usual.is_string());
        let said = usual.cloned().or_else(|| {
            (field["optional"] != true).then(|| match kind.as_str() {
                "dropdown" => own["options"][0]["value"].clone(),
                kind => filled(kind, own),
            })
        });
        field[kind.as_str()]["value"] = said.unwrap_or_default();
    }
    let asked = &session["consent_collection"];
    let terms = (asked["terms_of_service"] == "required").then_some("accepted");
    let promotions = (asked["promotions"] == "auto").then_some("opt_out");
    if terms.is_some() || promotions.is_some() {
        session["consent"] = json!({"promotions": promotions, "terms_of_service": terms});
    }
    if session["phone_number_collection"]["enabled"] == true
        && session["customer_details"]["phone"].is_null()
    {
        session["customer_details"]["phone"] = PHONE.into();
    }
}

/// A text or a number that is as long as is asked.
fn filled(kind: &str, own: &Value) -> Value {
    let usual = if kind == "numeric" { "42" } else { "Engraving" };
    let length = |name: &str| own[name].as_u64().and_then(|length| usize::try_from(length).ok());
    let least = length("minimum_length").unwrap_or_default().max(usual.len());
    let length = length("maximum_length").map_or(least, |most| most.min(least));
    usual.chars().cycle().take(length).collect::<String>().into()
}
