//! What the store knows of the calls that have changed something.

use std::collections::{HashMap, HashSet, VecDeque};

use serde_json::Value;

use super::caused::WrittenEvent;
use super::kept::KeptCounters;
use super::object::ObjectKey;
use super::sent::Account;
use crate::event::Catalogue;
use crate::event::id::Seed;

/// How many objects are kept that calls have made; the oldest go first.
pub(super) const MOST_MADE: usize = if cfg!(test) { 2_000 } else { 20_000 };

/// What is drawn, and what was made.
#[derive(Debug)]
pub(super) struct CallState {
    pub(super) seed: Seed,
    /// How many calls have changed something.
    pub(super) count: u64,
    pub(super) made: VecDeque<(Account, ObjectKey)>,
    /// What calls have said of objects that these do not show, by id.
    pub(super) hidden: HashMap<String, Value>,
    /// What came due and was told by an event alone, by the id of what it is about and the second.
    pub(super) told: HashSet<(String, i64)>,
    /// The test clock that the newest call has set going, until it gets where it is to.
    pub(super) going: Option<String>,
    /// Whether the newest call has asked a bank for something, which may be known at once.
    pub(super) is_asking: bool,
    /// The events of the newest call, until they are handed over.
    pub(super) caused: Vec<WrittenEvent>,
    /// The API version of the events that follow: that of the newest story.
    pub(super) api_version: String,
}

impl CallState {
    /// What was drawn and told by the last time goes on.
    pub(super) fn resume(&mut self, kept: &KeptCounters) {
        self.seed = Seed(kept.seed);
        self.count = kept.changes;
        self.api_version.clone_from(&kept.api_version);
        self.told.extend(kept.told.iter().cloned());
    }
}

impl Default for CallState {
    fn default() -> Self {
        let api_version = Catalogue::api_version().to_owned();
        Self {
            seed: Seed(0),
            count: 0,
            made: VecDeque::new(),
            hidden: HashMap::new(),
            told: HashSet::new(),
            going: None,
            is_asking: false,
            caused: Vec::new(),
            api_version,
        }
    }
}
