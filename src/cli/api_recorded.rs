//! The recorded events that `devtool api` serves.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use tokio::sync::mpsc;

use crate::api::Api;
use crate::error::{Error, Result};
use crate::history::{Follower, FoundEvents, NewlyRecorded, Storage};

/// The history that is served, and where its errors are said.
pub(super) struct RecordedEvents {
    follower: Follower,
    errors: mpsc::Sender<Error>,
    /// Ids that were looked for in vain.
    missed: HashSet<String>,
}

/// How many ids are remembered that were looked for in vain.
const MOST_MISSED: usize = 10_000;

impl RecordedEvents {
    pub(super) fn new(place: Storage, errors: mpsc::Sender<Error>) -> Self {
        Self { follower: Follower::new(place), errors, missed: HashSet::new() }
    }

    /// Lets the API look into the history from now on.
    pub(super) fn follow(self, api: &Api) {
        let history = Arc::new(Mutex::new(self));
        let same = Arc::clone(&history);
        api.before_answers(move |api| lock(&history).refresh(api));
        api.when_missing(move |api, id| lock(&same).search(api, id));
    }

    /// Takes in older events that name an id.
    fn search(&mut self, api: &Api, id: &str) {
        if self.missed.contains(id) {
            return;
        }
        // Not one that only begins so.
        match self.follower.search(&Value::from(id).to_string()) {
            Ok(found) => {
                // What is found once is not looked for again; nor is what is nowhere.
                if self.missed.len() == MOST_MISSED {
                    self.missed.clear();
                }
                self.missed.insert(id.to_owned());
                take_in(&found, api);
            }
            Err(error) => drop(self.errors.try_send(error)),
        }
    }

    /// What is there at the start.
    ///
    /// # Errors
    /// The file cannot be read, or is no history of devtool's.
    pub(super) fn first(&mut self, api: &Api) -> Result<NewlyRecorded> {
        let recorded = self.follower.look()?;
        take_in(&recorded.found, api);
        Ok(recorded)
    }

    /// Takes in what was recorded meanwhile.
    fn refresh(&mut self, api: &Api) {
        match self.follower.look() {
            Ok(recorded) => {
                if recorded.is_anew {
                    self.missed.clear();
                    api.clear_untold();
                }
                take_in(&recorded.found, api);
            }
            // One that waits to be said is enough.
            Err(error) => drop(self.errors.try_send(error)),
        }
    }
}

fn take_in(found: &FoundEvents, api: &Api) {
    for story in &found.stories {
        api.recorded(story);
    }
    for body in &found.bodies {
        api.sent(body);
    }
}

fn lock(history: &Mutex<RecordedEvents>) -> MutexGuard<'_, RecordedEvents> {
    history.lock().unwrap_or_else(PoisonError::into_inner)
}
