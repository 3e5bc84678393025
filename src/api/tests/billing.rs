//! Bills by calls: invoices, subscriptions, Checkout.

mod added;
mod anchors;
mod backdating;
mod balances;
mod by_itself;
mod changes;
mod checkout;
mod checkout_pages;
mod clocks;
mod currencies;
mod debits;
mod finalizing;
mod discounts;
mod earlier;
mod followed;
mod invoicing;
mod lapses;
mod lines;
mod plans;
mod portal;
mod previews;
mod promotions;
mod random;
mod phases;
mod ranges;
mod schedule_rules;
mod schedules;
mod shipping;
mod subscriptions;
mod terms;
mod tiers;
mod time;
mod unpaid;
mod upgrades;

use super::*;

/// The members of an object that the catalogue's has not, by path.
pub(super) fn unknown(kind: &str, object: &Value) -> BTreeSet<String> {
    let known = Catalogue::embedded().unwrap().fields(kind).unwrap();
    let mut found = BTreeSet::new();
    names(object, "", &mut found);
    found.into_iter().filter(|name| !known.contains_key(name)).collect()
}

fn names(value: &Value, path: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) if !path.ends_with("metadata") => {
            for (name, member) in members {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                found.insert(path.clone());
                names(member, &path, found);
            }
        }
        Value::Array(items) => {
            for item in items {
                names(item, &format!("{path}[]"), found);
            }
        }
        _ => {}
    }
}
