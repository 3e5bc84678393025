//! What has to be run for each step, found out before anything is.

use super::obstacle::Obstacle;
use crate::error::Result;
use crate::event::event_type::ThroughStripe;
use crate::event::fixture::Fixture;
use crate::event::trigger::{NoPlace, Trigger};
use crate::event::{Catalogue, Setting};
use crate::runner::Plan;
use crate::scenario::Step;

/// What a step needs.
#[derive(Clone, Debug)]
pub(super) struct StepTrigger {
    /// The type of its event.
    pub(super) event: String,
    /// What causes it.
    pub(super) kind: TriggerKind,
    /// The user's own values, those that it takes.
    wanted: Vec<(String, String)>,
}

/// What causes a step's event.
#[derive(Clone, Debug)]
pub(super) enum TriggerKind {
    /// `stripe trigger` of this name.
    Trigger(String, Trigger),
    /// A fixture of devtool's own, of this name.
    Fixture(String, Fixture),
}

/// What the deliveries of a plan need, one for each, and what they need in vain. Where something is in
/// the way, the triggers are not complete.
pub(super) fn of(plan: &Plan) -> Result<(Vec<StepTrigger>, Vec<Obstacle>)> {
    let catalogue = Catalogue::embedded()?;
    let (mut triggers, mut obstacles) = (Vec::new(), Vec::new());
    for sending in &plan.sendings {
        match trigger(&catalogue, plan.step(*sending))? {
            Ok(trigger) => triggers.push(trigger),
            Err(obstacle) => obstacles.push(obstacle),
        }
    }
    let (story, settings) = (&plan.job.scenario.story, &plan.job.settings);
    if obstacles.is_empty() {
        let own = story.own.iter().map(|own| &own.setting);
        for setting in story.parameters.iter().chain(own) {
            obstacles.extend(give(
                setting,
                "`[story]` ",
                &mut triggers.iter_mut().collect::<Vec<_>>(),
            ));
        }
        for setting in settings {
            obstacles.extend(give_typed(setting, plan, &mut triggers));
        }
    }
    // What one takes may exclude one another.
    let none = triggers.iter().find_map(|trigger| trigger.arguments("").err());
    if let (true, Some(NoPlace { parameter, reason })) = (obstacles.is_empty(), none) {
        obstacles.push(Obstacle::new(format!("`--set {parameter}`"), &reason));
    }
    Ok((triggers, obstacles))
}

fn trigger(
    catalogue: &Catalogue,
    step: &Step,
) -> Result<std::result::Result<StepTrigger, Obstacle>> {
    let event = &step.event;
    // Another object than the catalogue's is an obstacle of its own.
    let event_type = catalogue.event_type(event, step.object.as_deref())?;
    let impossible = |why: &str| {
        let near = event_type.near().to_vec();
        Ok(Err(Obstacle { near, ..Obstacle::new(format!("`{event}`"), why) }))
    };
    if event_type.is_thin() {
        // Its id says nothing of the object's that was caused, and the run's own listen takes none.
        return impossible("devtool waits for snapshot events only");
    }
    let unknown = "devtool does not know how";
    let kind = match event_type.through_stripe() {
        Some(ThroughStripe::Trigger(name) | ThroughStripe::SideEffectOf(name)) => {
            let trigger = Trigger::named(name)?;
            trigger.map(|trigger| TriggerKind::Trigger(name.clone(), trigger))
        }
        Some(ThroughStripe::Fixture(name)) => {
            let fixture = Fixture::named(name)?;
            fixture.map(|fixture| TriggerKind::Fixture(name.clone(), fixture))
        }
        Some(ThroughStripe::No(why)) => return impossible(why),
        None => return impossible("Stripe has no such event"),
    };
    match kind {
        Some(kind) => Ok(Ok(StepTrigger { event: event.clone(), kind, wanted: Vec::new() })),
        None => impossible(unknown),
    }
}

/// Gives what was typed to the steps that it is for.
fn give_typed(setting: &Setting, plan: &Plan, triggers: &mut [StepTrigger]) -> Option<Obstacle> {
    let Setting::Within { events, setting: own } = setting else {
        return give(setting, "", &mut triggers.iter_mut().collect::<Vec<_>>());
    };
    let steps = plan.sendings.iter().map(|sending| (sending.step + 1, &plan.step(*sending).event));
    let chosen = triggers.iter_mut().zip(steps).filter(|(_, (at, event))| events.fits(*at, event));
    let mut chosen: Vec<&mut StepTrigger> = chosen.map(|(trigger, _)| trigger).collect();
    // Another story of the run may have the events.
    if chosen.is_empty() {
        return None;
    }
    let obstacle = give(own, "", &mut chosen)?;
    Some(Obstacle { option: format!("`{}`", setting.typed()), ..obstacle })
}

/// Gives a value to each step that takes it; it has to be one at least.
fn give(setting: &Setting, place: &str, triggers: &mut [&mut StepTrigger]) -> Option<Obstacle> {
    let (name, value) = match setting {
        Setting::Parameter { name, value } => (name.clone(), value),
        Setting::Id { object, id } if object == "customer" => (object.clone(), id),
        Setting::Field { path, value } if metadata_key(&path.to_string()).is_some() => {
            let key = metadata_key(&path.to_string()).unwrap_or_default().to_owned();
            (format!("metadata.{key}"), value)
        }
        Setting::Id { object, .. } => {
            let option =
                if place.is_empty() { setting.typed() } else { format!("[story] ids.{object}") };
            let why = "Stripe generates the ids of all but the customer";
            return Some(Obstacle::new(format!("`{option}`"), why));
        }
        Setting::Metadata { object, .. } if !place.is_empty() => {
            return Some(no_field(&format!("[story] metadata.{object}")));
        }
        other => return Some(no_field(&other.typed())),
    };
    let count = triggers.len();
    let taking = triggers.iter_mut().filter(|trigger| trigger.trigger().takes(&name));
    let mut is_accepted = false;
    for trigger in taking {
        // The last value of a name counts, as it does locally.
        trigger.wanted.retain(|(known, _)| *known != name);
        trigger.wanted.push((name.clone(), value.clone()));
        is_accepted = true;
    }
    if is_accepted {
        return None;
    }
    let who =
        if count == 1 { triggers[0].command() } else { "the triggers of these events".to_owned() };
    let option = match setting {
        _ if !place.is_empty() => format!("{place}{name}"),
        typed => format!("`{}`", typed.typed()),
    };
    Some(Obstacle::new(option, &format!("{who} cannot set it")))
}

fn no_field(option: &str) -> Obstacle {
    let why = "only amount, currency, customer, email and metadata can be set there";
    Obstacle::new(format!("`{option}`"), why)
}

/// The key of a path to metadata, from the event or from its object.
fn metadata_key(path: &str) -> Option<&str> {
    let path = path.strip_prefix("data.object.").unwrap_or(path);
    path.strip_prefix("metadata.").filter(|key| !key.contains(['.', '[']))
}

impl StepTrigger {
    /// The command for a reader.
    pub(super) fn command(&self) -> String {
        match &self.kind {
            TriggerKind::Trigger(name, _) => format!("`stripe trigger {name}`"),
            TriggerKind::Fixture(name, _) => format!("`stripe fixtures {name}.json`"),
        }
    }

    fn trigger(&self) -> &Trigger {
        match &self.kind {
            TriggerKind::Trigger(_, trigger) => trigger,
            TriggerKind::Fixture(_, fixture) => &fixture.trigger,
        }
    }

    /// Whether what it creates can be marked.
    pub(super) fn takes_mark(&self) -> bool {
        !self.trigger().marks.is_empty()
    }

    /// The options that mark what it creates, and give it the user's values.
    pub(super) fn arguments(&self, mark: &str) -> std::result::Result<Vec<String>, NoPlace> {
        let wanted: Vec<(&str, &str)> =
            self.wanted.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        self.trigger().arguments(mark, &wanted)
    }
}
