//! An app that keeps subscriptions and payments, with faults to be switched on one by one: each is one that an
//! order or a duplicate brings to light.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

use super::endpoint::{Endpoint, Received, Reply};

/// What is wrong with the app.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The last event that comes decides the subscription's status.
    LastWriteWins,
    /// An update of a subscription that is not known yet is lost.
    CreatedAfterUpdated,
    /// Each delivery of a payment adds credits.
    CreditPerEvent,
    /// A payment that was seen is not looked at again.
    DedupOnPayment,
    /// An update waits a moment for its subscription, and is lost then.
    Sleeps,
    /// Only the last event is remembered.
    ShortMemory,
    /// An event is remembered before its work is done, which may fail.
    RememberedBeforeWork,
    /// What comes after the end of a subscription brings it back.
    Resurrects,
    /// Each update turns a switch.
    Toggles,
    /// A payment that is not known yet is ignored, with a 200.
    IgnoresUnknown,
    /// The first event of a type is the only one.
    DedupOnType,
    /// A payment whose invoice is not known is refused for good.
    RefusesForGood,
    /// Four events of a story in reverse order undo what was paid.
    UndoesReversed,
    /// A payment that begins right after another one is that one's customer's.
    Mixes,
}

pub(crate) const FAULTS: [Fault; 12] = [
    Fault::LastWriteWins,
    Fault::CreatedAfterUpdated,
    Fault::CreditPerEvent,
    Fault::DedupOnPayment,
    Fault::Sleeps,
    Fault::ShortMemory,
    Fault::RememberedBeforeWork,
    Fault::Resurrects,
    Fault::Toggles,
    Fault::IgnoresUnknown,
    Fault::DedupOnType,
    Fault::RefusesForGood,
];

/// The story that the app is told.
pub(crate) const FLOW: &str = r#"
purpose = "A subscription that begins and is paid"
[[step]]
event = "customer.subscription.created"
state = ["incomplete"]
at = "-9s"
[[step]]
event = "invoice.created"
at = "-9s"
[[step]]
event = "payment_intent.created"
at = "-9s"
[[step]]
event = "payment_intent.succeeded"
at = "-5s"
[[step]]
event = "invoice.paid"
at = "-5s"
[[step]]
event = "customer.subscription.updated"
at = "-5s"
"#;

/// How it ends.
pub(crate) const END: &str = r#"
[[step]]
event = "customer.subscription.deleted"
at = "0s"
"#;

/// The last four events of the flow, the last first.
const REVERSED: [&str; 4] = [
    "customer.subscription.updated",
    "invoice.paid",
    "payment_intent.succeeded",
    "payment_intent.created",
];

/// What is known of one customer.
#[derive(Default)]
struct Customer {
    subscription: Option<(i64, String)>,
    payments: BTreeMap<String, String>,
    invoices: BTreeSet<String>,
    credits: i64,
    is_on: bool,
    types: BTreeSet<String>,
    touched: BTreeSet<String>,
    came: Vec<String>,
}

#[derive(Default)]
struct Store {
    customers: BTreeMap<String, Customer>,
    seen: Vec<String>,
    last: (String, String),
}

/// The app; without a fault it is right.
pub(crate) fn app(fault: Option<Fault>) -> Endpoint {
    let store = Mutex::new(Store::default());
    Endpoint::new(move |request| {
        let mut store = store.lock().unwrap();
        match request.uri.path().strip_prefix("/state") {
            Some(customer) => store.reply(customer),
            None => store.handle(request, fault),
        }
    })
}

/// The same, which answers at once, and takes its time for each event, one after the other.
pub(crate) fn queueing_app(fault: Option<Fault>, takes: Duration) -> Endpoint {
    queueing_for(fault, move |_| takes)
}

/// The same, which is busy with other things at some of its events, counted from 0.
pub(crate) fn busy_app(events: Range<usize>, takes: Duration) -> Endpoint {
    queueing_for(None, move |event| if events.contains(&event) { takes } else { Duration::ZERO })
}

fn queueing_for(
    fault: Option<Fault>,
    takes: impl Fn(usize) -> Duration + Send + 'static,
) -> Endpoint {
    let store = Arc::new(Mutex::new(Store::default()));
    let (queue, jobs) = channel::<Received>();
    let worker = Arc::clone(&store);
    std::thread::spawn(move || {
        for (event, job) in jobs.into_iter().enumerate() {
            std::thread::sleep(takes(event));
            worker.lock().unwrap().handle(&job, fault);
        }
    });
    Endpoint::new(move |request| {
        if let Some(customer) = request.uri.path().strip_prefix("/state") {
            return store.lock().unwrap().reply(customer);
        }
        queue.send(request.clone()).unwrap();
        Reply::new(200, "")
    })
}

fn shown_all(store: &Store) -> BTreeMap<&String, Value> {
    store.customers.iter().map(|(id, customer)| (id, shown(customer))).collect()
}

fn shown(customer: &Customer) -> Value {
    json!({
        "subscription": customer.subscription.as_ref().map(|(_, status)| status),
        "payments": customer.payments.values().collect::<Vec<_>>(),
        "credits": customer.credits,
        "on": customer.is_on,
    })
}

/// How far a subscription is: what happens in one second happens in this order.
fn rank(status: &str) -> usize {
    ["incomplete", "active", "canceled"].iter().position(|one| *one == status).unwrap_or(1)
}

impl Store {
    /// What is known of a customer, or of all.
    fn reply(&self, customer: &str) -> Reply {
        if customer.is_empty() {
            return Reply::new(200, &json!(shown_all(self)).to_string());
        }
        match self.customers.get(customer.trim_start_matches('/')) {
            Some(customer) => Reply::new(200, &shown(customer).to_string()),
            None => Reply::new(404, "no such customer"),
        }
    }

    fn handle(&mut self, request: &Received, fault: Option<Fault>) -> Reply {
        let event = request.event();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let (id, name, object) =
            (text(&event["id"]), text(&event["type"]), &event["data"]["object"]);
        let forgets = [Some(Fault::CreditPerEvent), Some(Fault::Toggles)].contains(&fault);
        if !forgets && self.seen.contains(&id) {
            return Reply::new(200, "seen");
        }
        let mut owner = text(&object["customer"]);
        let last = std::mem::replace(&mut self.last, (name.clone(), owner.clone()));
        if fault == Some(Fault::Mixes) && last.0 == name && name == "payment_intent.created" {
            owner = last.1;
        }
        let customer = self.customers.entry(owner).or_default();
        if fault == Some(Fault::DedupOnType) && name.starts_with("customer.subscription") {
            let kind = name.rsplit_once('.').map_or("", |(kind, _)| kind).to_owned();
            if !customer.types.insert(kind) {
                return Reply::new(200, "one is enough");
            }
        }
        if fault == Some(Fault::RememberedBeforeWork) {
            self.seen.push(id.clone());
        }
        let created = event["created"].as_i64().unwrap_or_default();
        customer.came.push(name.clone());
        let is_reversed = customer.came.ends_with(&REVERSED.map(ToOwned::to_owned));
        let reply = customer.take(&name, (created, object), fault);
        if fault == Some(Fault::UndoesReversed) && is_reversed {
            customer.credits = 0;
        }
        if reply.status < 300 && !self.seen.contains(&id) {
            self.seen.push(id);
        }
        if fault == Some(Fault::ShortMemory) {
            self.seen = self.seen.split_off(self.seen.len().saturating_sub(1));
        }
        reply
    }
}

impl Customer {
    fn take(
        &mut self,
        name: &str,
        (created, object): (i64, &Value),
        fault: Option<Fault>,
    ) -> Reply {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let id = text(&object["id"]);
        match name {
            "invoice.created" => drop(self.invoices.insert(id)),
            "invoice.paid" => self.credits += object["amount_paid"].as_i64().unwrap_or(1),
            "payment_intent.created" | "payment_intent.succeeded" => {
                return self.payment(name, (id, text(&object["status"])), fault);
            }
            _ => {
                if fault == Some(Fault::Toggles) && name.ends_with("updated") {
                    self.is_on = !self.is_on;
                }
                return self.subscribe(name, (created, text(&object["status"])), fault);
            }
        }
        Reply::new(200, "")
    }

    fn payment(
        &mut self,
        name: &str,
        (id, status): (String, String),
        fault: Option<Fault>,
    ) -> Reply {
        let is_done = name.ends_with("succeeded");
        let needs_invoice = [Some(Fault::RefusesForGood), Some(Fault::RememberedBeforeWork)];
        if is_done && needs_invoice.contains(&fault) && self.invoices.is_empty() {
            if fault == Some(Fault::RefusesForGood) {
                self.touched.insert(id.clone());
            }
            return Reply::new(500, "no invoice");
        }
        if fault == Some(Fault::RefusesForGood) && self.touched.contains(&id) {
            return Reply::new(500, "in a wrong state");
        }
        let is_known = self.payments.contains_key(&id);
        if fault == Some(Fault::DedupOnPayment) && is_known {
            return Reply::new(200, "known");
        }
        if fault == Some(Fault::IgnoresUnknown) && is_done && !is_known {
            return Reply::new(200, "unknown");
        }
        let is_back = self.payments.get(&id).is_some_and(|old| old == "succeeded");
        if !is_back {
            self.payments.insert(id, status);
        }
        Reply::new(200, "")
    }

    fn subscribe(&mut self, name: &str, new: (i64, String), fault: Option<Fault>) -> Reply {
        let is_new = |old: &(i64, String)| (old.0, rank(&old.1)) < (new.0, rank(&new.1));
        let is_lost = [Some(Fault::CreatedAfterUpdated), Some(Fault::Sleeps)].contains(&fault);
        let is_taken = match &self.subscription {
            None if is_lost && name.ends_with("updated") => false,
            None => true,
            Some(_) if fault == Some(Fault::LastWriteWins) => true,
            Some(old) if fault == Some(Fault::Resurrects) && old.1 == "canceled" => true,
            Some(old) => is_new(old),
        };
        let is_waiting = self.subscription.is_none() && fault == Some(Fault::Sleeps);
        let after = Duration::from_millis(if is_waiting { 10 } else { 0 });
        if is_taken {
            self.subscription = Some(new);
        }
        Reply { after, ..Reply::new(200, "") }
    }
}
