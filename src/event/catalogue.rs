//! All event types and objects, as data: the files under catalog/, embedded, read when needed.
//!
//! An object file holds a full object in its first state (`base`), as a template, and `states` that
//! change it. An event type names its object, the states it is in, and what was different before.
//! `catalog/README.md` describes the form.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use serde::Deserialize;
use serde_json::Value;

use super::embedded::{Files, parse};
use super::error::{EventError, Result};
use super::event_type::{EventType, Listing, Payload, ThroughStripe};
use super::id::IdForm;
use super::index::IndexEntry;
use super::object_type::ObjectType;
use super::preview;
use super::thin::{self, ThinType};
use crate::text::suggestion;

const OBJECT_FILES: Files = include!(concat!(env!("OUT_DIR"), "/objects.rs"));
const EVENT_FILES: Files = include!(concat!(env!("OUT_DIR"), "/events.rs"));
/// Where each event type stands in the files, by name.
const PLACES: &[IndexEntry<'static>] = include!(concat!(env!("OUT_DIR"), "/types.rs"));
const ID_FILE: &str = include_str!("../../catalog/ids.json");
const PAYMENT_METHOD_FILE: &str = include_str!("../../catalog/payment_methods.json");
const API_VERSION_FILE: &str = include_str!("../../catalog/api_version.txt");

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PaymentMethod {
    currencies: Option<Vec<String>>,
}

struct ObjectFile {
    name: &'static str,
    text: &'static str,
    parsed: OnceLock<ObjectType>,
}

impl ObjectFile {
    fn read(&self) -> Result<&ObjectType> {
        if let Some(parsed) = self.parsed.get() {
            return Ok(parsed);
        }
        let parsed = parse(&format!("objects/{}.json", self.name), self.text)?;
        Ok(self.parsed.get_or_init(|| parsed))
    }
}

/// The form of an object's ids, if it has ids, and when it comes to be where nothing else says so.
type Form<'c> = (Option<&'c IdForm>, Option<&'c str>);

/// The catalogue: each type and each object is read when it is asked for.
pub struct Catalogue {
    places: Cow<'static, [IndexEntry<'static>]>,
    /// The files of the types, and what was read of them, in the order of `places`.
    event_files: Files,
    types: Vec<OnceLock<Arc<EventType>>>,
    ids: BTreeMap<String, IdForm>,
    objects: Vec<ObjectFile>,
    /// Templates of objects in their states, once they were put together.
    templates: Mutex<BTreeMap<String, Arc<Value>>>,
}

impl Catalogue {
    /// The catalogue that is built into devtool: one for the process, which keeps what was read of it.
    ///
    /// # Errors
    /// The embedded data has an error (a bug; a test reads all of it).
    pub fn embedded() -> Result<Arc<Self>> {
        static KEPT: OnceLock<Arc<Catalogue>> = OnceLock::new();
        if let Some(kept) = KEPT.get() {
            return Ok(Arc::clone(kept));
        }
        let read = Arc::new(Self::new(Cow::Borrowed(PLACES), EVENT_FILES, OBJECT_FILES)?);
        Ok(Arc::clone(KEPT.get_or_init(|| read)))
    }

    /// A catalogue of other files.
    ///
    /// # Errors
    /// The file and line at which they are not laid out as the index needs it.
    #[cfg(test)]
    pub(super) fn of(events: Files, objects: Files) -> Result<Self> {
        let mut places = Vec::new();
        for (at, (name, text)) in events.iter().enumerate() {
            let error = |line| {
                let what = "it is not laid out as the index needs it".to_owned();
                EventError::at_line(format!("events/{name}.json"), line, what)
            };
            places.extend(super::index::places(at, text).map_err(error)?);
        }
        places.sort_by_key(|place| place.name);
        Self::new(Cow::Owned(places), events, objects)
    }

    fn new(
        places: Cow<'static, [IndexEntry<'static>]>,
        event_files: Files,
        objects: Files,
    ) -> Result<Self> {
        let ids = parse("ids.json", ID_FILE)?;
        let types = places.iter().map(|_| OnceLock::new()).collect();
        let object = |(name, text): &(&'static str, &'static str)| ObjectFile {
            name,
            text,
            parsed: OnceLock::new(),
        };
        let mut objects: Vec<ObjectFile> = objects.iter().map(object).collect();
        objects.sort_by_key(|file| file.name);
        Ok(Self { places, event_files, types, ids, objects, templates: Mutex::default() })
    }

    /// The API version whose shape the objects have.
    pub fn api_version() -> &'static str {
        API_VERSION_FILE.trim_end()
    }

    /// The names of the types that Stripe sends, sorted; reads nothing.
    pub fn names() -> impl Iterator<Item = &'static str> {
        PLACES.iter().filter(|place| place.rank.is_some()).map(|place| place.name)
    }

    /// The names of all objects, sorted; reads nothing.
    pub fn objects() -> impl Iterator<Item = &'static str> {
        OBJECT_FILES.iter().map(|(name, _)| *name)
    }

    /// Where a type usually stands among events of the same second, causes before effects: the smaller
    /// rank comes first. `None` for a type that Stripe does not have. Reads nothing.
    pub fn rank(event_type: &str) -> Option<u16> {
        Self::place(event_type)?.rank
    }

    /// What the index says of a type.
    pub(super) fn place(event_type: &str) -> Option<&'static IndexEntry<'static>> {
        let at = PLACES.binary_search_by_key(&event_type, |place| place.name).ok()?;
        PLACES.get(at)
    }

    /// The types that Stripe sends, by name.
    ///
    /// # Errors
    /// The embedded data has an error.
    pub fn event_types(&self) -> Result<Vec<(&str, &EventType)>> {
        let listed = self.places.iter().enumerate().filter(|(_, place)| place.rank.is_some());
        listed.map(|(at, place)| Ok((place.name, self.read(at)?.as_ref()))).collect()
    }

    /// The type of that name; any name at all where `object` says what to carry.
    ///
    /// # Errors
    /// There is no such type, or no such object.
    pub fn event_type(&self, name: &str, object: Option<&str>) -> Result<Arc<EventType>> {
        match (self.find(name)?, object) {
            (_, Some(object)) if !self.has_object(object) => Err(self.unknown_object(object)),
            (Some(known), Some(object)) => Ok(Arc::new(known.about(object))),
            (Some(known), None) => Ok(Arc::clone(known)),
            (None, Some(object)) => Ok(Arc::new(EventType::unlisted(object))),
            (None, None) => match self
                .thin_type(name)?
                .map_or_else(|| preview::find(name), |thin| Ok(Some(thin)))?
            {
                Some(found) => Ok(Arc::new(found)),
                None => Err(self.unknown_event(name)),
            },
        }
    }

    /// The thin types, by name.
    ///
    /// # Errors
    /// The embedded data has an error.
    pub fn thin_types(&self) -> Result<Vec<(&'static str, EventType)>> {
        let types = thin::types()?.iter();
        types.map(|(name, thin)| Ok((*name, self.with_twin(name, thin)?))).collect()
    }

    /// The preview of Stripe's API that a type is of, where it is of no version yet.
    ///
    /// # Errors
    /// The embedded data has an error.
    pub fn preview_of(name: &str) -> Result<Option<&'static str>> {
        let is_known =
            Self::rank(name).is_some() || thin::is_thin(name) && thin::types()?.contains_key(name);
        if is_known { Ok(None) } else { preview::version_of(name) }
    }

    /// The thin type of that name.
    fn thin_type(&self, name: &str) -> Result<Option<EventType>> {
        if !thin::is_thin(name) {
            return Ok(None);
        }
        thin::types()?.get(name).map(|thin| self.with_twin(name, thin)).transpose()
    }

    /// A thin type, with what it shares with the snapshot type of its name without `v1.`.
    fn with_twin(&self, name: &str, entry: &ThinType<'_>) -> Result<EventType> {
        let twin = name.strip_prefix("v1.").map(|twin| self.find(twin)).transpose()?.flatten();
        let snapshot = match twin {
            Some(twin) => EventType::clone(twin),
            None => EventType { cause: entry.cause, ..EventType::unlisted("") },
        };
        let has_trigger = entry.stripe_trigger.unwrap_or_else(|| snapshot.has_trigger());
        let stripe = has_trigger.then(|| ThroughStripe::Trigger(name.to_owned()));
        Ok(EventType {
            description: entry.description.map_or(snapshot.description, str::to_owned),
            object: entry.about.unwrap_or_default().to_owned(),
            objects: BTreeMap::new(),
            listing: Listing::Stripe(stripe),
            payload: Payload::Thin(entry.related_object()?),
            ..snapshot
        })
    }

    /// The snapshot type of that name; looks for nothing near where there is none.
    pub(super) fn find(&self, name: &str) -> Result<Option<&Arc<EventType>>> {
        let at = self.places.binary_search_by_key(&name, |place| place.name);
        at.ok().map(|at| self.read(at)).transpose()
    }

    /// The type at a place.
    pub(super) fn read(&self, at: usize) -> Result<&Arc<EventType>> {
        if let Some(parsed) = self.types[at].get() {
            return Ok(parsed);
        }
        let place = self.places[at];
        let (name, text) = self.event_files[place.file];
        let parsed = serde_json::from_str(&text[place.start..place.end]).map_err(|error| {
            // The text of one type has lines of its own.
            let line = place.line + error.line() - 1;
            EventError::json(format!("events/{name}.json"), line, &error)
        })?;
        Ok(self.types[at].get_or_init(|| Arc::new(parsed)))
    }

    /// The places of all names, sorted.
    pub(super) fn places(&self) -> &[IndexEntry<'static>] {
        &self.places
    }

    /// The name and text of the file of a place.
    pub(super) fn event_file(&self, place: IndexEntry<'static>) -> (&'static str, &'static str) {
        self.event_files[place.file]
    }

    /// The text of an object's file; empty where there is none.
    pub(super) fn object_text(&self, name: &str) -> &'static str {
        self.object_file(name).map_or("", |file| file.text)
    }

    /// The names of all objects.
    pub(super) fn object_names(&self) -> impl Iterator<Item = &'static str> {
        self.objects.iter().map(|file| file.name)
    }

    fn object_file(&self, name: &str) -> Option<&ObjectFile> {
        let at = self.objects.binary_search_by_key(&name, |file| file.name).ok()?;
        Some(&self.objects[at])
    }

    pub(super) fn has_object(&self, name: &str) -> bool {
        self.object_file(name).is_some()
    }

    fn unknown_event(&self, name: &str) -> EventError {
        let names = self.places.iter().filter(|place| place.rank.is_some()).map(|place| place.name);
        let thin = thin::names().into_iter().flatten().filter(|_| thin::is_thin(name));
        EventError::UnknownEvent {
            name: name.to_owned(),
            near: suggestion::near(name, names.chain(thin)),
        }
    }

    pub(super) fn unknown_object(&self, name: &str) -> EventError {
        let near = suggestion::near(name, self.object_names());
        EventError::UnknownObject { name: name.to_owned(), near }
    }

    /// Whether the catalogue knows the ids of an object; the name may have a role (`invoice/second`).
    pub fn has_ids(&self, name: &str) -> bool {
        // Each run of a story asks this: the error of `form` would look for similar names.
        self.known_form(name.split('/').next().unwrap_or(name)).is_ok_and(|form| form.is_some())
    }

    /// The names of all that has ids, with roles left out.
    pub(super) fn names_with_ids(&self) -> Result<Vec<String>> {
        let objects = self.object_names().map(str::to_owned);
        let thin = thin::object_names()?.map(str::to_owned);
        Ok(self.ids.keys().cloned().chain(objects).chain(thin).collect())
    }

    pub(super) fn object(&self, name: &str) -> Result<&ObjectType> {
        match self.object_file(name) {
            Some(file) => file.read(),
            None => preview::object(name)?.ok_or_else(|| self.unknown_object(name)),
        }
    }

    /// The template of that name, put together the first time.
    pub(super) fn template(
        &self,
        name: String,
        put_together: impl FnOnce() -> Result<Value>,
    ) -> Result<Arc<Value>> {
        let kept = || self.templates.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(template) = kept().get(&name) {
            return Ok(Arc::clone(template));
        }
        let template = Arc::new(put_together()?);
        kept().insert(name, Arc::clone(&template));
        Ok(template)
    }

    /// The form of an object's ids, if it has ids, and when it comes to be where nothing else says
    /// so. `name` may have a role (`invoice/second`).
    pub(super) fn form(&self, name: &str) -> Result<Form<'_>> {
        let kind = name.split('/').next().unwrap_or(name);
        self.known_form(kind)?.ok_or_else(|| self.unknown_object(kind))
    }

    /// The same of an object without a role; `None` where the catalogue does not know it.
    fn known_form(&self, kind: &str) -> Result<Option<Form<'_>>> {
        if let Some(file) = self.object_file(kind) {
            let object = file.read()?;
            return Ok(Some((object.id.as_ref(), Some(&object.created))));
        }
        if let Some(form) = self.ids.get(kind) {
            return Ok(Some((Some(form), form.created.as_deref())));
        }
        if let Some(form) = thin::form(kind)? {
            return Ok(Some((Some(form), None)));
        }
        preview::form(kind)
    }

    /// The currencies that a payment method takes, `None` for every one.
    ///
    /// # Errors
    /// Names the payment methods where there is none of that name.
    pub(super) fn currencies(payment_method: &str) -> Result<Option<&'static [String]>> {
        static READ: OnceLock<BTreeMap<String, PaymentMethod>> = OnceLock::new();
        let methods = if let Some(methods) = READ.get() {
            methods
        } else {
            let methods = parse("payment_methods.json", PAYMENT_METHOD_FILE)?;
            READ.get_or_init(|| methods)
        };
        match methods.get(payment_method) {
            Some(method) => Ok(method.currencies.as_deref()),
            None => Err(EventError::InvalidSetting {
                setting: format!("payment_method to `{payment_method}`"),
                reason: format!(
                    "expected one of {}",
                    methods.keys().map(String::as_str).collect::<Vec<_>>().join(", ")
                ),
            }),
        }
    }
}
