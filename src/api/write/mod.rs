//! Calls that change something: the story moves, and events follow.
//!
//! `catalog/api/writes/` says what each call does, `catalog/api/parameters/` what it takes. A call is read (`input`),
//! held against its rules, and drafted; only then the store changes (`written`), and the events that follow are there.

mod action;
mod added_items;
mod allowed;
mod backdated_lines;
mod backdating;
mod balance;
mod bank_transfers;
mod billing;
mod billing_deeds;
mod canceling;
mod cash;
mod charging;
mod charges;
mod checkout;
mod checkout_subscriptions;
mod clock_runs;
mod clocks;
mod collecting;
mod completing;
mod customer_discounts;
mod discounts;
mod draft;
mod finalizing;
mod debit_setups;
mod debits;
mod decimal;
mod disputes;
mod due;
mod fields;
mod funding;
mod input;
mod invoice_items;
mod invoices;
mod invoicing;
mod keys;
mod kinds;
mod lapses;
mod lines;
mod links;
mod making;
mod mandates;
mod metadata;
mod methods;
mod microdeposits;
mod new_periods;
mod older_names;
mod page_answers;
mod pages;
mod payment_kinds;
mod payments;
mod pending_updates;
mod periods;
mod plans;
mod portal;
mod portal_flows;
mod previews;
mod prices;
mod promotions;
mod proration;
mod refund;
mod reuse;
mod rules;
mod schedule_items;
mod schedule_phases;
mod schedule_runs;
mod schedules;
mod sessions;
mod setups;
mod shipping;
mod sources;
mod subscription_changes;
mod subscription_items;
mod subscription_terms;
mod subscriptions;
mod sums;
mod tiers;
mod test_accounts;
mod test_cards;
mod tree;
mod transfer_payments;
mod trials;
mod values;
mod webhooks;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value};

pub(super) use self::cash::cash_balance;
pub(super) use self::clock_runs::{ClockProgress, go_on};
pub(super) use self::clocks::CLOCK;
pub(crate) use self::completing::CustomerAnswer;
pub(super) use self::finalizing::invoice_is_told;
pub(super) use self::pages::{confirm_page, page};
pub(super) use self::sources::card_as_method;

use self::action::{Deed, WriteAction};
use self::draft::Draft;
use self::due::Due;
use self::tree::ParameterNode;
use super::answer::ApiAnswer;
use super::change::{ObjectChange, Stamp};
use super::error::RequestError;
use super::inquiry::{Inquiry, Result};
use super::object::{Authority, ObjectState, Place, Shapes};
use super::request::ApiRequest;
use super::store::ApiStore;
use super::stories::shape_of;
use crate::event::{Catalogue, id};
use crate::protocol::ordered;

/// Does what a call says, and answers with the object that it is about.
pub(super) fn answer(store: &mut ApiStore, request: &ApiRequest) -> Result<ApiAnswer> {
    let mut inquiry = Inquiry::new(store, request)?;
    inquiry.go_by_clock()?;
    let action = action::find(&request.method, inquiry.route.pattern);
    let Some(action) = action else { return Err(inquiry.not_served()) };
    inquiry.check_customer()?;
    let Drafted { changes, about, refusal, shown, keeps_changes, told_once } =
        drafted(&inquiry, action)?;
    if let Some(shown) = shown {
        if keeps_changes {
            let account = inquiry.account.clone();
            store.write(&account, &changes, &request.stamp());
        }
        return Ok(shown);
    }
    let (kind, id) = (changes[about].object().to_owned(), changes[about].id().to_owned());
    let account = inquiry.account.clone();
    store.write(&account, &changes, &request.stamp());
    store.calls.going = (action.call.does == Deed::AdvanceClock).then(|| id.clone());
    if let Some(refusal) = refusal {
        return Err(refusal);
    }
    let inquiry = Inquiry::new(store, request)?;
    let found =
        inquiry.store.objects(&account).and_then(|all| all.find(std::slice::from_ref(&kind), &id));
    let state = found.ok_or_else(|| RequestError::missing(&kind, &id))?;
    let is_deleted = state.is_deleted && !action.call.answers_whole;
    let state = &ObjectState { is_deleted, ..state.clone() };
    match inquiry.whole(state) {
        // It is done, and cannot be refused any more: the answer says what it lacks.
        Err(error) => {
            let answer = ApiAnswer::json(200, &inquiry.seen(state).unwrap_or_default());
            Ok(ApiAnswer { notice: error.notice.or(Some(error.message)), ..answer })
        }
        Ok(answer) => Ok(with_told_once(answer, &told_once)),
    }
}

/// The answer with what is told this once, such as a secret, and without what is null there.
fn with_told_once(answer: ApiAnswer, told_once: &Map<String, Value>) -> ApiAnswer {
    if told_once.is_empty() {
        return answer;
    }
    let mut own: Map<String, Value> = serde_json::from_slice(&answer.body).unwrap_or_default();
    own.extend(told_once.clone());
    own.retain(|name, _| !told_once.get(name).is_some_and(Value::is_null));
    ApiAnswer::json(answer.status, &ordered(Value::Object(own)))
}

/// The customer does what something waits for; returns it as it is then.
pub(super) fn complete(
    store: &mut ApiStore,
    answer: &CustomerAnswer,
    second: i64,
) -> Result<Value> {
    let request =
        |path| ApiRequest { method: "POST".to_owned(), path, second, ..ApiRequest::default() };
    let first = request(answer.path()?);
    let page = answer.page(&Draft::new(&Inquiry::new(store, &first)?))?;
    let request = page.as_ref().map_or(first, |page| request(completing::path_of(page)));
    let mut inquiry = Inquiry::new(store, &request)?;
    inquiry.go_by_clock()?;
    let (id, changes) = answer.changes(&inquiry, page)?;
    let calls = &inquiry.store.calls;
    let key = id::uuid(calls.seed, &format!("page/{id}/{}", calls.count));
    let account = inquiry.account.clone();
    let stamp = Stamp { second, request: None, idempotency_key: Some(key) };
    store.write(&account, &changes, &stamp);
    let is_it = |change: &&ObjectChange| change.id() == id;
    let after = changes.iter().rfind(is_it).map(|change| change.after.clone());
    Ok(after.unwrap_or_default())
}

/// What came of letting the next thing happen that comes due.
pub(super) enum Happened {
    /// It did, in that second.
    At(i64),
    /// It waits for the answer to an event.
    Waits,
    /// Nothing is left.
    Nothing,
}

/// Lets the next thing happen that comes due in that time, unless it waits for the answer to one of these events.
///
/// # Errors
/// devtool does not do what Stripe does then.
pub(super) fn happen(
    store: &mut ApiStore,
    (from, until): (i64, i64),
    under_way: &[String],
) -> Result<Happened> {
    let request = of_nobody(from);
    let inquiry = Inquiry::new(store, &request)?;
    let Some(due) = due::next(&inquiry, None, (from, until), &inquiry.store.calls.told) else {
        return Ok(Happened::Nothing);
    };
    let mut events = under_way.iter().filter_map(|event| store.sent_events().of(event));
    if events.any(|event| event.waiting().is_some_and(|id| id == due.id)) {
        return Ok(Happened::Waits);
    }
    let_happen(store, &due, due.second)?;
    if due.is_notice() {
        store.calls.told.insert((due.id, due.second));
    }
    Ok(Happened::At(due.second))
}

/// A bank tells what became of a debit or a refund that was to be known by that second; returns whether there was one.
///
/// # Errors
/// devtool does not do what Stripe does then.
pub(super) fn bank_answers(store: &mut ApiStore, second: i64) -> Result<bool> {
    let request = of_nobody(second);
    let inquiry = Inquiry::new(store, &request)?;
    let due =
        due::of_banks(&inquiry).min_by_key(|due| due.second).filter(|due| due.second <= second);
    let Some(due) = due else { return Ok(false) };
    let_happen(store, &due, second)?;
    Ok(true)
}

/// What is due happens at that second.
fn let_happen(store: &mut ApiStore, due: &Due, second: i64) -> Result<()> {
    let request = of_nobody(second);
    let mut inquiry = Inquiry::new(store, &request)?;
    due.go_by_its_clock(&mut inquiry);
    let mut draft = Draft::new(&inquiry);
    draft.let_happen(due)?;
    let (account, changes) = (inquiry.account.clone(), draft.changes);
    store.write(&account, &changes, &Stamp { second, request: None, idempotency_key: None });
    Ok(())
}

/// A request that nobody made, by which what happens by itself is looked at.
fn of_nobody(second: i64) -> ApiRequest {
    let path = "/v1/customers".to_owned();
    ApiRequest { method: "POST".to_owned(), path, second, ..ApiRequest::default() }
}

/// What a call changes.
struct Drafted {
    changes: Vec<ObjectChange>,
    /// Where among that the object is that it is about.
    about: usize,
    /// What it is answered, where that is an error all the same.
    refusal: Option<RequestError>,
    /// The answer, where it is not that object as it is then.
    shown: Option<ApiAnswer>,
    /// Whether the changes are to be kept where that is so.
    keeps_changes: bool,
    /// What the answer has besides, and nothing later.
    told_once: Map<String, Value>,
}

fn drafted(inquiry: &Inquiry<'_>, action: &'static WriteAction) -> Result<Drafted> {
    let request = inquiry.request;
    if !request.body.is_empty() && !request.is_form() {
        return Err(RequestError::no_form());
    }
    let known = action.takes(inquiry.may_be_older());
    let parameters = inquiry.parameters_of_today(known);
    let root = ParameterNode::of(&parameters);
    let input = input::read(known, &root)?;
    let mut draft = Draft::new(inquiry);
    let about = draft.perform(action, &input)?;
    draft.follow_charges()?;
    for change in &draft.changes {
        metadata::check(change)?;
        draft.check_billed_by(change)?;
    }
    let Draft { changes, refusal, shown, keeps_changes, told_once, .. } = draft;
    // What cannot be expanded is refused before anything is done.
    let is_shown = shown.is_some();
    let mut own = shown.unwrap_or_else(|| changes[about].after.clone());
    let hidden = changes.get(about).map(|change| &change.hidden);
    if let Some(tiers) = hidden.and_then(prices::hidden_tiers) {
        own[prices::TIERS] = tiers.clone();
    }
    let newest = shape_of(Catalogue::api_version());
    let shapes = Arc::new(Shapes::new(own, newest, BTreeMap::new()));
    let state = ObjectState::new(shapes, Place::FIRST, Authority::Event);
    let state = ObjectState { is_written: true, ..state };
    match inquiry.whole_after(&state, &changes) {
        // What else the call makes may be what is to be expanded.
        Err(error) if is_shown || !error.is_not_served() || changes.len() == 1 => Err(error),
        answer => {
            let shown = answer.ok().filter(|_| is_shown);
            Ok(Drafted { changes, about, refusal, shown, keeps_changes, told_once })
        }
    }
}
