//! All that the catalogue knows of an event type.

use std::collections::BTreeMap;

use super::catalogue::Catalogue;
use super::error::Result;
use super::event_type::{EventCause, EventType, Payload};
use super::fields::Field;

/// What is known of an event type beyond what lists have of it.
#[derive(Clone, Debug)]
pub struct Details {
    /// The states of its object that it tells of.
    pub states: Vec<String>,
    /// The things that it tells, where they are several.
    pub forms: Vec<FormDetails>,
    /// The fields that `previous_attributes` may have, without those of its forms.
    pub previous: Vec<String>,
    /// Who sets it off.
    pub cause: EventCause,
    /// Who does in stories of a variant, such as a payment method.
    pub causes: BTreeMap<String, EventCause>,
    /// The fields of its object, by path.
    pub fields: BTreeMap<String, Field>,
}

/// One of the things that a type tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormDetails {
    /// Its name.
    pub name: String,
    /// Whether it is told unless another is asked for.
    pub is_usual: bool,
    /// The fields that `previous_attributes` may have.
    pub previous: Vec<String>,
}

impl Catalogue {
    /// All that is known of a type.
    ///
    /// # Errors
    /// The embedded data has an error.
    pub fn details(&self, event_type: &EventType) -> Result<Details> {
        let (previous, fields) = match &event_type.payload {
            Payload::Thin(_) => (Vec::new(), BTreeMap::new()),
            Payload::Snapshot(snapshot) => {
                let previous = snapshot.was.keys().cloned().collect();
                (previous, self.fields(&event_type.object)?)
            }
        };
        let form = |name: &str| FormDetails {
            name: name.to_owned(),
            is_usual: event_type.form.as_deref() == Some(name),
            previous: event_type.forms[name].was.keys().cloned().collect(),
        };
        Ok(Details {
            states: self.states_of(event_type)?,
            forms: event_type.form_names().map(form).collect(),
            previous,
            cause: event_type.cause,
            causes: event_type.causes.clone(),
            fields,
        })
    }
}
