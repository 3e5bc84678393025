//! What values of parameters Stripe refuses, besides those of a wrong kind. Its words are those that public reports show;
//! where none are known, they are in the form of its others.

use serde_json::Value;

use super::action::{Deed, WriteAction};
use super::decimal::Decimal;
use super::draft::Draft;
use super::input::Input;
use super::methods::check_expiry;
use crate::api::error::RequestError;
use crate::api::inquiry::Result;

/// The currencies that Stripe has, in the order in which it names them.
const CURRENCIES: &str = "\
    usd, aed, afn, all, amd, ang, aoa, ars, aud, awg, azn, bam, bbd, bdt, bgn, bhd, bif, \
    bmd, bnd, bob, brl, bsd, bwp, byn, bzd, cad, cdf, chf, clp, cny, cop, crc, cve, czk, \
    djf, dkk, dop, dzd, egp, etb, eur, fjd, fkp, gbp, gel, gip, gmd, gnf, gtq, gyd, hkd, \
    hnl, hrk, htg, huf, idr, ils, inr, isk, jmd, jod, jpy, kes, kgs, khr, kmf, krw, kwd, \
    kyd, kzt, lak, lbp, lkr, lrd, lsl, mad, mdl, mga, mkd, mmk, mnt, mop, mur, mvr, mwk, \
    mxn, myr, mzn, nad, ngn, nio, nok, npr, nzd, omr, pab, pen, pgk, php, pkr, pln, pyg, \
    qar, ron, rsd, rub, rwf, sar, sbd, scr, sek, sgd, shp, sle, sos, srd, std, szl, thb, \
    tjs, tnd, top, try, ttd, twd, tzs, uah, ugx, uyu, uzs, vnd, vuv, wst, xaf, xcd, xof, \
    xpf, yer, zar, zmw, usdc, btn, ghs, eek, lvl, svc, vef, ltl, sll, mro";
/// Parameters that are the address of somebody.
const EMAILS: [&str; 3] = ["email", "customer_email", "receipt_email"];
const LONGEST_EMAIL: usize = 512;
/// Parameters of pages that lead back to the app.
const ADDRESSES: [&str; 3] = ["success_url", "cancel_url", "return_url"];
/// Parameters of sessions, and the one mode that has them.
const ONLY_IN: [(&str, &str); 2] =
    [("customer_creation", "payment"), ("payment_method_collection", "subscription")];
const NOT_BESIDE: [(&str, &str); 3] = [
    ("payment_intent_data", "payment"),
    ("setup_intent_data", "setup"),
    ("subscription_data", "subscription"),
];
/// How many of each interval there may be between two invoices: three years of them.
const LONGEST: [(&str, i64, &str); 4] = [
    ("day", 1095, "daily"),
    ("week", 156, "weekly"),
    ("month", 36, "monthly"),
    ("year", 3, "yearly"),
];
/// The longest free trial, in days.
const LONGEST_TRIAL: f64 = 730.0;
/// What can only be said where a new intent is confirmed at once, as the library describes it.
const OF_CONFIRMATION: [&str; 4] = ["mandate", "mandate_data", "off_session", "return_url"];

impl Draft<'_, '_> {
    /// Whether what was said can be so.
    pub(super) fn check_values(&self, action: &WriteAction, input: &Input) -> Result<()> {
        let is_new = matches!(
            action.call.does,
            Deed::Create
                | Deed::CreatePrice
                | Deed::CreatePlan
                | Deed::CreatePayment
                | Deed::CreateSetup
        );
        let names_one = !is_new && !self.inquiry.route.variables.is_empty();
        if names_one && self.known(action).is_err() {
            return Ok(());
        }
        for (name, value) in input {
            check_inside(name, value, name)?;
        }
        for (name, text) in texts(input, &EMAILS) {
            check_email(name, text)?;
        }
        match action.object.kind {
            "billing_portal.session" => check_addresses(input),
            "checkout.session" => {
                check_addresses(input)?;
                check_modes(input)
            }
            "card" if !is_new => self.check_card(action, input),
            "coupon" if is_new => self.check_coupon(input),
            "payment_intent" | "setup_intent" if is_new => check_confirmed(action, input),
            "plan" if is_new => self.check_plan(input),
            "price" if is_new => self.check_price(input),
            "product" => self.check_default_price(action, input),
            "promotion_code" if is_new => self.check_new_code(input),
            "promotion_code" => self.check_reactivated(&self.known(action)?, input),
            "tax_id" if is_new => check_tax_id(input),
            "tax_rate" => within(input.get("percentage"), "percentage", (f64::MIN, 100.0)),
            _ => Ok(()),
        }
    }

    fn check_card(&self, action: &WriteAction, input: &Input) -> Result<()> {
        if ["exp_month", "exp_year"].iter().all(|name| !input.contains_key(*name)) {
            return Ok(());
        }
        let known = self.known(action)?;
        let number = |name: &str| input.get(name).unwrap_or(&known[name]).as_i64();
        let (month, year) = (number("exp_month"), number("exp_year"));
        let expiry = (month.unwrap_or_default(), year.unwrap_or_default());
        check_expiry(expiry, self.inquiry.request.second)
    }

    fn check_coupon(&self, input: &Input) -> Result<()> {
        let off = input.get("percent_off");
        within(off, "percent_off", (0.0, 100.0))?;
        if off.and_then(Value::as_f64).is_some_and(|off| off <= 0.0) {
            return Err(RequestError::invalid("percent_off", "This value must be greater than 0."));
        }
        let until = input.get("redeem_by").and_then(Value::as_i64);
        if until.is_some_and(|until| until <= self.inquiry.request.second) {
            return Err(RequestError::not_ahead("redeem_by"));
        }
        Ok(())
    }

    fn check_price(&self, input: &Input) -> Result<()> {
        check_amount(input.get("unit_amount"), "unit_amount")?;
        check_decimal(input.get("unit_amount_decimal"), "unit_amount_decimal")?;
        let Some(recurring) = input.get("recurring") else { return Ok(()) };
        check_interval(recurring, "recurring[interval_count]")?;
        self.check_meter(recurring, "recurring[meter]")
    }

    fn check_plan(&self, input: &Input) -> Result<()> {
        check_amount(input.get("amount"), "amount")?;
        check_decimal(input.get("amount_decimal"), "amount_decimal")?;
        let plan = Value::Object(input.clone());
        check_interval(&plan, "interval_count")?;
        self.check_meter(&plan, "meter")
    }

    /// The meter that is named has to be there.
    fn check_meter(&self, recurring: &Value, parameter: &str) -> Result<()> {
        if let Some(id) = recurring["meter"].as_str() {
            let missing = || RequestError::missing_in("billing.meter", id, parameter);
            return self.find("billing.meter", id).map(drop).ok_or_else(missing);
        }
        Ok(())
    }

    /// A product's usual price is one of its own.
    fn check_default_price(&self, action: &WriteAction, input: &Input) -> Result<()> {
        if let Some(data) = input.get("default_price_data") {
            check_amount(data.get("unit_amount"), "default_price_data[unit_amount]")?;
            let place = "default_price_data[recurring][interval_count]";
            return check_interval(&data["recurring"], place);
        }
        let Some(id) = input.get("default_price").and_then(Value::as_str) else { return Ok(()) };
        let (product, price) = (self.known(action)?, self.find("price", id).unwrap_or_default());
        if price["product"] == product["id"] {
            return Ok(());
        }
        let product = product["id"].as_str().unwrap_or_default();
        let message = format!("The price `{id}` does not belong to the product `{product}`.");
        Err(RequestError::invalid("default_price", message))
    }
}

/// What is refused wherever it stands: a currency that there is not, and a trial that is too long.
fn check_inside(name: &str, value: &Value, shown: &str) -> Result<()> {
    match value {
        _ if name == "metadata" => Ok(()),
        Value::Object(members) => members.iter().try_for_each(|(inner, value)| {
            check_inside(inner, value, &format!("{shown}[{inner}]"))
        }),
        Value::Array(all) => all
            .iter()
            .enumerate()
            .try_for_each(|(at, value)| check_inside("", value, &format!("{shown}[{at}]"))),
        Value::String(currency) if name == "currency" => check_currency(currency, shown),
        Value::Number(_) if name == "trial_period_days" => {
            within(Some(value), shown, (f64::MIN, LONGEST_TRIAL))
        }
        _ => Ok(()),
    }
}

fn check_currency(currency: &str, parameter: &str) -> Result<()> {
    let named = currency.to_lowercase();
    if CURRENCIES.split(", ").any(|known| known == named) {
        return Ok(());
    }
    let message = format!(
        "Invalid currency: {named}. Stripe currently supports these currencies: {CURRENCIES}"
    );
    Err(RequestError::invalid(parameter, message))
}

fn texts<'i>(
    input: &'i Input,
    names: &'i [&'static str],
) -> impl Iterator<Item = (&'static str, &'i str)> {
    names.iter().filter_map(|name| Some((*name, input.get(*name)?.as_str()?)))
}

fn check_email(name: &str, email: &str) -> Result<()> {
    if email.chars().count() > LONGEST_EMAIL {
        let message = format!("Invalid string; must be at most {LONGEST_EMAIL} characters");
        return Err(RequestError::invalid(name, message));
    }
    let parts = email.split_once('@');
    let is_whole = parts.is_some_and(|(who, host)| !who.is_empty() && !host.is_empty());
    if is_whole && !email.chars().any(char::is_whitespace) {
        return Ok(());
    }
    let message = format!("Invalid email address: {email}");
    Err(RequestError::invalid(name, message).coded("email_invalid"))
}

fn check_addresses(input: &Input) -> Result<()> {
    let mut wrong = texts(input, &ADDRESSES).filter(|(_, url)| !url.contains("://"));
    wrong.next().map_or(Ok(()), |(name, _)| {
        Err(RequestError::invalid(name, "Not a valid URL").coded("url_invalid"))
    })
}

/// Whether a session is said what goes with its mode, as the library describes its parameters.
fn check_modes(input: &Input) -> Result<()> {
    let Some(mode) = input.get("mode").and_then(Value::as_str) else { return Ok(()) };
    let wrong = |name: &str, message: String| Err(RequestError::invalid(name, message));
    for (name, of) in ONLY_IN {
        if mode != of && input.contains_key(name) {
            return wrong(name, format!("`{name}` can only be used in `{of}` mode."));
        }
    }
    for (name, of) in NOT_BESIDE {
        if mode != of && input.contains_key(name) {
            return wrong(name, format!("You can not pass `{name}` in `{mode}` mode."));
        }
    }
    if input.contains_key("customer_update") && !input.contains_key("customer") {
        let message = "`customer_update` can only be used with `customer`.";
        return wrong("customer_update", message.to_owned());
    }
    Ok(())
}

/// Whether a number is within bounds, both included.
fn within(value: Option<&Value>, shown: &str, (least, most): (f64, f64)) -> Result<()> {
    let Some(value) = value else { return Ok(()) };
    let Some(number) = value.as_f64() else { return Ok(()) };
    let (word, bound) = match number {
        small if small < least => ("greater", least),
        large if large > most => ("less", most),
        _ => return Ok(()),
    };
    let message =
        format!("This value must be {word} than or equal to {bound} (it currently is '{value}').");
    Err(RequestError::invalid(shown, message))
}

fn check_amount(amount: Option<&Value>, parameter: &str) -> Result<()> {
    if amount.and_then(Value::as_i64).is_some_and(|amount| amount < 0) {
        let message = "Invalid non-negative integer".to_owned();
        return Err(RequestError::out_of_range(parameter, message));
    }
    Ok(())
}

fn check_decimal(amount: Option<&Value>, parameter: &str) -> Result<()> {
    if amount.and_then(Decimal::of).is_some_and(Decimal::is_negative) {
        let message = "Invalid non-negative decimal".to_owned();
        return Err(RequestError::out_of_range(parameter, message));
    }
    Ok(())
}

fn check_interval(recurring: &Value, parameter: &str) -> Result<()> {
    let count = recurring["interval_count"].as_i64().unwrap_or(1);
    let known = LONGEST.iter().find(|(interval, ..)| recurring["interval"] == *interval);
    match known {
        Some((_, most, word)) if count > *most => {
            let message =
                format!("The interval_count for {word} prices can't be greater than {most}");
            Err(RequestError::invalid(parameter, message))
        }
        _ => Ok(()),
    }
}

fn check_confirmed(action: &WriteAction, input: &Input) -> Result<()> {
    if input.get("confirm") == Some(&true.into()) {
        return Ok(());
    }
    let is_said = |name: &&&str| input.get(**name).is_some_and(|value| *value != false);
    let Some(name) = OF_CONFIRMATION.iter().find(is_said) else { return Ok(()) };
    let (noun, code) = match action.object.kind {
        "setup_intent" => ("SetupIntent", "setup_intent_invalid_parameter"),
        _ => ("PaymentIntent", "payment_intent_invalid_parameter"),
    };
    let message = format!(
        "The parameter `{name}` cannot be passed when creating a {noun} unless `confirm` is set to true."
    );
    Err(RequestError::wrong_state(Some(code), message))
}

fn check_tax_id(input: &Input) -> Result<()> {
    let (Some(kind), Some(value)) = (input.get("type"), input.get("value")) else { return Ok(()) };
    let value = value.as_str().unwrap_or_default();
    let (country, rest) = value.split_at_checked(2).unwrap_or(("", ""));
    let is_plain = rest.chars().all(|c| c.is_ascii_alphanumeric() || "+*.".contains(c));
    let is_european = country.chars().all(|c| c.is_ascii_uppercase())
        && (2..=12).contains(&rest.len())
        && is_plain;
    if *kind != "eu_vat" || is_european {
        return Ok(());
    }
    Err(RequestError::invalid("value", "Invalid value for eu_vat.").coded("tax_id_invalid"))
}
