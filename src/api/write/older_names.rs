//! Parameters by the names that older versions of the API have for them, which the Stripe CLI's fixtures use.

use std::borrow::Cow;

use super::kinds::{HashKind, ParameterForm};
use crate::api::inquiry::Inquiry;
use crate::api::parameters::{Parameter, RequestParameters};

/// An older name, and what it is called today, by segments.
const RENAMED: [(&str, &[&str]); 5] = [
    ("payment_method_types", &["allowed_payment_method_types"]),
    ("coupon", &["promotion", "coupon"]),
    ("coupon", &["discounts", "0", "coupon"]),
    ("plan", &["items", "0", "price"]),
    ("quantity", &["items", "0", "quantity"]),
];

impl Inquiry<'_> {
    /// Whether the call may have what the newest version of the API has not: it names an older one, or none.
    pub(super) fn may_be_older(&self) -> bool {
        self.request.headers.version.is_none() || !self.is_current()
    }

    /// The parameters by the names of today. A call that names the newest version has no others.
    pub(super) fn parameters_of_today(&self, known: &HashKind) -> Cow<'_, RequestParameters> {
        let is_older = |parameter: &Parameter| today(known, &parameter.name).is_some();
        if !self.may_be_older() || !self.parameters.iter().any(is_older) {
            return Cow::Borrowed(&self.parameters);
        }
        let mut parameters: Vec<Parameter> = self.parameters.iter().cloned().collect();
        for parameter in &mut parameters {
            let Some(today) = today(known, &parameter.name) else { continue };
            parameter.name.splice(..1, today.iter().map(|segment| (*segment).to_owned()));
        }
        let is_promoted = |parameter: &Parameter| parameter.name == ["promotion", "coupon"];
        let kind = parameters.iter().any(is_promoted).then(|| Parameter {
            name: vec!["promotion".to_owned(), "type".to_owned()],
            value: "coupon".to_owned(),
        });
        parameters.extend(kind);
        Cow::Owned(RequestParameters::of(parameters))
    }
}

/// What a name that a call does not have any more is called today, and what was a word and is a hash.
fn today(known: &HashKind, name: &[String]) -> Option<&'static [&'static str]> {
    let is_hash = |name: &str| {
        let kind = known.members.get(name);
        kind.is_some_and(|kind| matches!(kind.form, ParameterForm::Hash(_)))
    };
    if name == ["billing_cycle_anchor"] && is_hash("billing_cycle_anchor") {
        return Some(&["billing_cycle_anchor", "type"]);
    }
    let name = name.first()?;
    let mut renamed = RENAMED.iter().filter(|(older, _)| *older == name);
    let is_known = |name: &str| known.members.contains_key(name);
    renamed.find(|(older, today)| !is_known(older) && is_known(today[0])).map(|(_, today)| *today)
}
