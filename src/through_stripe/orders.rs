//! What has to be run for each step, found out before anything is.

use crate::error::{Error, Result};
use crate::event::event_type::ThroughStripe;
use crate::event::fixture::Fixture;
use crate::event::trigger::Trigger;
use crate::event::{Catalogue, Setting};
use crate::runner::{Plan, Traffic};

/// What a step needs.
#[derive(Clone, Debug)]
pub(super) struct Order {
    /// The type of its event.
    pub(super) event: String,
    /// What causes it.
    pub(super) means: Means,
    /// The user's own values, those that it takes.
    wanted: Vec<(String, String)>,
}

/// What causes a step's event.
#[derive(Clone, Debug)]
pub(super) enum Means {
    /// `stripe trigger` of this name.
    Trigger(String, Trigger),
    /// A fixture of devtool's own, of this name.
    Fixture(String, Fixture),
}

/// What the steps of a plan need.
pub(super) fn of(plan: &Plan) -> Result<Vec<Order>> {
    check_job(plan)?;
    let catalogue = Catalogue::embedded()?;
    let events = plan.parcels.iter().map(|parcel| &plan.step(*parcel).event);
    let mut orders: Vec<Order> =
        events.map(|event| order(&catalogue, event)).collect::<Result<_>>()?;
    for setting in &plan.job.settings {
        give(setting, &mut orders)?;
    }
    for order in &orders {
        // What it takes may exclude one another.
        order.arguments("")?;
    }
    Ok(orders)
}

fn order(catalogue: &Catalogue, event: &str) -> Result<Order> {
    let told = catalogue.event_type(event, None)?;
    let impossible = |reason: &str| Error::NotThroughStripe {
        event: event.to_owned(),
        reason: reason.to_owned(),
        near: told.near.clone(),
    };
    let unknown = || impossible("devtool does not know how");
    let means = match &told.stripe {
        Some(ThroughStripe::Trigger(name) | ThroughStripe::SideEffectOf(name)) => {
            Means::Trigger(name.clone(), Trigger::named(name)?.ok_or_else(unknown)?)
        }
        Some(ThroughStripe::Fixture(name)) => {
            Means::Fixture(name.clone(), Fixture::named(name)?.ok_or_else(unknown)?)
        }
        Some(ThroughStripe::No(why)) => return Err(impossible(why)),
        None => return Err(impossible("Stripe never sends this type")),
    };
    Ok(Order { event: event.to_owned(), means, wanted: Vec::new() })
}

/// Through Stripe the steps come one after the other, each once, as Stripe makes them.
fn check_job(plan: &Plan) -> Result<()> {
    let local = |setting: &str, reason: &str| {
        let reason = format!("{reason}; `--via local` can");
        Err(Error::InvalidSetting { setting: setting.to_owned(), reason })
    };
    let job = &plan.job;
    if job.traffic != Traffic::default() {
        return local("how the events arrive", "Stripe sends them as they happen");
    }
    if job.account.is_some() {
        return local("`--account`", "the events are those of your own account");
    }
    if plan.parcels.iter().any(|parcel| parcel.is_copy) {
        return local("`repeat`", "Stripe decides what is sent again");
    }
    if plan.parcels.iter().any(|parcel| !plan.step(*parcel).changes.is_empty()) {
        return local("a step's payload", "Stripe makes it");
    }
    Ok(())
}

/// Gives a value to each step that takes it; it has to be one at least.
fn give(setting: &Setting, orders: &mut [Order]) -> Result<()> {
    let reason = "through Stripe, amount, currency, customer, email and metadata can be set; \
                  `--via local` sets any field";
    let (name, value) = match setting {
        Setting::Parameter { name, value } => (name.clone(), value),
        Setting::Field { path, value } if metadata_key(&path.to_string()).is_some() => {
            let key = metadata_key(&path.to_string()).unwrap_or_default().to_owned();
            (format!("metadata.{key}"), value)
        }
        Setting::Field { path, .. } | Setting::Removal { path } => {
            let (setting, reason) = (format!("`{path}`"), reason.to_owned());
            return Err(Error::InvalidSetting { setting, reason });
        }
    };
    let count = orders.len();
    let taking = orders.iter_mut().filter(|order| order.trigger().takes(&name));
    let mut is_taken = false;
    for order in taking {
        // The last value of a name counts, as it does locally.
        order.wanted.retain(|(known, _)| *known != name);
        order.wanted.push((name.clone(), value.clone()));
        is_taken = true;
    }
    if is_taken {
        return Ok(());
    }
    let who = if count == 1 { orders[0].command() } else { "what causes these events".to_owned() };
    let reason = format!("{who} has no place for it; `--via local` has");
    Err(Error::InvalidSetting { setting: name, reason })
}

/// The key of a path to metadata, from the event or from its object.
fn metadata_key(path: &str) -> Option<&str> {
    let path = path.strip_prefix("data.object.").unwrap_or(path);
    path.strip_prefix("metadata.").filter(|key| !key.contains(['.', '[']))
}

impl Order {
    /// The command for a reader.
    pub(super) fn command(&self) -> String {
        match &self.means {
            Means::Trigger(name, _) => format!("`stripe trigger {name}`"),
            Means::Fixture(name, _) => format!("`stripe fixtures {name}.json`"),
        }
    }

    fn trigger(&self) -> &Trigger {
        match &self.means {
            Means::Trigger(_, trigger) => trigger,
            Means::Fixture(_, fixture) => &fixture.trigger,
        }
    }

    /// Whether what it creates can be marked.
    pub(super) fn takes_mark(&self) -> bool {
        !self.trigger().marks.is_empty()
    }

    /// The options that mark what it creates, and give it the user's values.
    pub(super) fn arguments(&self, mark: &str) -> Result<Vec<String>> {
        let wanted: Vec<(&str, &str)> =
            self.wanted.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        self.trigger().arguments(mark, &wanted)
    }
}
