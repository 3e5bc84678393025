//! The ids of the user's own objects in a story: whether an object of the story can have them.

use super::catalogue::Catalogue;
use super::error::{EventError, Result};
use super::id::IdForm;
use crate::text::suggestion;

impl Catalogue {
    /// Checks that an object of a name such as `price` or `price/second` can have an id.
    ///
    /// # Errors
    /// There is no such object, it has no id, or the id is that of another object.
    pub fn check_id(&self, object: &str, id: &str) -> Result<()> {
        let kind = object.split('/').next().unwrap_or(object);
        let wrong = |reason: String, near: Vec<String>| {
            let (object, id) = (object.to_owned(), id.to_owned());
            Err(EventError::WrongId { object, id, reason, near })
        };
        if !self.has_ids(kind) {
            let names = self.names_with_ids()?;
            let near = suggestion::near(kind, names.iter().map(String::as_str));
            return Err(EventError::UnknownObject { name: kind.to_owned(), near });
        }
        let Some(form) = self.form(kind)?.0 else {
            return wrong("such objects have no id of their own".to_owned(), Vec::new());
        };
        let owners = self.owners(id)?;
        let is_its = owners.is_empty() && form.is_chosen() || owners.iter().any(|own| own == kind);
        if is_its && is_word(id, form) {
            return Ok(());
        }
        let beginnings = form.beginnings().filter(|beginning| !beginning.is_empty());
        let beginnings: Vec<String> = beginnings.map(|one| format!("`{one}`")).collect();
        let near = if is_its { Vec::new() } else { owners };
        let reason = match beginnings.as_slice() {
            [] => "expected a word".to_owned(),
            _ => format!("expected one that begins with {}", beginnings.join(" or ")),
        };
        wrong(reason, near.into_iter().map(|owner| format!("{owner}={id}")).collect())
    }

    /// The names of all objects whose ids begin like this one, by the longest beginning that there is.
    fn owners(&self, id: &str) -> Result<Vec<String>> {
        let mut longest = 0;
        let mut owners = Vec::new();
        for name in self.names_with_ids()? {
            let Some(form) = self.form(&name)?.0 else { continue };
            let fitting = form.beginnings().filter(|beginning| id.starts_with(beginning));
            let length = fitting.map(str::len).max().unwrap_or_default();
            if length > longest {
                longest = length;
                owners.clear();
            }
            if length > 0 && length == longest {
                owners.push(name);
            }
        }
        Ok(owners)
    }
}

/// Whether an id is of characters that such ids have, and not a beginning alone.
fn is_word(id: &str, form: &IdForm) -> bool {
    let is_beginning = form.beginnings().any(|beginning| beginning == id);
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let chosen = |c: char| !c.is_whitespace() && !c.is_control();
    let is_plain = if form.is_chosen() { id.chars().all(chosen) } else { id.chars().all(plain) };
    is_plain && !is_beginning
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(object: &str, id: &str) -> String {
        match Catalogue::embedded().unwrap().check_id(object, id) {
            Ok(()) => "fits".to_owned(),
            Err(error) => format!("{} {:?}", error, error.near()),
        }
    }

    #[test]
    fn an_id_belongs_to_its_object() {
        for (object, id) in [
            ("price", "price_123"),
            ("price/second", "plan_1"),
            ("price", "gold-monthly"),
            ("coupon", "25OFF"),
            ("subscription_item", "si_1"),
            ("charge", "py_1"),
            ("checkout.session", "cs_test_a1"),
        ] {
            assert_eq!(told(object, id), "fits", "{object} {id}");
        }
    }

    #[test]
    fn an_id_of_another_object_names_that() {
        let told: Vec<String> = [
            ("price", "prod_1"),
            ("subscription", "sub_sched_1"),
            ("invoice", "invoice"),
            ("invoice", "in_"),
            ("invoice", "in_a b"),
            ("prise", "price_1"),
            ("balance", "x_1"),
            ("coupon", "a b"),
        ]
        .iter()
        .map(|(object, id)| told(object, id))
        .collect();
        insta::assert_snapshot!(told.join("\n"), @r#"
        cannot set the id of `price` to `prod_1`: expected one that begins with `price_` or `plan_` ["product=prod_1"]
        cannot set the id of `subscription` to `sub_sched_1`: expected one that begins with `sub_` ["subscription_schedule=sub_sched_1"]
        cannot set the id of `invoice` to `invoice`: expected one that begins with `in_` []
        cannot set the id of `invoice` to `in_`: expected one that begins with `in_` []
        cannot set the id of `invoice` to `in_a b`: expected one that begins with `in_` []
        unknown object `prise` ["price"]
        cannot set the id of `balance` to `x_1`: such objects have no id of their own []
        cannot set the id of `coupon` to `a b`: expected a word []
        "#);
    }
}
