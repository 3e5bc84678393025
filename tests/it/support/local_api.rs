//! The local Stripe API in this process, with stories told to it; programs ask it by its port.

use std::sync::Arc;

use devtool::api::{Api, ApiServer, StoryTelling};
use devtool::event::changes::{self, NewFields};
use devtool::event::id::Seed;
use devtool::event::parameters::Parameters;
use devtool::event::plot::Plot;
use devtool::event::{Catalogue, Event, Scene, Setting, Story, StoryShapes};
use devtool::protocol::{Clock, Moment};
use devtool::scenario::{Scenario, library};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

/// An API that runs until it is dropped.
pub(crate) struct LocalApi {
    pub(crate) api: Api,
    pub(crate) port: u16,
    until: CancellationToken,
}

impl LocalApi {
    pub(crate) fn start() -> Self {
        let (api, until) = (Api::new(), CancellationToken::new());
        let (told, port) = std::sync::mpsc::channel();
        let (own, ended) = (api.clone(), until.clone());
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.unwrap().block_on(async {
                let server = ApiServer::bind(0, false).await.unwrap();
                told.send(server.port()).unwrap();
                server.serve(own, Clock::system(), ended).await;
            });
        });
        Self { api, port: port.recv().unwrap(), until }
    }

    /// Tells a story, and sends all of its events; returns their payloads.
    pub(crate) fn play(&self, story: &TestStory) -> Vec<Value> {
        self.api.told(story.telling.clone());
        story.events.iter().for_each(|event| self.api.sent(&event.body));
        story.payloads()
    }
}

impl Drop for LocalApi {
    fn drop(&mut self) {
        self.until.cancel();
    }
}

/// A story, as a run tells it.
pub(crate) struct TestStory {
    pub(crate) telling: StoryTelling,
    pub(crate) events: Vec<Event>,
}

impl TestStory {
    /// The story of a scenario of the library.
    pub(crate) fn of_scenario(name: &str, seed: u32) -> Self {
        Self::new(library::find(name).unwrap(), seed, Catalogue::api_version())
    }

    /// The story of one event.
    pub(crate) fn of_event(name: &str, object: Option<String>, seed: u32) -> Self {
        Self::new(Scenario::of_one(name, object), seed, Catalogue::api_version())
    }

    pub(crate) fn new(mut scenario: Scenario, seed: u32, api_version: &str) -> Self {
        let catalogue = Catalogue::embedded().unwrap();
        let end = Moment::from_seconds(1_792_000_000);
        scenario.steps.retain(|step| step.is_sent_at(api_version));
        let scene = |step: &devtool::scenario::Step| {
            let event_type = catalogue.event_type(&step.event, step.object.as_deref()).unwrap();
            let (event_type, states) = Arc::unwrap_or_clone(event_type).in_form(&step.state);
            let event_type = match &step.was {
                Some(was) => event_type.with_was(was.clone()),
                None => event_type,
            };
            let about = step.about.clone().unwrap_or_else(|| event_type.object.clone());
            let (name, at) = (step.event.clone(), end.plus(step.at));
            Scene { name, about, states, at, cause: step.cause, event_type: Arc::new(event_type) }
        };
        let scenes: Vec<Scene> = scenario.steps.iter().map(scene).collect();
        let own = &scenario.story;
        let usual = scenes.iter().find_map(|scene| scene.event_type.payment_method.as_deref());
        let variants = [("connect", own.connect), ("guest", own.guest)];
        let plot = Plot {
            name: scenario.name.clone(),
            seed: Seed(seed),
            end,
            payment_method: own.payment_method.as_deref().or(usual).unwrap_or("card").to_owned(),
            variants: variants.iter().filter(|v| v.1).map(|v| v.0.to_owned()).collect(),
            created: own.created.clone(),
            parameters: Parameters::of(&own.parameters).unwrap(),
            api_version: api_version.to_owned(),
            account: None,
            notes_ids: false,
        };
        let story = Story::new(&catalogue, plot, scenes).unwrap();
        let mut payloads = story.payloads().unwrap();
        for (step, payload) in scenario.steps.iter().zip(&mut payloads) {
            for change in &step.changes {
                let payload = std::slice::from_mut(payload);
                let is_late =
                    matches!(&change.setting, Setting::Field { value, .. } if value.contains("{{"));
                if !is_late {
                    let settings = std::slice::from_ref(&change.setting);
                    changes::apply(settings, payload, NewFields::Added).unwrap();
                }
            }
        }
        let events: Vec<Event> = payloads.iter().map(Event::new).collect();
        let told = story.told(&accounts(&payloads), StoryShapes::All).unwrap();
        let telling = StoryTelling::new(told, &events, api_version);
        Self { telling, events }
    }

    pub(crate) fn payloads(&self) -> Vec<Value> {
        self.events.iter().map(|event| serde_json::from_slice(&event.body).unwrap()).collect()
    }
}

/// The connected accounts that events come from.
fn accounts(payloads: &[Value]) -> std::collections::BTreeSet<String> {
    let named = payloads.iter().filter_map(|event| event["account"].as_str());
    named.map(str::to_owned).collect()
}
