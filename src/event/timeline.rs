//! When the objects of a story come to be, and when its events happen.

use std::collections::BTreeMap;

use super::catalogue::Catalogue;
use super::moment::{Moment, Offset};
use super::template::{self, Anchor, MomentExpression};
use crate::error::{Error, Result};

/// One event of a story, as the timeline sees it.
#[derive(Clone, Debug)]
pub(super) struct Happening {
    pub(super) event_type: String,
    pub(super) about: String,
    pub(super) at: Moment,
    pub(super) creates: bool,
    pub(super) age: Option<Offset>,
}

/// The moments of a story.
#[derive(Debug)]
pub(super) struct Timeline {
    happenings: Vec<Happening>,
    /// Creations that the scenario gives.
    created: BTreeMap<String, Moment>,
    end: Moment,
}

/// How far creations may hang on one another before that counts as a circle.
const MOST_LINKS: usize = 12;

impl Timeline {
    pub(super) fn new(
        happenings: Vec<Happening>,
        created: &BTreeMap<String, Offset>,
        end: Moment,
    ) -> Self {
        let created = created.iter().map(|(name, at)| (name.clone(), end.plus(*at))).collect();
        Self { happenings, created, end }
    }

    /// The story's first moment.
    fn first(&self) -> Moment {
        self.happenings.iter().map(|happening| happening.at).min().unwrap_or(self.end)
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
        let with_it = self.happenings.iter().filter(|h| h.creates && h.about == name);
        if let Some(at) = with_it.map(|happening| happening.at).min() {
            return Ok(at);
        }
        if let Some(at) = self.aged(name) {
            return Ok(at);
        }
        let fault = || Error::Bug { what: format!("catalog: no moment of creation for `{name}`") };
        let (_, text) = catalogue.form(name)?;
        let expression = text.and_then(template::parse_moment).ok_or_else(fault)?;
        let anchor = match expression.anchor {
            Anchor::First => self.first(),
            Anchor::Created(Some(other)) if links > 0 => {
                self.created_within(catalogue, other, links - 1)?
            }
            _ => return Err(fault()),
        };
        Ok(moved(anchor, &expression.offsets))
    }

    /// When an object came to be if an event about it says how old it is by then: not after any other
    /// event about it.
    fn aged(&self, name: &str) -> Option<Moment> {
        let about_it = || self.happenings.iter().filter(|h| h.about == name);
        let by_age = about_it().filter_map(|h| Some(h.at.plus(h.age?.negated()))).min()?;
        about_it().map(|happening| happening.at).chain([by_age]).min()
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
            Anchor::Created(name) => self.created(catalogue, name.unwrap_or(about))?,
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
        let told = self.happenings.iter().find(|h| h.event_type == name && h.about == about);
        if let Some(happening) = told {
            return Ok(happening.at);
        }
        let fault = || Error::Bug { what: format!("catalog: `{name}` needs a valid `after`") };
        let after = catalogue.event_type(name, None)?.after.ok_or_else(fault)?;
        let after: Offset = after.parse().map_err(|_| fault())?;
        Ok(self.created(catalogue, about)?.plus(after).min(at))
    }
}

fn moved(anchor: Moment, offsets: &[Offset]) -> Moment {
    offsets.iter().fold(anchor, |moment, offset| moment.plus(*offset))
}
