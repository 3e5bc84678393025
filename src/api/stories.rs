//! The stories that were told: the newest of them, within bounds.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use serde_json::Value;

use super::object::{Authority, ObjectState, Place, Shapes};
use super::sent::Account;
use super::telling::{StoryTelling, ToldEvent};
use crate::event::{Catalogue, Companion, Versions, rank, shape};
use crate::protocol::Moment;

/// How much memory stories may take, in bytes, about; those of who is still sending are kept whatever they take.
const MOST_BYTES: usize = 64 * 1024 * 1024;
/// What a value takes besides its texts, in bytes, about.
const VALUE_BYTES: usize = 64;

/// All that are kept, by number.
#[derive(Debug, Default)]
pub(super) struct Stories {
    all: BTreeMap<usize, ToldStory>,
    /// How many were told.
    count: usize,
    bytes: usize,
    /// The story of each event that was told, and its place in it.
    planned: HashMap<String, (usize, usize)>,
    /// The stories of objects that were told, by id.
    told: HashMap<String, usize>,
    /// What fetched thin events have besides, by event.
    details: HashMap<String, Value>,
}

/// Who told a story.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StoryOrigin {
    /// A link, which may live; 0 for none.
    Link(u64),
    /// The history, which keeps it.
    History,
}

/// What is known of a story.
#[derive(Debug)]
pub(super) struct ToldStory {
    origin: StoryOrigin,
    bytes: usize,
    pub(super) events: Vec<PlannedEvent>,
    /// The objects that no event carries, by id.
    pub(super) companions: HashMap<String, ObjectState>,
    /// The ids of those that belong to an object, by its id.
    pub(super) owned: HashMap<String, Vec<String>>,
    /// What there is one of.
    pub(super) singletons: Vec<ObjectState>,
    /// The place of the newest event that was sent.
    pub(super) present: Option<Place>,
}

/// An event that may be sent, and the state that it brings.
#[derive(Debug)]
pub(super) struct PlannedEvent {
    id: String,
    pub(super) account: Account,
    pub(super) state: Option<ObjectState>,
    pub(super) place: Place,
    pub(super) was_sent: bool,
}

impl Stories {
    /// Adds a story; what there is one of has one of the own ids. Returns its number.
    pub(super) fn add(
        &mut self,
        telling: StoryTelling,
        origin: StoryOrigin,
        own: &HashSet<String>,
    ) -> usize {
        let story = self.count;
        self.count += 1;
        let mut facts = ToldStory::new(origin, size(&telling));
        for (number, event) in telling.events.into_iter().enumerate() {
            let details = event.details.clone();
            let planned = PlannedEvent::new(event, number);
            self.details.extend(details.map(|details| (planned.id.clone(), details)));
            self.planned.insert(planned.id.clone(), (story, number));
            let key = planned.state.as_ref().and_then(ObjectState::key);
            self.told.extend(key.map(|key| (key.id, story)));
            facts.events.push(planned);
        }
        let version = shape_of(&telling.api_version);
        for companion in telling.companions {
            let state = companion_state(companion, &version);
            let Some(key) = state.key() else { continue };
            if key.id.is_empty() || own.contains(&key.id) {
                facts.singletons.push(state);
                continue;
            }
            if let Some(owner) = &state.owner {
                facts.owned.entry(owner.clone()).or_default().push(key.id.clone());
            }
            self.told.insert(key.id.clone(), story);
            facts.companions.insert(key.id, state);
        }
        self.bytes += facts.bytes;
        self.all.insert(story, facts);
        story
    }

    /// Takes the oldest out, with its number, where they are too large; not one whose link lives.
    pub(super) fn take_surplus(&mut self, live: &[u64]) -> Option<usize> {
        if self.bytes <= MOST_BYTES {
            return None;
        }
        let is_over = |origin| match origin {
            StoryOrigin::Link(link) => !live.contains(&link),
            StoryOrigin::History => true,
        };
        let (&number, _) = self.all.iter().find(|(_, story)| is_over(story.origin))?;
        self.take(number)
    }

    /// Takes one out that the history keeps.
    pub(super) fn take_recorded(&mut self) -> Option<usize> {
        let is_recorded = |story: &ToldStory| story.origin == StoryOrigin::History;
        let (&number, _) = self.all.iter().find(|(_, story)| is_recorded(story))?;
        self.take(number)
    }

    fn take(&mut self, number: usize) -> Option<usize> {
        let story = self.all.remove(&number)?;
        self.bytes -= story.bytes;
        for event in &story.events {
            if self.planned.get(&event.id).is_some_and(|(of, _)| *of == number) {
                self.planned.remove(&event.id);
                self.details.remove(&event.id);
            }
        }
        self.told.retain(|_, of| *of != number);
        Some(number)
    }

    pub(super) fn get(&self, story: usize) -> Option<&ToldStory> {
        self.all.get(&story)
    }

    pub(super) fn get_mut(&mut self, story: usize) -> Option<&mut ToldStory> {
        self.all.get_mut(&story)
    }

    /// The story of an event, and its place in it.
    pub(super) fn of_event(&self, id: &str) -> Option<(usize, usize)> {
        self.planned.get(id).copied()
    }

    /// The first state of an object: that of a story, or of the newest that was told of it.
    pub(super) fn first_state(&self, id: &str, story: Option<usize>) -> Option<ObjectState> {
        let told = self.told.get(id).copied()?;
        let facts = self.get(story.unwrap_or(told))?;
        if let Some(state) = facts.companions.get(id) {
            return Some(state.clone());
        }
        let states = facts.events.iter().filter_map(|event| event.state.as_ref());
        states.filter(|state| state.own()["id"] == id).min_by_key(|state| state.place).cloned()
    }

    /// Whether something is told of an object of that id.
    pub(super) fn knows(&self, id: &str) -> bool {
        self.told.contains_key(id)
    }

    /// What a fetched thin event has besides.
    pub(super) fn details(&self, event: &str) -> Option<&Value> {
        self.details.get(event)
    }
}

impl ToldStory {
    /// One of which nothing is known but its size.
    fn new(origin: StoryOrigin, bytes: usize) -> Self {
        Self {
            origin,
            bytes,
            events: Vec::new(),
            companions: HashMap::new(),
            owned: HashMap::new(),
            singletons: Vec::new(),
            present: None,
        }
    }
}

impl PlannedEvent {
    /// An event in its place among those of its story.
    pub(super) fn new(event: ToldEvent, number: usize) -> Self {
        let ToldEvent { payload, object, .. } = event;
        let second = match &payload["created"] {
            Value::String(text) => Moment::parse(text).map(Moment::seconds),
            number => number.as_i64(),
        };
        let rank = rank::of_payload(&payload);
        let place = Place { second: second.unwrap_or_default(), rank, number };
        let version =
            shape_of(payload["api_version"].as_str().unwrap_or_else(|| Catalogue::api_version()));
        let told = object.map(|Versions { own, others }| Shapes::new(own, version.clone(), others));
        let carried = payload["data"].get("object").filter(|object| object.is_object());
        let shapes = match (told, carried) {
            (Some(told), Some(own)) if told.own.whole() != own => Some(told.with_own(own.clone())),
            (None, Some(own)) => Some(Shapes::new(own.clone(), version, BTreeMap::new())),
            (told, _) => told,
        };
        let state = shapes.map(|shapes| {
            let state = ObjectState::new(Arc::new(shapes), place, Authority::Event);
            let name = payload["type"].as_str().unwrap_or_default();
            // A subscription that ended stays.
            let is_deleted = name.ends_with(".deleted") && state.kind() != "subscription";
            ObjectState { is_deleted, ..state }
        });
        let id = payload["id"].as_str().unwrap_or_default().to_owned();
        Self { id, account: account_of(&payload), state, place, was_sent: false }
    }
}

/// The account that an event is of.
pub(super) fn account_of(payload: &Value) -> Account {
    payload["account"].as_str().or_else(|| payload["context"].as_str()).map(str::to_owned)
}

/// The version that stands for the shape of an API version; the version itself where nothing is known of it.
pub(super) fn shape_of(api_version: &str) -> Arc<str> {
    shape::version_of(api_version).map_or_else(|_| api_version.into(), Into::into)
}

/// An object that no event carries, as it is at first.
pub(super) fn companion_state(companion: Companion, version: &Arc<str>) -> ObjectState {
    let Versions { own, others } = companion.object;
    let shapes = Arc::new(Shapes::new(own, Arc::clone(version), others));
    let state = ObjectState::new(shapes, Place::FIRST, Authority::Companion);
    ObjectState { owner: companion.owner, ..state }
}

/// What a story takes in memory, about.
fn size(telling: &StoryTelling) -> usize {
    let versions = |versions: &Versions| {
        size_of_value(&versions.own) + versions.others.values().map(size_of_value).sum::<usize>()
    };
    let event = |event: &ToldEvent| {
        size_of_value(&event.payload) + event.object.as_ref().map_or(0, versions)
    };
    let events: usize = telling.events.iter().map(event).sum();
    let companions = telling.companions.iter().map(|companion| versions(&companion.object));
    events + companions.sum::<usize>()
}

fn size_of_value(value: &Value) -> usize {
    VALUE_BYTES
        + match value {
            Value::String(text) => text.len(),
            Value::Array(items) => items.iter().map(size_of_value).sum(),
            Value::Object(members) => {
                members.iter().map(|(name, member)| name.len() + size_of_value(member)).sum()
            }
            _ => 0,
        }
}
