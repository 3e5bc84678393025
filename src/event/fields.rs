//! The fields of an object, as far as the catalogue knows them: what its states hold.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::catalogue::Catalogue;
use super::error::Result;
use super::template::{self, Expression};

/// What a field holds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FieldType {
    /// Text.
    String,
    /// Text: the id of an object of a type.
    Id(String),
    /// A whole number.
    Integer,
    /// A whole number: a point in time, in seconds or milliseconds.
    Time,
    /// A number that need not be whole.
    Number,
    /// `true` or `false`.
    Boolean,
    /// Members by name.
    Object,
    /// Elements one after the other.
    List,
}

/// A field, in all states of its object that the catalogue knows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Field {
    /// What it holds where it is not null; nothing where it always is.
    pub types: BTreeSet<FieldType>,
    /// Whether it is null in a state. Where it never is, nothing is known of it at Stripe.
    pub is_null: bool,
    /// Whether it is left out in a state.
    pub is_left_out: bool,
}

/// How deep objects are followed that lie in one another.
const MOST_DEPTH: usize = 4;

impl Catalogue {
    /// The fields of an object by path, `[]` for the elements of a list.
    ///
    /// # Errors
    /// There is no such object, or its file has an error.
    pub fn fields(&self, object: &str) -> Result<BTreeMap<String, Field>> {
        let mut found = Found {
            catalogue: self,
            own: String::new(),
            fields: BTreeMap::new(),
            members: BTreeMap::new(),
        };
        found.object(object, "", None, 0)?;
        Ok(found.fields())
    }
}

/// What was found of an object.
struct Found<'c> {
    catalogue: &'c Catalogue,
    /// The object whose templates are read.
    own: String,
    fields: BTreeMap<String, Field>,
    /// The names that each object among the fields has had every time.
    members: BTreeMap<String, BTreeSet<String>>,
}

impl Found<'_> {
    /// An object of the catalogue in all its states, or, inside another one, in those that it has there.
    fn object(&mut self, name: &str, path: &str, state: Option<&str>, depth: usize) -> Result<()> {
        let object = self.catalogue.object(name)?;
        let outer = std::mem::replace(&mut self.own, name.to_owned());
        self.value(path, &object.base, depth)?;
        let is_its = |known: &str| depth == 0 || state == Some(known);
        for changes in object.states.iter().filter(|(known, _)| is_its(known)).map(|(_, of)| of) {
            for (place, value) in changes {
                self.value(&below(path, &without_indices(place)), value, depth)?;
            }
        }
        self.own = outer;
        Ok(())
    }

    fn value(&mut self, path: &str, value: &Value, depth: usize) -> Result<()> {
        let own = match value {
            Value::Null => {
                self.field(path).is_null = true;
                return Ok(());
            }
            Value::Bool(_) => FieldType::Boolean,
            Value::Number(number) if number.is_f64() => FieldType::Number,
            Value::Number(_) => FieldType::Integer,
            Value::String(text) => return self.text(path, text, depth),
            Value::Array(elements) => {
                for element in elements {
                    self.value(&format!("{path}[]"), element, depth)?;
                }
                FieldType::List
            }
            Value::Object(members) => {
                self.members(path, members, depth)?;
                FieldType::Object
            }
        };
        self.field(path).types.insert(own);
        Ok(())
    }

    fn members(&mut self, path: &str, members: &Map<String, Value>, depth: usize) -> Result<()> {
        let is_there = |value: &Value| value.as_str() != Some("{absent}");
        let names: BTreeSet<String> = members
            .iter()
            .filter(|(_, value)| is_there(value))
            .map(|(name, _)| name.clone())
            .collect();
        let always = match self.members.get(path) {
            Some(always) => always.intersection(&names).cloned().collect(),
            None => names,
        };
        self.members.insert(path.to_owned(), always);
        for (name, value) in members {
            self.value(&below(path, name), value, depth)?;
        }
        Ok(())
    }

    fn text(&mut self, path: &str, text: &str, depth: usize) -> Result<()> {
        let whole = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
        let expression =
            whole.filter(|inner| !inner.contains(['{', '}'])).and_then(template::parse);
        let own = match expression {
            Some(Expression::Absent) => {
                self.field(path).is_left_out = true;
                return Ok(());
            }
            Some(Expression::Whole(name, state)) if depth < MOST_DEPTH => {
                let kind = name.split('/').next().unwrap_or(name).to_owned();
                return self.object(&kind, path, state, depth + 1);
            }
            Some(Expression::Whole(..) | Expression::Metadata(_)) => FieldType::Object,
            Some(Expression::OwnId) => FieldType::Id(self.own.clone()),
            Some(Expression::Id(name) | Expression::Own(name)) => {
                FieldType::Id(name.split('/').next().unwrap_or(name).to_owned())
            }
            Some(
                Expression::Parameter("amount") | Expression::Percent(..) | Expression::Calendar(_),
            ) => FieldType::Integer,
            Some(Expression::Moment(_) | Expression::Milliseconds(_)) => FieldType::Time,
            _ => FieldType::String,
        };
        self.field(path).types.insert(own);
        Ok(())
    }

    fn field(&mut self, path: &str) -> &mut Field {
        self.fields.entry(path.to_owned()).or_default()
    }

    /// All fields but the object itself, and whether each is left out somewhere.
    fn fields(mut self) -> BTreeMap<String, Field> {
        self.fields.remove("");
        for (path, field) in &mut self.fields {
            let (parent, name) = path.rsplit_once('.').unwrap_or(("", path));
            let always = self.members.get(parent);
            let is_element = name.ends_with("[]");
            field.is_left_out |= !is_element && always.is_some_and(|names| !names.contains(name));
        }
        self.fields
    }
}

fn below(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

/// A path of the catalogue's with `[]` in place of each index.
fn without_indices(path: &str) -> String {
    let mut out = String::new();
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('[') {
        out.push_str(before);
        out.push_str("[]");
        rest = after.split_once(']').map_or("", |(_, rest)| rest);
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(object: &str, path: &str) -> Field {
        let fields = Catalogue::embedded().unwrap().fields(object).unwrap();
        fields.get(path).unwrap_or_else(|| panic!("{path}: {:?}", fields.keys())).clone()
    }

    #[test]
    fn fields_are_known_by_what_their_states_hold() {
        let of = |types: &[FieldType]| types.iter().cloned().collect::<BTreeSet<_>>();
        let paid_at = field("invoice", "status_transitions.paid_at");
        assert_eq!((paid_at.types, paid_at.is_null), (of(&[FieldType::Time]), true));
        let amount = field("invoice", "lines.data[].amount");
        assert_eq!(amount.types, of(&[FieldType::Integer]));
        let subscription = field("invoice", "parent.subscription_details.subscription");
        assert_eq!(subscription.types, of(&[FieldType::Id("subscription".to_owned())]));
        let unknown = field("invoice", "application");
        assert_eq!((unknown.types, unknown.is_null), (of(&[]), true));
        assert!(field("invoice", "id").is_left_out, "an upcoming invoice has none");
        assert!(field("subscription", "status_details").is_left_out);
        assert!(!field("subscription", "status").is_left_out);
    }

    #[test]
    fn every_object_has_its_fields() {
        let catalogue = Catalogue::embedded().unwrap();
        for name in Catalogue::objects() {
            let fields = catalogue.fields(name).unwrap();
            assert!(fields.contains_key("object"), "{name}");
            assert!(
                fields.values().all(|field| field.is_null || !field.types.is_empty()),
                "{name}"
            );
        }
    }
}
