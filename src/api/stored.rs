//! A value as an object's state keeps it: whole, or packed until somebody asks for the whole.

use std::sync::OnceLock;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::packed::{Packed, Packer, ValueRef};

/// A value that is kept.
#[derive(Clone, Debug)]
pub(super) enum StoredValue {
    Whole(Value),
    /// With the whole, once somebody has asked for it.
    Packed(Packed, OnceLock<Box<Value>>),
}

impl Default for StoredValue {
    fn default() -> Self {
        Self::Whole(Value::Null)
    }
}

impl From<Value> for StoredValue {
    fn from(value: Value) -> Self {
        Self::Whole(value)
    }
}

impl PartialEq for StoredValue {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Whole(one), Self::Whole(other)) => one == other,
            (one, other) => one.to_value() == other.to_value(),
        }
    }
}

impl Eq for StoredValue {}

impl StoredValue {
    /// The value packed: for what is one of many.
    pub(super) fn packed(self, by: &mut Packer) -> Self {
        match self {
            Self::Whole(value) => match by.pack(&value) {
                Some(packed) => Self::Packed(packed, OnceLock::new()),
                None => Self::Whole(value),
            },
            packed @ Self::Packed(..) => packed,
        }
    }

    /// The whole value, which stays: whoever looks into many objects takes [`Self::look`].
    pub(super) fn whole(&self) -> &Value {
        match self {
            Self::Whole(value) => value,
            Self::Packed(packed, whole) => whole.get_or_init(|| Box::new(packed.look().to_value())),
        }
    }

    pub(super) const fn look(&self) -> ValueRef<'_> {
        match self {
            Self::Whole(value) => ValueRef::Value(value),
            Self::Packed(packed, _) => packed.look(),
        }
    }

    pub(super) fn to_value(&self) -> Value {
        self.look().to_value()
    }
}

#[cfg(test)]
impl StoredValue {
    /// Whether nobody has asked for the whole.
    pub(super) fn is_packed(&self) -> bool {
        matches!(self, Self::Packed(_, whole) if whole.get().is_none())
    }
}

impl Serialize for StoredValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_value().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for StoredValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Value::deserialize(deserializer).map(Self::Whole)
    }
}
