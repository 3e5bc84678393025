//! Where an event stands among those of the same second: causes before effects. The type decides, and for some
//! types what the event tells.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use super::catalogue::Catalogue;
use super::index;

/// The rank of a type that Stripe does not have: it comes last.
const UNKNOWN: u16 = u16::MAX;

/// What is read of an event whose type has several ranks.
#[derive(Deserialize)]
struct Told<'e> {
    #[serde(default)]
    request: Request,
    #[serde(borrow)]
    data: Data<'e>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Request {
    id: Option<IgnoredAny>,
    idempotency_key: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct Data<'e> {
    #[serde(borrow)]
    object: Status<'e>,
    #[serde(borrow, default)]
    previous_attributes: Status<'e>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Status<'e> {
    #[serde(borrow)]
    status: Option<Cow<'e, str>>,
}

/// What a name of the catalogue's `ranks` stands for.
enum Case<'n> {
    /// `page`: it happens on a page of Stripe's.
    Page,
    /// `draft to open`: so the object's status changed, or stayed.
    Change(&'n str, &'n str),
}

impl<'n> Case<'n> {
    fn named(name: &'n str) -> Option<Self> {
        match name.split_once(" to ") {
            Some((before, after)) => Some(Self::Change(before, after)),
            None => (name == "page").then_some(Self::Page),
        }
    }
}

/// Whether a name of the catalogue's `ranks` stands for anything.
pub(super) fn is_case(name: &str) -> bool {
    Case::named(name).is_some()
}

impl Told<'_> {
    fn is(&self, name: &str) -> bool {
        let after = self.data.object.status.as_deref();
        let before = self.data.previous_attributes.status.as_deref().or(after);
        match Case::named(name) {
            // What a customer does there has a key and no request.
            Some(Case::Page) => self.request.id.is_none() && self.request.idempotency_key.is_some(),
            Some(Case::Change(from, to)) => before == Some(from) && after == Some(to),
            None => false,
        }
    }
}

/// The rank of an event: the smaller comes first.
pub fn of_payload(payload: &Value) -> u16 {
    rank(payload["type"].as_str().unwrap_or_default(), || Told::deserialize(payload).ok())
}

/// The rank of an event of this type. The body is read only if the type does not decide.
pub fn of_body(event_type: &str, body: &[u8]) -> u16 {
    let told = || Told::deserialize(&mut serde_json::Deserializer::from_slice(body)).ok();
    rank(event_type, told)
}

/// The rank of a type, as most of its events have it.
pub fn of_type(event_type: &str) -> u16 {
    rank(event_type, || None)
}

/// The thin twin of a snapshot type stands where that does.
fn rank<'e>(event_type: &str, told: impl FnOnce() -> Option<Told<'e>>) -> u16 {
    let name = event_type.strip_prefix("v1.").unwrap_or(event_type);
    let Some(place) = Catalogue::place(name) else { return UNKNOWN };
    let by_told = || {
        let told = told()?;
        index::ranks(place.ranks).find(|(name, _)| told.is(name)).map(|(_, rank)| rank)
    };
    let special = if place.ranks.is_empty() { None } else { by_told() };
    special.or(place.rank).unwrap_or(UNKNOWN)
}
