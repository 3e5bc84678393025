//! What a call takes: the kinds of its parameters, as data under `catalog/api/parameters/`, which
//! `tools/parameters.py` makes of the official library.

use std::collections::BTreeMap;

use serde::Deserialize;

/// What a parameter holds.
#[derive(Clone, Debug, Deserialize)]
#[serde(from = "Description")]
pub(super) struct ParameterKind {
    pub(super) form: ParameterForm,
    /// Whether an empty text unsets it.
    pub(super) can_unset: bool,
}

#[derive(Clone, Debug)]
pub(super) enum ParameterForm {
    String,
    Integer,
    Number,
    Boolean,
    /// One of these texts.
    Enum(Vec<String>),
    Hash(HashKind),
    List(Box<ParameterKind>),
    /// Any names, each with a value of that kind.
    Map(Box<ParameterKind>),
    /// What fits the first of them.
    Any(Vec<ParameterKind>),
}

/// Parameters by name.
#[derive(Clone, Debug, Default)]
pub(super) struct HashKind {
    pub(super) members: BTreeMap<String, ParameterKind>,
    pub(super) required: Vec<String>,
}

impl HashKind {
    /// With another parameter, at a path that leads through lists.
    pub(super) fn add(&mut self, path: &str, kind: ParameterKind) {
        let Some((first, rest)) = path.split_once('.') else {
            self.members.insert(path.to_owned(), kind);
            return;
        };
        let mut form = self.members.get_mut(first).map(|inner| &mut inner.form);
        if let Some(ParameterForm::List(element)) = form {
            form = Some(&mut element.form);
        }
        if let Some(ParameterForm::Hash(hash)) = form {
            hash.add(rest, kind);
        }
    }
}

/// A kind as the data has it.
#[derive(Deserialize)]
#[serde(untagged)]
enum Description {
    Name(String),
    Table(Table),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    #[serde(rename = "enum")]
    values: Option<Vec<String>>,
    hash: Option<BTreeMap<String, ParameterKind>>,
    #[serde(default)]
    required: Vec<String>,
    list: Option<Box<ParameterKind>>,
    map: Option<Box<ParameterKind>>,
    any: Option<Vec<ParameterKind>>,
    #[serde(default)]
    unset: bool,
}

impl From<Description> for ParameterKind {
    fn from(description: Description) -> Self {
        match description {
            Description::Name(name) => {
                let (plain, can_unset) =
                    name.strip_suffix('?').map_or((name.as_str(), false), |plain| (plain, true));
                let form = match plain {
                    "integer" => ParameterForm::Integer,
                    "number" => ParameterForm::Number,
                    "boolean" => ParameterForm::Boolean,
                    _ => ParameterForm::String,
                };
                Self { form, can_unset }
            }
            Description::Table(table) => Self { can_unset: table.unset, form: table.into() },
        }
    }
}

impl From<Table> for ParameterForm {
    fn from(table: Table) -> Self {
        let Table { values, hash, required, list, map, any, unset: _ } = table;
        values
            .map(Self::Enum)
            .or_else(|| hash.map(|members| Self::Hash(HashKind { members, required })))
            .or_else(|| list.map(Self::List))
            .or_else(|| map.map(Self::Map))
            .or_else(|| any.map(Self::Any))
            .unwrap_or(Self::String)
    }
}
