//! Which of the events that come belong to which step.
//!
//! `stripe trigger` prints no ids. So devtool marks what it lets be created, and follows: an object with
//! a step's mark is the step's; so is one that refers to an object of the step, and whatever the same
//! request to Stripe caused. Only a step whose trigger takes no mark gets an event by time alone.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::event::trigger::MARK;

/// What an event tells of where it is from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Traces {
    /// The event's type.
    pub(super) event: String,
    /// The object's id, where it has one.
    pub(super) object_id: Option<String>,
    /// The mark in its metadata.
    pub(super) mark: Option<String>,
    /// Everything in it that may be the id of another object.
    pub(super) references: BTreeSet<String>,
    /// The request that caused it.
    pub(super) request: Option<String>,
    /// When Stripe made it, in seconds.
    pub(super) created: i64,
}

impl Traces {
    /// What an event's body tells.
    pub(super) fn of(event: &str, body: &Value) -> Self {
        let object = &body["data"]["object"];
        let text = |value: &Value| value.as_str().map(ToOwned::to_owned);
        let mut references = BTreeSet::new();
        gather(object, &mut references);
        let object_id = text(&object["id"]);
        if let Some(id) = &object_id {
            references.remove(id);
        }
        Self {
            event: event.to_owned(),
            object_id,
            mark: text(&object["metadata"][MARK]),
            references,
            request: text(&body["request"]["id"]),
            created: body["created"].as_i64().unwrap_or_default(),
        }
    }
}

/// Every text in a value that has the form of an id: letters and digits after an underscore.
fn gather(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::String(text) if is_id(text) => {
            found.insert(text.clone());
        }
        Value::Array(list) => list.iter().for_each(|one| gather(one, found)),
        Value::Object(map) => map.values().for_each(|one| gather(one, found)),
        _ => {}
    }
}

fn is_id(text: &str) -> bool {
    let plain = text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let body = text.rsplit('_').next().unwrap_or_default();
    // The account is everybody's.
    plain && text.contains('_') && body.len() >= 8 && !text.starts_with("acct_")
}

/// What is known of a step's objects and requests.
#[derive(Clone, Debug, Default)]
struct Step {
    /// The mark of its objects; `None` where its trigger takes none.
    mark: Option<String>,
    /// From when on, in seconds, where time has to do.
    since: i64,
    /// The type of its event.
    event: String,
    ids: BTreeSet<String>,
    requests: BTreeSet<String>,
}

/// Attributes events to the steps that have begun.
#[derive(Clone, Debug, Default)]
pub(super) struct Attributor(Vec<Step>);

impl Attributor {
    /// The next step begins: its trigger runs from that second on. Returns its number, from 0.
    pub(super) fn begin(&mut self, event: &str, mark: Option<String>, since: i64) -> usize {
        let event = event.to_owned();
        self.0.push(Step { mark, since, event, ..Step::default() });
        self.0.len() - 1
    }

    /// How many steps have begun.
    pub(super) fn count(&self) -> usize {
        self.0.len()
    }

    /// The number of the step that an event belongs to; what it brings is the step's from then on.
    pub(super) fn attribute(&mut self, traces: &Traces) -> Option<usize> {
        let number = self.owner(traces)?;
        let step = &mut self.0[number];
        step.ids.extend(traces.object_id.clone());
        step.requests.extend(traces.request.clone());
        Some(number)
    }

    fn owner(&self, traces: &Traces) -> Option<usize> {
        let by_mark = |step: &Step| traces.mark.is_some() && step.mark == traces.mark;
        let by_id = |step: &Step| {
            traces.object_id.as_ref().is_some_and(|id| step.ids.contains(id))
                || step.ids.iter().any(|id| traces.references.contains(id))
        };
        let by_request =
            |step: &Step| traces.request.as_ref().is_some_and(|r| step.requests.contains(r));
        let find = |is_theirs: &dyn Fn(&Step) -> bool| self.0.iter().position(is_theirs);
        let by_trace = find(&by_mark).or_else(|| find(&by_id)).or_else(|| find(&by_request));
        by_trace.or_else(|| self.by_time(traces))
    }

    /// Where nothing else is left: the step that runs takes no mark, and waits for this type.
    fn by_time(&self, traces: &Traces) -> Option<usize> {
        let last = self.0.last()?;
        let fits = last.mark.is_none() && last.event == traces.event;
        let is_foreign = traces.mark.is_some();
        (fits && !is_foreign && traces.created >= last.since).then(|| self.0.len() - 1)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn traces(event: &str, object: &Value, request: Option<&str>) -> Traces {
        let body = json!({"created": 100, "request": {"id": request}, "data": {"object": object}});
        Traces::of(event, &body)
    }

    fn two_steps() -> Attributor {
        let mut attributor = Attributor::default();
        attributor.begin("payment_intent.processing", Some("run-1".to_owned()), 90);
        attributor.begin("charge.succeeded", Some("run-2".to_owned()), 95);
        attributor
    }

    #[test]
    fn a_mark_a_reference_and_a_request_lead_to_the_step() {
        let mut attributor = two_steps();
        let intent = json!({"id": "pi_1aaaaaaaa", "metadata": {MARK: "run-1"}});
        assert_eq!(
            attributor.attribute(&traces("payment_intent.created", &intent, Some("req_1"))),
            Some(0)
        );
        let charge = json!({"id": "py_1bbbbbbbb", "payment_intent": "pi_1aaaaaaaa"});
        assert_eq!(attributor.attribute(&traces("charge.pending", &charge, None)), Some(0));
        let transaction = json!({"id": "txn_1cccccccc", "source": "py_1bbbbbbbb"});
        assert_eq!(attributor.attribute(&traces("balance.x", &transaction, None)), Some(0));
        let balance = json!({"object": "balance"});
        assert_eq!(
            attributor.attribute(&traces("balance.available", &balance, Some("req_1"))),
            Some(0)
        );
    }

    #[test]
    fn a_late_event_of_an_earlier_step_is_not_the_later_steps() {
        let mut attributor = two_steps();
        let intent = json!({"id": "pi_1aaaaaaaa", "metadata": {MARK: "run-1"}});
        attributor.attribute(&traces("payment_intent.created", &intent, None));
        let late = json!({"id": "py_1bbbbbbbb", "payment_intent": "pi_1aaaaaaaa"});
        assert_eq!(attributor.attribute(&traces("charge.succeeded", &late, None)), Some(0));
    }

    #[test]
    fn events_of_others_belong_to_no_step() {
        let mut attributor = two_steps();
        let plain = json!({"id": "ch_1dddddddd"});
        assert_eq!(attributor.attribute(&traces("charge.succeeded", &plain, None)), None);
        let others = json!({"id": "ch_1dddddddd", "metadata": {MARK: "other-2"}});
        assert_eq!(attributor.attribute(&traces("charge.succeeded", &others, None)), None);
    }

    #[test]
    fn time_counts_only_where_the_trigger_takes_no_mark() {
        let mut attributor = two_steps();
        attributor.begin("balance.available", None, 100);
        let balance = json!({"object": "balance"});
        assert_eq!(attributor.attribute(&traces("balance.available", &balance, None)), Some(2));
        let mut late = two_steps();
        late.begin("balance.available", None, 101);
        assert_eq!(late.attribute(&traces("balance.available", &balance, None)), None);
        assert_eq!(attributor.attribute(&traces("payout.created", &balance, None)), None);
    }
}
