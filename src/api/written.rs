//! Makes the changes that calls ask for, and the events that follow.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use super::call_state::MOST_MADE;
use super::caused::WrittenEvent;
use super::change::{ChangeKind, ObjectChange, Stamp};
use super::earlier::at_version;
use super::object::{Authority, ObjectState, Place, Shapes};
use super::sent::{Account, SentEvent};
use super::store::ApiStore;
use super::stories::shape_of;
use crate::event::id::Seed;
use crate::event::{Catalogue, Event};

/// The events of what a bank is asked for: a payment, a refund.
const ASKING: [&str; 2] = ["payment_intent.processing", "refund.created"];

/// The events of what Stripe does by itself afterwards: they name no request, as in the built-in scenarios.
const OF_STRIPE: [&str; 5] = [
    "charge.dispute.created",
    "charge.dispute.funds_withdrawn",
    "charge.updated",
    "checkout.session.completed",
    "invoice_payment.paid",
];

impl ApiStore {
    /// What the next ids are drawn by.
    pub(super) fn next_name(&self, number: u64) -> (Seed, String) {
        (self.calls.seed, format!("call/{}/{number}", self.calls.count))
    }

    /// What calls have said of an object that it does not show.
    pub(super) fn hidden(&self, id: &str) -> Option<&Value> {
        self.calls.hidden.get(id)
    }

    /// Makes changes that a call asks for, and keeps the events that follow.
    pub(super) fn write(&mut self, account: &Account, changes: &[ObjectChange], stamp: &Stamp) {
        for (number, change) in (1..).zip(changes) {
            if !change.hidden.is_null() {
                self.calls.hidden.insert(change.id().to_owned(), change.hidden.clone());
            }
            if !change.is_change() {
                continue;
            }
            match change.kind {
                ChangeKind::Created => self.make(account, change, stamp),
                ChangeKind::Told => {}
                ChangeKind::Updated | ChangeKind::Deleted => self.alter(account, change),
            }
            let Some(name) = &change.event else { continue };
            self.calls.is_asking |= ASKING.contains(&name.as_str());
            let of_nobody = Stamp { request: None, idempotency_key: None, ..stamp.clone() };
            let stamp = if OF_STRIPE.contains(&name.as_str()) { &of_nobody } else { stamp };
            let event = self.told_by(account, (change, name), (number, stamp));
            if let Some(event) = event {
                let webhooks = self.webhooks(account, name);
                self.calls.caused.push(WrittenEvent::new(event.clone(), webhooks));
                self.keep_event(event);
            }
        }
        self.calls.count += 1;
        self.forget_made();
    }

    /// A new object.
    fn make(&mut self, account: &Account, change: &ObjectChange, stamp: &Stamp) {
        let version = shape_of(Catalogue::api_version());
        let shapes = Arc::new(Shapes::new(change.after.clone(), version, BTreeMap::new()));
        let place = Place { second: stamp.second, rank: u16::MAX, number: usize::MAX };
        let state = ObjectState::new(shapes, place, Authority::Event);
        let state = ObjectState { owner: change.owner.clone(), ..state };
        if let Some(key) = state.key() {
            // One of the same id may have been deleted: this one is not as old as that.
            if self.objects_mut(account).is_some_and(|objects| objects.remove(&key)) {
                self.calls.made.retain(|(of, made)| (of, made) != (account, &key));
            }
            self.calls.made.push_back((account.clone(), key));
        }
        self.show_written(account, state);
    }

    /// An object that is there is different, or gone, from now on; what lies in it since then is there, too.
    fn alter(&mut self, account: &Account, change: &ObjectChange) {
        let objects = self.objects_mut(account);
        let state = objects.and_then(|all| all.find_mut(change.object(), change.id()));
        let Some(state) = state else { return };
        let overlay = state.overlay.get_or_insert_default();
        overlay.note(&change.before, &change.after);
        overlay.is_deleted |= change.kind == ChangeKind::Deleted;
        state.is_deleted |= overlay.is_deleted;
        let newest = state.shapes.in_version(&shape_of(Catalogue::api_version()));
        state.shapes = Arc::new(newest.with_own(change.after.clone()));
        if state.is_deleted {
            return;
        }
        let within = state.within();
        let is_known = |state: &ObjectState| {
            let key = state.key();
            let objects = self.objects(account);
            key.is_none_or(|key| objects.is_some_and(|all| all.of(&key).is_some()))
        };
        let new: Vec<_> = within.into_iter().filter(|state| !is_known(state)).collect();
        for state in new {
            self.show_written(account, state);
        }
    }

    /// The event that tells of a change.
    fn told_by(
        &self,
        account: &Account,
        (change, name): (&ObjectChange, &str),
        (number, stamp): (u64, &Stamp),
    ) -> Option<SentEvent> {
        let (seed, own) = self.next_name(number);
        let catalogue = Catalogue::embedded().ok()?;
        let id = catalogue.new_event_id(change.object(), seed, &format!("event/{own}")).ok()?;
        let source = (self.calls.api_version.as_str(), account.as_deref());
        let event_type = catalogue.event_type(name, None).ok()?;
        let tells_before = event_type.tells_before();
        let payload = if source.0 == Catalogue::api_version() {
            change.payload((&id, name), source, stamp, tells_before)
        } else {
            let beside = self.objects(account)?;
            let shaped = change.shaped(|value| at_version(value.clone(), source.0, beside));
            shaped.payload((&id, name), source, stamp, tells_before)
        };
        Some(SentEvent::written(account.clone(), &payload, &Event::new(&payload).body))
    }

    /// Forgets the oldest objects that calls have made, where there are too many.
    fn forget_made(&mut self) {
        while self.calls.made.len() > MOST_MADE {
            let Some((account, key)) = self.calls.made.pop_front() else { return };
            self.calls.hidden.remove(&key.id);
            if let Some(objects) = self.objects_mut(&account) {
                objects.remove(&key);
            }
        }
    }
}
