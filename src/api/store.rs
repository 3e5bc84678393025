//! What the API serves: the objects of the stories told to it, by account, and the events that were sent.
//!
//! An object exists once one of its events was sent; so does one whose event is in the story's past by then, and
//! whatever an object that exists names by its id. Its state is that of the newest event sent, by the story's own
//! time, and never goes back.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use bytes::Bytes;
use serde_json::Value;

use super::object::{Authority, Element, ObjectKey, ObjectState, Place, walk};
use super::telling::{StoryTelling, ToldEvent};
use crate::event::{Catalogue, rank};
use crate::protocol::Moment;

/// An account: `None` is the platform's own.
pub(super) type Account = Option<String>;

/// Everything.
#[derive(Debug, Default)]
pub(super) struct ApiStore {
    accounts: BTreeMap<Account, Objects>,
    events: Vec<SentEvent>,
    /// The ids of those.
    sent: HashSet<String>,
    stories: Vec<StoryFacts>,
    /// The story of each event that was told, and its place in it.
    planned: HashMap<String, (usize, usize)>,
    /// The stories of objects that were told, by id.
    told: HashMap<String, usize>,
    /// The types of those.
    kinds: HashSet<String>,
    /// The ids of the platform itself.
    own: HashSet<String>,
}

/// The objects of one account.
#[derive(Debug, Default)]
pub(super) struct Objects {
    states: HashMap<ObjectKey, ObjectState>,
    /// In the order in which they came to be known, by type.
    by_kind: BTreeMap<String, Vec<String>>,
    /// The types of each id.
    kinds: HashMap<String, Vec<String>>,
}

/// An event that was sent.
#[derive(Clone, Debug)]
pub(super) struct SentEvent {
    pub(super) account: Account,
    pub(super) payload: Arc<Value>,
    /// Byte by byte.
    pub(super) body: Bytes,
}

/// What is known of a story.
#[derive(Debug, Default)]
struct StoryFacts {
    events: Vec<PlannedEvent>,
    companions: HashMap<String, Arc<Value>>,
    /// The place of the newest event that was sent.
    present: Option<Place>,
}

/// An event that may be sent, and the state that it brings.
#[derive(Debug)]
struct PlannedEvent {
    account: Account,
    state: Option<ObjectState>,
    place: Place,
    was_sent: bool,
}

impl ApiStore {
    /// A story begins.
    pub(super) fn told(&mut self, telling: StoryTelling) {
        let story = self.stories.len();
        self.own.extend(telling.own_account);
        let mut facts = StoryFacts::default();
        for (number, event) in telling.events.iter().enumerate() {
            let planned = planned(event, number);
            if let Some(id) = event.payload["id"].as_str() {
                self.planned.insert(id.to_owned(), (story, number));
            }
            if let Some(key) = planned.state.as_ref().and_then(|state| ObjectKey::of(&state.value))
            {
                self.told.insert(key.id, story);
            }
            facts.events.push(planned);
        }
        for value in telling.companions {
            let Some(key) = ObjectKey::of(&value) else { continue };
            self.told.entry(key.id.clone()).or_insert(story);
            facts.companions.insert(key.id, Arc::new(value));
        }
        self.stories.push(facts);
    }

    /// An event was sent.
    pub(super) fn sent(&mut self, body: &[u8]) {
        let Ok(payload) = serde_json::from_slice::<Value>(body) else { return };
        let id = payload["id"].as_str().unwrap_or_default().to_owned();
        let account = account_of(&payload);
        let payload = Arc::new(payload);
        if self.sent.insert(id.clone()) {
            let (payload, body) = (Arc::clone(&payload), Bytes::copy_from_slice(body));
            self.events.push(SentEvent { account: account.clone(), payload, body });
        }
        let Some((story, number)) = self.planned.get(&id).copied() else {
            let event = ToldEvent { payload: (*payload).clone(), object: None };
            let number = self.events.len();
            if let Some(state) = planned(&event, number).state {
                self.show(&account, state, None);
            }
            return;
        };
        let told = &mut self.stories[story].events[number];
        told.was_sent = true;
        let state = carried(&payload, told.place).or_else(|| told.state.clone());
        let place = told.place;
        if let Some(state) = state {
            self.show(&account, state, Some(story));
        }
        self.advance(story, place);
    }

    /// The story's present is at least that: what happened before it has happened.
    fn advance(&mut self, story: usize, place: Place) {
        let facts = &mut self.stories[story];
        let present = facts.present.map_or(place, |present| present.max(place));
        facts.present = Some(present);
        let is_past = |event: &&PlannedEvent| !event.was_sent && event.place <= present;
        let past = facts.events.iter().filter(is_past);
        let past: Vec<_> = past.map(|e| (e.account.clone(), e.state.clone())).collect();
        for (account, state) in past {
            let Some(state) = state else { continue };
            let key = ObjectKey::of(&state.value);
            // Of what was sent, the newest that was sent counts.
            if !key.is_some_and(|key| self.was_sent(story, &key)) {
                self.show(&account, state, Some(story));
            }
        }
    }

    fn was_sent(&self, story: usize, key: &ObjectKey) -> bool {
        let is_its = |event: &PlannedEvent| {
            let state = event.state.as_ref().and_then(|state| ObjectKey::of(&state.value));
            event.was_sent && state.as_ref() == Some(key)
        };
        self.stories[story].events.iter().any(is_its)
    }

    /// An object is in a state, and with it exists whatever it names.
    fn show(&mut self, account: &Account, state: ObjectState, story: Option<usize>) {
        let mut waiting = vec![state];
        while let Some(state) = waiting.pop() {
            let Some(key) = ObjectKey::of(&state.value) else { continue };
            self.kinds.insert(key.kind.clone());
            let objects = self.accounts.entry(account.clone()).or_default();
            let value = Arc::clone(&state.value);
            let place = state.place;
            if !objects.keep(key.clone(), state) {
                continue;
            }
            let mut named = Vec::new();
            walk(&value, &mut |found| match found {
                Element::Object(inner) if ObjectKey::of(inner).as_ref() != Some(&key) => {
                    let (source, value) = (Authority::Within, Arc::new(inner.clone()));
                    waiting.push(ObjectState { value, place, source, is_deleted: false });
                }
                Element::Text(text) if text != key.id => named.push(text),
                _ => {}
            });
            for name in named {
                waiting.extend(self.named(account, name, story));
            }
        }
    }

    /// The state of an object that another names, where it was told and does not exist yet.
    fn named(&self, account: &Account, id: &str, story: Option<usize>) -> Option<ObjectState> {
        let story = story.or_else(|| self.told.get(id).copied())?;
        let objects = self.accounts.get(account)?;
        if objects.kinds.contains_key(id) {
            return None;
        }
        let facts = &self.stories[story];
        if let Some(value) = facts.companions.get(id) {
            let (value, source) = (Arc::clone(value), Authority::Companion);
            return Some(ObjectState { value, place: Place::FIRST, source, is_deleted: false });
        }
        let is_it = |event: &&PlannedEvent| {
            event.state.as_ref().is_some_and(|state| state.value["id"] == id)
        };
        let first = facts.events.iter().filter(is_it).min_by_key(|event| event.place)?;
        first.state.clone()
    }

    /// The objects of an account; `None` where nothing is known of it.
    pub(super) fn objects(&self, account: &Account) -> Option<&Objects> {
        self.accounts.get(account)
    }

    /// Whether that is the id of the platform itself.
    pub(super) fn is_own(&self, account: &str) -> bool {
        self.own.contains(account)
    }

    /// Whether objects of a type can be served at all: the catalogue has it, or one was told.
    pub(super) fn knows_kind(&self, kind: &str) -> bool {
        self.kinds.contains(kind) || Catalogue::objects().any(|known| known == kind)
    }

    /// Whether an account of that id is part of a story.
    pub(super) fn has_account(&self, id: &str) -> bool {
        let key = ObjectKey { kind: "account".to_owned(), id: id.to_owned() };
        self.accounts.contains_key(&Some(id.to_owned()))
            || self.accounts.values().any(|objects| objects.states.contains_key(&key))
    }

    /// The events that were sent to an account, the newest first.
    pub(super) fn events(&self, account: &Account) -> impl Iterator<Item = &SentEvent> {
        self.events.iter().rev().filter(move |event| event.account == *account)
    }
}

impl SentEvent {
    /// Whether it carries its object: the others are events of `/v2/core/events`.
    pub(super) fn is_snapshot(&self) -> bool {
        self.payload["object"] == "event"
    }
}

impl Objects {
    /// Keeps a state; `false` where a newer one is there.
    fn keep(&mut self, key: ObjectKey, state: ObjectState) -> bool {
        match self.states.get_mut(&key) {
            Some(known) if !state.replaces(known) => return false,
            Some(known) => {
                let is_new = known.value != state.value || known.is_deleted != state.is_deleted;
                *known = state;
                return is_new;
            }
            None => {}
        }
        self.by_kind.entry(key.kind.clone()).or_default().push(key.id.clone());
        self.kinds.entry(key.id.clone()).or_default().push(key.kind.clone());
        self.states.insert(key, state);
        true
    }

    /// The object of one of these types with that id.
    pub(super) fn find(&self, kinds: &[String], id: &str) -> Option<&ObjectState> {
        let key = |kind: &String| ObjectKey { kind: kind.clone(), id: id.to_owned() };
        kinds.iter().find_map(|kind| self.states.get(&key(kind)))
    }

    /// The object with that id, whatever its type.
    #[expect(dead_code, reason = "expanded fields use it")]
    pub(super) fn any(&self, id: &str) -> Option<&ObjectState> {
        self.find(self.kinds.get(id)?, id)
    }

    /// The objects of a type, in the order in which they came to be known.
    pub(super) fn all(&self, kind: &str) -> impl DoubleEndedIterator<Item = &ObjectState> {
        let ids = self.by_kind.get(kind).into_iter().flatten();
        let key = move |id: &String| ObjectKey { kind: kind.to_owned(), id: id.clone() };
        ids.filter_map(move |id| self.states.get(&key(id)))
    }
}

/// The account that an event is of.
fn account_of(payload: &Value) -> Account {
    payload["account"].as_str().or_else(|| payload["context"].as_str()).map(str::to_owned)
}

fn planned(event: &ToldEvent, number: usize) -> PlannedEvent {
    let payload = &event.payload;
    let second = match &payload["created"] {
        Value::String(text) => Moment::parse(text).map(Moment::seconds),
        number => number.as_i64(),
    };
    let rank = rank::of_payload(payload);
    let place = Place { second: second.unwrap_or_default(), rank, number };
    let silent = event.object.as_ref().map(|object| state(payload, object.clone(), place));
    let state = carried(payload, place).or(silent);
    PlannedEvent { account: account_of(payload), state, place, was_sent: false }
}

/// The state that an event carries.
fn carried(payload: &Value, place: Place) -> Option<ObjectState> {
    let object = payload["data"].get("object").filter(|object| object.is_object())?;
    Some(state(payload, object.clone(), place))
}

fn state(payload: &Value, object: Value, place: Place) -> ObjectState {
    let name = payload["type"].as_str().unwrap_or_default();
    // A subscription that ended stays.
    let is_deleted = name.ends_with(".deleted") && object["object"] != "subscription";
    ObjectState { value: Arc::new(object), place, source: Authority::Event, is_deleted }
}
