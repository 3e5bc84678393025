//! What invoices come to, as Stripe counts: a discount before taxes, each line by itself, halves rounded up.

use serde_json::Value;

/// A percentage is kept in parts of so many.
const WHOLE: i128 = 100 * SCALE;
/// How many parts one per cent has: rates have four places.
const SCALE: i128 = 10_000;
/// The most that a rate counts: ranges are not checked, and more would not fit into a sum.
const MOST_PERCENT: i128 = 1_000;

/// A percentage, exactly as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Percentage(i128);

impl Percentage {
    /// Of a number of JSON, such as 10.35; nothing of one below zero.
    pub(super) fn of(value: &Value) -> Self {
        let text = value.to_string();
        if text.starts_with('-') {
            return Self(0);
        }
        let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
        let digits: String = part.chars().chain("0000".chars()).take(4).collect();
        let number = |text: &str| text.parse::<i128>().unwrap_or_default();
        let whole = number(whole).min(MOST_PERCENT);
        Self(whole * SCALE + number(&digits))
    }
}

/// What a coupon takes off.
#[derive(Clone, Copy, Debug)]
pub(super) enum CouponTerms {
    Percent(Percentage),
    Amount(i64),
}

/// A tax rate.
#[derive(Clone, Copy, Debug)]
pub(super) struct TaxTerms {
    pub(super) percentage: Percentage,
    pub(super) is_inclusive: bool,
}

impl TaxTerms {
    /// Of a tax rate.
    pub(super) fn of(rate: &Value) -> Self {
        let percentage = Percentage::of(&rate["percentage"]);
        Self { percentage, is_inclusive: rate["inclusive"] == true }
    }
}

/// A line before discounts and taxes.
#[derive(Clone, Debug, Default)]
pub(super) struct LineTerms {
    pub(super) amount: i64,
    pub(super) is_discountable: bool,
    pub(super) taxes: Vec<TaxTerms>,
}

/// What a line comes to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct LineSum {
    pub(super) discount: i64,
    /// What is taxed, without the tax itself.
    pub(super) taxable: i64,
    /// By tax rate, in their order.
    pub(super) taxes: Vec<i64>,
    /// The inclusive tax in the amount before the discount.
    included: i64,
}

/// What an invoice comes to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct InvoiceSum {
    pub(super) subtotal: i64,
    pub(super) subtotal_excluding_tax: i64,
    pub(super) discount: i64,
    pub(super) total: i64,
    pub(super) total_excluding_tax: i64,
    pub(super) lines: Vec<LineSum>,
}

/// What these lines come to.
pub(super) fn invoice(lines: &[LineTerms], coupon: Option<CouponTerms>) -> InvoiceSum {
    let discounts = discounts(lines, coupon);
    let mut sum = InvoiceSum::default();
    for (line, discount) in lines.iter().zip(discounts) {
        let of_line = taxed(line, discount);
        let taxes = total(of_line.taxes.iter().copied());
        for (amount, more) in [
            (&mut sum.subtotal, line.amount),
            (&mut sum.subtotal_excluding_tax, line.amount.saturating_sub(of_line.included)),
            (&mut sum.discount, discount),
            (&mut sum.total, of_line.taxable.saturating_add(taxes)),
            (&mut sum.total_excluding_tax, of_line.taxable),
        ] {
            *amount = amount.saturating_add(more);
        }
        sum.lines.push(of_line);
    }
    sum
}

/// An amount without what a coupon takes off it by itself.
pub(super) fn less(amount: i64, coupon: Option<CouponTerms>) -> i64 {
    let line = LineTerms { amount, is_discountable: true, taxes: Vec::new() };
    amount.saturating_sub(discounts(&[line], coupon).first().copied().unwrap_or_default())
}

/// The sum of amounts, or the largest number that there is.
pub(super) fn total(amounts: impl Iterator<Item = i64>) -> i64 {
    amounts.fold(0, i64::saturating_add)
}

fn taxed(line: &LineTerms, discount: i64) -> LineSum {
    let (included, _) = split(line.amount, &line.taxes);
    let (in_net, net) = split(line.amount.saturating_sub(discount), &line.taxes);
    let base: i128 = net.into();
    let mut taxes: Vec<i64> =
        line.taxes.iter().map(|tax| rounded(base * tax.percentage.0, WHOLE)).collect();
    // What rounding leaves of the inclusive tax is the last one's.
    let inclusive = line.taxes.iter().zip(&taxes).filter(|(tax, _)| tax.is_inclusive);
    let missing = in_net.saturating_sub(total(inclusive.map(|(_, amount)| *amount)));
    if let Some(at) = line.taxes.iter().rposition(|tax| tax.is_inclusive) {
        taxes[at] = taxes[at].saturating_add(missing);
    }
    LineSum { discount, taxable: net, taxes, included }
}

/// The inclusive taxes in an amount, and what is left of it.
fn split(amount: i64, taxes: &[TaxTerms]) -> (i64, i64) {
    let rates = taxes.iter().filter(|tax| tax.is_inclusive).map(|tax| tax.percentage.0);
    let net = rounded(i128::from(amount) * WHOLE, WHOLE + rates.sum::<i128>());
    (amount.saturating_sub(net), net)
}

/// What is taken off each line: an amount is spread over them as they weigh.
fn discounts(lines: &[LineTerms], coupon: Option<CouponTerms>) -> Vec<i64> {
    let none = vec![0; lines.len()];
    match coupon {
        None => none,
        Some(CouponTerms::Percent(percentage)) => {
            let off = |line: &LineTerms| {
                let weight = if line.is_discountable { line.amount } else { 0 };
                rounded(i128::from(weight) * percentage.0, WHOLE)
            };
            lines.iter().map(off).collect()
        }
        Some(CouponTerms::Amount(amount)) => {
            let weight =
                |line: &LineTerms| if line.is_discountable { line.amount.max(0) } else { 0 };
            shares(amount, &lines.iter().map(weight).collect::<Vec<i64>>())
        }
    }
}

/// An amount in shares by weight, none larger than its weight; what rounding leaves is the last one's.
pub(super) fn shares(amount: i64, weights: &[i64]) -> Vec<i64> {
    let mut rest: i128 = weights.iter().copied().map(i128::from).sum();
    let mut left = amount.min(i64::try_from(rest).unwrap_or(i64::MAX));
    let share = |weight: &i64| {
        let own = if rest == 0 { 0 } else { rounded(i128::from(left) * i128::from(*weight), rest) };
        left -= own;
        rest -= i128::from(*weight);
        own
    };
    weights.iter().map(share).collect()
}

/// What a part of a time is worth, such as of a month.
pub(super) fn part(amount: i64, seconds: i64, of: i64) -> i64 {
    rounded(i128::from(amount) * i128::from(seconds), i128::from(of.max(1)))
}

/// A quotient, with halves away from zero.
fn rounded(number: i128, by: i128) -> i64 {
    let half = if number < 0 { -by / 2 } else { by / 2 };
    let quotient = (number + half) / by;
    i64::try_from(quotient).unwrap_or(if quotient < 0 { i64::MIN } else { i64::MAX })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn terms(amounts: &[i64], taxes: &[(f64, bool)]) -> Vec<LineTerms> {
        let tax = |(percent, is_inclusive): &(f64, bool)| TaxTerms {
            percentage: Percentage::of(&json!(percent)),
            is_inclusive: *is_inclusive,
        };
        let taxes: Vec<TaxTerms> = taxes.iter().map(tax).collect();
        let line = |amount: &i64| LineTerms {
            amount: *amount,
            is_discountable: true,
            taxes: taxes.clone(),
        };
        amounts.iter().map(line).collect()
    }

    #[test]
    fn invoices_come_to_what_fractions_say() {
        let percent = |percent: f64| Some(CouponTerms::Percent(Percentage::of(&json!(percent))));
        let amount = |amount| Some(CouponTerms::Amount(amount));
        // Amounts, taxes and coupon; then subtotal, discount, tax and total, worked out in fractions.
        let cases = [
            (&[1000][..], &[(20.0, false)][..], None, [1000, 0, 200, 1200]),
            (&[1000], &[(20.0, true)], None, [1000, 0, 167, 1000]),
            (&[1000], &[], percent(25.0), [1000, 250, 0, 750]),
            (&[1000, 3000], &[], amount(1000), [4000, 1000, 0, 3000]),
            (&[999], &[(10.35, false)], None, [999, 0, 103, 1102]),
            (&[999], &[(10.35, true)], None, [999, 0, 94, 999]),
            (&[1000], &[(20.0, false)], percent(50.0), [1000, 500, 100, 600]),
            (&[1000], &[(20.0, true)], percent(50.0), [1000, 500, 83, 500]),
            (&[1000], &[(5.0, true), (5.0, true)], None, [1000, 0, 91, 1000]),
            (&[1000], &[(5.0, false), (9.975, false)], None, [1000, 0, 150, 1150]),
            (&[100, 100, 100], &[], amount(100), [300, 100, 0, 200]),
            (&[500], &[], amount(900), [500, 500, 0, 0]),
            (&[-1000, 2000], &[(10.0, false)], None, [1000, 0, 100, 1100]),
            (&[333], &[], percent(12.5), [333, 42, 0, 291]),
            // Whatever is said, there is a sum.
            (&[i64::MAX, i64::MAX], &[], None, [i64::MAX, 0, 0, i64::MAX]),
            (&[100], &[(-100.0, true), (-5.5, false)], None, [100, 0, 0, 100]),
        ];
        for (amounts, taxes, coupon, wanted) in cases {
            let sum = invoice(&terms(amounts, taxes), coupon);
            let tax: i64 = sum.lines.iter().flat_map(|line| &line.taxes).sum();
            let found = [sum.subtotal, sum.discount, tax, sum.total];
            assert_eq!(found, wanted, "{amounts:?} {taxes:?} {coupon:?}");
            assert_eq!(sum.total_excluding_tax, sum.total - tax, "{amounts:?}");
            let discounts: i64 = sum.lines.iter().map(|line| line.discount).sum();
            assert_eq!(sum.discount, discounts, "{amounts:?}");
        }
    }

    #[test]
    fn a_part_of_a_month_is_counted_to_the_second() {
        for (amount, seconds, of, wanted) in [
            (1000, 15, 30, 500),
            (1000, 1, 2_592_000, 0),
            (1000, 1_296_001, 2_592_000, 500),
            (-999, 1, 2, -500),
            (2000, 1_209_600, 2_678_400, 903),
            (5, 1, 0, 5),
        ] {
            assert_eq!(part(amount, seconds, of), wanted, "{amount} {seconds} {of}");
        }
    }
}
