//! What a scenario's texts stand for: `{{order}}` is a value that a step saved, `{{customer}}` the id
//! of the story's customer.

use std::collections::BTreeMap;

/// Values by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Values(BTreeMap<String, String>);

impl Values {
    /// Keeps a value, over an older one.
    pub fn keep(&mut self, name: &str, value: String) {
        self.0.insert(name.to_owned(), value);
    }

    /// The names that have a value, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The names with their values.
    pub fn entries(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The values.
    pub fn all(&self) -> impl Iterator<Item = &str> {
        self.0.values().map(String::as_str)
    }

    /// The text with values in place of their names.
    ///
    /// # Errors
    /// Names the value that there is none of.
    pub fn fill(&self, text: &str) -> Result<String, String> {
        let mut out = String::new();
        for piece in pieces(text)? {
            match piece {
                Piece::Text(plain) => out.push_str(plain),
                Piece::Name(name) => {
                    out.push_str(self.0.get(name).ok_or_else(|| name.to_owned())?);
                }
            }
        }
        Ok(out)
    }
}

/// The names that a text has in double braces.
///
/// # Errors
/// Says what is wrong with the braces.
pub fn names(text: &str) -> Result<Vec<&str>, String> {
    let name = |piece| match piece {
        Piece::Name(name) => Some(name),
        Piece::Text(_) => None,
    };
    Ok(pieces(text)?.into_iter().filter_map(name).collect())
}

/// Whether a value can have that name.
pub fn is_name(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./".contains(c);
    !text.is_empty() && text.chars().all(plain)
}

enum Piece<'t> {
    Text(&'t str),
    Name(&'t str),
}

fn pieces(text: &str) -> Result<Vec<Piece<'_>>, String> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        let (name, after) = after.split_once("}}").ok_or("a `}}` is missing")?;
        if !is_name(name.trim()) {
            return Err(format!("`{{{{{name}}}}}` names no value"));
        }
        found.extend([Piece::Text(before), Piece::Name(name.trim())]);
        rest = after;
    }
    found.push(Piece::Text(rest));
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_filled_in() {
        let mut values = Values::default();
        values.keep("order", "42".to_owned());
        assert_eq!(values.fill("/orders/{{order}}?a={{ order }}").unwrap(), "/orders/42?a=42");
        assert_eq!(values.fill("{plain}").unwrap(), "{plain}");
        assert_eq!(values.fill("{{other}}").unwrap_err(), "other");
        assert_eq!(names("{{a}} and {{b/c}}").unwrap(), ["a", "b/c"]);
    }

    #[test]
    fn braces_that_name_nothing_are_refused() {
        for text in ["{{", "{{a", "{{}}", "{{a b}}", "{{a}} {{"] {
            assert!(names(text).is_err(), "{text}");
        }
    }
}
