//! A scenario's steps as the payloads of one story.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::Value;

use super::job::{Job, NeverSent};
use super::unused::{self, RunContents};
use crate::error::{Error, Kind, Result};
use crate::event::event_type::EventType;
use crate::event::parameters::Parameters;
use crate::event::shape::OtherVersions;
use crate::event::{
    Catalogue, EventError, Scene, Setting, Story, StorySource, changes, plot, shape, story,
};
use crate::protocol::Moment;
use crate::scenario::{
    Around, Location, PlacedSetting, Scenario, Step, StorySettings, Values, values,
};
use crate::text::suggestion;

/// What is paid by, where nobody says something else.
const CARD: &str = "card";

/// The payloads of a scenario, and what goes with them.
#[derive(Default)]
pub(super) struct Script {
    /// One for each step.
    pub(super) payloads: Vec<Value>,
    pub(super) never_sent: Vec<NeverSent>,
    /// Those of their types that have the shape of another API version.
    pub(super) other_versions: OtherVersions,
    /// What the names in the scenario's texts stand for.
    pub(super) values: Values,
    /// The changes of each step that need a value of an earlier answer.
    pub(super) late: Vec<Vec<Setting>>,
    /// Whether a step names a value of an earlier answer, in its changes or its expectations.
    pub(super) needs_answers: Vec<bool>,
    /// What the objects of the story are made of, where a local API is told of it.
    pub(super) source: Option<StorySource>,
    /// What the story's events name, where the user has ids or metadata for it.
    pub(super) named: BTreeSet<String>,
    /// The values of the story by name, where somebody looks at the app's state.
    pub(super) ids: Values,
}

/// Writes the script of a story that ends at a moment.
pub(super) fn write(catalogue: &Arc<Catalogue>, job: &Job, end: Moment) -> Result<Script> {
    let scenario = &job.scenario;
    let scenes = scenario.steps.iter().map(|step| scene(catalogue, step, end));
    let scenes: Vec<Scene> = scenes.collect::<Result<_>>()?;
    let never_sent = scenes.iter().filter(|scene| !scene.event_type.near().is_empty());
    let never_sent = never_sent
        .map(|scene| NeverSent { name: scene.name.clone(), near: scene.event_type.near().to_vec() })
        .collect();
    let snapshots = scenes.iter().filter(|scene| !scene.event_type.is_thin());
    let types = snapshots.map(|scene| (scene.name.as_str(), scene.event_type.object.as_str()));
    let other_versions = shape::other_versions(&job.api_version, types)?;
    let plot = plot(catalogue, job, &scenes, end)?;
    // What the user typed has no place in the file.
    let is_typed = |setting: &Setting| matches!(setting, Setting::Parameter { .. });
    let place = scenario.story.place.as_ref().filter(|_| !job.settings.iter().any(is_typed));
    let told = job.api.is_told().then(|| (plot.clone(), scenes.clone()));
    let story = Story::new(catalogue, plot, scenes).map_err(|error| located(error, place))?;
    let mut payloads = story.payloads().map_err(|error| match error {
        EventError::Previous { scene, .. } => located(error, place_of_was(scenario, scene)),
        other => other.into(),
    })?;
    let names = Names { story: &story, scenario };
    let (values, needs_answers) = names.values()?;
    let told_of = story.named();
    let ids = if shows_ids(job) { ids(&story) } else { Values::default() };
    let mut late = vec![Vec::new(); payloads.len()];
    for (index, step) in scenario.steps.iter().enumerate() {
        for PlacedSetting { setting, place } in &step.changes {
            match filled(setting, &values) {
                None => late[index].push(setting.clone()),
                Some(setting) => apply(&setting, place, &mut payloads[index], job)?,
            }
        }
    }
    Error::all(errors_in_own(job, &told_of, (&payloads, &values)))?;
    let source = told.map(|(plot, scenes)| {
        let (catalogue, accounts) = (Arc::clone(catalogue), accounts(&payloads));
        StorySource { catalogue, plot, scenes, accounts }
    });
    Ok(Script {
        payloads,
        never_sent,
        other_versions,
        values,
        late,
        needs_answers,
        source,
        named: told_of,
        ids,
    })
}

/// Whether somebody looks at the app, with the story's ids.
fn shows_ids(job: &Job) -> bool {
    !job.app_state.is_empty() || job.scenario.commands().next().is_some()
}

/// What the story's events name, and its parameters.
fn ids(story: &Story<'_>) -> Values {
    let mut values = Values::default();
    let names = story.ids().into_iter().chain(story::PARAMETERS.map(str::to_owned));
    for name in names {
        if let Some(value) = story.value(&name) {
            values.keep(&name, value);
        }
    }
    values
}

/// The connected accounts that events come from.
fn accounts(payloads: &[Value]) -> BTreeSet<String> {
    let named = payloads.iter().filter_map(|event| event["account"].as_str());
    named.map(str::to_owned).collect()
}

/// What the file gives the story's objects has to be of objects that its events tell of.
pub(super) fn errors_in_own(
    job: &Job,
    told_of: &BTreeSet<String>,
    (payloads, values): (&[Value], &Values),
) -> Vec<Error> {
    // What was typed comes first.
    let is_replaced = |own: &Setting| match own {
        Setting::Id { object: own, .. } => job
            .settings
            .iter()
            .any(|typed| matches!(typed, Setting::Id { object, .. } if object == own)),
        _ => false,
    };
    let mut own = job.scenario.story.own.iter().filter(|own| !is_replaced(&own.setting)).peekable();
    if own.peek().is_none() {
        return Vec::new();
    }
    let texts = payloads.iter().map(|payload| payload.to_string().into());
    let texts = texts.chain(values.all().map(Cow::Borrowed)).collect();
    let run = RunContents { steps: Vec::new(), named: told_of.clone(), texts };
    let unused = |PlacedSetting { setting, place }: &PlacedSetting| {
        Some(unused::in_story(setting, &run)?.at(place))
    };
    own.filter_map(unused).collect()
}

/// `account` is no field of an event that does not come from a connected account.
fn new_fields(setting: &Setting, job: &Job) -> changes::NewFields {
    match setting {
        Setting::Field { path, .. } if path.to_string() == "account" => changes::NewFields::Added,
        _ => job.new_fields,
    }
}

/// Sets a field of a step's payload.
pub(super) fn apply(
    setting: &Setting,
    place: &Location,
    payload: &mut Value,
    job: &Job,
) -> Result<()> {
    let (settings, payload) = (std::slice::from_ref(setting), std::slice::from_mut(payload));
    changes::apply(settings, payload, new_fields(setting, job))
        .map_err(|error| located(error, Some(place)))
}

/// The setting with values for its names; `None` where one of them is known later only.
pub(super) fn filled(setting: &Setting, values: &Values) -> Option<Setting> {
    match setting {
        Setting::Field { path, value } => {
            let value = values.fill(value).ok()?;
            Some(Setting::Field { path: path.clone(), value })
        }
        other => Some(other.clone()),
    }
}

/// Where a step says what was different before it; not where the catalogue says it.
pub(super) fn place_of_was(scenario: &Scenario, step: usize) -> Option<&Location> {
    let step = scenario.steps.get(step).filter(|step| step.was.is_some())?;
    step.places.as_ref().map(|places| &places.was)
}

/// An error as the file's error, where what it is about stands in a file.
pub(super) fn located(error: EventError, place: Option<&Location>) -> Error {
    match place {
        Some(place) if !matches!(error, EventError::Catalogue(_)) => {
            place.error_near(error.reason(), error.near())
        }
        _ => error.into(),
    }
}

pub(super) fn scene(catalogue: &Catalogue, step: &Step, end: Moment) -> Result<Scene> {
    let places = step.places.as_ref();
    let event_type =
        catalogue.event_type(&step.event, step.object.as_deref()).map_err(|error| match error {
            EventError::UnknownObject { .. } => located(error, places.map(|places| &places.object)),
            _ => located(error, places.map(|places| &places.event)),
        })?;
    let object = &event_type.object;
    let about = step.about.clone().unwrap_or_else(|| object.clone());
    if let (true, Some(places)) = (about.split('/').next() != Some(object), places) {
        let reason = format!("the event is about `{object}`: expected that, or `{object}/NAME`");
        return Err(places.about.error(reason));
    }
    check_states(catalogue, step, &event_type)?;
    let (event_type, states) = Arc::unwrap_or_clone(event_type).in_form(&step.state);
    let event_type = match &step.was {
        Some(was) => event_type.with_was(was.clone()),
        None => event_type,
    };
    Ok(Scene {
        name: step.event.clone(),
        about,
        states,
        at: end.plus(step.at),
        cause: step.cause,
        event_type: Arc::new(event_type),
    })
}

/// A state is one that events of the type tell of.
fn check_states(catalogue: &Catalogue, step: &Step, event_type: &EventType) -> Result<()> {
    let Some(wrong) = catalogue.wrong_state(&step.event, event_type, &step.state)? else {
        return Ok(());
    };
    let states = wrong.states();
    let Some(places) = &step.places else {
        let error = Error::new(Kind::Usage, wrong.reason);
        let hint = suggestion::did_you_mean(&wrong.near).or(states);
        return Err(match hint {
            Some(hint) => error.hinted(hint),
            None => error,
        });
    };
    let states = states.filter(|_| wrong.near.is_empty());
    let reason: Vec<String> = std::iter::once(wrong.reason).chain(states).collect();
    Err(places.state.error_near(reason.join("; "), &wrong.near))
}

pub(super) fn plot(
    catalogue: &Catalogue,
    job: &Job,
    scenes: &[Scene],
    end: Moment,
) -> Result<plot::Plot> {
    let own = &job.scenario.story;
    Error::all(errors_in_story(catalogue, own))?;
    for setting in &job.settings {
        check_id(catalogue, setting)?;
    }
    // Where some events are of a card alone, so is the story: what a bank debits may be one of a card as well.
    let mut asked = scenes.iter().filter_map(|scene| scene.event_type.payment_method.as_deref());
    let default = asked.clone().find(|method| *method == CARD).or_else(|| asked.next());
    let payment_method = own.payment_method.as_deref().or(default).unwrap_or(CARD);
    let told = [("connect", own.connect), ("guest", own.guest)];
    let told = told.into_iter().filter(|(_, is_told)| *is_told);
    let variants = told.map(|(name, _)| name.to_owned()).collect();
    let in_file = own.own.iter().map(|own| own.setting.clone());
    let settings: Vec<Setting> =
        own.parameters.iter().cloned().chain(in_file).chain(job.settings.iter().cloned()).collect();
    Ok(plot::Plot {
        name: job.scenario.name.clone(),
        seed: job.seed,
        end,
        payment_method: payment_method.to_owned(),
        variants,
        created: own.created.clone(),
        parameters: Parameters::of(&settings)?,
        api_version: job.api_version.clone(),
        account: job.account.clone(),
        notes_ids: shows_ids(job),
    })
}

/// What the file's story says of objects that there are none of, or of ids that they cannot have.
pub(super) fn errors_in_story(catalogue: &Catalogue, own: &StorySettings) -> Vec<Error> {
    let objects = own.created.keys().filter(|name| !catalogue.has_ids(name));
    let unknown =
        |name: &String| Some(own.places.get(name)?.error(format!("unknown object `{name}`")));
    let ids = own.own.iter().filter_map(|PlacedSetting { setting, place }| {
        check_id(catalogue, setting).map_err(|error| located(error, Some(place))).err()
    });
    objects.filter_map(unknown).chain(ids).collect()
}

/// The id that a setting gives an object, if it is one, has to be one of that object.
pub(super) fn check_id(
    catalogue: &Catalogue,
    setting: &Setting,
) -> std::result::Result<(), EventError> {
    match setting {
        Setting::Id { object, id } => catalogue.check_id(object, id),
        _ => Ok(()),
    }
}

/// The texts of a step in which names may stand for values.
pub(super) fn texts_of(step: &Step) -> Vec<(&str, &Location)> {
    let mut texts: Vec<(&str, &Location)> = Vec::new();
    for PlacedSetting { setting, place } in &step.changes {
        if let Setting::Field { value, .. } = setting {
            texts.push((value, place));
        }
    }
    let expect = step.places.as_ref().map(|places| &places.expect);
    let expected = |place| step.expect.templates().map(move |text| (text, place));
    texts.extend(expect.into_iter().flat_map(expected));
    texts
}

/// The texts around the steps in which names may stand for values.
pub(super) fn texts_of_checks(scenario: &Scenario) -> impl Iterator<Item = (&str, &Location)> {
    let Around { setup, teardown } = &scenario.around;
    let checks = setup.iter().chain(&scenario.checks).chain(teardown);
    checks.flat_map(|check| check.templates().into_iter().map(|text| (text, &check.place)))
}

/// Finds out what the names in a scenario's texts stand for.
pub(super) struct Names<'s> {
    pub(super) story: &'s Story<'s>,
    pub(super) scenario: &'s Scenario,
}

impl Names<'_> {
    /// The names that the story gives a value, and of each step whether it needs another. Every other
    /// name has to be saved by an earlier step.
    fn values(&self) -> Result<(Values, Vec<bool>)> {
        let mut values = Values::default();
        let mut saved = BTreeSet::new();
        let mut needs_answers = Vec::with_capacity(self.scenario.steps.len());
        for step in &self.scenario.steps {
            let mut is_waiting = false;
            for (text, place) in texts_of(step) {
                is_waiting |= self.names(text, place, &saved, &mut values)?;
            }
            needs_answers.push(is_waiting);
            saved.extend(step.save.iter().map(|save| save.name.as_str()));
        }
        for (text, place) in texts_of_checks(self.scenario) {
            self.names(text, place, &saved, &mut values)?;
        }
        Ok((values, needs_answers))
    }

    /// Keeps the story's values of a text's names; whether it has others, which a step has saved.
    pub(super) fn names(
        &self,
        text: &str,
        place: &Location,
        saved: &BTreeSet<&str>,
        values: &mut Values,
    ) -> Result<bool> {
        let mut has_saved = false;
        for name in values::names(text).map_err(|reason| place.error(reason))? {
            if saved.contains(name) {
                has_saved = true;
                continue;
            }
            let Some(value) = self.story.value(name) else {
                let near = suggestion::near(name, saved.iter().copied());
                let reason = format!(
                    "`{{{{{name}}}}}` is not saved by an earlier step and is not an object of the story"
                );
                return Err(place.error_near(reason, &near));
            };
            values.keep(name, value);
        }
        Ok(has_saved)
    }
}
