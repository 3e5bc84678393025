//! Values that take a tenth of the memory that JSON's tree takes, and in which a field is found without hashing: there
//! may be a hundred thousand objects, and a list looks into each.

use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use serde_json::{Map, Number, Value};

/// How many lists of names are shared: metadata may have any.
const MOST_SHARED: usize = 4_096;

/// The names of an object's members, in their order. Most objects of a type have the same.
type Names = Arc<[Box<str>]>;

/// A value that does not change.
#[derive(Clone, Debug)]
pub(super) struct Packed {
    /// The first is the value itself; those in a list or an object stand side by side.
    nodes: Box<[Node]>,
    /// All texts, one after the other.
    text: Box<str>,
    names: Box<[Names]>,
}

#[derive(Clone, Debug)]
enum Node {
    Null,
    Bool(bool),
    Number(Number),
    /// From where to where it is in the text.
    Text(u32, u32),
    /// From where to where the elements are.
    List(u32, u32),
    /// Which names it has, and where the members begin.
    Object(u32, u32),
}

/// Packs values that have much in common.
#[derive(Debug, Default)]
pub(super) struct Packer {
    shared: HashMap<u64, Names>,
}

/// What is packed so far.
struct Parts {
    nodes: Vec<Node>,
    text: String,
    names: Vec<Names>,
}

impl Parts {
    /// Room for so many side by side: where it begins and ends.
    fn room(&mut self, count: usize) -> Option<(u32, u32)> {
        let start = place(self.nodes.len())?;
        self.nodes.resize(self.nodes.len() + count, Node::Null);
        Some((start, place(self.nodes.len())?))
    }
}

fn place(at: usize) -> Option<u32> {
    u32::try_from(at).ok()
}

impl Packer {
    /// The value, packed; `None` where it is too large for that.
    pub(super) fn pack(&mut self, value: &Value) -> Option<Packed> {
        let mut parts = Parts { nodes: vec![Node::Null], text: String::new(), names: Vec::new() };
        parts.nodes[0] = self.node(value, &mut parts)?;
        Some(Packed {
            nodes: parts.nodes.into(),
            text: parts.text.into(),
            names: parts.names.into(),
        })
    }

    fn node(&mut self, value: &Value, parts: &mut Parts) -> Option<Node> {
        Some(match value {
            Value::Null => Node::Null,
            Value::Bool(is_true) => Node::Bool(*is_true),
            Value::Number(number) => Node::Number(number.clone()),
            Value::String(text) => {
                let start = place(parts.text.len())?;
                parts.text.push_str(text);
                Node::Text(start, place(parts.text.len())?)
            }
            Value::Array(items) => {
                let (start, end) = parts.room(items.len())?;
                self.fill(start, items.iter(), parts)?;
                Node::List(start, end)
            }
            Value::Object(members) => {
                let names = place(parts.names.len())?;
                parts.names.push(self.names(members));
                let (start, _) = parts.room(members.len())?;
                self.fill(start, members.values(), parts)?;
                Node::Object(names, start)
            }
        })
    }

    fn fill<'v>(
        &mut self,
        start: u32,
        values: impl Iterator<Item = &'v Value>,
        parts: &mut Parts,
    ) -> Option<()> {
        for (at, value) in (start as usize..).zip(values) {
            parts.nodes[at] = self.node(value, parts)?;
        }
        Some(())
    }

    fn names(&mut self, members: &Map<String, Value>) -> Names {
        let mut hasher = DefaultHasher::new();
        members.keys().for_each(|name| name.hash(&mut hasher));
        let hash = hasher.finish();
        let known = self.shared.get(&hash);
        let is_it = |names: &&Names| names.iter().map(|name| &**name).eq(members.keys());
        if let Some(names) = known.filter(is_it) {
            return Arc::clone(names);
        }
        let names: Names = members.keys().map(|name| name.as_str().into()).collect();
        if self.shared.len() < MOST_SHARED {
            self.shared.insert(hash, Arc::clone(&names));
        }
        names
    }
}

impl Packed {
    pub(super) const fn look(&self) -> ValueRef<'_> {
        ValueRef::Packed(self, 0)
    }

    fn text(&self, start: u32, end: u32) -> &str {
        self.text.get(start as usize..end as usize).unwrap_or_default()
    }

    fn names(&self, names: u32) -> &[Box<str>] {
        self.names.get(names as usize).map_or(&[], |names| &**names)
    }
}

/// A look at a value, packed or not.
#[derive(Clone, Copy, Debug)]
pub(super) enum ValueRef<'v> {
    Value(&'v Value),
    /// One of the nodes of a packed one.
    Packed(&'v Packed, u32),
}

impl<'v> From<&'v Value> for ValueRef<'v> {
    fn from(value: &'v Value) -> Self {
        Self::Value(value)
    }
}

impl<'v> ValueRef<'v> {
    fn node(self) -> Option<(&'v Packed, &'v Node)> {
        match self {
            Self::Value(_) => None,
            Self::Packed(packed, at) => Some((packed, packed.nodes.get(at as usize)?)),
        }
    }

    /// The member of that name, of an object.
    pub(super) fn get(self, name: &str) -> Option<Self> {
        if let Self::Value(value) = self {
            return value.get(name).map(Self::Value);
        }
        let (packed, Node::Object(names, start)) = self.node()? else { return None };
        let at = packed.names(*names).iter().position(|known| **known == *name)?;
        Some(Self::Packed(packed, start + place(at)?))
    }

    /// The elements of a list; `None` for what is none.
    pub(super) fn items(self) -> Option<Vec<Self>> {
        if let Self::Value(value) = self {
            return Some(value.as_array()?.iter().map(Self::Value).collect());
        }
        let (packed, Node::List(start, end)) = self.node()? else { return None };
        Some((*start..*end).map(|at| Self::Packed(packed, at)).collect())
    }

    pub(super) fn as_str(self) -> Option<&'v str> {
        if let Self::Value(value) = self {
            return value.as_str();
        }
        let (packed, Node::Text(start, end)) = self.node()? else { return None };
        Some(packed.text(*start, *end))
    }

    pub(super) fn as_i64(self) -> Option<i64> {
        match (self, self.node()) {
            (Self::Value(value), _) => value.as_i64(),
            (_, Some((_, Node::Number(number)))) => number.as_i64(),
            _ => None,
        }
    }

    pub(super) fn is_null(self) -> bool {
        matches!((self, self.node()), (Self::Value(Value::Null), _) | (_, Some((_, Node::Null))))
    }

    pub(super) fn is_object(self) -> bool {
        let is_packed = matches!(self.node(), Some((_, Node::Object(..))));
        is_packed || matches!(self, Self::Value(Value::Object(_)))
    }

    /// The text of a member; empty where there is none.
    pub(super) fn text(self, name: &str) -> &'v str {
        self.get(name).and_then(Self::as_str).unwrap_or_default()
    }

    /// Whether the member of that name is that text, or a whole object with it for an id.
    pub(super) fn names(self, name: &str, id: &str) -> bool {
        self.get(name).is_some_and(|member| match member.as_str() {
            Some(text) => text == id,
            None => member.get("id").and_then(Self::as_str) == Some(id),
        })
    }

    /// The text by which it is compared: that of an object is its id.
    pub(super) fn compared(self) -> Cow<'v, str> {
        match self.as_str() {
            Some(text) => text.into(),
            None if self.is_object() => self.text("id").into(),
            None => self.to_value().to_string().into(),
        }
    }

    /// The whole of it.
    pub(super) fn to_value(self) -> Value {
        let (packed, node) = match (self, self.node()) {
            (Self::Value(value), _) => return value.clone(),
            (_, Some(found)) => found,
            (_, None) => return Value::Null,
        };
        let below = |at: u32| Self::Packed(packed, at).to_value();
        match node {
            Node::Null => Value::Null,
            Node::Bool(is_true) => Value::Bool(*is_true),
            Node::Number(number) => Value::Number(number.clone()),
            Node::Text(start, end) => packed.text(*start, *end).into(),
            Node::List(start, end) => (*start..*end).map(below).collect(),
            Node::Object(names, start) => {
                let names = packed.names(*names).iter().map(|name| (**name).to_owned());
                names.zip((*start..).map(below)).collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            (-1e9..1e9_f64).prop_map(Value::from),
            "[a-c\u{e9}]{0,3}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 40, 6, |inner| {
            let members = prop::collection::vec(("[a-d]{0,2}", inner.clone()), 0..6);
            prop_oneof![
                prop::collection::vec(inner, 0..6).prop_map(Value::from),
                members.prop_map(|members| members.into_iter().collect::<Value>()),
            ]
        })
    }

    /// Whether two looks see the same, at every place.
    fn assert_same(packed: ValueRef<'_>, value: &Value) {
        let plain = ValueRef::from(value);
        assert_eq!(packed.as_str(), plain.as_str());
        assert_eq!(packed.as_i64(), plain.as_i64());
        assert_eq!(packed.is_null(), plain.is_null());
        assert_eq!(packed.is_object(), plain.is_object());
        assert!(packed.get("none").is_none());
        for (name, member) in value.as_object().into_iter().flatten() {
            assert_same(packed.get(name).unwrap(), member);
        }
        assert_eq!(packed.items().map(|items| items.len()), value.as_array().map(Vec::len));
        for (item, other) in
            packed.items().unwrap_or_default().iter().zip(value.as_array().unwrap_or(&Vec::new()))
        {
            assert_same(*item, other);
        }
    }

    proptest! {
        #[test]
        fn a_packed_value_is_seen_as_it_was(values in prop::collection::vec(any_value(), 1..6)) {
            let mut packer = Packer::default();
            for value in values {
                let packed = packer.pack(&value).unwrap();
                prop_assert_eq!(packed.look().to_value().to_string(), value.to_string());
                assert_same(packed.look(), &value);
            }
        }
    }

    #[test]
    fn objects_with_the_same_names_share_them() {
        let mut packer = Packer::default();
        let mut pack = |value: Value| packer.pack(&value).unwrap();
        let (one, other) = (pack(json!({"a": 1, "b": {"c": 2}})), pack(json!({"a": 2, "b": null})));
        assert!(Arc::ptr_eq(&one.names[0], &other.names[0]));
        assert_eq!(size_of::<Node>(), 16);
    }
}
