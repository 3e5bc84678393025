//! A story that is told before its objects are made: most apps ask for none of them.

use std::sync::Arc;

use serde_json::Value;

use super::telling::{StoryTelling, head, whole};
use crate::event::{Event, StoryShapes, StorySource};

/// A story whose objects are made when somebody asks for them. Clones share it.
#[derive(Clone, Debug)]
pub(crate) struct LazyStory(Arc<(StorySource, Vec<Event>)>);

impl LazyStory {
    /// The story of these events.
    pub(crate) fn new(source: StorySource, events: &[Event]) -> Self {
        Self(Arc::new((source, events.to_vec())))
    }

    /// All that is told of it.
    pub(crate) fn telling(&self) -> StoryTelling {
        self.made(StoryShapes::All, whole)
    }

    /// What the history keeps of it.
    pub(crate) fn kept(&self) -> Vec<u8> {
        self.made(StoryShapes::Own, head).kept()
    }

    fn made(&self, shapes: StoryShapes, payload: fn(&Event) -> Value) -> StoryTelling {
        let (source, events) = &*self.0;
        // An error of the catalogue would have kept the events from being made.
        let told = source.objects(shapes).unwrap_or_default();
        StoryTelling::of(told, events, &source.plot.api_version, payload)
    }
}
