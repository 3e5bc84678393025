//! What the API serves: the objects of the stories told to it, by account, and the events that were sent.
//!
//! An object exists once one of its events was sent; so does one whose event is in the story's past by then, and
//! whatever an object that exists names by its id. Its state is that of the newest event sent, by the story's own
//! time, and never goes back.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use bytes::Bytes;
use serde_json::Value;

use super::object::{Authority, Element, ObjectKey, ObjectState, Place, Shapes, walk};
use super::objects::Objects;
use super::sent::{Account, SentEvent, SentEvents};
use super::telling::{StoryTelling, ToldEvent};
use crate::event::{Catalogue, Companion, Versions, rank, shape};
use crate::protocol::Moment;

/// Everything.
#[derive(Debug, Default)]
pub(super) struct ApiStore {
    accounts: BTreeMap<Account, Objects>,
    events: SentEvents,
    stories: Vec<StoryFacts>,
    /// The story of each event that was told, and its place in it.
    planned: HashMap<String, (usize, usize)>,
    /// The stories of objects that were told, by id.
    told: HashMap<String, usize>,
    /// What fetched thin events have besides, by event.
    details: HashMap<String, Value>,
    /// The types of objects that exist.
    kinds: HashSet<String>,
    /// The ids of the platform itself.
    own: HashSet<String>,
}

/// What is known of a story.
#[derive(Debug, Default)]
struct StoryFacts {
    events: Vec<PlannedEvent>,
    /// The objects that no event carries, by id.
    companions: HashMap<String, ObjectState>,
    /// The ids of those that belong to an object, by its id.
    owned: HashMap<String, Vec<String>>,
    /// What there is one of.
    singletons: Vec<ObjectState>,
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
    /// A story begins. What is known of its objects from an earlier one, such as a run of the same seed, is over.
    pub(super) fn told(&mut self, telling: StoryTelling) {
        let story = self.stories.len();
        self.own.extend(telling.own_account);
        let mut facts = StoryFacts::default();
        for (number, event) in telling.events.into_iter().enumerate() {
            let id = event.payload["id"].as_str().map(str::to_owned);
            let details = event.details.clone();
            self.details.extend(id.clone().zip(details));
            self.planned.extend(id.map(|id| (id, (story, number))));
            let planned = planned(event, number);
            let key = planned.state.as_ref().and_then(ObjectState::key);
            self.told.extend(key.map(|key| (key.id, story)));
            facts.events.push(planned);
        }
        let version = shape_of(&telling.api_version);
        for companion in telling.companions {
            let state = companion_state(companion, &version);
            let Some(key) = state.key() else { continue };
            if key.id.is_empty() || self.own.contains(&key.id) {
                facts.singletons.push(state);
                continue;
            }
            if let Some(owner) = &state.owner {
                facts.owned.entry(owner.clone()).or_default().push(key.id.clone());
            }
            self.told.insert(key.id.clone(), story);
            facts.companions.insert(key.id, state);
        }
        self.forget_earlier(&facts);
        self.stories.push(facts);
    }

    /// Forgets what is known of a story's objects.
    fn forget_earlier(&mut self, facts: &StoryFacts) {
        let of_events = facts.events.iter().filter_map(|event| event.state.as_ref());
        for state in of_events.chain(facts.companions.values()) {
            walk(state.own(), &mut |element| {
                let Element::Object(object) = element else { return };
                let Some(key) = ObjectKey::of(object) else { return };
                self.accounts.values_mut().for_each(|objects| objects.remove(&key));
            });
        }
    }

    /// Forgets the events that no story was told of, and the objects that are known by them alone.
    pub(super) fn clear_untold(&mut self) {
        let known = std::mem::take(&mut self.events).into_oldest_first();
        for event in known.filter(|event| self.planned.contains_key(event.id())) {
            self.events.keep(event);
        }
        self.accounts.values_mut().for_each(Objects::forget_untold);
        self.accounts.retain(|_, objects| !objects.is_empty());
    }

    /// An event was sent.
    pub(super) fn sent(&mut self, body: &[u8]) {
        let Ok(payload) = serde_json::from_slice::<Value>(body) else { return };
        let (account, payload) = (account_of(&payload), Arc::new(payload));
        let body = Bytes::copy_from_slice(body);
        let event = SentEvent { account, payload, body };
        let number = self.events.keep(event.clone());
        if let Some((story, number)) = self.planned.get(event.id()).copied() {
            self.happened(story, number, (&event.account, &event.payload));
        } else if let Some(number) = number {
            self.show_alone(&event, number);
        }
        while let Some((number, event)) = self.events.take_surplus() {
            self.forget(&event, number);
        }
    }

    /// An event that no story was told of was sent.
    fn show_alone(&mut self, event: &SentEvent, number: usize) {
        let payload = (*event.payload).clone();
        let told = ToldEvent { payload, object: None, details: None };
        if let Some(state) = planned(told, number).state {
            let state = ObjectState { is_of_event_alone: true, ..state };
            self.show(&event.account, state, None);
        }
    }

    /// An event is kept no more, and with it the objects that are known by it, or by older ones, alone.
    fn forget(&mut self, event: &SentEvent, number: usize) {
        let Some(objects) = self.accounts.get_mut(&event.account) else { return };
        let carried = &event.payload["data"]["object"];
        objects.forget(ObjectKey::of(carried), number);
        walk(carried, &mut |element| {
            if let Element::Object(inner) = element {
                objects.forget(ObjectKey::of(inner), number);
            }
        });
        if objects.is_empty() {
            self.accounts.remove(&event.account);
        }
    }

    /// An event of a story was sent, and what happened in the story before it has happened.
    fn happened(&mut self, story: usize, number: usize, (account, payload): (&Account, &Value)) {
        let told = &mut self.stories[story].events[number];
        told.was_sent = true;
        let place = told.place;
        let sent = told.state.as_ref().map(|state| state.as_sent(payload));
        let singletons = self.stories[story].singletons.clone();
        for state in sent.into_iter().chain(singletons) {
            self.show(account, state, Some(story));
        }
        let facts = &mut self.stories[story];
        let present = facts.present.map_or(place, |present| present.max(place));
        facts.present = Some(present);
        let is_past = |event: &&PlannedEvent| !event.was_sent && event.place <= present;
        let past = facts.events.iter().filter(is_past);
        let past: Vec<_> = past.map(|e| (e.account.clone(), e.state.clone())).collect();
        for (account, state) in past {
            let Some(state) = state else { continue };
            // Of what was sent, the newest that was sent counts.
            if !state.key().is_some_and(|key| self.was_sent(story, &key)) {
                self.show(&account, state, Some(story));
            }
        }
    }

    fn was_sent(&self, story: usize, key: &ObjectKey) -> bool {
        let is_its = |event: &PlannedEvent| {
            let own = event.state.as_ref().and_then(ObjectState::key);
            event.was_sent && own.as_ref() == Some(key)
        };
        self.stories[story].events.iter().any(is_its)
    }

    /// An object is in a state, and with it exists whatever it names.
    fn show(&mut self, account: &Account, state: ObjectState, story: Option<usize>) {
        let mut waiting = vec![state];
        while let Some(state) = waiting.pop() {
            let Some(key) = state.key() else { continue };
            self.kinds.insert(key.kind.clone());
            let objects = self.accounts.entry(account.clone()).or_default();
            if !objects.keep(key.clone(), state.clone()) {
                continue;
            }
            waiting.extend(state.within());
            let mut names = state.names();
            let owned = story.and_then(|story| self.stories[story].owned.get(&key.id));
            names.extend(owned.into_iter().flatten().map(String::as_str));
            let new: Vec<_> =
                names.into_iter().filter_map(|id| self.named(account, id, story)).collect();
            waiting.extend(new);
        }
    }

    /// The state of an object that another names, where it was told and does not exist yet.
    fn named(&self, account: &Account, id: &str, story: Option<usize>) -> Option<ObjectState> {
        let told = self.told.get(id).copied()?;
        let facts = &self.stories[story.unwrap_or(told)];
        if self.accounts.get(account)?.any(id).is_some() {
            return None;
        }
        if let Some(state) = facts.companions.get(id) {
            return Some(state.clone());
        }
        let states = facts.events.iter().filter_map(|event| event.state.as_ref());
        states.filter(|state| state.own()["id"] == id).min_by_key(|state| state.place).cloned()
    }

    /// The objects of an account; `None` where nothing is known of it.
    pub(super) fn objects(&self, account: &Account) -> Option<&Objects> {
        self.accounts.get(account)
    }

    /// The objects of an account that may be changed.
    pub(super) fn objects_mut(&mut self, account: &Account) -> Option<&mut Objects> {
        self.accounts.get_mut(account)
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
        let kinds = ["account".to_owned(), "v2.core.account".to_owned()];
        self.accounts.contains_key(&Some(id.to_owned()))
            || self.accounts.values().any(|objects| objects.find(&kinds, id).is_some())
    }

    /// What a fetched thin event has besides.
    pub(super) fn details(&self, event: &str) -> Option<&Value> {
        self.details.get(event)
    }

    /// The events that were sent to an account, the newest first.
    pub(super) fn events(&self, account: &Account) -> impl Iterator<Item = &SentEvent> {
        self.events.newest_first().filter(move |event| event.account == *account)
    }
}

/// The account that an event is of.
fn account_of(payload: &Value) -> Account {
    payload["account"].as_str().or_else(|| payload["context"].as_str()).map(str::to_owned)
}

/// The version that stands for the shape of an API version; the version itself where nothing is known of it.
pub(super) fn shape_of(api_version: &str) -> Arc<str> {
    shape::version_of(api_version).map_or_else(|_| api_version.into(), Into::into)
}

fn companion_state(companion: Companion, version: &Arc<str>) -> ObjectState {
    let Versions { own, others } = companion.object;
    let shapes = Arc::new(Shapes { own, others, version: Arc::clone(version) });
    let state = ObjectState::new(shapes, Place::FIRST, Authority::Companion);
    ObjectState { owner: companion.owner, ..state }
}

fn planned(event: ToldEvent, number: usize) -> PlannedEvent {
    let ToldEvent { payload, object, .. } = event;
    let second = match &payload["created"] {
        Value::String(text) => Moment::parse(text).map(Moment::seconds),
        number => number.as_i64(),
    };
    let rank = rank::of_payload(&payload);
    let place = Place { second: second.unwrap_or_default(), rank, number };
    let version =
        shape_of(payload["api_version"].as_str().unwrap_or_else(|| Catalogue::api_version()));
    let told =
        object.map(|Versions { own, others }| Shapes { own, others, version: version.clone() });
    let carried = payload["data"].get("object").filter(|object| object.is_object());
    let shapes = match (told, carried) {
        (Some(told), Some(own)) if told.own != *own => Some(told.with_own(own.clone())),
        (None, Some(own)) => Some(Shapes { own: own.clone(), version, ..Shapes::default() }),
        (told, _) => told,
    };
    let state = shapes.map(|shapes| {
        let state = ObjectState::new(Arc::new(shapes), place, Authority::Event);
        let name = payload["type"].as_str().unwrap_or_default();
        // A subscription that ended stays.
        let is_deleted = name.ends_with(".deleted") && state.kind() != "subscription";
        ObjectState { is_deleted, ..state }
    });
    PlannedEvent { account: account_of(&payload), state, place, was_sent: false }
}
