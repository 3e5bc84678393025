//! The event types that an endpoint is subscribed to, as Stripe's API or a list has them.

use std::collections::BTreeSet;

use serde_json::Value;

/// What an endpoint is subscribed to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Subscriptions {
    /// To every type.
    All,
    /// To these types.
    Types(BTreeSet<String>),
}

impl Subscriptions {
    /// Reads a webhook endpoint, a list of them, a list of types, or a type in each line; `None` where it has no type.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut types = BTreeSet::new();
        match serde_json::from_str::<Value>(text) {
            Ok(value) => gather(&value, &mut types),
            Err(_) => types.extend(lines(text)),
        }
        match types.contains("*") {
            true => Some(Self::All),
            false if types.is_empty() => None,
            false => Some(Self::Types(types)),
        }
    }

    /// Whether a type is among them.
    pub(super) fn contains(&self, name: &str) -> bool {
        match self {
            Self::All => true,
            Self::Types(types) => types.contains(name),
        }
    }
}

/// Of an object of the API what it is subscribed to, unless it is switched off; of a list all that is in it.
fn gather(value: &Value, types: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) if members.get("status").is_some_and(|s| s == "disabled") => {}
        Value::String(name) => drop(types.insert(name.clone())),
        Value::Array(items) => items.iter().for_each(|item| gather(item, types)),
        Value::Object(members) => {
            let known = ["data", "enabled_events"].into_iter().filter_map(|name| members.get(name));
            known.for_each(|member| gather(member, types));
        }
        _ => {}
    }
}

fn lines(text: &str) -> impl Iterator<Item = String> {
    let lines = text.lines().map(|line| line.split('#').next().unwrap_or_default().trim());
    lines.filter(|line| line.contains('.') || *line == "*").map(ToOwned::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_read_in_each_form() {
        let two = ["charge.updated", "invoice.paid"];
        for text in [
            r#"{"enabled_events": ["invoice.paid", "charge.updated"]}"#,
            r#"{"object": "list", "data": [{"enabled_events": ["invoice.paid"]}, {"enabled_events": ["charge.updated"]}]}"#,
            r#"["invoice.paid", "charge.updated"]"#,
            "# ours\ninvoice.paid\n\ncharge.updated # later\n",
        ] {
            let types = two.iter().map(ToString::to_string).collect();
            assert_eq!(Subscriptions::parse(text), Some(Subscriptions::Types(types)), "{text}");
        }
        assert_eq!(Subscriptions::parse(r#"{"enabled_events": ["*"]}"#), Some(Subscriptions::All));
        let off = r#"{"enabled_events": ["*"], "status": "disabled"}"#;
        assert_eq!(Subscriptions::parse(off), None);
        assert_eq!(Subscriptions::parse("{}"), None);
        assert_eq!(Subscriptions::parse("\n"), None);
    }
}
