//! What the user gave that nothing in a run has a place for: an id of an object that no event names, a choice
//! of events that there are none of.

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::error::{Error, Kind, Result};
use crate::event::Setting;
use crate::event::event_choice::EventChoice;
use crate::event::setting::{WITH_METADATA, metadata_name};
use crate::scenario::Location;
use crate::text::suggestion;

/// Something that has no place.
pub(super) struct Unused {
    /// What there is not.
    what: String,
    /// What may be meant.
    near: Vec<String>,
    /// What there is, where nothing may be meant.
    there_is: String,
}

impl Unused {
    /// The error for what stands in a file.
    pub(super) fn at(self, place: &Location) -> Error {
        let there_is =
            if self.near.is_empty() { format!("; {}", self.there_is) } else { String::new() };
        place.error_near(format!("{}{there_is}", self.what), &self.near)
    }

    /// The error for what was typed.
    fn typed(self) -> Error {
        let hint = suggestion::did_you_mean(&self.near).unwrap_or(self.there_is);
        Error::new(Kind::Usage, self.what).hinted(hint)
    }
}

/// What there is in a run to set something in.
pub(super) struct RunContents<'r> {
    /// The steps of its stories, each by its number and its event's type.
    pub(super) steps: Vec<(usize, &'r str)>,
    /// What the templates of its events name.
    pub(super) named: BTreeSet<String>,
    /// Its events as JSON, and the values of the names in its files' texts.
    pub(super) texts: Vec<Cow<'r, str>>,
}

impl RunContents<'_> {
    /// Whether an id stands somewhere. A template that names an object may be changed by a step.
    fn has(&self, id: &str) -> bool {
        let in_json = serde_json::Value::from(id).to_string();
        let id = in_json.trim_matches('"');
        self.texts.iter().any(|text| text.contains(id))
    }
}

/// Checks that each setting of the command line has a place in one of the run's stories.
///
/// # Errors
/// Names the first that has none.
pub(super) fn check(settings: &[Setting], run: &RunContents<'_>) -> Result<()> {
    let unused = |setting: &Setting| match setting {
        Setting::Within { events, .. } => without_events(events, &run.steps),
        other => in_story(other, run),
    };
    settings.iter().find_map(unused).map_or(Ok(()), |unused| Err(unused.typed()))
}

/// What a setting has no place for.
pub(super) fn in_story(setting: &Setting, run: &RunContents<'_>) -> Option<Unused> {
    let named = &run.named;
    match setting {
        Setting::Id { object, id } if !named.contains(object) || !run.has(id) => {
            Some(without_id(object, named))
        }
        Setting::Metadata { object, .. } if !named.contains(&metadata_name(object)) => {
            let has = |object: &&str| named.contains(&metadata_name(object));
            let there: Vec<&str> = WITH_METADATA.into_iter().filter(has).collect();
            Some(Unused {
                what: format!("no event of this run has the metadata of `{object}`"),
                near: Vec::new(),
                there_is: match there.as_slice() {
                    [] => "set it in one event: `--set 'EVENT:metadata.KEY=VALUE'`".to_owned(),
                    there => format!("its events have that of {}", ticked(there)),
                },
            })
        }
        _ => None,
    }
}

fn without_id(object: &str, named: &BTreeSet<String>) -> Unused {
    let kind = |name: &str| name.split('/').next().unwrap_or_default().to_owned();
    let is_object =
        |name: &&str| !name.ends_with(".metadata") && kind(name) != "request" && *name != object;
    let objects: Vec<&str> = named.iter().map(String::as_str).filter(is_object).collect();
    let same: Vec<String> = objects
        .iter()
        .filter(|name| kind(name) == kind(object))
        .map(|name| (*name).to_owned())
        .collect();
    let near = if same.is_empty() { suggestion::near(object, objects.clone()) } else { same };
    Unused {
        what: format!("no event of this run has the id of `{object}`"),
        near,
        there_is: format!("its events have those of {}", ticked(&objects)),
    }
}

fn ticked(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

fn without_events(events: &EventChoice, steps: &[(usize, &str)]) -> Option<Unused> {
    if steps.iter().any(|(number, event)| events.fits(*number, event)) {
        return None;
    }
    let most = steps.iter().map(|(number, _)| *number).max().unwrap_or_default();
    Some(match events {
        EventChoice::Step(number) => Unused {
            what: format!("this run has no step {number}"),
            near: Vec::new(),
            there_is: format!("its last step is {most}"),
        },
        EventChoice::Type(name) => {
            let types: BTreeSet<&str> = steps.iter().map(|(_, event)| *event).collect();
            Unused {
                what: format!("no event of this run is `{name}`"),
                near: suggestion::near(name, types),
                there_is: "what stands before a colon is an event type, a pattern or the number of a step; \
                           a name with a colon stands in brackets: `metadata[\"a:b\"]`"
                    .to_owned(),
            }
        }
    })
}
