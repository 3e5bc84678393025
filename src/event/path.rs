//! Paths into an event: `data.object.items.data[0].quantity`, `metadata["a.b"]`.

use std::fmt;

use serde_json::Value;

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Segment {
    /// A member of an object.
    Key(String),
    /// An element of a list, from 0.
    Index(usize),
}

/// Where in a JSON value; never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path(Vec<Segment>);

/// A path that leads nowhere: the value it leaves, and the name that value does not have.
#[derive(Debug)]
pub struct MissingSegment<'v> {
    /// The last value that was there.
    pub place: &'v Value,
    /// The segment that it does not have.
    pub segment: Segment,
    /// The way to the place; empty for the whole value.
    pub way: &'v [Segment],
}

/// How deep a path may go. Stripe's own objects are less than a dozen deep; what walks over values
/// walks by recursion.
const MOST_SEGMENTS: usize = 64;

impl Path {
    /// Reads a path.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut segments = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            rest = if let Some(after) = rest.strip_prefix('[') {
                let (segment, after) = bracket(after)?;
                segments.push(segment);
                below(after)?
            } else {
                let end = rest.find(['.', '[']).unwrap_or(rest.len());
                let (name, after) = rest.split_at(end);
                if name.is_empty() {
                    return Err("a name is missing between two dots".to_owned());
                }
                segments.push(Segment::Key(name.to_owned()));
                below(after)?
            };
        }
        match segments.len() {
            0 => Err("the path is empty".to_owned()),
            1..=MOST_SEGMENTS => Ok(Self(segments)),
            _ => Err(format!("the path has more than {MOST_SEGMENTS} steps")),
        }
    }

    /// The path of one name.
    pub fn key(name: &str) -> Self {
        Self(vec![Segment::Key(name.to_owned())])
    }

    /// The path with others in front.
    #[must_use]
    pub fn below(self, names: &[&str]) -> Self {
        let front = names.iter().map(|name| Segment::Key((*name).to_owned()));
        Self(front.chain(self.0).collect())
    }

    /// The first name; `None` where the path begins with an index.
    pub fn first(&self) -> Option<&str> {
        match self.0.first() {
            Some(Segment::Key(name)) => Some(name),
            _ => None,
        }
    }

    /// The name, where the path is that of one.
    pub fn only_name(&self) -> Option<&str> {
        self.first().filter(|_| self.0.len() == 1)
    }

    /// The key, where the path is one of the metadata of an event's own object.
    pub fn metadata_key(&self) -> Option<&str> {
        let from_object = self.without(&["data", "object"]);
        match from_object.as_ref().unwrap_or(self).0.as_slice() {
            [Segment::Key(metadata), Segment::Key(_)] if metadata == "metadata" => self.last_name(),
            _ => None,
        }
    }

    /// The last name; `None` where the path ends with an index.
    fn last_name(&self) -> Option<&str> {
        match self.0.last() {
            Some(Segment::Key(name)) => Some(name),
            _ => None,
        }
    }

    /// Whether the last segment stands in a map of the user's own (`metadata`) that the value has:
    /// there every name is allowed and every value is text.
    pub fn is_in_metadata(&self, value: &Value) -> bool {
        let Some((_, parents)) = self.0.split_last() else { return false };
        parents.last() == Some(&Segment::Key("metadata".to_owned()))
            && Self(parents.to_vec()).find(value).is_ok_and(Value::is_object)
    }

    /// The value there.
    ///
    /// # Errors
    /// There is none; says where the path leaves the value.
    pub fn find<'v>(&'v self, value: &'v Value) -> Result<&'v Value, MissingSegment<'v>> {
        self.0.iter().enumerate().try_fold(value, |place, (depth, segment)| {
            let next = match segment {
                Segment::Key(name) => place.get(name),
                Segment::Index(at) => place.get(at),
            };
            next.ok_or_else(|| MissingSegment {
                place,
                segment: segment.clone(),
                way: &self.0[..depth],
            })
        })
    }

    /// The path that goes one segment further than a way.
    pub fn beside(way: &[Segment], last: Segment) -> Self {
        Self(way.iter().cloned().chain([last]).collect())
    }

    /// The path without a part in front, where it has it and more.
    pub fn without(&self, names: &[&str]) -> Option<Self> {
        let is_key = |segment: &Segment, name: &str| *segment == Segment::Key(name.to_owned());
        let has_it = self.0.len() > names.len()
            && self.0.iter().zip(names).all(|(segment, name)| is_key(segment, name));
        has_it.then(|| Self(self.0[names.len()..].to_vec()))
    }

    /// The value there, to change it.
    pub(super) fn find_mut<'v>(&self, root: &'v mut Value) -> Option<&'v mut Value> {
        enter_all(root, &self.0)
    }

    /// Whether the object or list is there that has, or can take, the last segment.
    pub(super) fn has_place(&self, root: &Value) -> bool {
        let Some((last, parents)) = self.0.split_last() else { return false };
        let place = parents.iter().try_fold(root, |place, segment| match segment {
            Segment::Key(name) => place.get(name),
            Segment::Index(at) => place.get(at),
        });
        match (last, place) {
            (Segment::Key(_), Some(place)) => place.is_object(),
            (Segment::Index(at), Some(place)) => place.get(at).is_some(),
            (_, None) => false,
        }
    }

    /// Takes the value there out of its object or list. Returns whether there was one.
    pub fn remove(&self, root: &mut Value) -> bool {
        let Some((last, parents)) = self.0.split_last() else { return false };
        match (last, enter_all(root, parents)) {
            (Segment::Key(name), Some(Value::Object(map))) => map.shift_remove(name).is_some(),
            (Segment::Index(at), Some(Value::Array(elements))) if *at < elements.len() => {
                elements.remove(*at);
                true
            }
            _ => false,
        }
    }

    /// Puts a value there. Missing objects on the way are made; a list grows by one element at most.
    /// Returns whether there was a place for it.
    pub fn set(&self, root: &mut Value, new: Value) -> bool {
        let Some((last, parents)) = self.0.split_last() else { return false };
        let mut place = root;
        for segment in parents {
            match enter(place, segment) {
                Some(next) => place = next,
                None => return false,
            }
        }
        match enter(place, last) {
            Some(slot) => {
                *slot = new;
                true
            }
            None => false,
        }
    }
}

/// The value that segments lead to, where it is.
fn enter_all<'v>(root: &'v mut Value, segments: &[Segment]) -> Option<&'v mut Value> {
    segments.iter().try_fold(root, |place, segment| match segment {
        Segment::Key(name) => place.get_mut(name),
        Segment::Index(at) => place.get_mut(at),
    })
}

/// The slot of a segment, made where it is missing and the value can take it.
fn enter<'v>(place: &'v mut Value, segment: &Segment) -> Option<&'v mut Value> {
    if place.is_null() {
        *place = match segment {
            Segment::Key(_) => Value::Object(serde_json::Map::new()),
            Segment::Index(_) => Value::Array(Vec::new()),
        };
    }
    match (segment, place) {
        (Segment::Key(name), Value::Object(map)) => {
            Some(map.entry(name.as_str()).or_insert(Value::Null))
        }
        (Segment::Index(at), Value::Array(list)) => {
            if *at == list.len() {
                list.push(Value::Null);
            }
            list.get_mut(*at)
        }
        _ => None,
    }
}

/// What follows a name or a bracket.
///
/// # Errors
/// A dot is the last of it.
fn below(text: &str) -> Result<&str, String> {
    match text.strip_prefix('.') {
        Some("") => Err("a name is missing after the last dot".to_owned()),
        Some(after) => Ok(after),
        None => Ok(text),
    }
}

/// What stands in brackets, after the opening one: an index or a quoted name.
fn bracket(text: &str) -> Result<(Segment, &str), String> {
    if let Some(quoted) = text.strip_prefix('"') {
        let (name, after) = quoted.split_once("\"]").ok_or("a `\"]` is missing")?;
        return Ok((Segment::Key(name.to_owned()), after));
    }
    let (index, after) = text.split_once(']').ok_or("a `]` is missing")?;
    let index = index.parse().map_err(|_| match index {
        "" => "an index is missing in `[]`".to_owned(),
        name => format!("`[{name}]` is not an index: write `.{name}`, or `[\"{name}\"]`"),
    })?;
    Ok((Segment::Index(index), after))
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, segment) in self.0.iter().enumerate() {
            match segment {
                Segment::Index(index) => write!(f, "[{index}]")?,
                Segment::Key(name) if name.contains(['.', '[']) => write!(f, "[\"{name}\"]")?,
                Segment::Key(name) if at == 0 => f.write_str(name)?,
                Segment::Key(name) => write!(f, ".{name}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn paths_are_read_and_written_alike() {
        for text in ["a", "a.b", "a[0]", "a[0].b[12]", "a[\"x.y\"].c"] {
            assert_eq!(Path::parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_no_path_is_refused() {
        assert!(Path::parse(&["a"; 64].join(".")).is_ok());
        let deep = ["a"; 65].join(".");
        assert!(Path::parse(&deep).is_err() && Path::parse(&"[0]".repeat(20_000)).is_err());
        for text in ["", ".", "a.", "a..b", ".a", "a[", "a[x]", "a[-1]", "a[\"b]", "a]["] {
            assert!(Path::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn values_are_found_and_set() {
        let mut value = json!({"a": {"b": [1, {"c": 2}]}, "n": null});
        let path = Path::parse("a.b[1].c").unwrap();
        assert_eq!(path.find(&value).unwrap(), &json!(2));
        assert!(path.set(&mut value, json!("x")));
        assert!(Path::parse("n.new").unwrap().set(&mut value, json!(1)));
        assert!(Path::parse("a.b[2]").unwrap().set(&mut value, json!(3)));
        assert!(!Path::parse("a.b[9]").unwrap().set(&mut value, json!(3)));
        assert!(!Path::parse("a.b.c").unwrap().set(&mut value, json!(3)));
        assert_eq!(value, json!({"a": {"b": [1, {"c": "x"}, 3]}, "n": {"new": 1}}));
    }

    proptest! {
        #[test]
        fn no_path_panics(text in ".{0,40}", deep in "[a-c.\\[\\]0-9\"]{0,24}") {
            for text in [text, deep] {
                let mut value = json!({"a": {"b": [1, {"c": 2}]}, "c": "text"});
                if let Ok(path) = Path::parse(&text) {
                    let _ = path.find(&value);
                    let _ = path.set(&mut value, json!(1));
                    prop_assert!(!path.to_string().is_empty() || text == "[\"\"]");
                }
            }
        }
    }
}
