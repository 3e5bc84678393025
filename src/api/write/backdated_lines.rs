//! The lines and the coupons of a subscription that began before its call.

use serde_json::Value;

use super::backdating::{Backdated, bill_share};
use super::draft::Draft;
use crate::api::error::RequestError;
use crate::api::inquiry::Result;

impl Draft<'_, '_> {
    /// The coupons of a subscription count from its beginning.
    pub(super) fn backdate_discounts(&mut self, start: i64) -> Result<()> {
        for change in self.changes.iter_mut().filter(|change| change.object() == "discount") {
            if change.after["end"].is_i64() {
                let what = "a coupon for some months of a backdated subscription";
                return Err(RequestError::not_served(what));
            }
            change.after["start"] = start.into();
        }
        Ok(())
    }

    /// The lines of what has passed of an item.
    pub(super) fn backdated_lines(
        &mut self,
        item: &Value,
        (subscription, invoice): (&Value, &Value),
        backdated: &Backdated,
    ) -> Result<Vec<Value>> {
        let mut lines = Vec::new();
        for span in &backdated.spans {
            let mut elapsed = item.clone();
            elapsed["current_period_end"] = span.end.into();
            elapsed["current_period_start"] = span.start.into();
            // Its end is no anchor by itself.
            let mut of = subscription.clone();
            of["billing_cycle_anchor"] = Value::Null;
            for mut line in self.item_lines(&elapsed, &of, invoice)? {
                if !span.is_whole {
                    bill_share(&mut line, *span, &item["price"]["recurring"]);
                }
                lines.push(line);
            }
        }
        Ok(lines)
    }
}
