//! What whoever sends events tells the API and asks of it: plain data, from this process or from another one.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::calls::ApiCall;
use super::caused::CausedEvent;
use super::event_answers::EventAnswer;
use super::links::{LinkOrigin, Receiving};
use super::telling::StoryTelling;
use super::{Api, CustomerAnswer};
use crate::protocol::ApiFault;
use crate::protocol::moment::Offset;

/// How many calls are told at once, and about how many bytes: others follow when they are asked for.
const MOST_CALLS: usize = 500;
const MOST_BYTES: usize = 64 * 1024;

/// What is told or asked, and by which link; 0 for one that is to begin.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct LinkMessage {
    pub(super) link: u64,
    pub(super) operation: Operation,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Operation {
    /// A link begins, and what happens to calls until it ends.
    Open { faults: Vec<ApiFault>, latency: Duration },
    /// A story begins.
    Tell(Box<StoryTelling>),
    /// An event goes out: its id, and what is sent.
    Begin { event: String, body: String },
    /// Its answer is here, or none comes: which calls are the delivery's?
    End {
        delivery: u64,
        #[serde(default)]
        answer: Option<EventAnswer>,
    },
    /// An event of a call is not delivered.
    GiveUp { event: String },
    /// Which calls after that number are the delivery's; which there were at all, where none is named, but for those
    /// that name an event of others?
    Calls { delivery: Option<u64>, after: u64 },
    /// What happens to calls besides, until it is said anew.
    StepFaults(Vec<ApiFault>),
    /// Whether it receives the events that calls cause.
    Receive(Option<Receiving>),
    /// Which did they cause?
    Caused,
    /// The customer does what something waits for, in that second.
    Complete(CustomerAnswer, i64),
    /// Time goes by, from that second on.
    Advance(String, i64),
    /// Which objects are there, after the first so many?
    Export(usize),
    /// The link is still there.
    Stay,
    /// It ends.
    Close,
}

impl Operation {
    /// Whether events follow that whoever asks for it waits for.
    pub(super) const fn lets_something_happen(&self) -> bool {
        matches!(self, Self::Complete(..) | Self::Advance(..))
    }
}

/// What comes back.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct LinkReply {
    /// Of the link or of the delivery that begins.
    pub(super) number: u64,
    /// How many calls there were so far.
    pub(super) count: u64,
    pub(super) calls: Vec<ApiCall>,
    /// Whether there may be more calls, after the last of these.
    pub(super) is_cut: bool,
    #[serde(default)]
    pub(super) caused: Vec<CausedEvent>,
    /// What was completed, or why nothing was.
    #[serde(default)]
    pub(super) completed: Option<Result<Value, String>>,
}

/// There is no link of that number, or no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct UnknownLink;

impl Api {
    /// Does what is told, and answers what is asked.
    pub(super) fn perform(
        &self,
        message: LinkMessage,
        origin: LinkOrigin,
    ) -> Result<LinkReply, UnknownLink> {
        let LinkMessage { link, operation } = message;
        let is_known = matches!(operation, Operation::Open { .. }) || self.links().hear(link);
        if !is_known {
            return Err(UnknownLink);
        }
        let mut reply = LinkReply { count: self.call_count(), ..LinkReply::default() };
        match operation {
            Operation::Open { faults, latency } => {
                reply.number = self.links().open(origin, faults, latency);
            }
            Operation::Tell(telling) => self.told_by(*telling, link),
            Operation::Begin { event, body } => {
                self.sent(body.as_bytes());
                reply.number = self.links().begin(link, event, reply.count);
            }
            Operation::End { delivery, answer } => {
                let ended = self.links().end(link, delivery);
                if let Some((event, after)) = ended {
                    self.add_calls(&mut reply, after, |call| call.deliveries.contains(&delivery));
                    if let Some(answer) = answer {
                        self.event_was_answered(&event, answer);
                    }
                }
            }
            Operation::GiveUp { event } => self.links().give_up(link, &event),
            Operation::Calls { delivery: Some(delivery), after } => {
                self.add_calls(&mut reply, after, |call| call.deliveries.contains(&delivery));
            }
            Operation::Calls { delivery: None, after } => {
                let is_of_others = |call: &ApiCall| {
                    let event = call.event.as_ref();
                    event.is_some_and(|event| self.links().is_of_others(link, event))
                };
                self.add_calls(&mut reply, after, |call| !is_of_others(call));
            }
            Operation::StepFaults(faults) => self.links().set_step_faults(link, faults),
            Operation::Receive(receiving) => self.links().receive(link, receiving),
            Operation::Caused => reply.caused = self.links().take_caused(link),
            Operation::Complete(answer, second) => {
                reply.completed = Some(self.complete(&answer, second));
            }
            Operation::Advance(by, second) => {
                let by = by.parse::<Offset>();
                reply.completed = Some(by.and_then(|by| self.advance(by, second)));
            }
            Operation::Export(after) => reply.completed = Some(Ok(self.export_after(after))),
            Operation::Stay => {}
            Operation::Close => self.links().close(link),
        }
        Ok(reply)
    }

    /// Objects after the first so many, and how many of connected accounts are left out.
    fn export_after(&self, after: usize) -> Value {
        let (objects, is_all) = self.exported(after);
        json!({"objects": objects, "is_all": is_all, "elsewhere": self.objects_elsewhere()})
    }

    /// The first calls after that number that are meant.
    fn add_calls(&self, reply: &mut LinkReply, after: u64, is_meant: impl Fn(&ApiCall) -> bool) {
        let mut bytes = 0;
        for call in self.calls_since(after) {
            if !is_meant(&call) {
                continue;
            }
            bytes += call.method.len() + call.path.len() + 8 * call.deliveries.len();
            let is_full = reply.calls.len() == MOST_CALLS || bytes > MOST_BYTES;
            if is_full && !reply.calls.is_empty() {
                reply.is_cut = true;
                break;
            }
            reply.calls.push(call);
        }
    }
}
