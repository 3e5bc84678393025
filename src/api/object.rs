//! What the store knows of an object's value.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::overlay::Overlay;
use super::packed::{Packer, ValueRef};
use super::stored::StoredValue;

/// Where an object's state stands among those of its story: its second, its rank in it, and a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Place {
    pub(super) second: i64,
    pub(super) rank: u16,
    pub(super) number: usize,
}

impl Place {
    /// Before every event.
    pub(super) const FIRST: Self = Self { second: i64::MIN, rank: 0, number: 0 };
}

/// Whose word the value is: in one place, a later one has precedence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Authority {
    /// The story's, of what no event carries.
    Companion,
    /// Another object's, that it lies in.
    Within,
    /// The user's, who has handed it in.
    Given,
    /// An event's of its own.
    Event,
}

/// An object's value in the shapes of all API versions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Shapes {
    /// As it was sent, or told.
    pub(super) own: StoredValue,
    /// The version that stands for the shape of that.
    pub(super) version: Arc<str>,
    /// In other shapes, where it looks different, by the version that stands for each. Those that look the same may be
    /// one.
    pub(super) others: BTreeMap<String, Arc<StoredValue>>,
}

/// An object in one state.
#[derive(Clone, Debug)]
pub(super) struct ObjectState {
    pub(super) shapes: Arc<Shapes>,
    /// The object that it belongs to, where it names none.
    pub(super) owner: Option<String>,
    /// What calls have changed in it.
    pub(super) overlay: Option<Overlay>,
    pub(super) place: Place,
    pub(super) source: Authority,
    pub(super) is_deleted: bool,
    /// The newest story that it is of: it goes with that. `None` where it is known by events alone, that no story was
    /// told of: it goes with them.
    pub(super) story: Option<usize>,
    /// Whether a call has made it: it goes with nothing.
    pub(super) is_written: bool,
}

impl ObjectState {
    pub(super) const fn new(shapes: Arc<Shapes>, place: Place, source: Authority) -> Self {
        Self {
            shapes,
            owner: None,
            overlay: None,
            place,
            source,
            is_deleted: false,
            story: None,
            is_written: false,
        }
    }

    pub(super) fn key(&self) -> Option<ObjectKey> {
        ObjectKey::at(self.look())
    }

    /// Whether a file is to keep it: calls have made or changed it, or the user has handed it in.
    pub(super) const fn is_to_be_kept(&self) -> bool {
        self.is_written || self.overlay.is_some()
    }

    /// Whether no story was told of it.
    pub(super) const fn is_of_event_alone(&self) -> bool {
        self.story.is_none() && !self.is_written
    }

    /// The state with the object that an event carried, where that is not as planned.
    pub(super) fn as_sent(&self, payload: &Value) -> Self {
        match payload["data"].get("object") {
            Some(own) if own.is_object() && own != self.own() => {
                Self { shapes: Arc::new(self.shapes.with_own(own.clone())), ..self.clone() }
            }
            _ => self.clone(),
        }
    }

    /// The objects that lie in this one.
    pub(super) fn within(&self) -> Vec<Self> {
        let own = self.key();
        let mut found = Vec::new();
        walk(self.own(), &mut |element| {
            let Element::Object(inner) = element else { return };
            let Some(key) = ObjectKey::of(inner).filter(|key| own.as_ref() != Some(key)) else {
                return;
            };
            let shapes = Arc::new(self.shapes.inner(&key, inner));
            let inner = Self::new(shapes, self.place, Authority::Within);
            found.push(Self { story: self.story, is_written: self.is_written, ..inner });
        });
        found
    }

    /// All texts in it, in any shape: its ids are among them.
    pub(super) fn names(&self) -> Vec<&str> {
        let mut names = Vec::new();
        for value in std::iter::once(self.own())
            .chain(self.shapes.others.values().map(|other| other.whole()))
        {
            walk(value, &mut |element| {
                if let Element::Text(text) = element {
                    names.push(text);
                }
            });
        }
        names
    }

    /// Makes the changes in it that calls have asked for.
    pub(super) fn change_as_called(&mut self) {
        let Some(overlay) = &self.overlay else { return };
        self.is_deleted |= overlay.is_deleted;
        let own = overlay.laid_over(self.own());
        if own != *self.own() {
            self.shapes = Arc::new(self.shapes.with_own(own));
        }
    }

    /// Whether it takes the place of another: what an event carries that of a story's, the newer that of the older,
    /// and of one event its own object that which lies in another. What was deleted stays so, whatever it lies in.
    pub(super) fn replaces(&self, other: &Self) -> bool {
        let word = |state: &Self| (state.source != Authority::Companion, state.place, state.source);
        let is_stale = other.is_deleted && self.source == Authority::Within;
        !is_stale && word(self) >= word(other)
    }

    /// The value as it was sent, or told; whoever looks into many objects takes [`Self::look`].
    pub(super) fn own(&self) -> &Value {
        self.shapes.own.whole()
    }

    /// A look at the value as it was sent, or told.
    pub(super) fn look(&self) -> ValueRef<'_> {
        self.shapes.own.look()
    }

    /// A look at the value in the shape of the version that stands for one.
    pub(super) fn at(&self, version: &str) -> ValueRef<'_> {
        if *self.shapes.version == *version {
            return self.look();
        }
        self.shapes.others.get(version).map_or_else(|| self.look(), |other| other.look())
    }

    /// The state packed: for what is one of many.
    pub(super) fn packed(self, by: &mut Packer) -> Self {
        let shapes = Arc::unwrap_or_clone(self.shapes);
        Self { shapes: Arc::new(shapes.packed(by)), ..self }
    }

    /// The object's type.
    pub(super) fn kind(&self) -> &str {
        self.look().text("object")
    }
}

#[cfg(test)]
impl ObjectState {
    pub(super) fn is_packed(&self) -> bool {
        let mut others = self.shapes.others.values();
        self.shapes.own.is_packed() && others.all(|other| other.is_packed())
    }
}

impl Shapes {
    pub(super) fn new(own: Value, version: Arc<str>, others: BTreeMap<String, Value>) -> Self {
        let others = others.into_iter().map(|(version, other)| (version, Arc::new(other.into())));
        Self { own: own.into(), version, others: others.collect() }
    }

    /// The same packed: what looks the same in several versions is there once.
    pub(super) fn packed(self, by: &mut Packer) -> Self {
        let mut last: Option<(Arc<StoredValue>, Arc<StoredValue>)> = None;
        let others = self.others.into_iter().map(|(version, other)| {
            let same = last.as_ref().filter(|(known, _)| *known == other);
            let packed = same.map_or_else(
                || Arc::new((*other).clone().packed(by)),
                |(_, packed)| Arc::clone(packed),
            );
            last = Some((other, Arc::clone(&packed)));
            (version, packed)
        });
        let others = others.collect();
        Self { own: self.own.packed(by), version: self.version, others }
    }

    /// An object that lies in this one, in the shapes of this one.
    pub(super) fn inner(&self, key: &ObjectKey, value: &Value) -> Self {
        let others = self.others.iter().filter_map(|(version, other)| {
            let found = inner(other.whole(), key)?;
            (found != value).then(|| (version.clone(), found.clone()))
        });
        Self::new(value.clone(), Arc::clone(&self.version), others.collect())
    }

    /// The same with what it is at a version for its own value.
    pub(super) fn in_version(&self, version: &Arc<str>) -> Cow<'_, Self> {
        if self.version == *version {
            return Cow::Borrowed(self);
        }
        let mut others = self.others.clone();
        let Some(own) = others.remove(&**version) else { return Cow::Borrowed(self) };
        others.insert(self.version.to_string(), Arc::new(self.own.clone()));
        let own = Arc::unwrap_or_clone(own);
        Cow::Owned(Self { own, version: Arc::clone(version), others })
    }

    /// The same with another value of its own: what differs from it as it was differs in all shapes.
    pub(super) fn with_own(&self, own: Value) -> Self {
        let others = self.others.iter().map(|(version, other)| {
            let mut other = other.to_value();
            carry_over(self.own.whole(), &own, &mut other);
            (version.clone(), other)
        });
        let others = others.collect();
        Self::new(own, Arc::clone(&self.version), others)
    }
}

/// Makes the changes from one value to another in a third, where that has the same place.
fn carry_over(before: &Value, after: &Value, other: &mut Value) {
    match (before, after, other) {
        (Value::Object(before), Value::Object(after), Value::Object(other)) => {
            for (name, value) in after {
                match (before.get(name), other.get_mut(name)) {
                    (Some(was), _) if was == value => {}
                    (Some(was), Some(place)) => carry_over(was, value, place),
                    (Some(_), None) => {}
                    (None, _) => {
                        other.insert(name.clone(), value.clone());
                    }
                }
            }
            other.retain(|name, _| after.contains_key(name) || !before.contains_key(name));
        }
        (Value::Array(before), Value::Array(after), Value::Array(other))
            if before.len() == after.len() && after.len() == other.len() =>
        {
            for ((before, after), other) in before.iter().zip(after).zip(other) {
                carry_over(before, after, other);
            }
        }
        (before, after, other) if before != after => *other = after.clone(),
        _ => {}
    }
}

/// The object of that name that lies in a value.
fn inner<'v>(value: &'v Value, key: &ObjectKey) -> Option<&'v Value> {
    let mut found = None;
    walk(value, &mut |element| {
        if let Element::Object(object) = element
            && ObjectKey::of(object).as_ref() == Some(key)
        {
            found = Some(object);
        }
    });
    found
}

/// What an object is called: its type and its id. A price and its plan have the same id.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct ObjectKey {
    pub(super) kind: String,
    pub(super) id: String,
}

/// The type that each customer has one of, with no id of its own.
pub(super) const CASH_BALANCE: &str = "cash_balance";

/// The id that an object is known by: its own, or that of the customer who has it.
pub(super) fn id_of(value: ValueRef<'_>) -> &str {
    value.text(if value.text("object") == CASH_BALANCE { "customer" } else { "id" })
}

impl ObjectKey {
    /// Of a value that is an object of Stripe's; of those that there is one of, the id is empty.
    pub(super) fn of(value: &Value) -> Option<Self> {
        Self::at(value.into())
    }

    /// The same at a look.
    pub(super) fn at(value: ValueRef<'_>) -> Option<Self> {
        let kind = value.get("object").and_then(ValueRef::as_str)?;
        Some(Self { kind: kind.to_owned(), id: id_of(value).to_owned() })
    }
}

/// Calls back with each object that lies in a value, and with each text in it.
pub(super) fn walk<'v>(value: &'v Value, visit: &mut impl FnMut(Element<'v>)) {
    match value {
        Value::String(text) => visit(Element::Text(text)),
        Value::Array(items) => items.iter().for_each(|item| walk(item, visit)),
        Value::Object(members) => {
            if members.contains_key("object") && members.contains_key("id") {
                visit(Element::Object(value));
            }
            members.values().for_each(|member| walk(member, visit));
        }
        _ => {}
    }
}

/// What lies in a value.
pub(super) enum Element<'v> {
    Object(&'v Value),
    Text(&'v str),
}
