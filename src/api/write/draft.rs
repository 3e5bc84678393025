//! What a call is about to change: worked out before anything is done, so that what is refused leaves no trace.

use serde_json::{Map, Value, json};

use super::action::{self, Deed, WriteAction};
use super::backdating::Backdated;
use super::input::Input;
use super::test_cards::TestCard;
use crate::api::change::{ChangeKind, ObjectChange};
use crate::api::error::RequestError;
use crate::api::inquiry::{Inquiry, Result};
use crate::event::Catalogue;
use crate::event::id::{BASE62, CODE};
use crate::protocol::ordered;

/// What payments of invoices follow from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PaymentCause {
    /// Somebody is told where there is nothing to pay by.
    Call,
    /// A phase of a schedule: what cannot be paid stays open.
    Phase,
    /// The schedule by which failed ones are tried again.
    Retry,
}

/// How long the money of a payment is pending, as in the catalogue.
const PENDING_SECONDS: i64 = 2 * 24 * 60 * 60;

/// What a call is about to change, in the order in which it happens.
pub(super) struct Draft<'i, 'a> {
    pub(super) inquiry: &'i Inquiry<'a>,
    /// How many ids were drawn.
    drawn: u64,
    pub(super) changes: Vec<ObjectChange>,
    /// What the call is answered though it has its effects: the card was declined.
    pub(super) refusal: Option<RequestError>,
    /// What the call is answered in place of the object that it changes: a part of it, or a preview.
    pub(super) shown: Option<Value>,
    /// Whether what it changes is kept where that is so.
    pub(super) keeps_changes: bool,
    /// The subscription that begins, whose own event tells how its payment went.
    pub(super) beginning: Option<String>,
    /// What payments of invoices follow from.
    pub(super) cause: PaymentCause,
    /// Whether the part of a period costs nothing with which a subscription begins.
    pub(super) is_first_part_free: bool,
    /// What has passed of the subscription that is made, where it began before.
    pub(super) backdated: Option<Backdated>,
    /// The payment method that the customer puts in on a page; a good card for none.
    pub(super) put_in: Option<String>,
    /// What the answer has besides, and nothing later: a secret.
    pub(super) told_once: Map<String, Value>,
    /// The prices that a schedule has already: it goes on with them where they are archived.
    pub(super) known_prices: Vec<Value>,
    /// The charges that something follows of once all else is done: a dispute, or a warning.
    pub(super) followed: Vec<(Value, &'static TestCard)>,
}

impl<'i, 'a> Draft<'i, 'a> {
    pub(super) fn new(inquiry: &'i Inquiry<'a>) -> Self {
        Self {
            inquiry,
            drawn: 0,
            changes: Vec::new(),
            refusal: None,
            shown: None,
            keeps_changes: false,
            beginning: None,
            cause: PaymentCause::Call,
            is_first_part_free: false,
            backdated: None,
            put_in: None,
            told_once: Map::new(),
            known_prices: Vec::new(),
            followed: Vec::new(),
        }
    }

    /// Does what a call says; returns where the object that it is about is among the changes.
    pub(super) fn perform(&mut self, action: &'static WriteAction, input: &Input) -> Result<usize> {
        let input = &self.checked(action, input)?;
        match action.call.does {
            Deed::Create => self.create(action, input),
            Deed::Update => self.update_known(action, input),
            Deed::Delete => self.delete(action, input),
            Deed::Refund => self.refund(action, input),
            Deed::CreateMethod => self.create_method(action, input),
            Deed::AttachMethod => self.attach_method(action, input),
            Deed::DetachMethod => self.detach_method(action, input),
            Deed::CreatePayment => self.create_payment(action, input),
            Deed::UpdatePayment => self.update_payment(action, input),
            Deed::ConfirmPayment => self.confirm_payment(action, input),
            Deed::CancelPayment => self.cancel_payment(action, input),
            Deed::CapturePayment => self.capture_payment(action, input),
            Deed::IncrementPayment => self.increment_payment(action, input),
            Deed::CreateSetup => self.create_setup(action, input),
            Deed::UpdateSetup => self.update_setup(action, input),
            Deed::ConfirmSetup => self.confirm_setup(action, input),
            Deed::CreatePortal => self.create_portal(action, input),
            Deed::CreateSession => self.create_session(action, input),
            Deed::CreateWebhook => self.create_webhook(action, input),
            Deed::UpdateWebhook => self.update_webhook(action, input),
            Deed::CreateCharge => self.create_charge(action, input),
            Deed::CaptureCharge => self.capture_charge(action, input),
            Deed::CreateLink => self.create_link(action, input),
            Deed::UpdateLink => self.update_link(action, input),
            Deed::UpdateDispute => self.update_dispute(action, input),
            Deed::CloseDispute => self.close_dispute(action, input),
            Deed::CreateSource => self.create_source(action, input),
            Deed::DeleteSource => self.delete_source(action, input),
            Deed::CreateKey => self.create_key(action, input),
            Deed::VerifyMicrodeposits => self.verify_deposits(action, input),
            _ => self.perform_billing(action, input),
        }
    }

    /// What a call says, with the test cards that it names, where that can be done at all.
    fn checked(&mut self, action: &'static WriteAction, input: &Input) -> Result<Input> {
        let input = self.with_test_methods(input)?;
        let input = action.without_what_is_so(self, input);
        action.check(self, &input)?;
        self.check_values(action, &input)?;
        self.with_given_method(input)
    }

    pub(super) fn update_known(
        &mut self,
        action: &'static WriteAction,
        input: &Input,
    ) -> Result<usize> {
        let before = self.known(action)?;
        self.update(action, input, before)
    }

    /// An object is different afterwards.
    pub(super) fn update(
        &mut self,
        action: &'static WriteAction,
        input: &Input,
        before: Value,
    ) -> Result<usize> {
        action.check_state(self.inquiry, &before, input)?;
        let mut after = before.clone();
        action.apply(input, &mut after);
        action.check_unique(self.inquiry, &after)?;
        let after = self.with_set(action, &before, after);
        let ends = action.object.kind == "subscription" && after["status"] == "canceled";
        let is_new = before["status"] != after["status"];
        let ended = Some(before.clone()).filter(|_| ends && is_new);
        let number = self.note(action, ChangeKind::Updated, (before, after));
        if let Some(subscription) = ended {
            self.void_what_waits(&subscription)?;
            self.stop_collecting(&subscription);
            self.end_schedule_of(&subscription, false);
        }
        Ok(number)
    }

    fn delete(&mut self, action: &'static WriteAction, input: &Input) -> Result<usize> {
        let before = self.allowed(action, input)?;
        self.delete_known(action, before)
    }

    /// An object goes, and before it what goes on for it.
    pub(super) fn delete_known(
        &mut self,
        action: &'static WriteAction,
        before: Value,
    ) -> Result<usize> {
        let id = before["id"].as_str().unwrap_or_default();
        action.check_kept(self.inquiry, id)?;
        for (kind, dependent) in &action.call.ends {
            let goes_on = |own: &Value| {
                let ended = |(field, values): (&String, &Vec<Value>)| values.contains(&own[field]);
                own[&dependent.field] == id && !dependent.unless.iter().any(ended)
            };
            let states = self.inquiry.states(kind).filter(|state| !state.is_deleted);
            let all: Vec<Value> = states.map(|state| state.own().clone()).filter(goes_on).collect();
            let by = action::required(&dependent.by)?;
            for one in all {
                self.update(by, &Map::new(), one)?;
            }
        }
        let after = self.with_set(action, &Value::Null, before.clone());
        Ok(self.note(action, ChangeKind::Deleted, (before, after)))
    }

    /// The object that the path names.
    pub(super) fn known(&self, action: &WriteAction) -> Result<Value> {
        let id = self.inquiry.route.variables.last().map_or("", |(_, id)| id);
        let is_of = |object: &Value| {
            let Some(kind) = &action.call.of else { return true };
            let owner = self.named_by_path(kind);
            owner.is_none_or(|owner| object[kind] == owner)
        };
        self.find(action.object.kind, id)
            .filter(is_of)
            .ok_or_else(|| RequestError::missing(action.object.kind, id))
    }

    /// The same, in a state that allows the call.
    pub(super) fn allowed(&self, action: &WriteAction, input: &Input) -> Result<Value> {
        let known = self.known(action)?;
        action.check_state(self.inquiry, &known, input)?;
        Ok(known)
    }

    /// An object that is there, or that the call is about to make, as it is by then.
    pub(super) fn find(&self, kind: &str, id: &str) -> Option<Value> {
        let is_it = |change: &&ObjectChange| change.object() == kind && change.id() == id;
        if let Some(change) = self.changes.iter().rfind(is_it) {
            return (change.kind != ChangeKind::Deleted).then(|| change.after.clone());
        }
        let objects = self.inquiry.store.objects(&self.inquiry.account);
        let found = objects?.find(&[kind.to_owned()], id)?;
        let is_there = !found.is_deleted && self.inquiry.seen(found).is_some();
        is_there.then(|| found.at(Catalogue::api_version()).to_value())
    }

    /// What is known of an object that it does not show.
    pub(super) fn hidden(&self, id: &str) -> Option<&Value> {
        let mut mine = self.changes.iter().rev();
        let mine = mine.find(|change| change.id() == id && !change.hidden.is_null());
        mine.map(|change| &change.hidden).or_else(|| self.inquiry.store.hidden(id))
    }

    /// With what the call sets besides.
    pub(super) fn with_set(&self, action: &WriteAction, before: &Value, mut after: Value) -> Value {
        let has_become =
            |(field, value): (&String, &Value)| after[field] == *value && before[field] != *value;
        let effects = action.call.effects.iter().filter(|effect| effect.on.iter().all(has_become));
        let sets: Vec<_> = effects.map(|effect| &effect.set).chain([&action.call.set]).collect();
        for (path, value) in sets.into_iter().flatten() {
            let mut value = value.clone();
            self.fill(&mut value, &after);
            if let Some(place) = after.pointer_mut(&format!("/{}", path.replace('.', "/"))) {
                *place = value;
            }
        }
        if let Some(field) = action.call.touches.as_ref().filter(|_| *before != after) {
            after[field] = self.inquiry.request.second.into();
        }
        ordered(after)
    }

    /// An object comes to be, and the event that tells of it.
    pub(super) fn add(&mut self, object: Value, event: Option<&str>) -> usize {
        self.push(ChangeKind::Created, (Value::Null, object), event)
    }

    /// An object is different, and the event that tells of it.
    pub(super) fn change(&mut self, (before, after): (Value, Value), event: Option<&str>) -> usize {
        self.push(ChangeKind::Updated, (before, after), event)
    }

    pub(super) fn push(
        &mut self,
        kind: ChangeKind,
        (before, after): (Value, Value),
        event: Option<&str>,
    ) -> usize {
        let (after, event) = (ordered(after), event.map(str::to_owned));
        self.changes.push(ObjectChange::new(kind, (before, after), event));
        self.changes.len() - 1
    }

    /// An object comes to be that belongs to another one.
    pub(super) fn add_of(&mut self, object: Value, owner: &Value) {
        let number = self.add(object, None);
        self.changes[number].owner = owner.as_str().map(str::to_owned);
    }

    pub(super) fn note(
        &mut self,
        action: &WriteAction,
        kind: ChangeKind,
        (before, after): (Value, Value),
    ) -> usize {
        let also = action.call.also.clone().filter(|_| before != after);
        let again = also.map(|event| (event, before.clone(), after.clone()));
        let event = action.call.event.clone();
        self.changes.push(ObjectChange::new(kind, (before, after), event));
        let number = self.changes.len() - 1;
        if let Some((event, before, after)) = again {
            let told = ObjectChange::new(ChangeKind::Told, (before, after), Some(event));
            self.changes.push(told);
        }
        number
    }

    /// A new object with what was said of it.
    pub(super) fn new_object(&mut self, action: &WriteAction, input: &Input) -> Result<Value> {
        let id = self.new_id(action, input)?;
        let mut object = self.made(&action.object.new, &id);
        action.apply(input, &mut object);
        Ok(object)
    }

    /// A new object of a type, of which nothing was said.
    pub(super) fn blank(&mut self, kind: &str) -> Result<Value> {
        let known = action::of_kind(kind).ok_or_else(|| self.inquiry.not_served())?;
        let id = self.drawn_id(kind)?;
        Ok(self.made(&known.new, &id))
    }

    /// The same of one that is made beside objects of another type.
    pub(super) fn blank_beside(&mut self, kind: &str, of: &str) -> Result<Value> {
        let template = action::of_kind(of).and_then(|known| known.beside.get(kind));
        let template = template.ok_or_else(|| self.inquiry.not_served())?;
        let id = self.drawn_id(kind)?;
        Ok(self.made(template, &id))
    }

    /// An object of a template.
    pub(super) fn made(&self, template: &Map<String, Value>, id: &str) -> Value {
        let mut object = Value::Object(template.clone());
        self.fill(&mut object, &json!({"id": id, "object": template["object"]}));
        object
    }

    /// A new id for an object of a type.
    pub(super) fn drawn_id(&mut self, kind: &str) -> Result<String> {
        self.drawn += 1;
        let (seed, name) = self.inquiry.store.next_name(self.drawn);
        let catalogue = Catalogue::embedded().map_err(|_| self.inquiry.not_served())?;
        catalogue.new_id(kind, seed, &name).map_err(|_| self.inquiry.not_served())
    }

    /// The id of a new object: the one that the call chooses, or one that is drawn.
    fn new_id(&mut self, action: &WriteAction, input: &Input) -> Result<String> {
        let kind = action.object.kind;
        let Some(id) = input.get("id").and_then(Value::as_str) else { return self.drawn_id(kind) };
        let objects = self.inquiry.store.objects(&self.inquiry.account);
        let found = objects.and_then(|all| all.find(&[kind.to_owned()], id));
        let is_taken = found.is_some_and(|state| !state.is_deleted);
        if is_taken { Err(RequestError::exists(kind)) } else { Ok(id.to_owned()) }
    }

    /// Puts what is known of an object in the place of the words that stand for it.
    fn fill(&self, value: &mut Value, object: &Value) {
        match value {
            Value::Object(members) => {
                members.values_mut().for_each(|value| self.fill(value, object));
            }
            Value::Array(items) => items.iter_mut().for_each(|value| self.fill(value, object)),
            Value::String(text) => {
                if let Some(found) = self.said(text, object) {
                    *value = found;
                }
            }
            _ => {}
        }
    }

    /// What a word in braces stands for.
    fn said(&self, text: &str, object: &Value) -> Option<Value> {
        let word = text.strip_prefix('{')?.strip_suffix('}')?;
        let seed = self.inquiry.store.next_name(0).0;
        let id = object["id"].as_str().unwrap_or_default();
        Some(match word {
            "id" => id.into(),
            "now" => self.inquiry.time_of(object["object"].as_str().unwrap_or_default()).into(),
            "now+2d" => {
                let now = self.inquiry.time_of(object["object"].as_str().unwrap_or_default());
                now.saturating_add(PENDING_SECONDS).into()
            }
            "code" => seed.characters(&format!("code/{id}"), CODE, 8).into(),
            "secret" => {
                let drawn = seed.characters(&format!("secret/{id}"), BASE62, 25);
                format!("{id}_secret_{drawn}").into()
            }
            "receipt" => {
                let drawn = seed.characters(&format!("receipt/{id}"), BASE62, 100);
                format!("https://pay.stripe.com/receipts/payment/{drawn}").into()
            }
            // Places in the object, of which the first that is there counts.
            places => {
                let found = places.split('|').find_map(|place| object.pointer(place));
                found.cloned().unwrap_or_default()
            }
        })
    }
}
