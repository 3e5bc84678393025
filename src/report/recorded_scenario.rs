//! Recorded deliveries as a scenario file: the same events with ids of a story's own.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Value;

use super::scenario_file;
use crate::event::Catalogue;
use crate::history::Record;
use crate::protocol::Moment;
use crate::protocol::moment::Offset;
use crate::runner::retelling::{Retelling, ToldStep};
use crate::scenario::Sequence;

/// Whether values that may be personal are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PersonalValues {
    /// They are those of the story.
    Replaced,
    /// They are the recorded ones.
    Kept,
}

/// The fields of an object that say what happened: neither ids nor moments nor personal.
const TELLING: [&str; 16] = [
    "amount",
    "amount_captured",
    "amount_due",
    "amount_paid",
    "amount_received",
    "amount_refunded",
    "amount_remaining",
    "amount_total",
    "cancel_at_period_end",
    "captured",
    "paid",
    "payment_status",
    "refunded",
    "status",
    "subtotal",
    "total",
];

/// Those that may be personal.
const PERSONAL: [&str; 7] =
    ["customer_email", "customer_name", "description", "email", "name", "phone", "receipt_email"];

/// How often a step may be sent.
const MOST_TIMES: usize = 100;

/// How the further objects of a type are called.
const ROLES: [&str; 8] =
    ["second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth"];

/// A recorded event.
struct Recorded<'r> {
    record: &'r Record,
    payload: Value,
    /// When Stripe created it, in seconds.
    created: i64,
}

impl Recorded<'_> {
    fn object(&self) -> &Value {
        &self.payload["data"]["object"]
    }
}

/// Recorded deliveries, and the events that they brought.
pub(crate) struct Recording<'r> {
    /// The events in the order in which they came first.
    events: Vec<Recorded<'r>>,
    /// The event of each delivery.
    deliveries: Sequence,
}

impl<'r> Recording<'r> {
    /// That of some deliveries, in their order.
    pub(crate) fn of(records: &'r [Record]) -> Self {
        let mut recording = Self { events: Vec::new(), deliveries: Sequence(Vec::new()) };
        for record in records {
            let id = &record.entry.event_id;
            let known = recording.events.iter();
            let at = known.map(|event| &event.record.entry.event_id).position(|known| known == id);
            recording.deliveries.0.push(at.unwrap_or(recording.events.len()));
            if at.is_some() {
                continue;
            }
            let payload: Value = serde_json::from_slice(&record.body).unwrap_or_default();
            let told = || Moment::parse(payload["created"].as_str()?).map(Moment::seconds);
            let created = payload["created"].as_i64().or_else(told);
            let created = created.unwrap_or_else(|| record.entry.received_at.seconds());
            recording.events.push(Recorded { record, payload, created });
        }
        recording
    }

    /// The events.
    pub(crate) fn payloads(&self) -> Vec<Value> {
        self.events.iter().map(|event| event.payload.clone()).collect()
    }

    /// The scenario file; where a retelling of the events is known, with what makes them like the recorded ones.
    pub(crate) fn text(
        &self,
        catalogue: &Catalogue,
        personal: PersonalValues,
        retelling: Option<&Retelling>,
    ) -> String {
        let mut out = scenario_file::head();
        let session = self.events.first().map_or(0, |event| event.record.entry.session);
        let _ = writeln!(out, "purpose = \"Recorded in session {session} of the history\"");
        if !self.is_repeated_at_once() {
            let _ =
                writeln!(out, "deliveries = [{}]", self.deliveries.to_string().replace(',', ", "));
        }
        out.push_str(&self.story(personal, retelling));
        out.push_str(&self.all_steps(catalogue, personal, retelling));
        out
    }

    /// The steps alone, to be pasted into a file; what that file's story has to say stands above them as a comment.
    pub(crate) fn steps(
        &self,
        catalogue: &Catalogue,
        personal: PersonalValues,
        retelling: Option<&Retelling>,
    ) -> String {
        let story = self.story(personal, retelling);
        let story: Vec<String> = story.trim().lines().map(|line| format!("# {line}")).collect();
        let steps = self.all_steps(catalogue, personal, retelling);
        let all = format!("{}\n{steps}", story.join("\n"));
        all.trim_start().to_owned()
    }

    fn story(&self, personal: PersonalValues, retelling: Option<&Retelling>) -> String {
        story(&self.events, personal, retelling.and_then(|told| told.amount))
    }

    fn all_steps(
        &self,
        catalogue: &Catalogue,
        personal: PersonalValues,
        retelling: Option<&Retelling>,
    ) -> String {
        let end = self.events.iter().map(|event| event.created).max().unwrap_or_default();
        let (mut out, mut known) = (String::new(), BTreeMap::new());
        for (at, event) in self.events.iter().enumerate() {
            out.push_str("\n[[step]]\n");
            let _ = writeln!(out, "event = {}", quoted(&event.record.entry.event));
            out.push_str(&objects(event, catalogue, &mut known));
            let seconds = event.created - end;
            if seconds != 0 {
                let _ = writeln!(out, "at = \"{}\"", Offset::of_seconds(seconds));
            }
            let told = retelling.and_then(|retelling| retelling.steps.get(at));
            out.push_str(&told.map(states).unwrap_or_default());
            out.push_str(&changes(event, personal, told));
            out.push_str(&self.repeat(at));
            out.push_str(&answer(event.record));
        }
        out
    }

    /// Whether what came more than once did so one after the other.
    fn is_repeated_at_once(&self) -> bool {
        self.deliveries.0.is_sorted()
    }

    fn repeat(&self, at: usize) -> String {
        let times = self.deliveries.0.iter().filter(|event| **event == at).count();
        if times < 2 || !self.is_repeated_at_once() {
            return String::new();
        }
        format!("repeat = {}\n", times.min(MOST_TIMES))
    }
}

/// What all events are about, as far as it is not as usual.
fn story(events: &[Recorded<'_>], personal: PersonalValues, amount: Option<i64>) -> String {
    let objects = || events.iter().map(Recorded::object);
    let first = |read: &dyn Fn(&Value) -> Option<String>| objects().find_map(read);
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let mut out = String::new();
    if let Some(amount) = amount {
        let _ = writeln!(out, "amount = {amount}");
    }
    let method = first(&|object| text(&object["payment_method_details"]["type"]));
    let method = method.filter(|method| ["card", "us_bank_account"].contains(&method.as_str()));
    if let Some(method) = &method {
        let _ = writeln!(out, "payment_method = {}", quoted(method));
    }
    let currency = first(&|object| text(&object["currency"]));
    if let Some(currency) = currency.filter(|currency| currency.len() == 3 && currency != "usd") {
        let _ = writeln!(out, "currency = {}", quoted(&currency));
    }
    let transfers = events.iter().any(|event| event.record.entry.event.starts_with("transfer."));
    if transfers || objects().any(|object| object["transfer_data"].is_object()) {
        out.push_str("connect = true\n");
    }
    let is_guest = |object: &Value| {
        object["object"] == "checkout.session"
            && object["customer"].is_null()
            && object.get("customer").is_some()
    };
    if objects().any(is_guest) {
        out.push_str("guest = true\n");
    }
    if personal == PersonalValues::Kept {
        if let Some(customer) = first(&|object| text(&object["customer"])) {
            let _ = writeln!(out, "customer = {}", quoted(&customer));
        }
        let email = ["email", "customer_email", "receipt_email"];
        let email = email.into_iter().find_map(|key| first(&|object| text(&object[key])));
        if let Some(email) = email {
            let _ = writeln!(out, "email = {}", quoted(&email));
        }
    }
    if out.is_empty() { out } else { format!("\n[story]\n{out}") }
}

/// The object of a type that the catalogue does not know, and which of several of its type it is.
fn objects(
    event: &Recorded<'_>,
    catalogue: &Catalogue,
    known: &mut BTreeMap<String, Vec<String>>,
) -> String {
    let mut out = String::new();
    let (kind, id) = (event.object()["object"].as_str(), event.object()["id"].as_str());
    let (Some(kind), Some(id)) = (kind, id) else { return out };
    if catalogue.event_type(&event.record.entry.event, None).is_err() {
        let _ = writeln!(out, "object = {}", quoted(kind));
    }
    let ids = known.entry(kind.to_owned()).or_default();
    let at = ids.iter().position(|other| other == id).unwrap_or_else(|| {
        ids.push(id.to_owned());
        ids.len() - 1
    });
    let role = at.checked_sub(1).and_then(|at| ROLES.get(at));
    let about = role.map(|role| format!("{kind}/{role}")).filter(|about| catalogue.has_ids(about));
    if let Some(about) = about {
        let _ = writeln!(out, "about = {}", quoted(&about));
    }
    out
}

/// The states of the event's object, what was different before it, and who caused it.
fn states(told: &ToldStep) -> String {
    let mut out = String::new();
    if !told.states.is_empty() {
        let names: Vec<String> = told.states.iter().map(|state| quoted(state)).collect();
        let _ = writeln!(out, "state = [{}]", names.join(", "));
    }
    let was = told.was.iter().flatten();
    let was: Vec<(String, String)> =
        was.filter_map(|(path, value)| Some((path.clone(), plain(value)?))).collect();
    out.push_str(&table("was", &was));
    if let Some(cause) = told.cause {
        let _ = writeln!(out, "cause = {}", quoted(cause));
    }
    out
}

/// How the event differs from what a story tells.
fn changes(event: &Recorded<'_>, personal: PersonalValues, told: Option<&ToldStep>) -> String {
    let is_kept = personal == PersonalValues::Kept;
    let mut out = String::new();
    if let Some(account) = event.payload["account"].as_str() {
        let account = if is_kept { account } else { "acct_1Connected" };
        let _ = writeln!(out, "account = {}", quoted(account));
    }
    let object = event.object();
    // A field that the story does not have cannot be set.
    let story = told.map(|told| &told.payload["data"]["object"]);
    let is_other = |name: &str| {
        story.and_then(|story| story.get(name)).is_some_and(|told| *told != object[name])
    };
    let personal = PERSONAL.iter().filter(|_| is_kept);
    let names = TELLING.iter().chain(personal).filter(|name| is_other(name));
    let mut set: Vec<(String, String)> =
        names.filter_map(|name| Some(((*name).to_owned(), literal(object.get(*name)?)?))).collect();
    let metadata = object["metadata"].as_object().filter(|_| is_kept && told.is_some());
    for (key, value) in metadata.into_iter().flatten() {
        set.extend(Some((format!("metadata.{key}"), quoted(value.as_str().unwrap_or_default()))));
    }
    out + &table("set", &set)
}

/// Values by path on one line; nothing where there are none.
fn table(name: &str, values: &[(String, String)]) -> String {
    if values.is_empty() {
        return String::new();
    }
    let values: Vec<String> =
        values.iter().map(|(path, value)| format!("{} = {value}", quoted(path))).collect();
    format!("{name} = {{ {} }}\n", values.join(", "))
}

/// What the app answered. A refusal is no expectation: the file fails until the app accepts the event.
fn answer(record: &Record) -> String {
    match record.entry.status {
        Some(status @ 200..=299) => format!("expect.status = {status}\n"),
        Some(status) => format!("# The app answered {status}.\n"),
        None => "# The app gave no answer.\n".to_owned(),
    }
}

/// A plain value as `set` has it; text in braces would name a value.
fn literal(value: &Value) -> Option<String> {
    let names_value = value.as_str().is_some_and(|text| text.contains("{{"));
    if names_value { None } else { plain(value) }
}

/// A plain value as TOML has it.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(quoted(text)),
        Value::Number(number) if number.is_i64() => Some(number.to_string()),
        Value::Bool(value) => Some(value.to_string()),
        _ => None,
    }
}

/// A text in quotes: TOML has the escapes of JSON, and wants DEL escaped, too.
fn quoted(text: &str) -> String {
    Value::from(text).to_string().replace('\u{7f}', "\\u007F")
}
