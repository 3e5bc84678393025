//! The shapes that objects had at earlier API versions: what differs, as data under `catalog/shapes/`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::catalogue::Catalogue;
use super::earlier_field::EarlierField;
use super::embedded::{Files, parse_once};
use super::error::{EventError, Result};
use super::path::Path;

/// By name, which is by time: Stripe names its versions after plants, by the alphabet.
const SHAPE_FILES: Files = include!(concat!(env!("OUT_DIR"), "/shapes.rs"));

/// How objects look at an API version: what is different from each version to the one before it, from
/// the newest on.
#[derive(Debug, Default)]
pub(super) struct Shape(Vec<&'static Earlier>);

/// What is different from the next version.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Earlier {
    /// The version whose shape it is: the last one before the change.
    version: String,
    /// The day from which on it is exact, where that is not the day on which the one before it ends.
    from: Option<String>,
    /// The day on which the next shape came.
    before: String,
    /// The objects that came with it.
    without: BTreeSet<String>,
    /// What is different in which object, wherever it lies.
    objects: BTreeMap<String, Changes>,
}

/// What is different in an object, by path, in the order in which it is done. `[]` in a path is each
/// element of a list.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Changes {
    /// Fields that were there besides.
    add: Map<String, Value>,
    /// Fields that lay elsewhere: where they are now; null where they are not.
    copy: BTreeMap<String, String>,
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

/// Works out the expressions in what is added to an object.
type Values<'v> = &'v dyn Fn(&Value, &Value) -> Result<Option<Value>>;

impl Shape {
    /// The shape at an API version.
    pub(super) fn at(api_version: &str) -> Result<Self> {
        if api_version == Catalogue::api_version() {
            return Ok(Self::default());
        }
        let mut layers = Vec::new();
        for earlier in newest_first() {
            let earlier = earlier?;
            if day(api_version) >= earlier.before.as_str() {
                break;
            }
            layers.push(earlier);
        }
        Ok(Self(layers))
    }

    /// Gives a current object the shape, and those in it, and tells whether that may have changed
    /// anything.
    pub(super) fn apply(&self, object: &mut Value, values: Values<'_>) -> Result<bool> {
        if self.0.is_empty() {
            return Ok(false);
        }
        self.reshape(object, values)?;
        Ok(true)
    }

    /// An object first, because what it copies from those in it has its current place.
    fn reshape(&self, value: &mut Value, values: Values<'_>) -> Result<()> {
        match value {
            Value::Array(list) => list.iter_mut().try_for_each(|item| self.reshape(item, values)),
            Value::Object(_) => {
                let kind = value["object"].as_str().unwrap_or_default().to_owned();
                for changes in self.0.iter().filter_map(|layer| layer.objects.get(&kind)) {
                    changes.make(value, values)?;
                }
                let members = value.as_object_mut().into_iter().flat_map(Map::values_mut);
                members.into_iter().try_for_each(|member| self.reshape(member, values))
            }
            _ => Ok(()),
        }
    }

    /// The version whose shape an object has in events of an API version, where that is another.
    fn other_version(&self, api_version: &str, object: &str) -> Option<&'static str> {
        let current = Catalogue::api_version();
        if day(api_version) > day(current) {
            return Some(current);
        }
        if let Some(at) = self.0.iter().position(|layer| layer.without.contains(object)) {
            return Some(at.checked_sub(1).map_or(current, |next| &self.0[next].version));
        }
        let last = self.0.last()?;
        let is_earlier = last.from.as_ref().is_some_and(|from| day(api_version) < from.as_str());
        is_earlier.then_some(last.version.as_str())
    }
}

impl Changes {
    fn make(&self, object: &mut Value, values: Values<'_>) -> Result<()> {
        add(&self.add, object, values)?;
        for (to, from) in &self.copy {
            let found = path(from)?.find(object).cloned().unwrap_or_default();
            set(object, to, Some(&found))?;
        }
        for addition in &self.by_value {
            if addition.fits(object)? {
                add(&addition.add, object, values)?;
            }
        }
        self.drop.iter().try_for_each(|gone| set(object, gone, None))
    }
}

impl Addition {
    fn fits(&self, object: &Value) -> Result<bool> {
        for (field, value) in &self.when {
            if path(field)?.find(object).unwrap_or(&Value::Null) != value {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

fn add(fields: &Map<String, Value>, object: &mut Value, values: Values<'_>) -> Result<()> {
    for (to, template) in fields {
        set(object, to, values(template, object)?.as_ref())?;
    }
    Ok(())
}

/// Sets a field, or takes it out. What it lies in is never made: where that is not, neither is the field.
fn set(object: &mut Value, to: &str, value: Option<&Value>) -> Result<()> {
    if let Some((list, rest)) = to.split_once("[].") {
        let items = path(list)?.find_mut(object).and_then(Value::as_array_mut);
        return items.into_iter().flatten().try_for_each(|item| set(item, rest, value));
    }
    let path = path(to)?;
    match value {
        Some(value) if path.has_place(object) => {
            path.set(object, value.clone());
        }
        Some(_) => {}
        None => {
            path.remove(object);
        }
    }
    Ok(())
}

/// The field, or one that it is in, as an earlier version has it.
///
/// # Errors
/// The embedded data has an error.
pub(super) fn earlier_field(object: &Value, path: &str) -> Result<Option<EarlierField>> {
    for earlier in newest_first() {
        let earlier = earlier?;
        for (start, kind) in objects_on_the_way(object, path) {
            let Some(changes) = earlier.objects.get(&kind) else { continue };
            let (way, own) = path.split_at(start);
            let below = |field: &str| own.strip_prefix(field).is_some_and(is_end);
            let moved = changes.copy.iter().find(|(field, _)| below(field));
            let now = moved.map(|(field, now)| format!("{way}{now}{}", &own[field.len()..]));
            if now.is_some() || changes.add.keys().any(|field| below(field)) {
                let (since, api_version) = (earlier.before.clone(), earlier.version.clone());
                return Ok(Some(EarlierField { now, since, api_version }));
            }
        }
    }
    Ok(None)
}

/// The objects that a path leads through: where in it the rest begins, and the object's type.
fn objects_on_the_way(object: &Value, text: &str) -> Vec<(usize, String)> {
    let kind = |value: &Value| value["object"].as_str().map(str::to_owned);
    let found = kind(object).map(|kind| (0, kind));
    let below = text.match_indices('.').filter_map(|(at, _)| {
        let way = Path::parse(&text[..at]).ok()?;
        Some((at + 1, kind(way.find(object).ok()?)?))
    });
    found.into_iter().chain(below).collect()
}

/// Whether a name ends where the rest of its path begins.
fn is_end(rest: &str) -> bool {
    rest.is_empty() || rest.starts_with(['.', '['])
}

/// What the files hold; each is read once, when somebody comes to it.
fn newest_first() -> impl Iterator<Item = Result<&'static Earlier>> {
    static READ: [OnceLock<Earlier>; SHAPE_FILES.len()] =
        [const { OnceLock::new() }; SHAPE_FILES.len()];
    let files = READ.iter().zip(SHAPE_FILES).rev();
    files.map(|(kept, (name, text))| parse_once(kept, &format!("shapes/{name}.json"), text))
}

/// Types of events by the API version whose shape they have.
pub type OtherVersions = BTreeMap<String, BTreeSet<String>>;

/// The versions whose shape events of an API version have, where that is another, each with the types
/// of those events. `events` are types with the type of their object.
///
/// # Errors
/// The embedded data has an error.
pub fn other_versions<'e>(
    api_version: &str,
    events: impl Iterator<Item = (&'e str, &'e str)>,
) -> Result<OtherVersions> {
    let mut others = OtherVersions::new();
    if api_version == Catalogue::api_version() {
        return Ok(others);
    }
    let shape = Shape::at(api_version)?;
    for (name, object) in events {
        if let Some(version) = shape.other_version(api_version, object) {
            others.entry(version.to_owned()).or_default().insert(name.to_owned());
        }
    }
    Ok(others)
}

/// The versions that each stand for a shape, from the newest on.
///
/// # Errors
/// The embedded data has an error.
pub fn versions() -> Result<Vec<&'static str>> {
    let earlier = newest_first().map(|earlier| Ok(earlier?.version.as_str()));
    std::iter::once(Ok(Catalogue::api_version())).chain(earlier).collect()
}

/// The version that stands for the shape of an API version.
///
/// # Errors
/// The embedded data has an error.
pub fn version_of(api_version: &str) -> Result<&'static str> {
    let last = Shape::at(api_version)?.0.pop();
    Ok(last.map_or_else(Catalogue::api_version, |earlier| &earlier.version))
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
    use serde_json::json;

    use super::*;

    fn others(api_version: &str, objects: &[&str]) -> Vec<(String, Vec<String>)> {
        let events = objects.iter().map(|object| (*object, *object));
        let others = other_versions(api_version, events).unwrap();
        others.into_iter().map(|(version, types)| (version, types.into_iter().collect())).collect()
    }

    #[test]
    fn what_has_another_shape_is_told() {
        let all = ["invoice", "dispute", "reserve.hold"];
        let told = |version: &str, types: &[&str]| {
            (version.to_owned(), types.iter().map(ToString::to_string).collect::<Vec<_>>())
        };
        for exact in ["2026-10-28.endive", "2026-09-30.endive", "2025-09-30.clover"] {
            assert_eq!(others(exact, &all), [], "{exact}");
        }
        let basil = told("2026-02-25.clover", &["reserve.hold"]);
        assert_eq!(others("2025-03-31.basil", &all), std::slice::from_ref(&basil));
        assert_eq!(others("2022-11-15", &all), std::slice::from_ref(&basil));
        let older = told("2025-02-24.acacia", &["dispute", "invoice"]);
        assert_eq!(others("2020-08-27", &all), [older, basil]);
        assert_eq!(
            others("2027-01-01.fern", &["invoice"]),
            [told("2026-10-28.endive", &["invoice"])]
        );
        let newest = told("2026-10-28.endive", &["apps.install"]);
        assert_eq!(others("2026-08-26.dahlia", &["apps.install"]), [newest]);
    }

    #[test]
    fn each_shape_ends_where_the_next_one_begins() {
        let mut files: Vec<&Earlier> = newest_first().map(Result::unwrap).collect();
        files.reverse();
        assert!(files.len() >= 4);
        for (earlier, later) in files.iter().zip(&files[1..]) {
            assert!(earlier.before < later.before);
            assert!(day(&later.version) >= earlier.before.as_str(), "{}", later.version);
            assert!(later.from.is_none(), "{}", later.version);
        }
        assert!(day(Catalogue::api_version()) >= files.last().unwrap().before.as_str());
    }

    #[test]
    fn a_file_is_read_once() {
        let read = || Shape::at("2025-02-24.acacia").unwrap().0;
        assert!(read().into_iter().zip(read()).all(|(once, again)| std::ptr::eq(once, again)));
        assert_eq!(read().len(), SHAPE_FILES.len());
    }

    #[test]
    fn a_field_is_set_only_where_its_place_is() {
        let mut object = json!({"a": {"b": 1}, "n": null, "l": [{}, {"x": 1}], "e": []});
        for field in ["a.c", "n.c", "l[].x", "e[].x", "e[0]"] {
            set(&mut object, field, Some(&json!(2))).unwrap();
        }
        set(&mut object, "a.b", None).unwrap();
        let expected = json!({"a": {"c": 2}, "n": null, "l": [{"x": 2}, {"x": 2}], "e": []});
        assert_eq!(object, expected);
    }
}
