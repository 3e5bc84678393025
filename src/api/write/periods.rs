//! The periods that subscriptions are billed by.

use serde_json::Value;

use super::tiers::PricedPart;
use crate::protocol::Moment;
use crate::protocol::moment::Offset;

const DAY: i64 = 24 * 60 * 60;
/// How long before its end a trial is told of, …
pub(super) const TRIAL_NOTICE: i64 = 3 * DAY;
/// … and by which event.
pub(super) const TRIAL_WILL_END: &str = "customer.subscription.trial_will_end";
/// How many periods are looked at.
const MOST_PERIODS: i64 = 40_000;

/// When the period of that number after an anchor (or before it, where that is below zero) begins, by how often a price recurs: months keep the day of the
/// anchor, or end with the month.
pub(super) fn boundary(anchor: i64, recurring: &Value, number: i64) -> i64 {
    let count = recurring["interval_count"].as_i64().unwrap_or(1).saturating_mul(number);
    let months = match recurring["interval"].as_str() {
        Some("day") => return anchor.saturating_add(count.saturating_mul(DAY)),
        Some("week") => return anchor.saturating_add(count.saturating_mul(7 * DAY)),
        Some("year") => count.saturating_mul(12),
        _ => count,
    };
    let offset = format!("{months}mo").parse::<Offset>().unwrap_or_default();
    let end = Moment::from_seconds(anchor).plus(offset).seconds();
    // Where there is no such moment, the period has no end, or no beginning.
    if number < 0 {
        return if end < anchor { end } else { i64::MIN };
    }
    if end > anchor { end } else { i64::MAX }
}

/// When the period ends that begins then.
pub(super) fn after(anchor: i64, recurring: &Value, start: i64) -> i64 {
    let mut ends = (1..MOST_PERIODS).map(|number| boundary(anchor, recurring, number));
    ends.find(|end| *end > start).unwrap_or(i64::MAX)
}

/// How long the period of an item is; `None` where it has no times.
pub(super) fn time(item: &Value) -> Option<i64> {
    let number = |name: &str| item[name].as_i64();
    Some(number("current_period_end")?.saturating_sub(number("current_period_start")?))
}

/// How long a whole period of an item is: what goes to the first anchor is a part of one that begins with it
/// (docs.stripe.com/billing/subscriptions/backdating), unless it is a trial.
pub(super) fn whole(item: &Value, subscription: &Value) -> i64 {
    let time = time(item).unwrap_or_default().max(0);
    let end = &item["current_period_end"];
    let goes_to_anchor = end.is_i64() && *end == subscription["billing_cycle_anchor"];
    if !goes_to_anchor || subscription["status"] == "trialing" {
        return time;
    }
    let start = item["current_period_start"].as_i64().unwrap_or_default();
    boundary(start, &item["price"]["recurring"], 1).saturating_sub(start).max(time)
}

/// How long the period of an item is, and a whole one, where it is but a part of that.
pub(super) fn part(item: &Value, subscription: &Value) -> Option<(i64, i64)> {
    let whole = whole(item, subscription);
    time(item).filter(|time| *time < whole).map(|time| (time, whole))
}

/// How a part of a price is told: `at $12.00 / month`, `Tier 1 at $12.00 / month`.
pub(super) fn rate(price: &Value, part: &PricedPart) -> String {
    let amount = part.rate.shown(price["currency"].as_str().unwrap_or_default());
    let interval = price["recurring"]["interval"].as_str().unwrap_or("month");
    let tier = part.tier.map(|number| format!("Tier {number} ")).unwrap_or_default();
    match price["recurring"]["interval_count"].as_i64() {
        Some(count) if count > 1 => format!("{tier}at {amount} / every {count} {interval}s"),
        _ => format!("{tier}at {amount} / {interval}"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::decimal::Decimal;
    use super::*;

    #[test]
    fn periods_keep_the_day_of_their_anchor() {
        let second = |day: &str| Moment::parse(&format!("{day}T10:00:00Z")).unwrap().seconds();
        for (anchor, interval, count, number, wanted) in [
            ("2026-01-31", "month", 1, 1, "2026-02-28"),
            ("2026-01-31", "month", 1, 2, "2026-03-31"),
            ("2026-01-31", "month", 3, 1, "2026-04-30"),
            ("2028-02-29", "year", 1, 1, "2029-02-28"),
            ("2026-03-28", "week", 2, 1, "2026-04-11"),
            ("2026-02-28", "day", 1, 2, "2026-03-02"),
        ] {
            let recurring = json!({"interval": interval, "interval_count": count});
            let found = boundary(second(anchor), &recurring, number);
            assert_eq!(found, second(wanted), "{anchor} {interval} {count} {number}");
        }
        let endless = json!({"interval": "month", "interval_count": i64::MAX});
        assert_eq!(boundary(0, &endless, 1), i64::MAX);
    }

    #[test]
    fn prices_are_told_as_readers_see_them() {
        for (currency, recurring, (tier, rate), wanted) in [
            ("usd", json!({"interval": "month"}), (None, json!(1205)), "at $12.05 / month"),
            (
                "sek",
                json!({"interval": "week", "interval_count": 2}),
                (None, json!(900)),
                "at SEK 9.00 / every 2 weeks",
            ),
            ("jpy", json!({"interval": "year"}), (None, json!(900)), "at ¥900 / year"),
            (
                "usd",
                json!({"interval": "month"}),
                (Some(2), json!("3.6")),
                "Tier 2 at $0.036 / month",
            ),
        ] {
            let price = json!({"currency": currency, "recurring": recurring});
            let rate_of_part = Decimal::of(&rate).unwrap();
            let part = PricedPart { tier, quantity: Some(1), rate: rate_of_part, amount: 0 };
            assert_eq!(super::rate(&price, &part), wanted);
        }
    }
}
