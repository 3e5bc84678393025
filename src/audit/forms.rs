//! What Stripe's libraries do with forms that they treat differently, as libraries.toml has it.

use std::sync::OnceLock;

use serde::Deserialize;

const TEXT: &str = include_str!("libraries.toml");

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Forms {
    form: Vec<Form>,
}

/// Something that is sent, and which libraries do what with it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    id: String,
    told: String,
    #[serde(default)]
    accept: Vec<String>,
    #[serde(default)]
    refuse: Vec<String>,
    #[serde(default)]
    fail: Vec<String>,
}

/// What an endpoint did with a form, and which libraries do the same; `None` for a form or an answer that the table
/// does not have.
pub(super) fn note(form: &str, status: u16) -> Option<String> {
    let form = forms().form.iter().find(|known| known.id == form)?;
    let (did, libraries) = match status {
        200..=299 => ("accepts", &form.accept),
        400..=499 => ("refuses", &form.refuse),
        500..=599 => ("fails on", &form.fail),
        _ => return None,
    };
    let told = &form.told;
    let (last, others) = libraries.split_last()?;
    let does = if others.is_empty() { "does" } else { "do" };
    let libraries = match others {
        [] => last.clone(),
        _ => format!("{} and {last}", others.join(", ")),
    };
    Some(format!("{did} {told}, as {libraries} {does}"))
}

fn forms() -> &'static Forms {
    static FORMS: OnceLock<Forms> = OnceLock::new();
    FORMS.get_or_init(|| toml::from_str(TEXT).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_can_be_read_and_no_library_does_two_things() {
        let forms: Forms = toml::from_str(TEXT).unwrap();
        for form in forms.form {
            let all: Vec<&String> =
                form.accept.iter().chain(&form.refuse).chain(&form.fail).collect();
            let apart: std::collections::BTreeSet<_> = all.iter().collect();
            assert!(!all.is_empty() && apart.len() == all.len(), "{}", form.id);
        }
    }

    #[test]
    fn a_note_names_who_does_the_same() {
        insta::assert_snapshot!(note("upper-case", 200).unwrap(), @"accepts a digest in upper case, as stripe-go and async-stripe do");
        insta::assert_snapshot!(note("space-before-t", 204).unwrap(), @"accepts a space before t, as Stripe.net does");
        assert_eq!(note("byte-order-mark", 500), None);
    }
}
