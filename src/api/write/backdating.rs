//! Subscriptions that began before their call (`backdate_start_date`): what has passed is billed with the first invoice, in
//! flexible billing by natural periods, in classic billing as one (docs.stripe.com/billing/subscriptions/backdating).

use serde_json::{Value, json};

use super::decimal::Decimal;
use super::input::Input;
use super::{periods, sums};
use crate::api::error::RequestError;
use crate::api::inquiry::Result;

const PARAMETER: &str = "backdate_start_date";
/// How many lines an invoice may have besides that of the period that begins.
const MOST_SPANS: usize = 249;

/// A time that has passed, or is about to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) start: i64,
    pub(super) end: i64,
    /// Whether it is one natural period.
    pub(super) is_whole: bool,
}

/// When a subscription began that is made later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Backdated {
    pub(super) start: i64,
    /// When the current period began.
    pub(super) current: i64,
    /// What is billed besides that.
    pub(super) spans: Vec<Span>,
    /// Whether it is billed in its place.
    pub(super) is_all: bool,
}

impl Backdated {
    /// What a call says, at that second, of a subscription whose first period goes to an anchor, where it has one.
    ///
    /// # Errors
    /// It is to come, or too long ago.
    pub(super) fn of(
        input: &Input,
        (now, anchor): (i64, Option<i64>),
        recurring: &Value,
    ) -> Result<Option<Self>> {
        let Some(start) = input.get(PARAMETER).and_then(Value::as_i64) else { return Ok(None) };
        if start > now {
            let message = "The start date of a backdated subscription must be in the past.";
            return Err(RequestError::invalid(PARAMETER, message));
        }
        let says = |name: &str, value: &str| input.get(name).is_some_and(|said| said == value);
        if says("proration_behavior", "none") {
            return Ok(Some(Self { start, current: now, spans: Vec::new(), is_all: false }));
        }
        let end = anchor.unwrap_or(now);
        if input.get("billing_mode").is_some_and(|mode| mode["type"] == "classic") {
            let spans = vec![Span { start, end, is_whole: false }];
            let current = if anchor.is_some() { start } else { now };
            return Ok(Some(Self { start, current, spans, is_all: anchor.is_some() }));
        }
        let mut spans = natural_spans((start, end), recurring)?;
        let last = anchor.and_then(|_| spans.pop());
        let current = last.map_or(now, |last| last.start);
        Ok(Some(Self { start, current, spans, is_all: false }))
    }
}

/// The natural periods between two seconds, of which the last one ends with the second, and the first may be a part.
fn natural_spans((start, end): (i64, i64), recurring: &Value) -> Result<Vec<Span>> {
    let mut spans = Vec::new();
    let mut until = end;
    for number in 1.. {
        if until <= start {
            break;
        }
        if spans.len() > MOST_SPANS {
            let message =
                "Backdating isn't supported when an invoice has more than 250 line items.";
            return Err(RequestError::invalid(PARAMETER, message));
        }
        let from = periods::boundary(end, recurring, -number);
        spans.push(Span { start: from.max(start), end: until, is_whole: from >= start });
        until = from;
    }
    spans.reverse();
    Ok(spans)
}

/// A line is for a part of periods that begin with the time that it is for, or for some of them and a part.
pub(super) fn bill_share(line: &mut Value, span: Span, recurring: &Value) {
    let whole = line["amount"].as_i64().unwrap_or_default();
    let mut amount = 0_i64;
    let mut from = span.start;
    for number in 1.. {
        let next = periods::boundary(span.start, recurring, number);
        if next > span.end {
            let part = sums::part(whole, span.end.saturating_sub(from), next.saturating_sub(from));
            amount = amount.saturating_add(part);
            break;
        }
        amount = amount.saturating_add(whole);
        from = next;
    }
    line["amount"] = amount.into();
    if !line["pricing"]["unit_amount_decimal"].is_null() {
        let quantity = line["quantity"].as_i64().unwrap_or(1);
        line["pricing"]["unit_amount_decimal"] = Decimal::each(amount, quantity).to_string().into();
    }
    line["parent"]["subscription_item_details"]["proration"] = json!(true);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Moment;

    fn second(day: &str) -> i64 {
        Moment::parse(&format!("{day}T00:00:00Z")).unwrap().seconds()
    }

    #[test]
    fn what_has_passed_is_divided_into_natural_periods() {
        let month = json!({"interval": "month"});
        for (start, end, wanted) in [
            ("2026-09-01", "2026-11-01", &[("2026-09-01", true), ("2026-10-01", true)][..]),
            ("2026-09-15", "2026-11-01", &[("2026-09-15", false), ("2026-10-01", true)]),
            ("2026-01-31", "2026-03-31", &[("2026-01-31", true), ("2026-02-28", true)]),
            ("2026-02-15", "2026-03-01", &[("2026-02-15", false)]),
            ("2026-02-15", "2026-02-15", &[]),
        ] {
            let found = natural_spans((second(start), second(end)), &month).unwrap();
            let found: Vec<_> = found.iter().map(|span| (span.start, span.is_whole)).collect();
            let wanted: Vec<_> = wanted.iter().map(|(day, whole)| (second(day), *whole)).collect();
            assert_eq!(found, wanted, "{start} {end}");
        }
        let day = json!({"interval": "day"});
        assert!(natural_spans((0, second("2026-01-01")), &day).is_err());
    }

    #[test]
    fn a_part_is_of_a_period_that_begins_with_it() {
        let month = json!({"interval": "month"});
        for (start, end, wanted) in [
            // The two examples of docs.stripe.com/billing/subscriptions/backdating, …
            ("2026-02-15", "2026-03-01", 500),
            ("2026-01-15", "2026-02-01", 548),
            // … and more than one period.
            ("2026-01-15", "2026-03-01", 1500),
            ("2026-01-15", "2026-01-15", 0),
        ] {
            let mut line = json!({"amount": 1000, "quantity": 1});
            let span = Span { start: second(start), end: second(end), is_whole: false };
            bill_share(&mut line, span, &month);
            assert_eq!(line["amount"], wanted, "{start} {end}");
        }
    }
}
