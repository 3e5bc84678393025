//! What the API serves: the objects of the stories told to it, by account, and the events that were sent.
//!
//! An object exists once one of its events was sent; so does one whose event is in the story's past by then, and
//! whatever an object that exists names by its id. Its state is that of the newest event sent, by the story's own
//! time, and never goes back.

use std::collections::{BTreeMap, HashSet};

use serde_json::Value;

use super::call_state::CallState;
use super::noted::Notes;
use super::object::{Element, ObjectKey, ObjectState, walk};
use super::objects::Objects;
use super::pending::{News, PendingNews};
use super::sent::{Account, SentEvent, SentEvents};
use super::stories::{PlannedEvent, Stories, StoryOrigin, account_of};
use super::telling::{StoryTelling, ToldEvent};
use crate::event::Catalogue;

/// Types of objects that nothing here has: a list of them is empty.
const NEVER_THERE: [&str; 1] = ["product_feature"];

/// Everything.
#[derive(Debug, Default)]
pub(super) struct ApiStore {
    accounts: BTreeMap<Account, Objects>,
    events: SentEvents,
    stories: Stories,
    /// The types of objects that exist.
    kinds: HashSet<String>,
    /// The ids of the platform itself.
    pub(super) own: HashSet<String>,
    /// What is known of calls that change something.
    pub(super) calls: CallState,
    /// What was told meanwhile.
    pub(super) pending: PendingNews,
}

impl ApiStore {
    /// Takes in what waits; these links live.
    pub(super) fn catch_up(&mut self, live: &[u64]) {
        for news in self.pending.take() {
            match news {
                News::Told(story, link) => self.told(story.telling(), (link, live)),
                News::Sent(body) => self.sent(&body),
            }
        }
    }

    /// A link tells a story. What is known of its objects from an earlier one, such as a run of the same seed, is over.
    /// Old stories go where there are too many, unless their links live.
    pub(super) fn told(&mut self, telling: StoryTelling, (link, live): (u64, &[u64])) {
        self.own.extend(telling.own_account.clone());
        self.calls.api_version.clone_from(&telling.api_version);
        let story = self.stories.add(telling, StoryOrigin::Link(link), &self.own);
        self.forget_earlier(story);
        self.forget_surplus(live);
    }

    /// The history keeps a story, and has its events. One that was told stays as it is.
    pub(super) fn recorded(&mut self, telling: StoryTelling, live: &[u64]) {
        let mut ids = telling.events.iter().filter_map(|event| event.payload["id"].as_str());
        if ids.any(|id| self.stories.of_event(id).is_some()) {
            return;
        }
        self.own.extend(telling.own_account.clone());
        self.stories.add(telling, StoryOrigin::History, &self.own);
        self.forget_surplus(live);
    }

    fn forget_surplus(&mut self, live: &[u64]) {
        while let Some(story) = self.stories.take_surplus(live) {
            self.forget_story(story);
        }
    }

    fn forget_story(&mut self, story: usize) {
        self.accounts.values_mut().for_each(|objects| objects.forget_story(story));
        self.accounts.retain(|_, objects| !objects.is_empty());
    }

    /// Forgets what is known of a story's objects.
    fn forget_earlier(&mut self, story: usize) {
        let Some(facts) = self.stories.get(story) else { return };
        let of_events = facts.events.iter().filter_map(|event| event.state.as_ref());
        for state in of_events.chain(facts.companions.values()) {
            walk(state.own(), &mut |element| {
                let Element::Object(object) = element else { return };
                let Some(key) = ObjectKey::of(object) else { return };
                self.accounts.values_mut().for_each(|objects| {
                    objects.remove(&key);
                });
            });
        }
    }

    /// Forgets the events that no story was told of but by the history, and the objects that are known by them alone.
    pub(super) fn clear_untold(&mut self) {
        while let Some(story) = self.stories.take_recorded() {
            self.forget_story(story);
        }
        let stories = &self.stories;
        let stays = |event: &SentEvent| event.is_written || stories.of_event(event.id()).is_some();
        self.events.retain(stays);
        self.accounts.values_mut().for_each(Objects::forget_untold);
        self.accounts.retain(|_, objects| !objects.is_empty());
    }

    /// An event was sent.
    pub(super) fn sent(&mut self, body: &[u8]) {
        let Ok(payload) = serde_json::from_slice::<Value>(body) else { return };
        let account = account_of(&payload);
        let event = SentEvent::new(account.clone(), &payload, body);
        let place = self.stories.of_event(event.id());
        let number = self.events.keep(event);
        if let Some((story, number)) = place {
            self.happened(story, number, (&account, &payload));
        } else if let Some(number) = number {
            self.show_alone(payload, number);
        }
        self.forget_surplus_events();
    }

    /// Keeps an event that a call caused.
    pub(super) fn keep_event(&mut self, event: SentEvent) {
        self.events.keep(event);
        self.forget_surplus_events();
    }

    /// Keeps the events that a file has, in their order, whatever the history has told of them before.
    pub(super) fn keep_events(&mut self, events: Vec<SentEvent>) {
        let ids: HashSet<String> = events.iter().map(|event| event.id().to_owned()).collect();
        self.events.retain(|event| !ids.contains(event.id()));
        for event in events {
            self.keep_event(event);
        }
    }

    /// An object is in a state that a call has written, and with it what lies in it.
    pub(super) fn show_written(&mut self, account: &Account, state: ObjectState) {
        self.show(account, ObjectState { is_written: true, ..state }, None);
    }

    fn forget_surplus_events(&mut self) {
        while let Some((number, event)) = self.events.take_surplus() {
            self.forget(&event, number);
        }
    }

    /// An event that no story was told of was sent.
    fn show_alone(&mut self, payload: Value, number: usize) {
        let told = ToldEvent { payload, object: None, details: None };
        let PlannedEvent { account, state, .. } = PlannedEvent::new(told, number);
        if let Some(state) = state {
            self.show(&account, state, None);
        }
    }

    /// An event is kept no more, and with it the objects that are known by it, or by older ones, alone.
    fn forget(&mut self, event: &SentEvent, number: usize) {
        let Some(objects) = self.accounts.get_mut(&event.account) else { return };
        let payload = event.payload();
        let carried = &payload["data"]["object"];
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
        let Some(facts) = self.stories.get_mut(story) else { return };
        let Some(told) = facts.events.get_mut(number) else { return };
        told.was_sent = true;
        let place = told.place;
        // The history keeps stories without what their events carry.
        let carried = || {
            let payload = payload.clone();
            PlannedEvent::new(ToldEvent { payload, object: None, details: None }, number).state
        };
        let sent = told.state.as_ref().map(|state| state.as_sent(payload)).or_else(carried);
        let present = facts.present.map_or(place, |present| present.max(place));
        facts.present = Some(present);
        let is_past = |event: &&PlannedEvent| !event.was_sent && event.place <= present;
        let past = facts.events.iter().filter(is_past);
        let past: Vec<_> = past.map(|e| (e.account.clone(), e.state.clone())).collect();
        let singletons = facts.singletons.clone();
        for state in sent.into_iter().chain(singletons) {
            self.show(account, state, Some(story));
        }
        self.show_account(account, story);
        for (account, state) in past {
            let Some(state) = state else { continue };
            // Of what was sent, the newest that was sent counts.
            if !state.key().is_some_and(|key| self.was_sent(story, &key)) {
                self.show(&account, state, Some(story));
            }
        }
    }

    /// The account that an event comes from exists, for the platform and for itself.
    fn show_account(&mut self, account: &Account, story: usize) {
        let Some(id) = account else { return };
        for asking in [&None, account] {
            if let Some(state) = self.named(asking, id, Some(story)) {
                self.show(asking, state, Some(story));
            }
        }
    }

    fn was_sent(&self, story: usize, key: &ObjectKey) -> bool {
        let is_its = |event: &PlannedEvent| {
            let own = event.state.as_ref().and_then(ObjectState::key);
            event.was_sent && own.as_ref() == Some(key)
        };
        self.stories.get(story).is_some_and(|facts| facts.events.iter().any(is_its))
    }

    /// An object is in a state, and with it exists whatever it names.
    pub(super) fn show(&mut self, account: &Account, state: ObjectState, story: Option<usize>) {
        let mut waiting = vec![state];
        while let Some(state) = waiting.pop() {
            let state = ObjectState { story, ..state };
            let Some(key) = state.key() else { continue };
            self.kinds.insert(key.kind.clone());
            let is_kept = self.events.notes.are_wanted();
            let objects = self.accounts.entry(account.clone());
            let objects = objects.or_insert_with(|| Objects::new(is_kept));
            if !objects.keep(key.clone(), state.clone()) {
                continue;
            }
            waiting.extend(state.within());
            let mut names = state.names();
            let facts = story.and_then(|story| self.stories.get(story));
            let owned = facts.and_then(|facts| facts.owned.get(&key.id));
            names.extend(owned.into_iter().flatten().map(String::as_str));
            let new: Vec<_> =
                names.into_iter().filter_map(|id| self.named(account, id, story)).collect();
            waiting.extend(new);
        }
    }

    /// The state of an object that another names, where it was told and does not exist yet.
    fn named(&self, account: &Account, id: &str, story: Option<usize>) -> Option<ObjectState> {
        let is_there = self.accounts.get(account).is_some_and(|objects| objects.any(id).is_some());
        if is_there || !self.stories.knows(id) {
            return None;
        }
        self.stories.first_state(id, story)
    }

    /// From now on, a file is to know what is different.
    pub(super) fn take_notes(&mut self) {
        self.events.notes = Notes::new(true);
        self.accounts.values_mut().for_each(|objects| objects.notes = Notes::new(true));
    }

    /// What is noted is written.
    pub(super) fn clear_notes(&mut self) {
        self.events.notes.clear();
        self.accounts.values_mut().for_each(|objects| objects.notes.clear());
        self.accounts.retain(|_, objects| !objects.is_empty());
    }

    /// Takes an object in of which nothing is known: a file has kept it, or the user hands it in.
    pub(super) fn take_in(&mut self, account: &Account, state: ObjectState) {
        let Some(key) = state.key() else { return };
        self.kinds.insert(key.kind.clone());
        let is_kept = self.events.notes.are_wanted();
        let objects = self.accounts.entry(account.clone());
        objects.or_insert_with(|| Objects::new(is_kept)).add(key, state);
    }

    /// The accounts of which objects are known.
    pub(super) fn accounts(&self) -> impl Iterator<Item = (&Account, &Objects)> {
        self.accounts.iter()
    }

    /// The events that were sent.
    pub(super) const fn sent_events(&self) -> &SentEvents {
        &self.events
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
        NEVER_THERE.contains(&kind)
            || self.kinds.contains(kind)
            || Catalogue::objects().any(|known| known == kind)
    }

    /// Whether an account of that id is part of a story.
    pub(super) fn has_account(&self, id: &str) -> bool {
        let kinds = ["account".to_owned(), "v2.core.account".to_owned()];
        self.accounts.contains_key(&Some(id.to_owned()))
            || self.accounts.values().any(|objects| objects.find(&kinds, id).is_some())
    }

    /// What a fetched thin event has besides.
    pub(super) fn details(&self, event: &str) -> Option<&Value> {
        self.stories.details(event)
    }

    /// The events that were sent to an account, the newest first.
    pub(super) fn events(&self, account: &Account) -> impl Iterator<Item = &SentEvent> {
        self.events.newest_first().filter(move |event| event.account == *account)
    }
}
