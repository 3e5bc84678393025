//! When the objects of a story come to be, and when its events happen.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::catalogue::Catalogue;
use super::error::{EventError, Result};
use super::event_type::{EventCause, EventType};
use super::template::{self, Anchor, MomentExpression};
use crate::protocol::moment::{Moment, Offset};

/// One event of a story.
#[derive(Clone, Debug)]
pub struct Scene {
    /// The type's name.
    pub name: String,
    /// The type.
    pub event_type: Arc<EventType>,
    /// The object that it is about: its type, and a role where the story has several
    /// (`invoice/second`).
    pub about: String,
    /// States that the object is in before those of the type.
    pub states: Vec<String>,
    /// When it happens.
    pub at: Moment,
    /// Who caused it, where that is not as the type says.
    pub cause: Option<EventCause>,
}

/// The moments of a story.
#[derive(Debug)]
pub(super) struct Timeline {
    pub(super) scenes: Vec<Scene>,
    /// Creations that the scenario gives.
    created: BTreeMap<String, Moment>,
    end: Moment,
}

/// How far creations may hang on one another before that counts as a circle.
const MOST_LINKS: usize = 12;

impl Timeline {
    pub(super) fn new(scenes: Vec<Scene>, created: &BTreeMap<String, Offset>, end: Moment) -> Self {
        let created = created.iter().map(|(name, at)| (name.clone(), end.plus(*at))).collect();
        Self { scenes, created, end }
    }

    /// The story's first moment.
    fn first(&self) -> Moment {
        self.scenes.iter().map(|scene| scene.at).min().unwrap_or(self.end)
    }

    /// When an object came to be: as the scenario says; with the event that creates it; as long ago
    /// as the first event about it needs; else as its own file says.
    pub(super) fn created(&self, catalogue: &Catalogue, name: &str) -> Result<Moment> {
        self.created_within(catalogue, name, MOST_LINKS)
    }

    fn created_within(&self, catalogue: &Catalogue, name: &str, links: usize) -> Result<Moment> {
        if let Some(at) = self.created.get(name) {
            return Ok(*at);
        }
        let with_it = self.about(name).filter(|scene| scene.event_type.creates);
        if let Some(at) = with_it.map(|scene| scene.at).min() {
            return Ok(at);
        }
        if let Some(at) = self.aged(name) {
            return Ok(at);
        }
        let error = || EventError::at_words(name, format!("no moment of creation for `{name}`"));
        let (_, text) = catalogue.form(name)?;
        let expression = text.and_then(template::parse_moment).ok_or_else(error)?;
        let anchor = match expression.anchor {
            Anchor::First => self.first(),
            Anchor::Created(Some(other)) if links > 0 => {
                self.created_within(catalogue, &self.related(other, name), links - 1)?
            }
            _ => return Err(error()),
        };
        Ok(moved(anchor, &expression.offsets))
    }

    /// When an object came to be if an event about it says how old it is by then: not after any other
    /// event about it.
    fn aged(&self, name: &str) -> Option<Moment> {
        let by_age = |scene: &Scene| Some(scene.at.plus(scene.event_type.age?.negated()));
        let by_age = self.about(name).filter_map(by_age).min()?;
        self.about(name).map(|scene| scene.at).chain([by_age]).min()
    }

    /// The object that a name means where an object of that role names it: the one of the same role,
    /// where the story tells of it. So the first invoice has the first payment.
    pub(super) fn related<'n>(&self, name: &'n str, about: &str) -> Cow<'n, str> {
        let same = in_role(name, about);
        match same {
            Cow::Owned(_) if self.about(&same).next().is_none() => Cow::Borrowed(name),
            _ => same,
        }
    }

    /// The events about an object.
    fn about(&self, name: &str) -> impl Iterator<Item = &Scene> {
        self.scenes.iter().filter(move |scene| scene.about == name)
    }

    /// The value of a moment's expression for an event about `about` at `at`.
    pub(super) fn moment(
        &self,
        catalogue: &Catalogue,
        expression: &MomentExpression<'_>,
        (about, at): (&str, Moment),
    ) -> Result<Moment> {
        let anchor = match expression.anchor {
            Anchor::At => at,
            Anchor::First => self.first(),
            Anchor::Created(None) => self.created(catalogue, about)?,
            Anchor::Created(Some(name)) => self.created(catalogue, &self.related(name, about))?,
            Anchor::Event(name) => self.event(catalogue, name, (about, at))?,
        };
        Ok(moved(anchor, &expression.offsets))
    }

    /// When an event about the same object happened: as the story has it; else its usual time after
    /// the object's creation, but not after `at`.
    fn event(
        &self,
        catalogue: &Catalogue,
        name: &str,
        (about, at): (&str, Moment),
    ) -> Result<Moment> {
        if let Some(told) = self.about(about).find(|scene| scene.name == name) {
            return Ok(told.at);
        }
        let error = || EventError::at_words("after", format!("`{name}` needs a valid `after`"));
        let event_type = catalogue.event_type(name, None)?;
        let after = event_type.after.as_ref().ok_or_else(error)?;
        let after: Offset = after.parse().map_err(|_| error())?;
        Ok(self.created(catalogue, about)?.plus(after).min(at))
    }
}

/// A name with the role of another, where that has one and the name has none: `charge/first` for `charge`
/// and `invoice/first`.
pub(super) fn in_role<'n>(name: &'n str, about: &str) -> Cow<'n, str> {
    match about.split_once('/') {
        Some((_, role)) if !name.contains('/') => Cow::Owned(format!("{name}/{role}")),
        _ => Cow::Borrowed(name),
    }
}

fn moved(anchor: Moment, offsets: &[Offset]) -> Moment {
    offsets.iter().fold(anchor, |moment, offset| moment.plus(*offset))
}
