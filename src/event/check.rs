//! The catalogue's own check: what the form of the files cannot say, with file and line of each error.

use super::catalogue::Catalogue;
use super::error::{At, CatalogueError, EventError, Result};
use super::event_type::{EventType, Listing, Payload, Snapshot, ThroughStripe};
use super::fixture::Fixture;
use super::id::Seed;
use super::index::{self, IndexEntry};
use super::plot::Plot;
use super::rank;
use super::story::Story;
use super::thin;
use super::timeline::Scene;
use super::trigger::Trigger;
use crate::protocol::moment::Moment;

/// What is wrong at one place of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CatalogueProblem {
    /// The file, from the project's root.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// What is wrong.
    pub what: String,
}

/// What was checked, and what was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// How many event types.
    pub types: usize,
    /// How many objects.
    pub objects: usize,
    /// What is wrong.
    pub problems: Vec<CatalogueProblem>,
}

/// Checks every type and every object of a catalogue in each of its states.
pub fn check(catalogue: &Catalogue) -> Checked {
    let places = catalogue.places();
    let mut problems = Vec::new();
    for pair in places.windows(2).filter(|pair| pair[0].name == pair[1].name) {
        problems.push(at_type(catalogue, pair[1], "the type is there twice".to_owned()));
    }
    for (at, place) in places.iter().enumerate() {
        match catalogue.read(at) {
            Ok(event_type) => problems.extend(type_problems(catalogue, *place, event_type)),
            Err(error) => problems.push(located(catalogue, Some(*place), None, &error)),
        }
    }
    let names: Vec<&str> = catalogue.object_names().collect();
    for name in &names {
        problems.extend(object_problems(catalogue, name));
    }
    let types = places.iter().filter(|place| place.rank.is_some()).count();
    problems.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
    problems.dedup();
    Checked { types, objects: names.len(), problems }
}

/// The problems of one type: of what it says, and of the event that comes of it.
fn type_problems(
    catalogue: &Catalogue,
    place: IndexEntry<'static>,
    event_type: &EventType,
) -> Vec<CatalogueProblem> {
    if let Listing::NeverSent(_) = event_type.listing {
        return Vec::new();
    }
    let mut problems: Vec<CatalogueProblem> = said_wrong(catalogue, place, event_type)
        .into_iter()
        .map(|what| at_type(catalogue, place, what))
        .collect();
    let objects = std::iter::once(&event_type.object).chain(event_type.objects.keys());
    let of_objects = objects.map(|object| event_type.about(object).in_form(&[]).0);
    let of_forms =
        event_type.form_names().map(|form| event_type.clone().in_form(&[form.to_owned()]).0);
    for about in of_objects.chain(of_forms) {
        let object = &about.object.clone();
        let is_change = place.name.ends_with(".updated");
        let has_was = matches!(&about.payload, Payload::Snapshot(of) if !of.was.is_empty());
        if is_change && !has_was {
            let what = format!("an update of `{object}` needs `was`: what was different before");
            problems.push(at_type(catalogue, place, what));
        }
        let variants: Vec<String> = Vec::new();
        let method = about.payment_method.clone().unwrap_or_else(|| "card".to_owned());
        match payload(catalogue, place.name, about, &method, variants) {
            Ok(event) => {
                let previous = &event["data"]["previous_attributes"];
                if previous.as_object().is_some_and(serde_json::Map::is_empty) {
                    let what = "`was` is as the object is: nothing changed".to_owned();
                    problems.push(at_type(catalogue, place, what));
                }
            }
            Err(error) => problems.push(located(catalogue, Some(place), Some(object), &error)),
        }
    }
    problems
}

/// What a type says that cannot be.
fn said_wrong(
    catalogue: &Catalogue,
    place: IndexEntry<'static>,
    event_type: &EventType,
) -> Vec<String> {
    let mut wrong = Vec::new();
    if event_type.description.is_empty() || event_type.description.ends_with('.') {
        wrong.push("`description` needs to be one sentence without a full stop".to_owned());
    }
    if event_type.form.as_ref().is_some_and(|form| !event_type.forms.contains_key(form)) {
        wrong.push("`form` is none of `forms`".to_owned());
    }
    if place.rank.is_none() {
        wrong.push("`rank` is missing, or not on a line of its own".to_owned());
    }
    for (name, _) in index::ranks(place.ranks).filter(|(name, _)| !rank::is_case(name)) {
        wrong.push(format!("`ranks` has neither `page` nor a change: `{name}`"));
    }
    match event_type.through_stripe() {
        None => wrong.push("`stripe` is missing: how the Stripe CLI can cause it".to_owned()),
        Some(
            ThroughStripe::Trigger(name)
            | ThroughStripe::SideEffectOf(name)
            | ThroughStripe::Fixture(name)
            | ThroughStripe::No(name),
        ) if name.is_empty() => wrong.push("`stripe` says nothing".to_owned()),
        Some(ThroughStripe::SideEffectOf(name)) => {
            let cause = catalogue.event_type(name, None);
            if !cause.is_ok_and(|cause| cause.has_trigger()) {
                wrong.push(format!("`stripe` names `{name}`, which is no type with a trigger"));
            }
        }
        Some(stripe) => wrong.extend(not_there(stripe)),
    }
    let objects = std::iter::once(&event_type.object).chain(event_type.objects.keys());
    wrong.extend(
        objects
            .filter(|object| !catalogue.has_object(object))
            .map(|object| format!("there is no object `{object}`")),
    );
    wrong
}

/// What a type names for Stripe to cause it, where the catalogue has no such thing.
fn not_there(stripe: &ThroughStripe) -> Option<String> {
    let (kind, name, found) = match stripe {
        ThroughStripe::Trigger(name) => {
            ("trigger", name, Trigger::named(name).map(|found| found.is_some()))
        }
        ThroughStripe::Fixture(name) => {
            ("fixture", name, Fixture::named(name).map(|found| found.is_some()))
        }
        ThroughStripe::SideEffectOf(_) | ThroughStripe::No(_) => return None,
    };
    match found {
        Ok(true) => None,
        Ok(false) => Some(format!("`stripe` names `{name}`: there is no such {kind}")),
        Err(error) => Some(error.to_string()),
    }
}

/// What is wrong with the thin types: with what each says, and with the event that comes of it.
pub fn check_thin(catalogue: &Catalogue) -> Vec<CatalogueProblem> {
    let types = match catalogue.thin_types() {
        Ok(types) => types,
        Err(error) => return vec![located(catalogue, None, None, &error)],
    };
    let problem = |name: &str, what: String| CatalogueProblem {
        file: "catalog/thin/types.json".to_owned(),
        line: thin::line(name),
        what,
    };
    let mut problems = Vec::new();
    for (name, event_type) in types {
        if event_type.description.is_empty() || event_type.description.ends_with('.') {
            let what = "`description` needs to be one sentence without a full stop";
            problems.push(problem(name, what.to_owned()));
        }
        if let Err(error) = payload(catalogue, name, event_type, "card", Vec::new()) {
            problems.push(problem(name, error.to_string()));
        }
    }
    problems
}

/// The problems of one object, in its first state and in each other one.
fn object_problems(catalogue: &Catalogue, name: &str) -> Vec<CatalogueProblem> {
    let object = match catalogue.object(name) {
        Ok(object) => object,
        Err(error) => return vec![located(catalogue, None, Some(name), &error)],
    };
    let mut problems = Vec::new();
    let at_object = |needle: &str, what: String| CatalogueProblem {
        file: format!("catalog/objects/{name}.json"),
        line: line_of(catalogue.object_text(name), needle, 1),
        what,
    };
    if object.base["object"] != *name {
        problems
            .push(at_object("\"object\": \"", format!("`object` is not the file's name `{name}`")));
    }
    if object.id.as_ref().is_some_and(|form| !form.is_well_formed()) {
        problems
            .push(at_object("\"prefix\"", "`prefix` is not small letters with a `_`".to_owned()));
    }
    if object.id.is_some() && object.base["id"] != "{id}" {
        problems.push(at_object("\"base\"", "`id` of the base is not `{id}`".to_owned()));
    }
    let states = object.states.keys().map(|key| key.split_once('/').unwrap_or((key, "")));
    for (state, variant) in std::iter::once(("", "")).chain(states) {
        let states = Some(state.to_owned()).filter(|state| !state.is_empty());
        let snapshot = Snapshot { states: states.into_iter().collect(), ..Snapshot::default() };
        let event_type =
            EventType { payload: Payload::Snapshot(snapshot), ..EventType::unlisted(name) };
        let variants = Some(variant.to_owned()).filter(|variant| !variant.is_empty());
        let event = payload(
            catalogue,
            "catalogue.check",
            event_type,
            "card",
            variants.into_iter().collect(),
        );
        if let Err(error) = event {
            problems.push(located(catalogue, None, Some(name), &error));
        }
    }
    problems
}

/// An event of a story of its own.
fn payload(
    catalogue: &Catalogue,
    name: &str,
    event_type: EventType,
    payment_method: &str,
    variants: Vec<String>,
) -> Result<serde_json::Value> {
    let end = Moment::from_seconds(1_790_000_000);
    let scene = Scene {
        name: name.to_owned(),
        about: event_type.object.clone(),
        states: Vec::new(),
        at: end,
        cause: None,
        event_type: event_type.into(),
    };
    let payment_method = payment_method.to_owned();
    let plot = Plot { payment_method, variants, ..Plot::plain(name, Seed(1), end) };
    Ok(Story::new(catalogue, plot, vec![scene])?.payloads()?.pop().unwrap_or_default())
}

fn at_type(catalogue: &Catalogue, place: IndexEntry<'static>, what: String) -> CatalogueProblem {
    let (name, _) = catalogue.event_file(place);
    CatalogueProblem { file: format!("catalog/events/{name}.json"), line: place.line, what }
}

/// The error that an error tells of: at the place that it has itself, else where the words that it is
/// about stand in the type, else in the object.
fn located(
    catalogue: &Catalogue,
    place: Option<IndexEntry<'static>>,
    object: Option<&str>,
    error: &EventError,
) -> CatalogueProblem {
    let words = match error {
        EventError::Previous { error, .. } => return located(catalogue, place, object, error),
        EventError::Catalogue(CatalogueError { at: At::Line(file, line), what }) => {
            return CatalogueProblem {
                file: format!("catalog/{file}"),
                line: *line,
                what: what.clone(),
            };
        }
        EventError::Catalogue(CatalogueError { at: At::Words(words), .. }) => words,
        EventError::UnknownEvent { name, .. } | EventError::UnknownObject { name, .. } => name,
        EventError::UnknownField { path, .. } | EventError::EarlierField { path, .. } => path,
        EventError::WrongId { object, .. } => object,
        EventError::InvalidSetting { setting, .. } => setting.split(' ').next().unwrap_or(setting),
    };
    let what = match error {
        EventError::Catalogue(error) => error.what.clone(),
        other => other.to_string(),
    };
    if let Some(place) = place {
        let (name, text) = catalogue.event_file(place);
        let inside = &text[place.start..place.end];
        if object.is_none() || inside.contains(words) {
            let line = line_of(inside, words, place.line);
            return CatalogueProblem { file: format!("catalog/events/{name}.json"), line, what };
        }
    }
    let name = object.unwrap_or_default();
    let line = line_of(catalogue.object_text(name), words, 1);
    CatalogueProblem { file: format!("catalog/objects/{name}.json"), line, what }
}

/// The line on which the words stand first; `first` is the number of the text's first line.
fn line_of(text: &str, words: &str, first: usize) -> usize {
    let before = text.find(words).map_or("", |at| &text[..at]);
    first + before.matches('\n').count()
}

#[cfg(test)]
mod tests {
    use super::*;

    const THING: &str = r#"{
  "id": {"prefix": "th_", "body": "object"},
  "created": "first-1h",
  "base": {
    "id": "{id}",
    "object": "thing",
    "size": 1
  },
  "states": {
    "broken": {"size": "{sze(}"}
  }
}"#;

    /// The problems of a catalogue of one type and the object above, as `FILE:LINE: WHAT`.
    fn problems(type_lines: &str, object: &'static str) -> Vec<String> {
        let events = format!("{{\n  \"thing.updated\": {{\n{type_lines}\n  }}\n}}\n");
        let events: &'static str = events.leak();
        let events = Box::leak(Box::new([("thing", events)]));
        let objects = Box::leak(Box::new([("thing", object)]));
        let checked = check(&Catalogue::of(events, objects).unwrap());
        let line =
            |error: &CatalogueProblem| format!("{}:{}: {}", error.file, error.line, error.what);
        checked.problems.iter().map(line).collect()
    }

    const STRIPE: &str = "    \"stripe\": {\"no\": \"made up\"},\n    \"rank\": 1,\n";

    #[test]
    fn an_error_of_a_type_is_named_with_its_line() {
        let whole = r#"    "description": "A thing changed",
    "object": "thing",
    "was": {"size": 2}"#;
        let sound = THING.replace("{sze(}", "{id}").leak();
        assert_eq!(problems(&format!("{STRIPE}{whole}"), sound), Vec::<String>::new());
        for (from, to, expected) in [
            ("\"object\": \"thing\"", "\"object\": \"thin\"", "2: there is no object `thin`"),
            ("\"was\": {\"size\": 2}", "\"states\": []", "2: an update of `thing` needs `was`"),
            ("\"was\": {", "\"states\": [\"x\"],\n    \"was\": {", "7: `thing` has no state `x`"),
            ("\"size\": 2", "\"size\": 1", "2: `was` is as the object is: nothing changed"),
            ("\"size\": 2", "\"a..b\": 1", "7: path `a..b`: a name is missing"),
            ("\"size\": 2", "\"size\": \"{a b}\"", "7: no expression in `thing`: `a b`"),
            ("\"was\"", "\"wass\"", "7: unknown field `wass`"),
            ("    \"was\"", "    \"ranks\": {\"x\": 1},\n    \"was\"", "2: `ranks` has neither"),
            ("thing changed", "thing changed.", "2: `description` needs to be one sentence"),
        ] {
            let problems = problems(&format!("{STRIPE}{}", whole.replace(from, to)), sound);
            let expected = format!("catalog/events/thing.json:{expected}");
            assert!(problems.iter().any(|f| f.starts_with(&expected)), "{expected}: {problems:?}");
        }
        let without = problems(whole, sound).join("\n");
        assert!(without.contains("2: `rank` is missing") && without.contains("2: `stripe` is"));
    }

    #[test]
    fn an_error_of_an_object_is_named_with_its_line() {
        let sound = r#"    "description": "A thing changed",
    "object": "thing",
    "was": {"size": 2}"#;
        for (from, to, expected) in [
            ("{id}\",\n", "{id}\",\n", "10: no expression in `thing`: `sze(`"),
            ("\"object\": \"thing\"", "\"object\": \"x\"", "6: `object` is not the file's name"),
            ("\"prefix\": \"th_\"", "\"prefix\": \"TH\"", "2: `prefix` is not small letters"),
            ("\"id\": \"{id}\"", "\"id\": \"th_1\"", "4: `id` of the base is not `{id}`"),
            ("\"created\": \"first-1h\"", "\"crated\": 1", "3: unknown field `crated`"),
        ] {
            let problems = problems(&format!("{STRIPE}{sound}"), THING.replace(from, to).leak());
            let expected = format!("catalog/objects/thing.json:{expected}");
            assert!(problems.iter().any(|f| f.starts_with(&expected)), "{expected}: {problems:?}");
        }
    }

    #[test]
    fn a_type_that_is_there_twice_is_an_error() {
        let text =
            "{\n  \"a\": {\n    \"near\": [\"b\"]\n  },\n  \"a\": {\n    \"near\": []\n  }\n}\n";
        let events = Box::leak(Box::new([("x", text)]));
        let found = check(&Catalogue::of(events, &[]).unwrap()).problems;
        assert!(found.iter().any(|f| f.line == 5 && f.what == "the type is there twice"));
    }
}
