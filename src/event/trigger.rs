//! What `stripe trigger` takes for each of its names: where its objects take a mark, and where the
//! parameters of a story go. `catalog/triggers.json` holds it, `catalog/README.md` describes the form.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;

use super::embedded::parse_once;
use super::error::Result;

const FILE: &str = include_str!("../../catalog/triggers.json");

/// The key in metadata that holds the run that made an object.
pub const MARK: &str = "devtool_run";

/// What `stripe trigger` or `stripe fixtures` can be told about one name. A place is `CALL:PATH`: a
/// call of it, and a parameter of that call.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(default, deny_unknown_fields)]
pub struct Trigger {
    #[serde(skip)]
    name: String,
    /// The places of the metadata of what it makes.
    pub marks: Vec<String>,
    amount: Vec<String>,
    currency: Vec<String>,
    customer: Vec<String>,
    email: Vec<String>,
    /// The calls that are left out where the customer is given: they would make another one.
    replaced_by_customer: Vec<String>,
}

/// A parameter that a trigger has no place for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoPlace {
    /// The parameter.
    pub parameter: String,
    /// Why not.
    pub reason: String,
}

impl Trigger {
    /// The trigger of that name; `v1.` may stand in front of a name of a snapshot event.
    ///
    /// # Errors
    /// The embedded data has an error.
    pub fn named(name: &str) -> Result<Option<Self>> {
        let triggers = triggers()?;
        let plain = name.strip_prefix("v1.").unwrap_or(name);
        let found = triggers.get(name).or_else(|| triggers.get(plain));
        Ok(found.map(|found| found.clone().called(name)))
    }

    /// The names of all triggers, sorted.
    ///
    /// # Errors
    /// The embedded data has an error.
    pub fn names() -> Result<impl Iterator<Item = &'static str>> {
        Ok(triggers()?.keys().copied())
    }

    pub(super) fn called(self, name: &str) -> Self {
        Self { name: name.to_owned(), ..self }
    }

    /// Whether a parameter of a story, or `metadata.KEY`, can be set.
    pub fn takes(&self, parameter: &str) -> bool {
        !self.places(parameter, &[]).is_empty()
    }

    /// The arguments of the Stripe CLI that mark what it makes with the run, and set parameters of the
    /// story (`amount`, `currency`, `customer`, `email`) or `metadata.KEY`.
    ///
    /// # Errors
    /// It has no place for one of the parameters.
    pub fn arguments(
        &self,
        run: &str,
        wanted: &[(&str, &str)],
    ) -> std::result::Result<Vec<String>, NoPlace> {
        let has_customer = wanted.iter().any(|(parameter, _)| *parameter == "customer");
        let skipped: &[String] = if has_customer { &self.replaced_by_customer } else { &[] };
        let mut arguments = Vec::new();
        let mut push = |option: &str, value: String| {
            arguments.extend([option.to_owned(), value]);
        };
        for place in self.places(&format!("metadata.{MARK}"), skipped) {
            push("--add", format!("{place}={run}"));
        }
        for (parameter, value) in wanted {
            let places = self.places(parameter, skipped);
            if places.is_empty() {
                return Err(self.cannot_set(parameter, skipped));
            }
            for place in places {
                // One with a value of its own only makes room for the others.
                let is_whole = place.contains('=');
                push("--override", if is_whole { place } else { format!("{place}={value}") });
            }
        }
        for call in skipped {
            push("--skip", call.clone());
        }
        Ok(arguments)
    }

    /// Where a parameter goes, except in calls that are left out.
    fn places(&self, parameter: &str, skipped: &[String]) -> Vec<String> {
        let (places, suffix) = match (parameter, parameter.strip_prefix("metadata.")) {
            (_, Some(key)) => (&self.marks, format!(".{key}")),
            ("amount", _) => (&self.amount, String::new()),
            ("currency", _) => (&self.currency, String::new()),
            ("customer", _) => (&self.customer, String::new()),
            ("email", _) => (&self.email, String::new()),
            _ => return Vec::new(),
        };
        let call = |place: &str| place.split(':').next().unwrap_or_default().to_owned();
        let kept = places.iter().filter(|place| !skipped.contains(&call(place)));
        kept.map(|place| format!("{place}{suffix}")).collect()
    }

    fn cannot_set(&self, parameter: &str, skipped: &[String]) -> NoPlace {
        let reason = if self.takes(parameter) && !skipped.is_empty() {
            "an existing customer keeps its own".to_owned()
        } else {
            format!("the trigger of `{}` cannot set it", self.name)
        };
        NoPlace { parameter: parameter.to_owned(), reason }
    }
}

fn triggers() -> Result<&'static BTreeMap<&'static str, Trigger>> {
    static TRIGGERS: OnceLock<BTreeMap<&str, Trigger>> = OnceLock::new();
    parse_once(&TRIGGERS, "triggers.json", FILE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(name: &str, wanted: &[(&str, &str)]) -> String {
        match Trigger::named(name).unwrap().unwrap().arguments("r1", wanted) {
            Ok(arguments) => arguments.join(" "),
            Err(none) => format!("{}: {}", none.parameter, none.reason),
        }
    }

    #[test]
    fn a_trigger_is_marked_and_takes_the_parameters_that_it_has_a_place_for() {
        assert_eq!(
            arguments("payment_intent.succeeded", &[("amount", "5"), ("metadata.order", "7")]),
            "--add payment_intent:metadata.devtool_run=r1 --override payment_intent:amount=5 \
             --override payment_intent:metadata.order=7"
        );
        assert_eq!(
            arguments("customer.created", &[("amount", "5")]),
            "amount: the trigger of `customer.created` cannot set it"
        );
        assert_eq!(arguments("test_helpers.test_clock.created", &[]), "");
    }

    #[test]
    fn a_given_customer_replaces_the_one_that_the_trigger_would_make() {
        assert_eq!(
            arguments("invoiceitem.created", &[("customer", "cus_1")]),
            "--add invoiceitem:metadata.devtool_run=r1 --override invoiceitem:customer=cus_1 \
             --skip customer"
        );
        assert_eq!(
            arguments("invoiceitem.created", &[("customer", "cus_1"), ("email", "a@b.example")]),
            "email: an existing customer keeps its own"
        );
    }

    #[test]
    fn a_trigger_of_a_thin_event_is_that_of_its_snapshot_event() {
        let thin = Trigger::named("v1.customer.created").unwrap().unwrap();
        assert_eq!(thin.marks, ["customer:metadata"]);
        assert_eq!(Trigger::named("no.such.event").unwrap(), None);
    }
}
