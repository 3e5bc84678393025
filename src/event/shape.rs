//! The shapes that objects had at earlier API versions: what differs, as data under `catalog/shapes/`.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::{Map, Value};

use super::catalogue::Catalogue;
use super::earlier_field::EarlierField;
use super::embedded::Files;
use super::error::{EventError, Result};
use super::path::Path;

const SHAPE_FILES: Files = include!(concat!(env!("OUT_DIR"), "/shapes.rs"));

/// How objects look at an API version.
#[derive(Debug)]
pub(super) struct Shape(Option<Earlier>);

/// The shape before a version that changed objects.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Earlier {
    /// The version whose shape it is.
    version: String,
    /// The day from which on it is exact.
    from: String,
    /// The day on which another shape came.
    before: String,
    /// What is different in which object; nothing in some.
    objects: BTreeMap<String, Changes>,
}

/// What is different in an object, by path, in the order in which it is done.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Changes {
    /// Fields that lay elsewhere: where they are now; null where they are not.
    copy: BTreeMap<String, String>,
    /// Fields that were there besides.
    add: Map<String, Value>,
    /// What else was there where fields have these values.
    #[serde(rename = "where")]
    by_value: Vec<Addition>,
    /// Fields that were not there.
    drop: Vec<String>,
}

/// What was there besides in objects whose fields have some values.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Addition {
    /// The values, by field.
    when: Map<String, Value>,
    add: Map<String, Value>,
}

impl Shape {
    /// The shape at an API version.
    pub(super) fn at(api_version: &str) -> Result<Self> {
        if api_version == Catalogue::api_version() {
            return Ok(Self(None));
        }
        for (name, text) in SHAPE_FILES {
            let shape = read(name, text)?;
            if day(api_version) < shape.before.as_str() {
                return Ok(Self(Some(shape)));
            }
        }
        Ok(Self(None))
    }

    /// Gives a current object the shape, and tells whether that changes anything. `values` works out
    /// the expressions in what is added.
    pub(super) fn apply(
        &self,
        kind: &str,
        object: &mut Value,
        values: &dyn Fn(&Value) -> Result<Option<Value>>,
    ) -> Result<bool> {
        let Some(changes) = self.0.as_ref().and_then(|shape| shape.objects.get(kind)) else {
            return Ok(false);
        };
        for (to, from) in &changes.copy {
            let found = path(from)?.find(object).cloned().unwrap_or_default();
            path(to)?.set(object, found);
        }
        let fits = |addition: &&Addition| {
            addition.when.iter().all(|(field, value)| object[field] == *value)
        };
        let chosen = changes.by_value.iter().filter(fits).flat_map(|addition| &addition.add);
        let added: Vec<(&String, &Value)> = changes.add.iter().chain(chosen).collect();
        for (to, template) in added {
            match values(template)? {
                Some(value) => path(to)?.set(object, value),
                None => path(to)?.remove(object),
            };
        }
        for gone in &changes.drop {
            path(gone)?.remove(object);
        }
        Ok(true)
    }
}

/// The field, or one that it is in, as an earlier version has it.
///
/// # Errors
/// The embedded data has an error.
pub(super) fn earlier_field(kind: &str, path: &str) -> Result<Option<EarlierField>> {
    for (name, text) in SHAPE_FILES {
        let shape = read(name, text)?;
        let Some(changes) = shape.objects.get(kind) else { continue };
        let below = |field: &str| path.strip_prefix(field).is_some_and(is_end);
        let moved = changes.copy.iter().find(|(field, _)| below(field));
        let now = moved.map(|(field, now)| format!("{now}{}", &path[field.len()..]));
        if now.is_some() || changes.add.keys().any(|field| below(field)) {
            let (since, api_version) = (shape.before.clone(), shape.version);
            return Ok(Some(EarlierField { now, since, api_version }));
        }
    }
    Ok(None)
}

/// Whether a name ends where the rest of its path begins.
fn is_end(rest: &str) -> bool {
    rest.is_empty() || rest.starts_with(['.', '['])
}

fn read(name: &str, text: &str) -> Result<Earlier> {
    serde_json::from_str(text)
        .map_err(|error| EventError::json(format!("shapes/{name}.json"), error.line(), &error))
}

/// The versions whose shape these objects have in events of an API version, where that is another.
///
/// # Errors
/// The embedded data has an error.
pub fn other_versions<'o>(
    api_version: &str,
    objects: impl Iterator<Item = &'o str>,
) -> Result<BTreeSet<String>> {
    if api_version == Catalogue::api_version() {
        return Ok(BTreeSet::new());
    }
    let shape = Shape::at(api_version)?;
    let shown = |object: &str| match &shape.0 {
        Some(shape) if shape.objects.contains_key(object) => {
            (day(api_version) < shape.from.as_str()).then(|| shape.version.clone())
        }
        _ => Some(Catalogue::api_version().to_owned()),
    };
    Ok(objects.filter_map(shown).collect())
}

/// `2025-03-31` of `2025-03-31.basil`.
pub(super) fn day(api_version: &str) -> &str {
    api_version.split('.').next().unwrap_or_default()
}

fn path(text: &str) -> Result<Path> {
    Path::parse(text).map_err(|why| EventError::at_words(text, format!("path `{text}`: {why}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn others(api_version: &str, objects: &[&str]) -> Vec<String> {
        other_versions(api_version, objects.iter().copied()).unwrap().into_iter().collect()
    }

    #[test]
    fn what_has_another_shape_is_told() {
        assert!(others("2026-10-28.endive", &["invoice", "dispute"]).is_empty());
        assert!(others("2025-02-24.acacia", &["invoice", "subscription"]).is_empty());
        assert!(others("2023-10-16", &["charge"]).is_empty());
        assert_eq!(others("2025-02-24.acacia", &["invoice", "dispute"]), ["2026-10-28.endive"]);
        assert_eq!(others("2020-08-27", &["invoice"]), ["2025-02-24.acacia"]);
        assert_eq!(others("2025-03-31.basil", &["invoice"]), ["2026-10-28.endive"]);
    }
}
