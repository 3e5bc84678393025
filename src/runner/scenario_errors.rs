//! All that is wrong with a scenario's file, not only the first: what it says that cannot be read, and what no story
//! can tell.

use std::collections::BTreeSet;

use serde_json::Value;

use super::job::Job;
use super::script::{self, Names};
use crate::error::{Error, Kind, Result};
use crate::event::{Catalogue, EventError, Scene, Story};
use crate::protocol::Moment;
use crate::scenario::{Location, PlacedSetting, Step, Values};

/// An error of a scenario's file with all others that the file has, in its order.
pub(super) fn with(catalogue: &Catalogue, job: &Job, end: Moment, first: Error) -> Error {
    if first.kind() != Kind::Scenario {
        return first;
    }
    let mut finder = Finder { catalogue, job, errors: first.parts() };
    finder.look(end);
    let mut errors = finder.errors;
    // What was typed is in no file.
    errors.retain(|error| error.kind() == Kind::Scenario);
    let place = |error: &Error| error.excerpt().map(|excerpt| (excerpt.line, excerpt.column));
    errors.sort_by_key(place);
    Error::all(errors).err().unwrap_or_else(|| Error::bug("an error of a scenario is lost"))
}

/// Goes on after an error with what is left.
struct Finder<'j> {
    catalogue: &'j Catalogue,
    job: &'j Job,
    errors: Vec<Error>,
}

impl Finder<'_> {
    fn look(&mut self, end: Moment) {
        let scenario = &self.job.scenario;
        let mut told: Vec<(&Step, Scene)> = Vec::new();
        for step in &scenario.steps {
            match script::scene(self.catalogue, step, end) {
                Ok(scene) => told.push((step, scene)),
                Err(error) => self.errors.push(error),
            }
        }
        self.errors.extend(script::errors_in_story(self.catalogue, &scenario.story));
        while !told.is_empty() {
            match self.tell(&told, end) {
                Err(EventError::Previous { scene, error }) => {
                    let (step, _) = told.remove(scene);
                    let place = step.places.as_ref().map(|places| &places.was);
                    self.errors.push(script::located(*error, place));
                }
                // The first error is this one, or a consequence of it.
                Err(_) | Ok(()) => return,
            }
        }
    }

    /// What is wrong with a story of these steps.
    fn tell(
        &mut self,
        told: &[(&Step, Scene)],
        end: Moment,
    ) -> std::result::Result<(), EventError> {
        let scenes: Vec<Scene> = told.iter().map(|(_, scene)| scene.clone()).collect();
        let Ok(plot) = script::plot(self.catalogue, self.job, &scenes, end) else { return Ok(()) };
        let story = Story::new(self.catalogue, plot, scenes)?;
        let mut payloads = story.payloads()?;
        let names = Names { story: &story, scenario: &self.job.scenario };
        let is_whole = told.len() == self.job.scenario.steps.len();
        // An object that a name stands for may be one of a step that is left out.
        let values = if is_whole { self.names(&names) } else { Values::default() };
        for ((step, _), payload) in told.iter().zip(&mut payloads) {
            self.changes(step, payload, &values);
        }
        if is_whole {
            let own = script::errors_in_own(self.job, &story.named(), (&payloads, &values));
            self.errors.extend(own);
        }
        Ok(())
    }

    /// The values of all names that have one.
    fn names(&mut self, names: &Names<'_>) -> Values {
        let (mut values, mut saved) = (Values::default(), BTreeSet::new());
        let mut errors = Vec::new();
        let mut look = |(text, place): (&str, &Location), saved: &BTreeSet<&str>| {
            errors.extend(names.names(text, place, saved, &mut values).err());
        };
        for step in &self.job.scenario.steps {
            for text in script::texts_of(step) {
                look(text, &saved);
            }
            saved.extend(step.save.iter().map(|save| save.name.as_str()));
        }
        for text in script::texts_of_checks(&self.job.scenario) {
            look(text, &saved);
        }
        self.errors.extend(errors);
        values
    }

    /// The fields that a step sets and that its event does not have.
    fn changes(&mut self, step: &Step, payload: &mut Value, values: &Values) {
        let apply = |PlacedSetting { setting, place }: &PlacedSetting| -> Result<()> {
            // What an answer gives may be of any kind.
            let Some(setting) = script::filled(setting, values) else { return Ok(()) };
            script::apply(&setting, place, payload, self.job)
        };
        self.errors.extend(step.changes.iter().map(apply).filter_map(Result::err));
    }
}
