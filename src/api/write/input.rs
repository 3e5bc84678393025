//! What a call says, held against the kinds of its parameters: a value of JSON, in which null stands for what is to be
//! unset.

use serde_json::{Map, Value};

use super::kinds::{HashKind, ParameterForm, ParameterKind};
use super::tree::ParameterNode;
use crate::api::error::RequestError;
use crate::api::inquiry::Result;
use crate::text::suggestion;

/// The parameters of a call, by name.
pub(super) type Input = Map<String, Value>;

/// What a call has besides its own parameters.
const COMMON: &str = "expand";

/// The least that numbers can be, by the names of their parameters.
const LEAST: [(&str, i64); 4] =
    [("divide_by", 1), ("interval_count", 1), ("iterations", 1), ("trial_period_days", 0)];

/// The parameters of a call by name.
///
/// # Errors
/// One is unknown, missing, or of another kind.
pub(super) fn read(kind: &HashKind, root: &ParameterNode<'_>) -> Result<Input> {
    let mut members = Map::new();
    for (name, node) in root.below.iter().filter(|(name, _)| *name != COMMON) {
        let Some(known) = kind.members.get(*name) else {
            return Err(unknown(name, kind, &node_name(name, node)));
        };
        members.insert((*name).to_owned(), value(known, node, name)?);
    }
    check_required(kind, root, "")?;
    Ok(members)
}

/// The name of the first value below one.
fn node_name(name: &str, node: &ParameterNode<'_>) -> String {
    let mut shown = name.to_owned();
    let mut node = node;
    while let (None, Some((below, next))) = (node.value, node.below.first()) {
        shown.extend(["[", below, "]"]);
        node = next;
    }
    shown
}

fn unknown(name: &str, kind: &HashKind, shown: &str) -> RequestError {
    let near = suggestion::near(name, kind.members.keys().map(String::as_str));
    RequestError::unknown_parameter(shown, near.first().map(String::as_str))
}

fn check_required(kind: &HashKind, node: &ParameterNode<'_>, shown: &str) -> Result<()> {
    let missing = kind.required.iter().find(|name| node.get(name).is_none());
    missing.map_or(Ok(()), |name| Err(RequestError::missing_parameter(&below(shown, name))))
}

fn below(shown: &str, name: &str) -> String {
    if shown.is_empty() { name.to_owned() } else { format!("{shown}[{name}]") }
}

fn value(kind: &ParameterKind, node: &ParameterNode<'_>, shown: &str) -> Result<Value> {
    let is_empty = node.below.is_empty() && node.value == Some("");
    if is_empty && kind.can_unset {
        return Ok(Value::Null);
    }
    match &kind.form {
        ParameterForm::Hash(hash) => hash_value(hash, node, shown),
        ParameterForm::List(element) => list_value(element, node, shown),
        ParameterForm::Map(element) => map_value(element, node, shown),
        ParameterForm::Any(kinds) => {
            let mut tried = kinds.iter().map(|kind| value(kind, node, shown));
            let first = tried.next().unwrap_or_else(|| Err(RequestError::empty_parameter(shown)));
            // The last one says best what is wrong: a number beside a word, a hash beside a text.
            tried.fold(first, Result::or)
        }
        scalar => {
            let Some(text) = node.value else {
                let noun = noun(scalar);
                return Err(RequestError::invalid(shown, format!("Invalid {noun}: {{hash}}")));
            };
            if text.is_empty() {
                return Err(RequestError::empty_parameter(shown));
            }
            scalar_value(scalar, text, shown)
        }
    }
}

const fn noun(form: &ParameterForm) -> &'static str {
    match form {
        ParameterForm::Integer => "integer",
        ParameterForm::Number => "decimal",
        ParameterForm::Boolean => "boolean",
        _ => "string",
    }
}

fn scalar_value(form: &ParameterForm, text: &str, shown: &str) -> Result<Value> {
    match form {
        ParameterForm::Integer => {
            let number = text.parse::<i64>();
            let number = number.map_err(|_| RequestError::invalid_integer(shown, text))?;
            let name = shown.trim_end_matches(']').rsplit('[').next().unwrap_or_default();
            match LEAST.iter().find(|(of, least)| *of == name && number < *least) {
                Some((_, least)) => {
                    let message = format!(
                        "This value must be greater than or equal to {least} (it currently is '{number}')."
                    );
                    Err(RequestError::out_of_range(shown, message))
                }
                None => Ok(number.into()),
            }
        }
        ParameterForm::Number => {
            let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
            let invalid = || RequestError::invalid(shown, format!("Invalid decimal: {text}"));
            let number = number.ok_or_else(invalid)?;
            // Stripe writes a whole one without a point.
            Ok(text.parse::<i64>().map_or_else(|_| number.into(), Value::from))
        }
        ParameterForm::Boolean => match text {
            "true" => Ok(true.into()),
            "false" => Ok(false.into()),
            other => Err(RequestError::invalid_boolean(shown, other)),
        },
        ParameterForm::Enum(values) if !values.iter().any(|value| value == text) => {
            Err(RequestError::no_such_value(shown, values))
        }
        _ => Ok(text.into()),
    }
}

fn hash_value(kind: &HashKind, node: &ParameterNode<'_>, shown: &str) -> Result<Value> {
    if node.value.is_some() {
        return Err(RequestError::invalid(shown, "Invalid hash"));
    }
    let mut members = Map::new();
    for (name, inner) in &node.below {
        let Some(known) = kind.members.get(*name) else {
            return Err(unknown(name, kind, &node_name(&below(shown, name), inner)));
        };
        members.insert((*name).to_owned(), value(known, inner, &below(shown, name))?);
    }
    check_required(kind, node, shown)?;
    Ok(Value::Object(members))
}

fn list_value(kind: &ParameterKind, node: &ParameterNode<'_>, shown: &str) -> Result<Value> {
    if node.value.is_some() || !node.is_list() {
        return Err(RequestError::invalid(shown, "Invalid array"));
    }
    let elements = node.below.iter().enumerate();
    let element = |(at, (name, inner)): (usize, &(&str, ParameterNode<'_>))| {
        let at = if name.is_empty() { at.to_string() } else { (*name).to_owned() };
        value(kind, inner, &below(shown, &at))
    };
    elements.map(element).collect::<Result<Vec<Value>>>().map(Value::Array)
}

/// A map, such as metadata: an empty value takes its key out.
fn map_value(kind: &ParameterKind, node: &ParameterNode<'_>, shown: &str) -> Result<Value> {
    if node.value.is_some() {
        return Err(RequestError::invalid(shown, "Invalid hash"));
    }
    let mut members = Map::new();
    for (name, inner) in &node.below {
        if shown == "metadata" && inner.value.is_none() {
            let message = "Metadata values must be strings, but a value was a hash.";
            return Err(RequestError::invalid(shown, message));
        }
        let value = match inner.value {
            Some("") => Value::Null,
            _ => value(kind, inner, &below(shown, name))?,
        };
        members.insert((*name).to_owned(), value);
    }
    Ok(Value::Object(members))
}
