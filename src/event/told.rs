//! What a story tells besides its events: the objects that they are about, also where an event carries nothing
//! of it, and those that none of them carries but names by its id.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::embedded::parse_once;
use super::error::Result;
use super::event_type::{EventType, Payload, Snapshot};
use super::shape::{self, Shape};
use super::story::Story;
use super::thin;
use super::timeline::{self, Scene};

/// The platform's own account: an account of another id.
const OWN_ACCOUNT: &str = "account/own";
/// The account that an event comes from, whose id the scenario gives.
const CONNECTED_ACCOUNT: &str = "account/connected";
/// What there is one of in every account.
const SINGLETONS: [&str; 4] = [OWN_ACCOUNT, "balance", "balance_settings", "tax.settings"];
const USUAL_FILE: &str = include_str!("../../catalog/api/companions.json");

/// The objects of a story.
#[derive(Clone, Debug, Default)]
pub struct StoryObjects {
    /// What each event is about, in the order of the scenes; none for a thin event about no object.
    pub objects: Vec<Option<Versions>>,
    /// What a thin event tells besides, once it is fetched: its `changes` and its `data`.
    pub details: Vec<Option<Value>>,
    /// What no event carries: customers, prices, balance transactions …
    pub companions: Vec<Companion>,
    /// The id of the platform's own account.
    pub own_account: Option<String>,
}

/// The shapes that objects are made in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoryShapes {
    /// That of the story's own version alone.
    Own,
    /// Those of all API versions.
    All,
}

/// An object in the shapes of all API versions.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Versions {
    /// In the shape of the story's own version.
    pub own: Value,
    /// In other shapes, where it looks different, by the version that stands for the shape
    /// ([`shape::version_of`]).
    pub others: BTreeMap<String, Value>,
}

/// An object that no event carries.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Companion {
    pub object: Versions,
    /// The id of the object that it belongs to, where nothing names it.
    pub owner: Option<String>,
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
    /// The values of its members.
    is: Map<String, Value>,
    states: Vec<String>,
}

impl Story<'_> {
    /// All of its objects, and the accounts of those ids that its events come from.
    ///
    /// # Errors
    /// The catalogue has an error.
    pub fn told(&self, accounts: &BTreeSet<String>, shapes: StoryShapes) -> Result<StoryObjects> {
        let own = shape::version_of(&self.plot.api_version)?;
        let versions = match shapes {
            StoryShapes::Own => Vec::new(),
            StoryShapes::All => shape::versions()?,
        };
        let others: Vec<&'static str> =
            versions.into_iter().filter(|version| *version != own).collect();
        let versions = std::iter::once(&own).chain(&others);
        let shapes = versions.map(|version| Shape::at(version)).collect::<Result<_>>()?;
        self.named.replace(Some(BTreeSet::new()));
        let gathering = Gathering {
            story: self,
            others,
            shapes,
            told: StoryObjects::default(),
            owners: BTreeMap::new(),
            done: BTreeSet::new(),
        };
        let told = gathering.all(accounts);
        self.named.replace(None);
        told
    }
}

impl Story<'_> {
    /// The names of the objects whose ids its events have, where the plot asks for that.
    pub fn ids(&self) -> BTreeSet<String> {
        let is_object =
            |name: &String| !name.starts_with("request/") && self.catalogue.has_ids(kind(name));
        self.named().into_iter().filter(is_object).collect()
    }
}

/// Puts the objects of a story together.
struct Gathering<'s, 'c> {
    story: &'s Story<'c>,
    /// The versions of other shapes than the story's own …
    others: Vec<&'static str>,
    /// … and all shapes, the story's own first.
    shapes: Vec<Shape>,
    told: StoryObjects,
    /// The owners of what is named by nothing.
    owners: BTreeMap<String, String>,
    /// The names of the objects that are there.
    done: BTreeSet<String>,
}

impl Gathering<'_, '_> {
    fn all(mut self, accounts: &BTreeSet<String>) -> Result<StoryObjects> {
        for scene in &self.story.timeline.scenes {
            let object = self.object(scene)?;
            self.told.details.push(self.details(scene)?);
            if object.is_some() {
                self.done.insert(scene.about.clone());
            }
            self.told.objects.push(object);
        }
        let subjects: Vec<String> = self.done.iter().cloned().collect();
        for about in &subjects {
            self.belonging(about)?;
        }
        self.told.own_account = Some(self.story.id("own_account")?);
        self.singletons()?;
        // Each may name others.
        while let Some(name) = self.next() {
            let companion = self.companion(&name)?;
            self.told.companions.push(companion);
            self.belonging(&name)?;
            self.done.insert(name);
        }
        for account in accounts {
            let companion = self.account(account)?;
            self.told.companions.extend(companion);
        }
        Ok(self.told)
    }

    /// The connected account of that id; none where it is there already.
    fn account(&self, id: &str) -> Result<Option<Companion>> {
        let objects = self.told.objects.iter().flatten();
        let mut all = objects.chain(self.told.companions.iter().map(|companion| &companion.object));
        if all.any(|object| object.own["object"] == "account" && object.own["id"] == id) {
            return Ok(None);
        }
        let mut companion = self.companion(CONNECTED_ACCOUNT)?;
        companion.object.rename(&self.story.id(CONNECTED_ACCOUNT)?, id);
        Ok(Some(companion))
    }

    /// What a scene is about, as it is after it.
    fn object(&self, scene: &Scene) -> Result<Option<Versions>> {
        let catalogue = self.story.catalogue;
        let kind = &scene.event_type.object;
        let snapshot = match &scene.event_type.payload {
            Payload::Snapshot(snapshot) => snapshot.clone(),
            Payload::Thin(_) if !catalogue.has_object(kind) => return Ok(None),
            Payload::Thin(_) => match self.twin(scene)? {
                Some(twin) => twin,
                None => Snapshot { states: thin::states(&scene.name)?, ..Snapshot::default() },
            },
        };
        self.versions(scene, &snapshot).map(Some)
    }

    /// What a thin event leaves out of its notification.
    fn details(&self, scene: &Scene) -> Result<Option<Value>> {
        if !scene.event_type.is_thin() {
            return Ok(None);
        }
        let data = thin::data(&scene.name)?.map(|data| self.story.said(scene, data)).transpose()?;
        let twin = self.twin(scene)?.filter(|twin| !twin.was.is_empty());
        let updated = twin.map(|twin| self.story.payload(0, scene, &twin)).transpose()?;
        let before = updated.map(|event| event["data"]["previous_attributes"].clone());
        let changes =
            before.filter(|before| !before.is_null()).map(|before| json!({"before": before}));
        Ok(Some(json!({"changes": changes, "data": data})))
    }

    fn versions(&self, scene: &Scene, snapshot: &Snapshot) -> Result<Versions> {
        let mut values = self.story.object(scene, snapshot, &self.shapes)?.into_iter();
        let own = values.next().unwrap_or_default();
        let others = self.others.iter().map(|version| (*version).to_owned()).zip(values);
        let others = others.filter(|(_, value)| *value != own).collect();
        Ok(Versions { own, others })
    }

    /// What there is one of in every account; none of the events is about it.
    fn singletons(&mut self) -> Result<()> {
        for name in SINGLETONS {
            if self.done.insert(name.to_owned()) {
                let companion = self.companion(name)?;
                self.told.companions.push(companion);
            }
        }
        Ok(())
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
    fn belonging(&mut self, about: &str) -> Result<()> {
        for name in usual()?.get(kind(about)).iter().flat_map(|usual| &usual.with) {
            let name = timeline::in_role(name, about);
            self.story.id(&name)?;
            self.owners.insert(name.into_owned(), self.story.id(about)?);
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
    fn companion(&self, name: &str) -> Result<Companion> {
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
        let mut object = self.versions(&scene, &Snapshot::default())?;
        if name == OWN_ACCOUNT {
            object.rename(&self.story.id(name)?, &self.story.id("own_account")?);
        }
        Ok(Companion { object, owner: self.owners.get(name).cloned() })
    }

    fn states(&self, name: &str) -> Result<Vec<String>> {
        let Some(usual) = usual()?.get(kind(name)) else { return Ok(Vec::new()) };
        let id = Value::String(self.story.id(name)?).to_string();
        let owner = self.owners.get(name);
        let fits = |when: &&When| {
            let is_beside = |object: &&Value| {
                let is_owner = owner.is_some_and(|owner| object["id"] == owner.as_str());
                object["object"] == when.object && (is_owner || object.to_string().contains(&id))
            };
            let mut objects =
                self.told.objects.iter().rev().flatten().map(|versions| &versions.own);
            let last = objects.find(is_beside);
            last.is_some_and(|object| when.is.iter().all(|(name, value)| object[name] == *value))
        };
        let states = usual.when.iter().find(fits).map_or(&usual.states, |when| &when.states);
        Ok(states.clone())
    }
}

impl Versions {
    /// Gives the object another id, wherever it has it.
    fn rename(&mut self, before: &str, after: &str) {
        for value in std::iter::once(&mut self.own).chain(self.others.values_mut()) {
            rename(value, before, after);
        }
    }
}

fn rename(value: &mut Value, before: &str, after: &str) {
    match value {
        Value::String(text) if text.contains(before) => *text = text.replace(before, after),
        Value::Array(items) => items.iter_mut().for_each(|item| rename(item, before, after)),
        Value::Object(members) => {
            members.values_mut().for_each(|member| rename(member, before, after));
        }
        _ => {}
    }
}

fn kind(name: &str) -> &str {
    name.split('/').next().unwrap_or(name)
}

fn usual() -> Result<&'static BTreeMap<String, Usual>> {
    static USUAL: OnceLock<BTreeMap<String, Usual>> = OnceLock::new();
    parse_once(&USUAL, "api/companions.json", USUAL_FILE)
}
