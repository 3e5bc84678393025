//! Delivers the events that the app's own calls of the local API cause: each is a step of the story that is under way.

use super::{Runner, StoryRun};
use crate::api::CausedEvent;
use crate::event::Event;
use crate::runner::result::StepResult;
use crate::runner::{Outgoing, Progress, Transport, Verdict, Waits};
use crate::scenario::Expectation;

/// How many events that calls cause a run delivers: a handler may answer each with a call that causes the next.
const MOST_CAUSED: usize = 100;

impl<T: Transport> Runner<'_, T> {
    /// Delivers what calls have caused so far, and what follows from that, with fewer than `room` under way at a time.
    pub(super) async fn deliver_caused(&mut self, story: &mut StoryRun<'_>, room: usize) {
        while !self.is_over() {
            let events = self.transport.caused().await;
            if events.is_empty() {
                return;
            }
            for event in events {
                self.collect(story, room).await;
                self.send_caused(story, &event).await;
            }
            self.collect(story, room).await;
        }
    }

    /// Delivers what calls have caused whose answers wait for that.
    pub(super) async fn deliver_awaited(&mut self, story: &mut StoryRun<'_>) {
        for event in self.transport.caused().await {
            self.send_caused(story, &event).await;
        }
    }

    async fn send_caused(&mut self, story: &mut StoryRun<'_>, caused: &CausedEvent) {
        if self.is_over() || self.caused > MOST_CAUSED || self.is_refused(caused).await {
            self.transport.give_up(caused).await;
            return;
        }
        // Its deliveries to webhook endpoints come besides.
        self.caused += usize::from(caused.webhook.is_none());
        let index = story.steps.len();
        let mut step = StepResult::caused(index, caused, story.plan);
        if self.caused > MOST_CAUSED {
            step.verdict = Verdict::Fail;
            step.hint = Some(format!(
                "{MOST_CAUSED} events that calls of the app caused were delivered in this run, and no more are: its \
                 handler may answer each with a call that causes the next"
            ));
            self.observer.on(Progress::Sent { step: &step, plan: story.plan });
            story.steps.push(step);
            self.transport.give_up(caused).await;
            return;
        }
        story.steps.push(step);
        let event = Event::of_body((&caused.id, &caused.name), caused.body.as_bytes());
        let expect = Expectation::default();
        let webhook = caused.webhook.clone();
        let api_faults = Vec::new();
        let outgoing = Outgoing { story: story.number, index, event, expect, api_faults, webhook };
        let waits = Waits::new(index, self.waits.clone());
        let transport = self.transport.clone();
        story.under_way.spawn(async move { (index, transport.bring(outgoing, waits).await) });
    }

    /// Whether it is for a webhook endpoint that events may not go to, which is said once.
    async fn is_refused(&mut self, caused: &CausedEvent) -> bool {
        let Some(webhook) = &caused.webhook else { return false };
        let Some(why) = self.transport.refusal(webhook).await else { return false };
        if self.refused.insert(webhook.id.clone()) {
            self.observer.on(Progress::NotDelivered(&why));
        }
        true
    }
}
