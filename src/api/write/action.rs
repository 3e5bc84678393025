//! What calls do that change something, as data under `catalog/api/writes/`: a file for each type of object.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::kinds::{HashKind, ParameterForm, ParameterKind};
use crate::api::error::RequestError;
use crate::api::inquiry::Result;

const WRITE_FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/writes.rs"));
const PARAMETER_FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/parameters.rs"));

/// A call, and the type of the object that it is about.
#[derive(Debug)]
pub(super) struct WriteAction {
    pub(super) object: &'static ObjectWrites,
    pub(super) call: &'static WriteCall,
    pub(super) parameters: HashKind,
    /// The same with those that only older versions of the API have.
    older: HashKind,
}

impl WriteAction {
    /// What the call takes, from one that may name an older version of the API or not.
    pub(super) const fn takes(&self, may_be_older: bool) -> &HashKind {
        if may_be_older { &self.older } else { &self.parameters }
    }
}

/// What the calls about one type of object do.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ObjectWrites {
    /// The type.
    #[serde(skip)]
    pub(super) kind: &'static str,
    /// A new object of which nothing was said.
    #[serde(default)]
    pub(super) new: Map<String, Value>,
    /// What hashes hold where only a part of them was said.
    #[serde(default)]
    pub(super) hashes: BTreeMap<String, Value>,
    /// Objects that are made beside it, by type.
    #[serde(default)]
    pub(super) beside: BTreeMap<String, Map<String, Value>>,
    /// By method and path.
    calls: BTreeMap<String, WriteCall>,
}

/// What one call does.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WriteCall {
    pub(super) does: Deed,
    /// The event that follows; there may be none.
    pub(super) event: Option<String>,
    /// Another one that tells the same by an older name.
    pub(super) also: Option<String>,
    /// Parameters that the object does not show.
    #[serde(default)]
    pub(super) traceless: Vec<String>,
    /// Texts that an empty one unsets, though the library's types do not say so.
    #[serde(default)]
    pub(super) unset: Vec<String>,
    /// Parameters that it has in older versions of the API alone, by path.
    #[serde(default)]
    pub(super) older: BTreeMap<String, ParameterKind>,
    /// Parameters that Stripe takes though the library's types do not have them, by path.
    #[serde(default)]
    pub(super) untyped: BTreeMap<String, ParameterKind>,
    /// The parameters that are served, where the others are not …
    #[serde(default)]
    pub(super) served: Vec<String>,
    /// … and those that are not, by path.
    #[serde(default)]
    pub(super) not_served: Vec<String>,
    /// What the call sets besides, by path.
    #[serde(default)]
    pub(super) set: Map<String, Value>,
    /// The field that has the second of the last change.
    pub(super) touches: Option<String>,
    /// What it sets where fields have become what they are.
    #[serde(default)]
    pub(super) effects: Vec<FieldEffect>,
    /// The values that a field has to have, …
    pub(super) only_in: Option<Guard>,
    /// … and those that it must not have.
    pub(super) not_in: Option<Guard>,
    /// The types of the objects that parameters name, by path.
    #[serde(default)]
    pub(super) names: BTreeMap<String, String>,
    /// The type of the object that the path names, which a new one is of.
    pub(super) of: Option<String>,
    /// The objects that are made of a parameter.
    #[serde(default)]
    pub(super) with: BTreeMap<String, InnerObject>,
    #[serde(default)]
    pub(super) needs: Vec<Need>,
    /// Parameters whose numbers are above 0, by path.
    #[serde(default)]
    pub(super) positive: Vec<String>,
    /// Parameters of which there may be one.
    #[serde(default)]
    pub(super) unlike: Vec<Vec<String>>,
    /// What goes on for the object, and ends before it is deleted, by type.
    #[serde(default)]
    pub(super) ends: BTreeMap<String, Dependent>,
    /// The types of objects that keep it from being deleted.
    #[serde(default)]
    pub(super) kept_by: BTreeMap<String, Keeper>,
    /// Fields that no other object has the value of, and what is said where one has.
    #[serde(default)]
    pub(super) unique: BTreeMap<String, String>,
    /// Whether what was deleted is answered whole.
    #[serde(default)]
    pub(super) answers_whole: bool,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(super) enum Deed {
    Create,
    Update,
    Delete,
    UpdateCustomer,
    CreatePlan,
    UpdatePlan,
    DeletePlan,
    CreatePrice,
    UpdatePrice,
    /// Of a customer or of a subscription.
    DeleteDiscount,
    /// It gives money back.
    Refund,
    CreateMethod,
    AttachMethod,
    DetachMethod,
    CreatePayment,
    UpdatePayment,
    ConfirmPayment,
    CancelPayment,
    CapturePayment,
    IncrementPayment,
    CreateSetup,
    UpdateSetup,
    ConfirmSetup,
    /// Of a payment or of a setup.
    VerifyMicrodeposits,
    PayInvoice,
    CloseInvoice,
    SendInvoice,
    CreateInvoice,
    UpdateInvoice,
    FinalizeInvoice,
    DeleteInvoice,
    AttachPayment,
    PreviewInvoice,
    AddLines,
    UpdateLines,
    /// One, which is the answer.
    UpdateLine,
    RemoveLines,
    CreateItem,
    UpdateItem,
    DeleteItem,
    CreateSubscription,
    CreateSession,
    UpdateSubscription,
    CancelSubscription,
    PauseSubscription,
    ResumeSubscription,
    /// Of a subscription.
    ChangeItem,
    CreatePortal,
    CreateWebhook,
    UpdateWebhook,
    CreateCharge,
    CaptureCharge,
    CreateLink,
    UpdateLink,
    UpdateDispute,
    CloseDispute,
    CreateSource,
    DeleteSource,
    CreateKey,
    UpdateCashBalance,
    FundCashBalance,
    ShowFunding,
    ApplyBalance,
    CreateSchedule,
    UpdateSchedule,
    CancelSchedule,
    ReleaseSchedule,
    CreateClock,
    AdvanceClock,
    DeleteClock,
}

/// What else is different where fields have become what they are.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FieldEffect {
    pub(super) on: Map<String, Value>,
    pub(super) set: Map<String, Value>,
}

/// Whether a call can be done, by a field of the object.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Guard {
    pub(super) field: String,
    pub(super) values: Vec<Value>,
    /// Parameters that may be said all the same.
    #[serde(default)]
    pub(super) unless: Vec<String>,
    /// Whether Stripe says that there is no such object.
    #[serde(default)]
    pub(super) is_gone: bool,
    pub(super) code: Option<String>,
    /// What Stripe says of some values.
    #[serde(default)]
    pub(super) messages: BTreeMap<String, String>,
    /// What Stripe says. Without one, a call that is done in some states only is refused in the usual words; else devtool
    /// does not do what Stripe does then.
    pub(super) message: Option<String>,
}

/// What ends with an object.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Dependent {
    /// The field that names the object.
    pub(super) field: String,
    /// The values of other fields with which it has ended.
    pub(super) unless: BTreeMap<String, Vec<Value>>,
    /// The call that ends it.
    pub(super) by: String,
}

/// An object that a parameter describes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct InnerObject {
    /// The call that it is made by.
    pub(super) by: String,
    /// The field that names it.
    pub(super) field: Option<String>,
    /// The parameter of that call that names the object, where that is made first.
    pub(super) names: Option<String>,
    /// The event of the object that names it only then.
    pub(super) event: Option<String>,
}

/// Parameters without which there is nothing to be done.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Need {
    /// The values of others with which they are needed; null for any.
    #[serde(default)]
    pub(super) when: Map<String, Value>,
    pub(super) one_of: Vec<String>,
}

/// What keeps an object from being deleted.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Keeper {
    /// The field that names the object.
    pub(super) field: String,
    /// What Stripe says.
    pub(super) message: String,
}

/// The call of a method and a path with the names of its variables.
pub(super) fn find(method: &str, pattern: &str) -> Option<&'static WriteAction> {
    named(&format!("{method} {pattern}"))
}

/// The call of that name, such as `POST /v1/customers`.
pub(super) fn named(name: &str) -> Option<&'static WriteAction> {
    all().get(name)
}

/// The same of one that is to be there.
///
/// # Errors
/// It is not served.
pub(super) fn required(name: &str) -> Result<&'static WriteAction> {
    named(name).ok_or_else(|| RequestError::not_served(name))
}

/// What the calls about a type of object do.
pub(super) fn of_kind(kind: &str) -> Option<&'static ObjectWrites> {
    all().values().map(|action| action.object).find(|object| object.kind == kind)
}

fn all() -> &'static BTreeMap<String, WriteAction> {
    static READ: OnceLock<BTreeMap<String, WriteAction>> = OnceLock::new();
    READ.get_or_init(|| read().unwrap_or_default())
}

fn read() -> serde_json::Result<BTreeMap<String, WriteAction>> {
    static FILES: OnceLock<Vec<ObjectWrites>> = OnceLock::new();
    let mut files = Vec::new();
    for (kind, text) in WRITE_FILES {
        files.push(ObjectWrites { kind, ..serde_json::from_str(text)? });
    }
    let mut parameters: BTreeMap<String, ParameterKind> = BTreeMap::new();
    for (_, text) in PARAMETER_FILES {
        let of_file: BTreeMap<String, ParameterKind> = serde_json::from_str(text)?;
        parameters.extend(of_file);
    }
    let mut actions = BTreeMap::new();
    for object in FILES.get_or_init(|| files) {
        for (name, call) in &object.calls {
            let mut parameters = match parameters.remove(name).map(|kind| kind.form) {
                Some(ParameterForm::Hash(hash)) => hash,
                _ => HashKind::default(),
            };
            for text in &call.unset {
                if let Some(kind) = parameters.members.get_mut(text) {
                    kind.can_unset = true;
                }
            }
            for (path, kind) in &call.untyped {
                parameters.add(path, kind.clone());
            }
            let mut older = parameters.clone();
            for (path, kind) in &call.older {
                older.add(path, kind.clone());
            }
            actions.insert(name.clone(), WriteAction { object, call, parameters, older });
        }
    }
    Ok(actions)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::routes;
    use crate::event::Catalogue;

    #[test]
    fn each_call_is_one_of_stripes_and_its_event_is_in_the_catalogue() {
        let catalogue = Catalogue::embedded().unwrap();
        let actions = read().unwrap();
        assert!(!actions.is_empty());
        for (name, action) in &actions {
            let (method, path) = name.split_once(' ').unwrap();
            assert_eq!(routes::find(method, path).unwrap().pattern, path, "{name}");
            let known = catalogue.fields(action.object.kind).unwrap();
            for field in action.object.new.keys() {
                assert!(known.contains_key(field), "{name}: {field}");
            }
            assert!(action.call.ends.values().all(|of| actions.contains_key(&of.by)), "{name}");
            for event in action.call.event.iter().chain(&action.call.also) {
                let event = catalogue.event_type(event, None).unwrap();
                assert_eq!(event.object, action.object.kind, "{name}");
            }
            let own = |path: &String| path.split('.').next().unwrap().to_owned();
            let call = action.call;
            let paths = call.not_served.iter().chain(&call.served).chain(&call.traceless);
            let paths = paths.chain(&call.unset).chain(&call.positive);
            for path in paths.chain(call.names.keys()).chain(call.with.keys()) {
                assert!(action.parameters.members.contains_key(&own(path)), "{name}: {path}");
            }
            assert!(call.with.values().all(|inner| actions.contains_key(&inner.by)), "{name}");
        }
    }

    #[test]
    fn a_new_object_has_what_the_catalogue_s_has() {
        for action in read().unwrap().into_values().filter(|action| !action.object.new.is_empty()) {
            let object = action.object;
            let fields = Catalogue::embedded().unwrap().fields(object.kind).unwrap();
            let is_own = |path: &&String| !path.contains(['.', '[']);
            // An upcoming invoice has no id.
            let stays = |path: &String, is_left_out: bool| path == "id" || !is_left_out;
            let always = fields
                .iter()
                .filter(|(path, field)| is_own(path) && stays(path, field.is_left_out));
            let always: Vec<&String> = always.map(|(path, _)| path).collect();
            let mut new: Vec<&String> = object.new.keys().collect();
            new.sort();
            assert_eq!(new, always, "{}", object.kind);
        }
    }
}
