//! What commands let one pick from, the common first.

use super::context::Context;
use crate::error::Result;
use crate::event::{Catalogue, EventType};
use crate::history::{Entry, Filter, Reader};
use crate::inspector::PickerItem;
use crate::report;
use crate::scenario::library;

/// The types that most handlers take, which stand first.
const COMMON: [&str; 16] = [
    "checkout.session.completed",
    "invoice.paid",
    "payment_intent.succeeded",
    "customer.subscription.created",
    "customer.subscription.updated",
    "customer.subscription.deleted",
    "invoice.payment_failed",
    "payment_intent.payment_failed",
    "charge.succeeded",
    "charge.refunded",
    "charge.dispute.created",
    "customer.created",
    "customer.updated",
    "invoice.created",
    "account.updated",
    "payout.paid",
];

/// How many deliveries one can pick from: those before them are found by `devtool history`.
const DELIVERIES: usize = 500;

/// The types, each with its object and what it is about.
pub(super) fn event_types() -> Result<Vec<PickerItem>> {
    let catalogue = Catalogue::embedded()?;
    let place = |name: &str| COMMON.iter().position(|one| *one == name).unwrap_or(COMMON.len());
    let mut types = catalogue.event_types()?;
    types.sort_by_key(|(name, _)| place(name));
    let choice = |(name, found): (&str, &EventType)| PickerItem {
        name: name.to_owned(),
        about: format!("{}: {}", found.object, found.description),
    };
    Ok(types.into_iter().map(choice).collect())
}

/// The scenarios, each with its purpose.
pub(super) fn scenarios() -> Result<Vec<PickerItem>> {
    let all = library::all()?.into_iter();
    Ok(all.map(|one| PickerItem { name: one.name, about: one.purpose }).collect())
}

/// The latest deliveries, the newest first, as a list has them.
pub(super) fn deliveries(history: &Reader, context: &Context) -> Result<Vec<PickerItem>> {
    let filter = Filter { last: Some(DELIVERIES), ..Filter::default() };
    let entries = history.list(&filter)?;
    let (now, zone) = (context.clock.now(), context.out.layout().zone);
    let choice = |entry: &Entry| PickerItem {
        name: entry.id.0.to_string(),
        about: report::history_list::choice(entry, now, zone),
    };
    Ok(entries.iter().rev().map(choice).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_common_types_are_types_and_stand_first() {
        let names: Vec<String> = event_types().unwrap().into_iter().map(|one| one.name).collect();
        assert_eq!(names[..COMMON.len()], COMMON);
    }
}
