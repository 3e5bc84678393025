//! "Did you mean": the names that are like one that does not exist.

/// How many names to suggest at most.
const MOST: usize = 3;
/// The least likeness (Jaro-Winkler, 0 to 1) of a suggestion. clap suggests from 0.7 on; event names
/// share long beginnings, so that would name half the catalogue.
const LEAST: f64 = 0.85;

/// The names most like `wanted`, best first: those that hold its last word when its first word fits
/// nothing better, else those spelled like it. One that differs by case and separators only is meant for sure.
pub fn near<'a>(wanted: &str, names: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let names: Vec<&str> = names.into_iter().collect();
    if let Some(same) = names.iter().find(|name| is_same(name, wanted)) {
        return vec![(*same).to_owned()];
    }
    let wanted = wanted.to_lowercase();
    let mut scored: Vec<(f64, &str)> = names
        .into_iter()
        .map(|name| (likeness(&wanted, &name.to_lowercase()), name))
        .filter(|(score, _)| *score >= LEAST)
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    scored.into_iter().take(MOST).map(|(_, name)| name.to_owned()).collect()
}

/// Whether two names differ by nothing but case and what stands between their words.
pub fn is_same(one: &str, other: &str) -> bool {
    let plain = |c: char| if "._- ".contains(c) { '.' } else { c.to_ascii_lowercase() };
    one.chars().map(plain).eq(other.chars().map(plain))
}

fn likeness(wanted: &str, name: &str) -> f64 {
    let spelled = strsim::jaro_winkler(wanted, name);
    // `subscription.created` is meant as `customer.subscription.created`.
    let contained = wanted.len() >= 4 && name.contains(wanted);
    if contained { spelled.max(0.95) } else { spelled }
}

/// "did you mean …" for the names that are near, `None` where none is.
pub fn did_you_mean(near: &[String]) -> Option<String> {
    let ticked: Vec<String> = near.iter().map(|name| format!("`{name}`")).collect();
    let (last, others) = ticked.split_last()?;
    Some(match others {
        [] => format!("did you mean {last}?"),
        _ => format!("did you mean {} or {last}?", others.join(", ")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 5] = [
        "invoice.paid",
        "invoice.payment_failed",
        "customer.subscription.created",
        "charge.succeeded",
        "payment_intent.succeeded",
    ];

    #[test]
    fn a_slip_of_the_pen_finds_its_name() {
        assert_eq!(near("invoice.payed", NAMES)[0], "invoice.paid");
        assert_eq!(near("charge.suceeded", NAMES)[0], "charge.succeeded");
    }

    #[test]
    fn a_part_of_a_name_finds_it() {
        assert_eq!(near("subscription.created", NAMES)[0], "customer.subscription.created");
    }

    #[test]
    fn case_and_separators_leave_no_doubt() {
        for typed in ["INVOICE.PAID", "invoice_paid", "Invoice Paid"] {
            assert_eq!(near(typed, NAMES), ["invoice.paid"]);
        }
    }

    #[test]
    fn nothing_alike_suggests_nothing() {
        assert!(near("zzzzzz", NAMES).is_empty());
        assert!(near("", NAMES).is_empty());
    }

    #[test]
    fn names_that_are_near_are_listed_as_a_sentence() {
        let near = |names: &[&str]| {
            did_you_mean(&names.iter().map(ToString::to_string).collect::<Vec<_>>())
        };
        assert_eq!(near(&[]), None);
        assert_eq!(near(&["a"]).as_deref(), Some("did you mean `a`?"));
        assert_eq!(near(&["a", "b", "c"]).as_deref(), Some("did you mean `a`, `b` or `c`?"));
    }
}
