//! What a story tells besides its events: the objects that they are about, also where an event carries nothing
//! of it, and those that none of them carries but names by its id.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use serde::Deserialize;
use serde_json::Value;

use super::embedded::parse_once;
use super::error::Result;
use super::event_type::{EventType, Payload, Snapshot};
use super::story::Story;
use super::timeline::Scene;

const USUAL_FILE: &str = include_str!("../../catalog/api/companions.json");

/// The objects of a story.
#[derive(Clone, Debug, Default)]
pub struct StoryObjects {
    /// What each event is about, in the order of the scenes; none for a thin event about no object.
    pub objects: Vec<Option<Value>>,
    /// What no event carries: customers, prices, balance transactions …
    pub companions: Vec<Value>,
    /// The id of the platform's own account.
    pub own_account: Option<String>,
}

/// The states of an object that no event carries.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Usual {
    /// Those that it is usually in.
    #[serde(default)]
    states: Vec<String>,
    /// Objects that belong to it, though nothing names them.
    #[serde(default)]
    with: Vec<String>,
    /// Other states, by what the object that names it is like.
    #[serde(default)]
    when: Vec<When>,
}

/// The states beside one object that is in one status.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct When {
    object: String,
    status: String,
    states: Vec<String>,
}

impl Story<'_> {
    /// All of its objects.
    ///
    /// # Errors
    /// The catalogue has an error.
    pub fn told(&self) -> Result<StoryObjects> {
        self.named.replace(Some(BTreeSet::new()));
        let told =
            Gathering { story: self, told: StoryObjects::default(), done: BTreeSet::new() }.all();
        self.named.replace(None);
        told
    }
}

/// Puts the objects of a story together.
struct Gathering<'s, 'c> {
    story: &'s Story<'c>,
    told: StoryObjects,
    /// The names of the objects that are there.
    done: BTreeSet<String>,
}

impl Gathering<'_, '_> {
    fn all(mut self) -> Result<StoryObjects> {
        for scene in &self.story.timeline.scenes {
            let object = self.object(scene)?;
            if object.is_some() {
                self.done.insert(scene.about.clone());
            }
            self.told.objects.push(object);
        }
        let subjects: Vec<String> = self.done.iter().cloned().collect();
        for about in &subjects {
            self.belonging(about)?;
        }
        // Each may name others.
        while let Some(name) = self.next() {
            let companion = self.companion(&name)?;
            self.told.companions.push(companion);
            self.belonging(&name)?;
            self.done.insert(name);
        }
        self.told.own_account = self.story.id("own_account").ok();
        Ok(self.told)
    }

    /// What a scene is about, as it is after it.
    fn object(&self, scene: &Scene) -> Result<Option<Value>> {
        let catalogue = self.story.catalogue;
        let kind = &scene.event_type.object;
        let snapshot = match &scene.event_type.payload {
            Payload::Snapshot(snapshot) => snapshot.clone(),
            Payload::Thin(_) if !catalogue.has_object(kind) => return Ok(None),
            Payload::Thin(_) => self.twin(scene)?.unwrap_or_default(),
        };
        self.story.object(scene, &snapshot).map(Some)
    }

    /// What the snapshot type of a thin one tells.
    fn twin(&self, scene: &Scene) -> Result<Option<Snapshot>> {
        let Some(name) = scene.name.strip_prefix("v1.") else { return Ok(None) };
        let Some(twin) = self.story.catalogue.find(name)? else { return Ok(None) };
        let form: Vec<String> = scene.event_type.form.iter().cloned().collect();
        let (twin, _) = twin.about(&scene.event_type.object).in_form(&form);
        Ok(match twin.payload {
            Payload::Snapshot(snapshot) => Some(snapshot),
            Payload::Thin(_) => None,
        })
    }

    /// Draws the ids of what belongs to an object, so that it is told, too.
    fn belonging(&self, about: &str) -> Result<()> {
        let kind = kind(about);
        for name in usual()?.get(kind).iter().flat_map(|usual| &usual.with) {
            self.story.id(&super::timeline::in_role(name, about))?;
        }
        Ok(())
    }

    /// A name that was drawn and whose object is not there yet.
    fn next(&self) -> Option<String> {
        let is_missing = |name: &&String| {
            !self.done.contains(*name) && self.story.catalogue.has_object(kind(name))
        };
        self.story.named.borrow().iter().flatten().find(is_missing).cloned()
    }

    /// An object that no event carries, in the states that it is usually in and in that of its role.
    fn companion(&self, name: &str) -> Result<Value> {
        let catalogue = self.story.catalogue;
        let kind = kind(name);
        let object = catalogue.object(kind)?;
        let role = name.split_once('/').map(|(_, role)| role.to_owned());
        let mut states = self.states(name)?;
        states.extend(role.filter(|role| object.states.contains_key(role)));
        let at = self.story.timeline.created(catalogue, name).unwrap_or(self.story.plot.end);
        let scene = Scene {
            name: String::new(),
            event_type: Arc::new(EventType::unlisted(kind)),
            about: name.to_owned(),
            states,
            at,
            cause: None,
        };
        self.story.object(&scene, &Snapshot::default())
    }

    fn states(&self, name: &str) -> Result<Vec<String>> {
        let Some(usual) = usual()?.get(kind(name)) else { return Ok(Vec::new()) };
        let id = Value::String(self.story.id(name)?).to_string();
        let fits = |when: &&When| {
            let is_beside = |object: &&Value| {
                object["object"] == when.object && object.to_string().contains(&id)
            };
            let last = self.told.objects.iter().flatten().rfind(is_beside);
            last.is_some_and(|object| object["status"] == when.status)
        };
        let states = usual.when.iter().find(fits).map_or(&usual.states, |when| &when.states);
        Ok(states.clone())
    }
}

fn kind(name: &str) -> &str {
    name.split('/').next().unwrap_or(name)
}

fn usual() -> Result<&'static BTreeMap<String, Usual>> {
    static USUAL: OnceLock<BTreeMap<String, Usual>> = OnceLock::new();
    parse_once(&USUAL, "api/companions.json", USUAL_FILE)
}
