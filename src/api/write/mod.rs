//! Calls that change something: the story moves, and events follow.
//!
//! `catalog/api/writes/` says what each call does, `catalog/api/parameters/` what it takes. A call is read (`input`),
//! held against its rules, and drafted; only then the store changes (`written`), and the events that follow are there.

mod action;
mod draft;
mod fields;
mod input;
mod kinds;
mod metadata;
mod refund;
mod rules;
mod tree;

use std::sync::Arc;

use self::action::WriteAction;
use self::draft::Draft;
use self::tree::ParameterNode;
use super::answer::ApiAnswer;
use super::change::ObjectChange;
use super::error::RequestError;
use super::inquiry::{Inquiry, Result};
use super::object::{Authority, ObjectState, Place, Shapes};
use super::request::ApiRequest;
use super::store::ApiStore;

/// Does what a call says, and answers with the object that it is about.
pub(super) fn answer(store: &mut ApiStore, request: &ApiRequest) -> Result<ApiAnswer> {
    let inquiry = Inquiry::new(store, request)?;
    let action = action::find(&request.method, inquiry.route.pattern);
    let Some(action) = action else { return Err(inquiry.not_served()) };
    let (changes, about) = drafted(&inquiry, action)?;
    let (kind, id) = (changes[about].object().to_owned(), changes[about].id().to_owned());
    let account = inquiry.account.clone();
    store.write(&account, &changes, &request.stamp());
    let inquiry = Inquiry::new(store, request)?;
    let found =
        inquiry.store.objects(&account).and_then(|all| all.find(std::slice::from_ref(&kind), &id));
    let state = found.ok_or_else(|| RequestError::missing(&kind, &id))?;
    match inquiry.whole(state) {
        // It is done, and was not to be refused: the answer says what it lacks.
        Err(error) if error.is_not_served() => {
            let answer = ApiAnswer::json(200, &inquiry.seen(state).unwrap_or_default());
            Ok(ApiAnswer { notice: error.notice, ..answer })
        }
        answer => answer,
    }
}

/// What a call changes, and where among that the object is that it is about.
fn drafted(
    inquiry: &Inquiry<'_>,
    action: &'static WriteAction,
) -> Result<(Vec<ObjectChange>, usize)> {
    let request = inquiry.request;
    if !request.body.is_empty() && !request.is_form() {
        return Err(RequestError::no_form());
    }
    let root = ParameterNode::of(&inquiry.parameters);
    let input = input::read(&action.parameters, &root)?;
    let mut draft = Draft::new(inquiry);
    let about = draft.perform(action, &input)?;
    for change in &draft.changes {
        metadata::check(change)?;
    }
    let changes = draft.changes;
    // What cannot be expanded is refused before anything is done.
    let own = changes[about].after.clone();
    let shapes =
        Arc::new(Shapes { own, version: Arc::clone(&inquiry.version), ..Shapes::default() });
    match inquiry.whole(&ObjectState::new(shapes, Place::FIRST, Authority::Event)) {
        // What else the call makes may be what is to be expanded.
        Err(error) if !error.is_not_served() || changes.len() == 1 => Err(error),
        _ => Ok((changes, about)),
    }
}
