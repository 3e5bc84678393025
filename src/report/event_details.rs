//! All that is known of event types, as text and JSON.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::json::{self, SCHEMA};
use super::layout::Layout;
use crate::event::event_type::{EventCause, ThroughStripe};
use crate::event::{Details, EventType, Field, FieldType};
use crate::text::width;

/// A type with what is known of it, and the names of the scenarios that have it.
pub(crate) struct Described<'t> {
    /// The type's name.
    pub name: &'t str,
    /// The type.
    pub event_type: &'t EventType,
    /// What is known of it.
    pub details: Details,
    /// The scenarios that have it.
    pub scenarios: Vec<String>,
}

/// What the widest of the names in front of what is said needs.
const NAMES: usize = "previous_attributes".len();

/// What is said above the fields, because of what is not known.
const KNOWN: &str =
    "as in devtool's catalogue; where it does not say null, Stripe may send null all the same";

/// Each type with all that is known of it, one below the other.
pub(crate) fn text(types: &[Described<'_>], layout: Layout) -> String {
    types.iter().map(|described| one(described, layout)).collect::<Vec<_>>().join("\n")
}

fn one(described: &Described<'_>, layout: Layout) -> String {
    let Described { name, event_type, details, scenarios } = described;
    let mut out = format!("{}\n", layout.palette.heading(name));
    let _ = writeln!(out, "  {}\n", width::wrap(&event_type.description, 2, layout.columns));
    let mut say = |what: &str, said: &str| {
        let indent = NAMES + 4;
        let said = width::wrap(said, indent, layout.columns);
        let _ = writeln!(out, "  {}  {said}", layout.palette.dim(&width::pad(what, NAMES)));
    };
    say("object", &object(event_type));
    for (at, form) in details.forms.iter().enumerate() {
        let usual = if form.is_usual { " (without `--state`)" } else { "" };
        let was = if form.previous.is_empty() {
            String::new()
        } else {
            format!(": {}", form.previous.join(", "))
        };
        say(if at == 0 { "tells of" } else { "" }, &format!("{}{usual}{was}", form.name));
    }
    if !details.previous.is_empty() {
        say("previous_attributes", &details.previous.join(", "));
    }
    if !details.states.is_empty() {
        say("states", &details.states.join(", "));
    }
    say("set off by", &causes(details));
    say("scenarios", &if scenarios.is_empty() { "none".to_owned() } else { scenarios.join(", ") });
    say("Stripe CLI", &stripe_cli(event_type));
    if !details.fields.is_empty() {
        let title = format!("Fields of `{}`, {KNOWN}:", event_type.object);
        let _ = writeln!(out, "\n  {}", width::wrap(&title, 2, layout.columns));
        out.push_str(&fields(details, layout));
    }
    out
}

/// The object that an event carries, or is about.
fn object(event_type: &EventType) -> String {
    let object = &event_type.object;
    match (event_type.is_thin(), object.is_empty()) {
        (true, true) => "none: a thin event about no object".to_owned(),
        (true, false) => format!("none: a thin event that names its `{object}`"),
        (false, _) if event_type.creates => format!("{object}, which comes to be with it"),
        (false, _) => object.clone(),
    }
}

fn causes(details: &Details) -> String {
    let others = details.causes.iter();
    let others = others
        .map(|(variant, cause)| format!("; in stories of `{variant}`: {}", cause_text(*cause)));
    std::iter::once(cause_text(details.cause).to_owned()).chain(others).collect()
}

const fn cause_text(cause: EventCause) -> &'static str {
    match cause {
        EventCause::Stripe => "Stripe itself, with no request",
        EventCause::Request => "an API request",
        EventCause::UnkeyedRequest => "an API request without an idempotency key, such as a DELETE",
        EventCause::Page => "the customer, on a page of Stripe's",
    }
}

const fn cause_word(cause: EventCause) -> &'static str {
    match cause {
        EventCause::Stripe => "stripe",
        EventCause::Request => "request",
        EventCause::UnkeyedRequest => "unkeyed_request",
        EventCause::Page => "page",
    }
}

fn stripe_cli(event_type: &EventType) -> String {
    match event_type.through_stripe() {
        Some(ThroughStripe::Trigger(name)) => format!("stripe trigger {name}"),
        Some(ThroughStripe::SideEffectOf(name)) => {
            format!("comes along with stripe trigger {name}")
        }
        Some(ThroughStripe::Fixture(name)) => {
            format!("no trigger; a fixture of devtool's: devtool trigger {name} --via stripe")
        }
        Some(ThroughStripe::No(why)) => format!("cannot cause it: {why}"),
        None => "has no trigger for it".to_owned(),
    }
}

fn fields(details: &Details, layout: Layout) -> String {
    let paths = details.fields.keys().map(|path| width::of(path)).max().unwrap_or(0);
    let widest = details.fields.values().map(|field| width::of(&kind(field))).max().unwrap_or(0);
    let is_wide = layout.columns >= paths + widest + 4;
    let row = |(path, field): (&String, &Field)| {
        let kind = kind(field);
        if is_wide {
            format!("  {}  {}\n", width::pad(path, paths), layout.palette.dim(&kind))
        } else {
            let kind = width::wrap(&kind, 4, layout.columns);
            format!("  {path}\n    {}\n", layout.palette.dim(&kind))
        }
    };
    details.fields.iter().map(row).collect()
}

/// What a field holds, for a reader.
fn kind(field: &Field) -> String {
    let types = field.types.iter().map(|one| match one {
        FieldType::Id(object) => format!("string: id of {object}"),
        other => type_word(other).to_owned(),
    });
    let mut words: Vec<String> = types.collect();
    words.extend(field.is_null.then(|| "null".to_owned()));
    let left_out = if field.is_left_out { ", or left out" } else { "" };
    let unknown = if field.types.is_empty() { " (the catalogue has no other value)" } else { "" };
    format!("{}{left_out}{unknown}", words.join(" or "))
}

const fn type_word(of: &FieldType) -> &'static str {
    match of {
        FieldType::String | FieldType::Id(_) => "string",
        FieldType::Integer => "integer",
        FieldType::Time => "time",
        FieldType::Number => "number",
        FieldType::Boolean => "boolean",
        FieldType::Object => "object",
        FieldType::List => "list",
    }
}

/// The same as JSON.
pub(crate) fn json(types: &[Described<'_>]) -> String {
    let events: Vec<Value> = types.iter().map(value).collect();
    json::document(&json!({"schema": SCHEMA, "events": events}))
}

fn value(described: &Described<'_>) -> Value {
    let Described { name, event_type, details, scenarios } = described;
    let mut value = json::event(name, event_type);
    let forms = details.forms.iter().map(|form| {
        json!({"name": form.name, "default": form.is_usual, "previous_attributes": form.previous})
    });
    let causes = details
        .causes
        .iter()
        .map(|(variant, cause)| json!({"variant": variant, "cause": cause_word(*cause)}));
    let more = [
        ("states", json!(details.states)),
        ("forms", forms.collect()),
        ("previous_attributes", json!(details.previous)),
        ("creates_object", event_type.creates.into()),
        ("cause", cause_word(details.cause).into()),
        ("causes", causes.collect()),
        ("scenarios", json!(scenarios)),
        ("fields", details.fields.iter().map(|(path, field)| field_value(path, field)).collect()),
    ];
    for (member, of) in more {
        value[member] = of;
    }
    value
}

/// A field; `null_seen` and `left_out_seen` say what the catalogue has, and false that nothing is known.
fn field_value(path: &str, field: &Field) -> Value {
    let types: std::collections::BTreeSet<&str> = field.types.iter().map(type_word).collect();
    let ids = field.types.iter().filter_map(|one| match one {
        FieldType::Id(object) => Some(object.as_str()),
        _ => None,
    });
    json!({
        "path": path,
        "types": types,
        "id_of": ids.collect::<Vec<_>>(),
        "null_seen": field.is_null,
        "left_out_seen": field.is_left_out,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Catalogue;
    use crate::protocol::Zone;
    use crate::report::palette::Palette;

    #[test]
    fn a_narrow_page_breaks_its_lines() {
        let catalogue = Catalogue::embedded().unwrap();
        let event_type = catalogue.event_type("invoice_payment.paid", None).unwrap();
        let details = catalogue.details(&event_type).unwrap();
        let scenarios = vec!["renewal".to_owned(), "trial-ends".to_owned()];
        let described =
            Described { name: "invoice_payment.paid", event_type: &event_type, details, scenarios };
        let layout = Layout { palette: Palette::Plain, columns: 44, zone: Zone::Utc };
        let text = text(&[described], layout);
        let start: Vec<&str> = text.lines().take(20).collect();
        insta::assert_snapshot!(start.join("\n"), @r#"
        invoice_payment.paid
          An invoice payment was paid; it links a
          payment to an invoice

          object               invoice_payment
          states               paid
          set off by           Stripe itself, with
                               no request
          scenarios            renewal, trial-ends
          Stripe CLI           comes along with
                               stripe trigger
                               invoice.paid

          Fields of `invoice_payment`, as in
          devtool's catalogue; where it does not say
          null, Stripe may send null all the same:
          amount_paid
            integer or null
          amount_requested
            integer
        "#);
    }
}
