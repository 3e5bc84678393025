//! Which values the filters of lists have: Stripe refuses others.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use super::error::RequestError;
use super::inquiry::{Inquiry, Result};
use super::parameters::{Parameter, is_index};
use crate::protocol::Moment;

const VALUE_FILE: &str = include_str!("../../catalog/api/filter_values.json");

/// Filters that have a number, or bounds.
const RANGES: [&str; 11] = [
    "amount",
    "arrival_date",
    "canceled_at",
    "completed_at",
    "created",
    "current_period_end",
    "current_period_start",
    "due_date",
    "effective_at",
    "released_at",
    "transacted_at",
];
/// The bounds of a range.
const BOUNDS: [&str; 4] = ["gt", "gte", "lt", "lte"];
/// Filters that have a number.
const INTEGERS: [&str; 6] =
    ["created_after", "created_before", "end_time", "exp_month", "exp_year", "start_time"];
const BOOLEANS: [&str; 13] = [
    "active",
    "approval_required",
    "archived",
    "attach_to_self",
    "closed",
    "enabled",
    "expired",
    "inclusive",
    "is_account_default",
    "is_default",
    "pending",
    "scheduled",
    "shippable",
];

impl Inquiry<'_> {
    /// Whether the filters of a list can be applied.
    pub(super) fn check_filters(&self, by: &[String]) -> Result<()> {
        let filters = self.parameters.iter().filter(|parameter| by.contains(&parameter.name[0]));
        for filter in filters {
            let shown = filter.shown();
            if shown == "delivery_success" {
                // Not every endpoint's answers are known here.
                return Err(RequestError::not_served("the filter `delivery_success`"));
            }
            if self.is_v2() {
                check_moment(filter, &shown)?;
            } else {
                check_number(filter, &shown)?;
            }
            if filter.value.is_empty() {
                return Err(RequestError::empty_parameter(&shown));
            }
            let name = filter.name[0].as_str();
            let is_whole = filter.name[1..].iter().all(|segment| is_index(segment));
            if !is_whole {
                continue;
            }
            if BOOLEANS.contains(&name) && !["true", "false"].contains(&filter.value.as_str()) {
                return Err(RequestError::invalid_boolean(&shown, &filter.value));
            }
            let values = values().get(self.route.pattern).and_then(|of_list| of_list.get(name));
            if let Some(values) = values.filter(|values| !values.contains(&filter.value)) {
                return Err(RequestError::no_such_value(&shown, values));
            }
        }
        Ok(())
    }
}

/// Numbers of `/v1`, which has seconds.
fn check_number(filter: &Parameter, shown: &str) -> Result<()> {
    let name = filter.name[0].as_str();
    let is_number = match &filter.name[1..] {
        [] => RANGES.contains(&name) || INTEGERS.contains(&name),
        [bound] if RANGES.contains(&name) => {
            if !BOUNDS.contains(&bound.as_str()) {
                return Err(RequestError::unknown_parameter(shown, None));
            }
            true
        }
        rest => rest.last().is_some_and(|last| BOUNDS.contains(&last.as_str())),
    };
    if is_number && filter.value.parse::<i64>().is_err() {
        return Err(RequestError::invalid_integer(shown, &filter.value));
    }
    Ok(())
}

/// Moments of `/v2`, which has RFC 3339.
fn check_moment(filter: &Parameter, shown: &str) -> Result<()> {
    let name = filter.name[0].as_str();
    let is_moment = match &filter.name[1..] {
        [] => name == "created" || bound_of(name).is_some(),
        [bound] if name == "created" => {
            if !BOUNDS.contains(&bound.as_str()) {
                return Err(RequestError::unknown_parameter(shown, None));
            }
            true
        }
        _ => false,
    };
    if is_moment && Moment::parse(&filter.value).is_none() {
        return Err(RequestError::invalid_timestamp(shown, &filter.value));
    }
    Ok(())
}

/// The field and the bound that a name without brackets means: `created_gte`.
pub(super) fn bound_of(name: &str) -> Option<(&str, &str)> {
    name.rsplit_once('_').filter(|(_, bound)| BOUNDS.contains(bound))
}

/// The values of filters, by list.
fn values() -> &'static BTreeMap<String, BTreeMap<String, Vec<String>>> {
    static READ: OnceLock<BTreeMap<String, BTreeMap<String, Vec<String>>>> = OnceLock::new();
    READ.get_or_init(|| serde_json::from_str(VALUE_FILE).unwrap_or_default())
}
