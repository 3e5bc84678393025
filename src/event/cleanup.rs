//! How what a run has made at Stripe is deleted, canceled or archived: `catalog/cleanup.json`.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;
use serde_json::Value;

use super::embedded::parse_once;
use super::error::Result;

const FILE: &str = include_str!("../../catalog/cleanup.json");

/// A request that undoes one type of object.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct CleanupRule {
    /// The type of the object.
    pub object: String,
    /// `DELETE` or `POST`.
    pub method: String,
    /// Its path; `{id}` stands for the object's id.
    path: String,
    /// Its parameters.
    #[serde(default)]
    pub set: BTreeMap<String, String>,
    /// The states in which Stripe takes it; every one where none is named.
    #[serde(default)]
    status: Vec<String>,
}

impl CleanupRule {
    /// All of them, in the order in which things have to be undone: what refers to others before
    /// those. Of two that fit an object, the second is for where Stripe refuses the first.
    ///
    /// # Errors
    /// The embedded data has an error.
    pub fn all() -> Result<&'static [Self]> {
        static ALL: OnceLock<Vec<CleanupRule>> = OnceLock::new();
        Ok(parse_once(&ALL, "cleanup.json", FILE)?)
    }

    /// Whether it is for an object as it is now.
    pub fn fits(&self, object: &Value) -> bool {
        let status = object["status"].as_str();
        object["object"] == *self.object
            && (self.status.is_empty()
                || status.is_some_and(|status| self.status.iter().any(|s| s == status)))
    }

    /// The path for the object of that id.
    pub fn path(&self, id: &str) -> String {
        self.path.replace("{id}", id)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rules_for(object: &Value) -> Vec<String> {
        let fitting = CleanupRule::all().unwrap().iter().filter(|rule| rule.fits(object));
        fitting.map(|u| format!("{} {} {:?}", u.method, u.path("x_1"), u.set)).collect()
    }

    #[test]
    fn an_object_is_undone_as_its_state_allows() {
        let invoice = |status: &str| rules_for(&json!({"object": "invoice", "status": status}));
        assert_eq!(invoice("draft"), ["DELETE /v1/invoices/x_1 {}"]);
        assert_eq!(invoice("open"), ["POST /v1/invoices/x_1/void {}"]);
        assert_eq!(invoice("paid"), [""; 0]);
        assert_eq!(
            rules_for(&json!({"object": "product"})),
            ["DELETE /v1/products/x_1 {}", "POST /v1/products/x_1 {\"active\": \"false\"}"]
        );
    }

    #[test]
    fn what_refers_to_others_is_undone_before_them() {
        let all = CleanupRule::all().unwrap();
        let place = |object: &str| all.iter().position(|rule| rule.object == object).unwrap();
        assert!(place("subscription") < place("customer"));
        assert!(place("price") < place("product"));
    }
}
